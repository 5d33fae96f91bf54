"""Journal entries stand at the end of every flow."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.models import JournalEntry
from fondaco.platform.documents.flow import stands

stands(JournalEntry, place=90, title=_("Journal entry"), permission="ledger.view_entry", state="")

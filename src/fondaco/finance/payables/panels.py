"""What payables show on the page of a vendor: what he is owed and since when."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables.queries import open_payables, owed_to
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 10


def payables(actor: Actor, company: Company, party: Party) -> Content | None:
    """What we owe a vendor, what of it is late, and the items due first. Two statements."""
    if not party.is_vendor or not actor.may("payables.view_bill", company.pk):
        return None
    owed = owed_to(company, party, on=timezone.localdate())
    currency = company.currency_id
    figures = [Figure(_("We owe"), owed.owed, "amount", currency), Figure(_("Overdue"), owed.overdue, "amount", currency)]
    if owed.next_due_on is not None:
        figures.append(Figure(_("Due next"), owed.next_due_on, "date"))
    items = open_payables(company, party).order_by("due_on", "pk")
    amount = Column("open_amount", currency="currency__code")
    columns = [column_of(items.model, c) for c in [Column("entry__memo", _("Document")), "due_on", amount]]
    return Content(figures, columns, values(items, columns).first(SHOWN))


panels.register(_("We owe"), 35, payables, in_brief=False)

"""Questions about claims that verbs ask."""

from collections import Counter
from collections.abc import Sequence

from fondaco.people.expenses.models import ExpenseClaim
from fondaco.platform.files.models import Attachment


def receipts_of(claims: Sequence[ExpenseClaim]) -> Counter[int]:
    """How many files are on each claim; one statement."""
    rows = Attachment.objects.filter(table_name=ExpenseClaim._meta.db_table, row_id__in=[c.pk for c in claims])
    return Counter(rows.values_list("row_id", flat=True))

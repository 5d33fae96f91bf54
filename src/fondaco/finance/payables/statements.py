"""The verb of vendor statements: what we owe a vendor as of a day, compared with his own list."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables.comparing import LONGEST, Compared, Theirs, Unreadable, compare, read
from fondaco.finance.payables.models import VendorStatement, VendorStatementLine
from fondaco.finance.payables.queries import documents_of, owed_then
from fondaco.finance.payables.refusals import ListTooLong, ListUnreadable
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO


@action(
    VendorStatement,
    moves={"draft": "compared", "compared": "compared"},
    permission="payables.write_vendor_statement",
    name="compare_statement",
    title=_("Compare"),
    done=_("Compared"),
)
def compare_statements(statements: DocumentSet[VendorStatement]) -> None:
    """Lay what was open with vendors at the end of a day beside their own lists: what agrees, what differs by how much, what is missing on
    which side. Without a list it is our statement alone. Comparing again starts anew."""
    lists = {s.pk: _read(s) for s in statements}
    statements.number()
    companies = Company.objects.in_bulk({s.company_id for s in statements})
    for s in statements:
        s.currency_id = s.currency_id or companies[s.company_id].currency_id
    ours, known = owed_then(statements.rows), documents_of({s.vendor_id for s in statements})
    VendorStatementLine.objects.filter(statement__in=statements.ids)._raw_delete("default")
    rows: list[VendorStatementLine] = []
    for s in statements:
        found = compare(lists[s.pk], ours[s.pk], known.get((s.company_id, s.vendor_id), {}))
        s.our_total, s.their_total = _total(found, "our_amount"), _total(found, "their_amount")
        s.difference = s.their_total - s.our_total
        rows += [
            VendorStatementLine(
                statement=s, position=place, verdict=c.verdict, number=c.number, our_number=c.our_number, on=c.on, due_on=c.due_on,
                our_amount=c.our_amount, their_amount=c.their_amount,
            )
            for place, c in enumerate(found, start=1)
        ]  # fmt: skip
    statements.save_with_state("number", "currency", "our_total", "their_total", "difference")
    insert_rows(VendorStatementLine, rows)


def _read(statement: VendorStatement) -> list[Theirs]:
    if len(statement.theirs) > LONGEST:
        raise ListTooLong(document=statement, rows=rows_json([statement]))
    try:
        return read(statement.theirs)
    except Unreadable as error:
        raise ListUnreadable(document=statement, line=error.row, text=error.text, rows=rows_json([statement])) from error


def _total(found: list[Compared], name: str) -> Decimal:
    return sum((getattr(c, name) for c in found if getattr(c, name) is not None), ZERO)

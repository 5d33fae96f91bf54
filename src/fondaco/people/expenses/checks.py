"""What must always be true of expense claims."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "expenses.bill_pays_the_claim",
    title=_("A booked claim has a bill of its total to its employee"),
    why=_("Otherwise somebody would be paid another amount than was approved, or somebody else."),
)
def bill_pays_the_claim() -> str:
    return """
    select c.number, c.gross, b.gross as billed, coalesce(sum(l.amount), 0) as lines
    from expenses_expenseclaim c join payables_bill b on b.id = c.bill_id left join expenses_expenseline l on l.claim_id = c.id
    where c.state = 'booked' and b.state = 'posted'
    group by c.id, c.number, c.gross, b.gross, b.vendor_id, c.employee_id
    having c.gross <> b.gross or b.vendor_id <> c.employee_id or c.gross <> coalesce(sum(l.amount), 0)
    """

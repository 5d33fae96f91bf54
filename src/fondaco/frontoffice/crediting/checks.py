"""What must always be true of sales credit."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "crediting.lines_are_whole",
    title=_("A credited line of an invoice is credited wholly"),
    why=_("Somebody would be paid for what others sold, or for more than was invoiced (CO-08)."),
)
def lines_are_whole() -> str:
    return """
    select c.line_id as id, sum(case when c.takes_back_id is null then c.percent else -c.percent end) as percent
    from crediting_salescredit c where not c.on_top group by c.line_id
    having sum(case when c.takes_back_id is null then c.percent else -c.percent end) not in (0, 100)
    """


@check(
    "crediting.reversed_is_taken_back",
    title=_("What was credited of a reversed invoice is taken back"),
    why=_("Somebody would be paid for what was not sold (CO-08)."),
)
def reversed_is_taken_back() -> str:
    return """
    select i.id, sum(c.amount) as credited from crediting_salescredit c join invoicing_invoice i on i.id = c.invoice_id
    where i.state = 'reversed' group by i.id having sum(c.amount) <> 0
    """

"""Which deliveries an invoice bills, and which are not billed yet."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.expressions import RawSQL

from fondaco.finance.einvoicing.queries import refers
from fondaco.finance.einvoicing.semantic import Reference
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.operations.inventory.models import GoodsIssue, StockMove
from fondaco.operations.shipping.models import TransportDocument
from fondaco.platform.money import ZERO

ISSUES = GoodsIssue._meta.db_table
#: By the table of what goods were delivered for: the function of the database that says how much of a line came back and is the customer's all the
#: same, sent back to him or replaced at no charge. He pays for it as if it had stayed. Rooms above register theirs.
MADE_GOOD: dict[str, str] = {}


@refers
def deliveries_billed(invoices: Sequence[Invoice]) -> Mapping[int, Sequence[Reference]]:
    """The deliveries that invoices bill, by number and date of their transport documents, else their own. Four statements.

    What was delivered first is billed first: of each line of an order the quantities of its deliveries and of its invoices lie side by side.
    """
    keys = [i.pk for i in invoices if i.kind == Invoice.INVOICE]
    own = list(InvoiceLine.objects.filter(invoice__in=keys).order_by("invoice", "position", "id"))
    demands = {(ln.source_table, ln.source_id) for ln in own if ln.source_id}
    if not demands:
        return {}
    tables, lines = {t for t, _line in demands}, {line for _t, line in demands}
    moves: dict[tuple[str, int], list[tuple[Decimal, int]]] = defaultdict(list)
    gone = StockMove.objects.filter(source_table=ISSUES, demand_table__in=tables, demand_line__in=lines).order_by("id")
    for table, line, quantity, issue in gone.values_list("demand_table", "demand_line", "quantity", "source_id"):
        moves[table, line or 0].append((quantity, issue))
    billed: dict[tuple[str, int], list[tuple[Decimal, int]]] = defaultdict(list)
    rows = InvoiceLine.objects.filter(source_table__in=tables, source_id__in=lines, invoice__kind=Invoice.INVOICE).exclude(
        invoice__state="reversed"
    )
    for table, line, quantity, pk in rows.order_by("invoice", "id").values_list("source_table", "source_id", "quantity", "id"):
        billed[table, line or 0].append((quantity, pk))
    found: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    positions = _positions(own)
    for demand in sorted(demands):
        for line, issue in _side_by_side(billed[demand], moves[demand]):
            if line in positions:
                invoice, position = positions[line]
                found[invoice][issue].append(position)
    named = _names({issue for issues in found.values() for issue in issues})
    return {invoice: list(_references(issues, named)) for invoice, issues in found.items()}


def _positions(lines: Iterable[InvoiceLine]) -> dict[int, tuple[int, str]]:
    """Each line's invoice and its place on it, counted from one."""
    counted: dict[int, int] = defaultdict(int)
    found = {}
    for line in lines:
        counted[line.invoice_id] += 1
        found[line.pk] = (line.invoice_id, str(counted[line.invoice_id]))
    return found


def _side_by_side(first: Sequence[tuple[Decimal, int]], second: Sequence[tuple[Decimal, int]]) -> Iterator[tuple[int, int]]:
    """Pairs whose quantities overlap when both rows are laid out from the same start."""
    others = iter(second)
    left, other = ZERO, 0
    for quantity, key in first:
        while quantity > 0:
            if left <= 0:
                left, other = next(others, (ZERO, 0))
                if not other:
                    return
            yield key, other
            quantity, left = quantity - min(quantity, left), left - min(quantity, left)


def _names(issues: set[int]) -> dict[int, tuple[str, Any]]:
    """Number and date by which each delivery is known outside."""
    found = {pk: (number or "", on) for pk, number, on in GoodsIssue.objects.filter(pk__in=issues).values_list("id", "number", "on")}
    papers = TransportDocument.objects.filter(source_table=ISSUES, source_id__in=issues).values_list("source_id", "number", "on")
    return found | {pk: (number or "", on) for pk, number, on in papers}


def _references(issues: Mapping[int, Sequence[str]], named: Mapping[int, tuple[str, Any]]) -> Iterator[Reference]:
    for issue in sorted(issues):
        number, on = named[issue]
        yield Reference("despatch", number, on, lines=tuple(dict.fromkeys(issues[issue])) if len(issues) > 1 else ())


#: Issues of which something ordered is neither invoiced nor came back: what was delivered first is invoiced first. Moves, what came back of them and
#: invoice lines are added up once for all, because asking for each issue anew takes a thousand times as long.
UNBILLED = """
with back as (
    select returns_id as move, sum(quantity) as quantity from inventory_stockmove where returns_id is not null group by 1
), gone as (
    select m.source_id, m.demand_table, m.demand_line, sum(m.quantity) over deliveries as quantity, sum(b.quantity) over deliveries as back
    from inventory_stockmove m left join back b on b.move = m.id
    where m.source_table = 'inventory_goodsissue' and m.demand_table <> ''
    window deliveries as (partition by m.demand_table, m.demand_line order by m.id)
), billed as (
    select l.source_table, l.source_id, sum(l.quantity) as quantity
    from invoicing_invoiceline l join invoicing_invoice i on i.id = l.invoice_id and i.kind = 'invoice' and i.state = 'posted'
    where l.source_id is not null group by 1, 2
)
select g.source_id from gone g left join billed b on b.source_table = g.demand_table and b.source_id = g.demand_line
where g.quantity > coalesce(b.quantity, 0) + case when g.back > 0 then greatest(g.back - {made_good}, 0) else 0 end
"""


def to_invoice() -> Q:
    """Deliveries for sale of which something ordered is neither invoiced nor came back. What came back and was made good (replaced at no
    charge) counts as delivered: the original is invoiced, its replacement never."""
    made_good = " ".join(f"when '{table}' then {function}(g.demand_line)" for table, function in MADE_GOOD.items())
    statement = UNBILLED.format(made_good=f"case g.demand_table {made_good} else 0 end" if made_good else "0")
    return Q(source_id__in=RawSQL(statement, ()), source_table=ISSUES, invoice_by__isnull=False)

"""Counting while work goes on: a sheet of a place, what is counted at which moment, and the differences as an adjustment (IV-08)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import AwareDatetime, Field

from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.actions import own_places, post_adjustment, write
from fondaco.operations.inventory.lots import count_of, item_of, label, scanned, weight_of
from fondaco.operations.inventory.models import CountRules, StockAdjustment, StockAdjustmentLine, StockCount, StockCountLine, StockMove
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.inventory.queries import unit_costs
from fondaco.operations.inventory.refusals import (
    CountedAmiss,
    CountNeedsApproval,
    CountUnfinished,
    MovedMeanwhile,
    NothingToCount,
    NotOnSheet,
    OwnCount,
    SayPieces,
    WeighEach,
)
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft

Quantity = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
ONE = Decimal(1)

#: What lies in the place of each sheet, by lot where goods are tracked, of the category and class that it asks for.
WHAT_LIES_THERE = """
with asked as (
  select * from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) as a (count_id, company_id, place, category, class)
), ranked as (
  select c.company_id, c.product_id,
    case when sum(c.value) over o - c.value < 0.80 * sum(c.value) over w then 'A' when sum(c.value) over o - c.value < 0.95 * sum(c.value) over w then 'B' else 'C' end as class
  from inventory_productcost c where c.company_id in (select company_id from asked where class <> '')
  window o as (partition by c.company_id order by c.value desc, c.product_id), w as (partition by c.company_id)
), lying as (
  select a.*, l.product_id, '' as lot, l.on_hand, l.second_on_hand from asked a join inventory_stocklevel l on l.location_id = a.place
  join catalog_product p on p.id = l.product_id and p.tracking = 'none' where l.on_hand <> 0
  union all
  select a.*, s.product_id, t.number, s.on_hand, s.second_on_hand from asked a join inventory_lotstock s on s.location_id = a.place and s.on_hand > 0
  join inventory_lot t on t.id = s.lot_id
)
select y.count_id, y.product_id, y.lot, y.on_hand, y.second_on_hand from lying y join catalog_product p on p.id = y.product_id
left join ranked r on r.company_id = y.company_id and r.product_id = y.product_id
where (y.category is null or p.category_id = y.category) and (y.class = '' or coalesce(r.class, 'C') = y.class)
order by y.count_id, p.sku, y.lot
"""

#: What the books had of a product, or a lot of it, in a place at a moment: what is there now less what was moved since. Last the same of
#: the second unit, of goods that have one.
IN_THE_BOOKS = """
select w.line, coalesce(case when w.lot = '' then (select l.on_hand from inventory_stocklevel l where l.product_id = w.product and l.location_id = w.place)
    else (select s.on_hand from inventory_lotstock s join inventory_lot t on t.id = s.lot_id where t.product_id = w.product and t.number = w.lot and s.location_id = w.place) end, 0)
  - coalesce(sum(case when m.to_location_id = w.place then coalesce(a.quantity, m.quantity) else -coalesce(a.quantity, m.quantity) end), 0),
  count(m.id),
  case when p.second_unit_id is not null then coalesce(case when w.lot = '' then (select l.second_on_hand from inventory_stocklevel l where l.product_id = w.product and l.location_id = w.place)
      else (select s.second_on_hand from inventory_lotstock s join inventory_lot t on t.id = s.lot_id where t.product_id = w.product and t.number = w.lot and s.location_id = w.place) end, 0)
    - coalesce(sum(case when m.to_location_id = w.place then coalesce(a.second_quantity, m.second_quantity) else -coalesce(a.second_quantity, m.second_quantity) end), 0) end
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[]) as w (line, product, place, lot, at)
join catalog_product p on p.id = w.product
left join (inventory_stockmove m left join (inventory_movelot a join inventory_lot n on n.id = a.lot_id) on a.move_id = m.id)
  on m.id > %s and m.product_id = w.product and m.created_at > w.at and w.place in (m.from_location_id, m.to_location_id) and (w.lot = '' or n.number = w.lot)
group by w.line, w.product, w.place, w.lot, p.second_unit_id
"""


@action(
    StockCount, moves={"draft": "counting"}, permission="inventory.create_count", name="start_count", title=_("Start"), done=_("Count away")
)
def start_count(counts: DocumentSet[StockCount]) -> None:
    """List what is to be counted: everything that lies in the place, by lot where goods are tracked. Work goes on meanwhile."""
    places = own_places(counts)
    with connection.cursor() as cursor:
        rows = list(counts)
        cursor.execute(
            WHAT_LIES_THERE,
            [
                [c.pk for c in rows], [c.company_id for c in rows], [places[c.pk] for c in rows], [c.category_id for c in rows],
                [c.abc_class for c in rows],
            ],
        )  # fmt: skip
        found = cursor.fetchall()
    lines: dict[int, list[StockCountLine]] = {c.pk: [] for c in counts}
    for count, product, lot, on_hand, second in found:
        lines[count].append(
            StockCountLine(
                count_id=count, position=len(lines[count]) + 1, product_id=product, lot=lot, expected=on_hand, second_expected=second
            )
        )
    for c in counts:
        if not lines[c.pk]:
            raise NothingToCount(document=c, rows=rows_json([c]))
    last = StockMove.objects.aggregate(m=Max("pk"))["m"] or 0
    for c in counts:
        c.last_move, c.started_at = last, timezone.now()
    counts.number()
    counts.save("last_move", "started_at")
    insert_rows(StockCountLine, [line for c in counts for line in lines[c.pk]])


@action(
    StockCount,
    moves={"counting": "counting"},
    permission="inventory.record_count",
    name="record_count",
    title=_("Record"),
    done=_("Recorded"),
)
def record_count(
    counts: DocumentSet[StockCount],
    *,
    quantities: dict[int, Quantity],
    second_quantities: dict[int, Quantity] = {},  # noqa: B006  never changed
    at: AwareDatetime | None = None,
) -> None:
    """Write down what was counted, by line of the sheet, now or ``at`` the moment when it was counted, since the sheet was made.

    Of goods with a second unit both are said: what they weigh, and in ``second_quantities`` how many they are.
    """
    lines = list(StockCountLine.objects.filter(count__in=counts.ids, pk__in=quantities).select_related("product").order_by("pk"))
    if strange := set(quantities) - {ln.pk for ln in lines}:
        raise NotOnSheet(document=counts[0], code=str(min(strange)), fields={f"quantities.{min(strange)}": min(strange)})
    for line in lines:
        line.counted = quantities[line.pk]
        line.second_counted = second_quantities.get(line.pk, ONE if line.product.tracking == Product.SERIAL and line.counted else None)
    begun = max(c.started_at for c in counts if c.started_at)
    _note(counts, lines, max(begun, min(at, timezone.now())) if at else None)


@action(
    StockCount, moves={"counting": "counting"}, permission="inventory.record_count", name="scan_count", title=_("Scan"), done=_("Counted")
)
def scan_count(counts: DocumentSet[StockCount], *, code: str, quantity: Quantity = ONE, second_quantity: Quantity | None = None) -> None:
    """Add to what is counted of one product or lot: by barcode, SKU, lot or serial number, or the string of a GS1 label.

    What is not on the sheet is put on it. Refused where it was moved since its first piece was scanned. Of goods with a second unit the label
    says what they weigh (AI 310n), or ``quantity`` does, and ``second_quantity`` how many they are, one if nothing is said.
    """
    for count in counts:
        product, lot, labelled, weight = _recognised(count, code.strip())
        line = StockCountLine.objects.filter(count=count, product=product, lot=lot).select_related("product").first()
        if line is None:
            last = StockCountLine.objects.filter(count=count).aggregate(m=Max("position"))["m"] or 0
            line = StockCountLine(count=count, position=last + 1, product=product, lot=lot)
            insert_rows(StockCountLine, [line])
        more = labelled or quantity
        pieces = None
        if product.second_unit_id is not None:
            pieces = labelled or (ONE if second_quantity is None else second_quantity)
            if not weight and second_quantity is None:
                raise WeighEach(product=product, number=code.strip(), unit=product.unit, rows=rows_json([count]))
            more = weight or quantity
        if line.counted is not None and line.counted_at is not None:
            lock_costs(count.company_id, [product.pk])
            if _in_the_books(counts, [line], line.counted_at)[line.pk][1]:
                raise MovedMeanwhile(document=count, product=product, rows=rows_json([count]))
        line.counted = (line.counted or ZERO) + more
        if pieces is not None:
            line.second_counted = (line.second_counted or ZERO) + pieces
        _note(counts, [line], None)


def _recognised(count: StockCount, code: str) -> tuple[Product, str, Decimal, Decimal]:
    """Product, lot, quantity and net weight (zero: not said) of what was scanned or typed: a lot on the sheet, a GS1 label, a SKU or barcode, and
    after a space the lot of a tracked product. Raises NotOnSheet."""
    on_sheet = list(StockCountLine.objects.filter(count=count, lot=code).select_related("product")[:2]) if code else []
    if len(on_sheet) == 1:
        return on_sheet[0].product, code, ZERO, ZERO
    said = label(code)
    word, _space, lot = code.partition(" ")
    number, quantity = lot.strip(), ZERO
    item = item_of(said) if said else word
    spellings = {item, item.lstrip("0"), item[-13:], item[-12:]} - {""} if said else {word}
    product = Product.objects.filter(Q(sku=item) | Q(barcode__in=spellings - {""}), kind="goods").order_by("pk").first()
    if product is not None and said is not None:
        quantity = count_of(said)
        number = "" if product.tracking == Product.UNTRACKED else scanned(code, product, {"rows": rows_json([count])}).number
    if product is None or (product.tracking == Product.UNTRACKED) != (not number):
        raise NotOnSheet(document=count, code=code, rows=rows_json([count]))
    return product, number, quantity, weight_of(said) if said is not None else ZERO


def _note(counts: DocumentSet[StockCount], lines: Sequence[StockCountLine], at: datetime | None) -> None:
    """Keep with each counted line what the books had at that moment; the products are locked, so that no move is half done."""
    own = {c.pk: c for c in counts}
    for line in lines:
        counted = line.counted or ZERO
        paired = line.product.second_unit_id is not None
        document = own[line.count_id]
        if paired and line.second_counted is None:
            if counted:
                raise SayPieces(product=line.product, what=str(document), unit=line.product.second_unit, rows=rows_json([document]))
            line.second_counted = ZERO
        if not paired and line.second_counted is not None:
            line.second_counted = None
        pieces = line.second_counted if line.second_counted is not None else counted
        if counted < 0 or (line.product.tracking == Product.SERIAL and pieces not in (ZERO, ONE)):
            raise CountedAmiss(document=document, product=line.product, quantity=figure(pieces), rows=rows_json([document]))
    for company in sorted({own[ln.count_id].company_id for ln in lines}):
        lock_costs(company, {ln.product_id for ln in lines if own[ln.count_id].company_id == company})
    moment = at or timezone.now()
    books = _in_the_books(counts, lines, moment)
    update_rows(
        StockCountLine,
        {
            "id": [ln.pk for ln in lines],
            "counted": [ln.counted for ln in lines],
            "second_counted": [ln.second_counted for ln in lines],
            "second_book": [books[ln.pk][2] for ln in lines],
            "book": [books[ln.pk][0] for ln in lines],
            "counted_at": [moment] * len(lines),
            "counted_by": [counts.actor.username] * len(lines),
        },
    )


def _in_the_books(
    counts: DocumentSet[StockCount], lines: Sequence[StockCountLine], at: datetime
) -> dict[int, tuple[Decimal, int, Decimal | None]]:
    """By line, what the books had at a moment, how many moves there have been since, and what they had of the second unit."""
    places = own_places(counts)
    with connection.cursor() as cursor:
        cursor.execute(
            IN_THE_BOOKS,
            [
                [ln.pk for ln in lines], [ln.product_id for ln in lines], [places[ln.count_id] for ln in lines], [ln.lot for ln in lines],
                [at] * len(lines), min(c.last_move for c in counts),
            ],
        )  # fmt: skip
        return {line: (book, moves, second) for line, book, moves, second in cursor.fetchall()}


@action(
    StockCount,
    moves={"counting": "counted"},
    permission="inventory.record_count",
    name="finish_count",
    title=_("Finish"),
    done=_("Counted"),
)
def finish_count(counts: DocumentSet[StockCount], *, leave_out: bool = False) -> None:
    """End counting. Lines that nobody counted are refused, or left as they are in the books with ``leave_out``."""
    if not leave_out:
        for line in StockCountLine.objects.filter(count__in=counts.ids, counted=None).select_related("product", "count").order_by("pk")[:1]:
            left = StockCountLine.objects.filter(count=line.count, counted=None).count()
            raise CountUnfinished(document=line.count, left=left, product=line.product, rows=rows_json([line.count]))


@action(
    StockCount,
    moves={"counted": "counting"},
    permission="inventory.record_count",
    name="recount",
    title=_("Count again"),
    done=_("Count again"),
)
def recount(counts: DocumentSet[StockCount]) -> None:
    """Go back to counting, to count lines again that look wrong."""


@action(StockCount, moves={"counted": "posted"}, permission="inventory.record_count", name="post_count", title=_("Post"), done=_("Posted"))
def post_count(counts: DocumentSet[StockCount], *, on: date) -> None:
    """Bring the books to what was counted, where the differences are worth no more than the company's limit."""
    differences = _differences(counts)
    limits = dict(CountRules.objects.filter(company__in={c.company_id for c in counts}).values_list("company_id", "limit"))
    values = _values(counts, differences)
    for count in counts:
        limit = limits.get(count.company_id, ZERO)
        if values[count.pk] > limit:
            raise CountNeedsApproval(document=count, value=values[count.pk], limit=limit, rows=rows_json([count]))
    _adjust(counts, differences, on)


@action(
    StockCount,
    moves={"counted": "posted"},
    permission="inventory.approve_count",
    name="approve_count",
    title=_("Approve"),
    needs_reason=True,
    done=_("Approved and posted"),
)
def approve_count(counts: DocumentSet[StockCount], *, on: date) -> None:
    """Approve differences of any value, for a reason, and bring the books to what was counted. Never by who counted."""
    me = counts.actor.username
    for line in StockCountLine.objects.filter(count__in=counts.ids, counted_by=me).select_related("count").order_by("pk")[:1]:
        raise OwnCount(document=line.count, rows=rows_json([line.count]))
    for count in counts:
        count.approved_by = me
    _adjust(counts, _differences(counts), on)
    counts.save("approved_by")


def _differences(counts: DocumentSet[StockCount]) -> dict[int, list[StockCountLine]]:
    found: dict[int, list[StockCountLine]] = {c.pk: [] for c in counts}
    for line in StockCountLine.objects.filter(count__in=counts.ids, counted__isnull=False).order_by("count_id", "position", "pk"):
        if (line.counted, line.second_counted) != (line.book, line.second_book):
            found[line.count_id].append(line)
    return found


def second_difference(line: StockCountLine) -> Decimal | None:
    """The same of pieces, of goods with a second unit."""
    return None if line.second_counted is None else line.second_counted - (line.second_book or ZERO)


def difference(line: StockCountLine) -> Decimal:
    """What was counted more (less) than the books had at that moment."""
    return (line.counted or ZERO) - (line.book or ZERO)


def _values(counts: DocumentSet[StockCount], differences: dict[int, list[StockCountLine]]) -> dict[int, Decimal]:
    """What the differences of each count are worth, more and less alike, at today's unit costs, in company currency."""
    values = dict.fromkeys(counts.ids, ZERO)
    for company in Company.objects.select_related("currency").filter(pk__in={c.company_id for c in counts}).order_by("pk"):
        own = [c for c in counts if c.company_id == company.pk]
        costs = unit_costs(company.pk, {ln.product_id for c in own for ln in differences[c.pk]})
        for c in own:
            exact = sum((abs(difference(ln)) * costs.get(ln.product_id, ZERO) for ln in differences[c.pk]), ZERO)
            values[c.pk] = rounded(exact, company.currency.decimals)
    return values


def _adjust(counts: DocumentSet[StockCount], differences: dict[int, list[StockCountLine]], on: date) -> None:
    """One posted adjustment a count, where there is a difference."""
    concerned = [c for c in counts if differences[c.pk]]
    drafts = []
    for count in concerned:
        row = StockAdjustment(
            company_id=count.company_id, warehouse_id=count.warehouse_id, place_id=count.place_id, on=on,
            memo=": ".join(filter(None, (str(count), counts.reason or count.memo))), source_table=StockCount._meta.db_table, source_id=count.pk,
        )  # fmt: skip
        lines = [
            StockAdjustmentLine(product_id=ln.product_id, quantity=difference(ln), second_quantity=second_difference(ln))
            for ln in differences[count.pk]
        ]
        for line, counted in zip(lines, differences[count.pk], strict=True):
            if counted.lot:
                line.lots = f"{counted.lot}={figure(abs(line.quantity))}" if line.second_quantity is None else counted.lot
        drafts.append(Draft(row, lines))
    adjustments = write(drafts, "adjustment")
    if adjustments:
        post_adjustment(DocumentSet(StockAdjustment, adjustments, counts.actor, counts.reason))
    for count, adjustment in zip(concerned, adjustments, strict=True):
        count.adjustment = adjustment
    counts.made["adjustments"] = [a.pk for a in adjustments]
    counts.save("adjustment")

"""Packing: what is scanned goes into a package; cartons are proposed, weighed, taken apart, and handed over to a carrier (WH-05)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.lots import count_of, item_of, label, parse, parse_pairs, scanned
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.shipping.barcodes import sscc
from fondaco.operations.shipping.cartons import Carton, Item, propose
from fondaco.operations.shipping.models import Consignment, Package, PackageLine, Packaging, ShippingRules, TransportDocument
from fondaco.operations.shipping.refusals import AllPacked, HandedOver, NotInDelivery, StrangePackage
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.documents.series import take_numbers
from fondaco.platform.money import ZERO, rounded

ONE, CM3 = Decimal(1), Decimal(1_000_000)
PACK, HAND_OVER = "shipping.pack_delivery", "shipping.hand_over"
Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
Weight = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=3)]
Length = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=1)]
#: A line of a delivery and a lot of it, empty where goods are not tracked.
Part = tuple[int, str]
#: The code of the kilogram (UN/CEFACT Recommendation 20).
KILOGRAM = "KGM"


@action(GoodsIssue, permission=PACK, name="pack_item", title=_("Pack"), done=_("Packed"), hidden=True)
def pack_item(
    issues: DocumentSet[GoodsIssue],
    *,
    code: str,
    quantity: Quantity = ONE,
    package: Annotated[int | None, Field(json_schema_extra={"resource": "packages"})] = None,
) -> None:
    """Put what was scanned (barcode, SKU, lot or serial number, GS1 label) into a package of its delivery, a new one unless said."""
    refuse_handed_over(issues)
    for issue in issues:
        part, labelled = _recognised(issue, code.strip(), labelled_quantity=quantity)
        into = (
            Package.objects.filter(pk=package, issue=issue).first() if package else _new_packages(issues, {issue.pk: [None]})[issue.pk][0]
        )
        if into is None:
            raise StrangePackage(document=issue, rows=rows_json([issue]))
        _add(into, {part: labelled or quantity})
        issues.made["packages"] = [into.pk]
    _weigh([i.pk for i in issues])


def _recognised(issue: GoodsIssue, code: str, *, labelled_quantity: Decimal) -> tuple[Part, Decimal]:
    """Line and lot of what was scanned, of those that are not packed yet; and the quantity that a label says, zero where none."""
    parts = open_parts([issue.pk])[issue.pk]
    said = label(code)
    item = item_of(said) if said else code
    spellings = {item, item.lstrip("0"), item[-13:], item[-12:]} - {""} if said else {code}
    lines = {ln.pk: ln for ln in GoodsIssueLine.objects.filter(issue=issue).select_related("product")}
    counted = count_of(said) if said else ZERO
    for (line, lot), left in parts.items():
        product = lines[line].product
        named = lot != "" and lot == code
        if said is not None and lot:
            named = bool({product.barcode, product.sku} & spellings) and scanned(code, product, {"rows": rows_json([issue])}).number == lot
        elif not lot or sum(1 for key, other in parts if key == line and other) == 1:
            named = named or bool({product.barcode, product.sku} & spellings)
        if named and left >= (counted or labelled_quantity):
            return (line, lot), counted
    raise NotInDelivery(document=issue, code=code, rows=rows_json([issue]))


def open_parts(issues: Iterable[int]) -> dict[int, dict[Part, Decimal]]:
    """By delivery, what of each line and lot is in no package yet, in the order of the lines: pieces, of goods with a second unit. Two
    statements."""
    keys = list(issues)
    found: dict[int, dict[Part, Decimal]] = {pk: {} for pk in keys}
    packed: dict[Part, Decimal] = defaultdict(lambda: ZERO)
    rows = PackageLine.objects.filter(package__issue__in=keys).values_list("issue_line", "lot").annotate(q=Sum("quantity"))
    for line, lot, quantity in rows:
        packed[line, lot] = quantity
    for ln in GoodsIssueLine.objects.filter(issue__in=keys).select_related("product").order_by("issue", "position", "id"):
        tracked = ln.product.tracking != Product.UNTRACKED and ln.lots
        if ln.second_quantity is not None:
            pairs = [(p.number, p.second or ln.second_quantity) for p in parse_pairs(ln.lots, ln.product, {})] if tracked else []
            parts = pairs or [("", ln.second_quantity)]
        else:
            parts = [(p.number, p.quantity) for p in parse(ln.lots, ln.quantity, ln.product, {})] if tracked else [("", ln.quantity)]
        for lot, quantity in parts:
            if quantity - packed[ln.pk, lot] > 0:
                found[ln.issue_id][ln.pk, lot] = quantity - packed[ln.pk, lot]
    return found


def _new_packages(issues: DocumentSet[GoodsIssue], boxes: dict[int, list[Packaging | None]]) -> dict[int, list[Package]]:
    """New packages of deliveries, numbered on from those there are. At most three statements beside a number series a company."""
    last = dict(Package.objects.filter(issue__in=issues.ids).values_list("issue").annotate(m=Max("position")))
    prefixes = dict(ShippingRules.objects.filter(company__in={i.company_id for i in issues}).values_list("company", "gs1_prefix"))
    found: dict[int, list[Package]] = {}
    for issue in issues:
        start = (last.get(issue.pk) or 0) + 1
        found[issue.pk] = [
            Package(
                company_id=issue.company_id, issue=issue, position=n, packaging=box, length_cm=box.length_cm if box else None,
                width_cm=box.width_cm if box else None, height_cm=box.height_cm if box else None,
            )
            for n, box in enumerate(boxes.get(issue.pk, []), start=start)
        ]  # fmt: skip
    for company, prefix in sorted(prefixes.items()):
        own = [p for rows in found.values() for p in rows if p.company_id == company]
        for package, number in zip(own, take_numbers(company, "SSCC", 0, len(own)) if own else [], strict=True):
            package.sscc = sscc(prefix, int(number.rpartition("-")[2]))
    insert_rows(Package, [p for rows in found.values() for p in rows])
    return found


def _add(package: Package, content: dict[Part, Decimal]) -> None:
    """More of something in a package; what lies there already grows."""
    there = {(ln.issue_line_id, ln.lot): ln for ln in PackageLine.objects.filter(package=package)}
    grown = [(there[part], there[part].quantity + q) for part, q in content.items() if part in there]
    update_rows(PackageLine, {"id": [ln.pk for ln, _q in grown], "quantity": [q for _ln, q in grown]})
    insert_rows(
        PackageLine,
        [PackageLine(package=package, issue_line_id=part[0], lot=part[1], quantity=q) for part, q in content.items() if part not in there],
    )


@action(GoodsIssue, permission=PACK, name="propose_packages", title=_("Propose packages"), done=_("Packages proposed"))
def propose_packages(issues: DocumentSet[GoodsIssue]) -> None:
    """Put what is not packed yet into packages, by volume and weight of the products, in the cartons there are: the largest pieces first."""
    refuse_handed_over(issues)
    left = open_parts(issues.ids)
    if all(not parts for parts in left.values()):
        raise AllPacked(document=", ".join(map(str, issues)), rows=rows_json(issues.rows))
    boxes = {b.pk: b for b in Packaging.objects.filter(company__in={i.company_id for i in issues}, is_active=True)}
    lines = {ln.pk: ln for ln in GoodsIssueLine.objects.filter(issue__in=issues.ids).select_related("product__unit")}
    filled = {}
    for issue in issues:
        cartons = [
            Carton(b.pk, b.length_cm * b.width_cm * b.height_cm / CM3, b.max_kg) for b in boxes.values() if b.company_id == issue.company_id
        ]
        items = [
            Item(part, q, each_kg(lines[part[0]]) or ZERO, (lines[part[0]].product.volume_m3 or ZERO) * stock_units(lines[part[0]]))
            for part, q in left[issue.pk].items()
        ]
        filled[issue.pk] = propose(items, cartons)
    made = _new_packages(issues, {pk: [boxes[f.carton] if f.carton else None for f in rows] for pk, rows in filled.items()})
    content = [
        PackageLine(package=package, issue_line_id=line, lot=lot, quantity=quantity)
        for pk, rows in filled.items()
        for package, one in zip(made[pk], rows, strict=True)
        for (line, lot), quantity in one.content
    ]
    insert_rows(PackageLine, content)
    _weigh(issues.ids)
    issues.made["packages"] = [p.pk for rows in made.values() for p in rows]


def stock_units(line: GoodsIssueLine) -> Decimal:
    """How many stock units one of what is packed is: a piece of goods with a second unit is its share of the line."""
    return line.quantity / line.second_quantity if line.second_quantity else ONE


def each_kg(line: GoodsIssueLine) -> Decimal | None:
    """What one of what is packed weighs; goods of catch weight kept in kilograms weigh what the line says."""
    product = line.product
    kg = product.weight_kg
    if kg is None and line.second_quantity is not None and product.unit.code == KILOGRAM:
        kg = ONE
    return None if kg is None else kg * stock_units(line)


def _weigh(issues: Sequence[int]) -> None:
    """Give packages that nobody weighed what their content weighs by its products, and tell open transport documents. Four statements."""
    packages = list(Package.objects.filter(issue__in=issues).select_related("packaging").order_by("issue", "position"))
    sums: dict[int, Decimal | None] = defaultdict(lambda: ZERO)
    for ln in PackageLine.objects.filter(package__in=packages).select_related("issue_line__product__unit"):
        kg, so_far = each_kg(ln.issue_line), sums[ln.package_id]
        sums[ln.package_id] = so_far + ln.quantity * kg if kg is not None and so_far is not None else None
    fresh = []
    for package in packages:
        net = sums[package.pk]
        if package.weighed_at is None:
            tare = package.packaging.tare_kg if package.packaging else ZERO
            package.gross_kg = rounded(net + tare, 3) or None if net is not None else None
            fresh.append(package)
    update_rows(Package, {"id": [p.pk for p in fresh], "gross_kg": [p.gross_kg for p in fresh]})
    tell_transport(issues)


def tell_transport(issues: Iterable[int]) -> None:
    """Number and weight of the packages of deliveries, on their transport documents that have not departed. Three statements."""
    keys = list(issues)
    own: dict[int, list[Decimal | None]] = defaultdict(list)
    for issue, kg in Package.objects.filter(issue__in=keys).values_list("issue", "gross_kg"):
        own[issue].append(kg)
    papers = list(
        TransportDocument.objects.filter(source_table=GoodsIssue._meta.db_table, source_id__in=keys, state=TransportDocument.OPEN)
    )
    for paper in papers:
        weights = own[paper.source_id]
        paper.packages = len(weights) or None
        paper.gross_kg = sum((kg for kg in weights if kg is not None), ZERO) or None if None not in weights else None
    update_rows(
        TransportDocument,
        {"id": [p.pk for p in papers], "packages": [p.packages for p in papers], "gross_kg": [p.gross_kg for p in papers]},
    )


@action(Package, permission=PACK, title=_("Weigh"), done=_("Weighed"))
def weigh(
    packages: DocumentSet[Package],
    *,
    gross_kg: Weight,
    length_cm: Length | None = None,
    width_cm: Length | None = None,
    height_cm: Length | None = None,
) -> None:
    """Write down what packages weigh, and measure if they lie in no known carton."""
    now = timezone.now()
    for package in packages:
        package.gross_kg, package.weighed_at = gross_kg, now
        package.length_cm, package.width_cm = length_cm or package.length_cm, width_cm or package.width_cm
        package.height_cm = height_cm or package.height_cm
    packages.save("gross_kg", "weighed_at", "length_cm", "width_cm", "height_cm")
    tell_transport({p.issue_id for p in packages})


@action(Package, permission=PACK, title=_("Take apart"), done=_("Taken apart"))
def unpack(packages: DocumentSet[Package]) -> None:
    """Take packages apart: what lay in them is to be packed again."""
    PackageLine.objects.filter(package__in=packages.ids)._raw_delete("default")
    Package.objects.filter(pk__in=packages.ids)._raw_delete("default")
    tell_transport({p.issue_id for p in packages})


def refuse_handed_over(issues: DocumentSet[GoodsIssue]) -> None:
    """Nobody changes what a carrier has, or is being asked to take."""
    gone = (
        Consignment.objects.filter(issue__in=issues.ids, comes_back=False)
        .exclude(state__in=Consignment.OVER)
        .select_related("issue", "carrier")
        .first()
    )
    if gone is not None:
        raise HandedOver(document=gone.issue, carrier=gone.carrier, on=gone.on, rows=rows_json([gone.issue]))


def content_of(packages: Iterable[int]) -> dict[int, list[Any]]:
    """The content of packages, with products, in the order of the delivery's lines. One statement."""
    found: dict[int, list[Any]] = {pk: [] for pk in packages}
    rows = PackageLine.objects.filter(package__in=list(found)).select_related(
        "issue_line__product__unit", "issue_line__product__second_unit"
    )
    for ln in rows.order_by("issue_line__position", "issue_line", "lot"):
        found[ln.package_id].append(ln)
    return found

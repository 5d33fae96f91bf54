"""WH-05: packages of a delivery: scanned, proposed, weighed, labelled with an SSCC, handed over to a carrier, followed by the customer."""

import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from stdnum import ean

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.inventory.resources import GoodsIssueResource
from fondaco.operations.shipping.barcodes import WIDTHS, bars, sscc
from fondaco.operations.shipping.cartons import FILL, Carton, Item, propose
from fondaco.operations.shipping.models import Consignment, Package, PackageLine, TransportDocument
from fondaco.operations.shipping.packing import content_of, open_parts
from fondaco.operations.shipping.resources import PackageResource
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.shipping.house import delivered

D = Decimal


def content(issue: int) -> list[dict[str, Decimal]]:
    packages = list(Package.objects.filter(issue=issue).order_by("position"))
    found = content_of([p.pk for p in packages])
    return [{ln.issue_line.product.sku + (f"/{ln.lot}" if ln.lot else ""): ln.quantity for ln in found[p.pk]} for p in packages]


def test_what_is_scanned_goes_into_a_package_until_all_is_packed(shop):
    issue = delivered(shop, (shop.machine, "2"), (shop.cup, "10"))
    (one,) = shop.books.do("inventory.pack_item", issue, code="8001234567897").made["packages"]
    shop.books.do("inventory.pack_item", issue, code="(01)08001234567897", package=one)
    with pytest.raises(UserError, match="nothing that is still to be packed"):
        shop.books.do("inventory.pack_item", issue, code="M1", package=one)
    with pytest.raises(UserError, match="not so much of it"):
        shop.books.do("inventory.pack_item", issue, code="CUP", quantity="11")
    shop.books.do("inventory.pack_item", issue, code="CUP", quantity="10")
    assert content(issue) == [{"M1": 2}, {"CUP": 10}]
    assert open_parts([issue]) == {issue: {}}
    paper = TransportDocument.objects.get(source_id=issue)
    assert (paper.packages, paper.gross_kg) == (2, D("28.000"))
    shop.books.do("shipping.weigh", one, gross_kg="25.700", length_cm="60", width_cm="40", height_cm="40")
    paper.refresh_from_db()
    assert paper.gross_kg == D("28.700")
    shop.books.do("shipping.unpack", Package.objects.get(position=2).pk)
    assert list(open_parts([issue])[issue].values()) == [10]
    shop.books.assert_checks_hold()


def test_lots_are_packed_by_their_number(shop):
    with unit_of_work("test", "test"):
        wine = Product.objects.create(sku="WINE", name="Wine", unit=shop.cup.unit, tracking="lot", sale_price="9", currency_id="EUR")
    lines = [{"product": wine.pk, "quantity": "9", "unit_cost": "4", "lots": "A1=4; B2=5"}]
    given_ = {"company": shop.books.company.pk, "warehouse": shop.warehouse.pk, "on": "2026-01-05", "lines": lines}
    shop.books.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [given_]).ids[0])
    issue = delivered(shop, (wine, "7"))
    with pytest.raises(UserError, match="nothing that is still to be packed"):
        shop.books.do("inventory.pack_item", issue, code="WINE")
    shop.books.do("inventory.pack_item", issue, code="A1", quantity="4")
    shop.books.do("inventory.pack_item", issue, code="WINE", quantity="3")
    assert content(issue) == [{"WINE/A1": 4}, {"WINE/B2": 3}]


def test_cartons_are_proposed_by_volume_and_weight(shop):
    """Two machines fill a large carton (0.15 m³, 30 kg), the third goes with the cups."""
    issue = delivered(shop, (shop.machine, "3"), (shop.cup, "20"))
    shop.books.do("inventory.propose_packages", issue)
    assert content(issue) == [{"M1": 2, "CUP": 9}, {"M1": 1, "CUP": 11}]
    assert [(p.packaging.code, p.gross_kg) for p in Package.objects.order_by("position")] == [("L", D("28.600")), ("L", D("16.700"))]
    with pytest.raises(UserError, match="packed already"):
        shop.books.do("inventory.propose_packages", issue)
    small = delivered(shop, (shop.cup, "5"))
    shop.books.do("inventory.propose_packages", small)
    assert Package.objects.get(issue=small).packaging.code == "S"


@settings(max_examples=200, deadline=None, print_blob=True)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 4000), st.integers(0, 90)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(1, 200), st.one_of(st.none(), st.integers(1, 40))), max_size=3),
)
def test_any_proposal_packs_everything_once_and_overfills_nothing(wanted, kinds):
    items = [Item(n, D(q), D(g) / 1000, D(m) / 1000) for n, (q, g, m) in enumerate(wanted)]
    cartons = [Carton(n, D(m) / 1000, D(kg) if kg else None) for n, (m, kg) in enumerate(kinds)]
    found = propose(items, cartons)
    packed = dict.fromkeys(range(len(items)), D(0))
    for box in found:
        assert box.content
        for key, quantity in box.content:
            assert quantity > 0
            packed[key] += quantity
        if box.carton is not None:
            carton = cartons[box.carton]
            assert sum(q * items[k].m3 for k, q in box.content) <= carton.m3 * FILL
            assert carton.max_kg is None or sum(q * items[k].kg for k, q in box.content) <= carton.max_kg
    assert packed == {n: i.quantity for n, i in enumerate(items)}


def test_the_number_of_a_package_has_its_check_digit_and_its_bars(shop):
    """The example of the GS1 General Specifications: 0 0614141 123456789 has check digit 0."""
    assert sscc("0614141", 123456789) == "006141411234567890"
    assert all(sum(map(int, w)) == 11 for w in WIDTHS[:106]) and len(set(WIDTHS)) == 107
    assert all(sum(map(int, w[::2])) % 2 == 0 for w in WIDTHS[:106])
    drawn = bars("00006141411234567890")
    assert (len(drawn), sum(drawn)) == (6 * 13 + 7, 11 * 13 + 13)
    assert drawn[:12] == [2, 1, 1, 2, 3, 2, 4, 1, 1, 1, 3, 1]  # start C, FNC1
    issue = delivered(shop, (shop.machine, "1"), (shop.cup, "1"))
    shop.books.do("inventory.pack_item", issue, code="M1")
    shop.books.do("inventory.pack_item", issue, code="CUP")
    first, second = Package.objects.order_by("position")
    assert first.sscc[:8] == second.sscc[:8] == "08032089"
    assert int(second.sscc[8:17]) == int(first.sscc[8:17]) + 1
    assert all(ean.calc_check_digit(p.sscc[:-1]) == p.sscc[-1] for p in (first, second))
    text = " ".join(PdfReader(io.BytesIO(PackageResource.printed(first))).pages[0].extract_text().split())
    for words in (f"(00) {first.sscc}", "Bar Duomo", "1 / 2", "12.5"):
        assert words in text, text


def test_handed_over_it_stays_packed_and_the_customer_can_follow_it(shop):
    issue = delivered(shop, (shop.cup, "10"))
    shop.books.do("inventory.propose_packages", issue)
    shop.books.do("inventory.hand_over", issue, carrier=shop.carrier, tracking="AB 12/3", on="2026-02-04")
    paper = TransportDocument.objects.get(source_id=issue)
    assert (paper.carried_by, paper.carrier) == ("carrier", "Corriere Adriatico\nVia Po 1, Padova")
    mail = OutboxMessage.objects.get(key=f"shipping.handed_over:{Consignment.objects.get(issue=issue).pk}").payload
    assert mail["to"] == ["bar@example.com"]
    assert "https://tracking.example/p?n=AB%2012%2F3" in mail["text"]
    assert GoodsIssueResource.queryset().get(pk=issue).tracked_as == "AB 12/3"
    order = RESOURCES["orders"].queryset().get(pk=GoodsIssue.objects.get(pk=issue).source_id)
    assert order.tracked_as == "AB 12/3"
    with pytest.raises(UserError, match="was handed over"):
        shop.books.do("inventory.hand_over", issue, carrier=shop.carrier)
    with pytest.raises(UserError, match="stays as it was packed"):
        shop.books.do("shipping.unpack", Package.objects.get(issue=issue).pk)
    shop.books.assert_checks_hold()


@pytest.mark.parametrize(
    "attack",
    [
        "update shipping_packageline set quantity = quantity + 1",
        "insert into shipping_packageline (package_id, issue_line_id, lot, quantity, version) select package_id, issue_line_id, 'x', 1, 1 from shipping_packageline",
        "update shipping_packageline set issue_line_id = (select max(id) from inventory_goodsissueline)",
    ],
)
def test_nothing_is_packed_twice_or_into_a_package_of_another_delivery(shop, attack):
    issue = delivered(shop, (shop.cup, "10"))
    shop.books.do("inventory.propose_packages", issue)
    delivered(shop, (shop.machine, "1"))
    with (
        pytest.raises(UserError, match="Nothing was changed"),
        refusals_translated(),
        unit_of_work("thief", "t"),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)
    assert PackageLine.objects.get().quantity == 10


def test_a_draft_delivery_does_not_shrink_below_what_is_packed(shop):
    given_ = {"company": shop.books.company.pk, "customer": shop.customer.pk, "warehouse": shop.warehouse.pk, "on": "2026-02-04"}
    (key,) = create(ACTOR, RESOURCES["deliveries"], [{**given_, "lines": [{"product": shop.cup.pk, "quantity": "10"}]}]).ids
    shop.books.do("inventory.propose_packages", key)
    line = GoodsIssueLine.objects.get(issue=key)
    with pytest.raises(UserError, match="Nothing was changed"):
        edit(ACTOR, RESOURCES["deliveries"], {key: {"lines": [{"id": line.pk, "product": shop.cup.pk, "quantity": "9"}]}})
    shop.books.do("inventory.post_issue", key)
    assert TransportDocument.objects.get().packages == 1


def test_packing_costs_the_same_for_one_and_for_many(shop):
    issues = [delivered(shop, (shop.cup, "3")) for _ in range(9)]

    def counted(key, ids, **more):
        with CaptureQueriesContext(connection) as asked:
            shop.books.do(key, ids, **more)
        return len(asked)

    shop.books.do("inventory.propose_packages", issues[0])
    shop.books.do("inventory.hand_over", issues[0], carrier=shop.carrier)
    assert counted("inventory.propose_packages", issues[1:2]) == counted("inventory.propose_packages", issues[2:])
    packages = [Package.objects.get(issue=i).pk for i in issues[1:]]
    assert counted("shipping.weigh", packages[:1], gross_kg="2") == counted("shipping.weigh", packages[1:], gross_kg="2")
    assert counted("inventory.hand_over", issues[1:2], carrier=shop.carrier) == counted(
        "inventory.hand_over", issues[2:5], carrier=shop.carrier
    )
    assert counted("shipping.unpack", packages[4:5]) == counted("shipping.unpack", packages[5:])

"""The Italian transport document (DDT): with every delivery that leaves, numbered with it, and named by the deferred invoice (OM-03, TX-06)."""

import io
from datetime import date

import pytest
from django.db import connection
from pypdf import PdfReader

from fondaco.finance.einvoicing.formats.declared import FORMATS, Naming
from fondaco.finance.einvoicing.queries import drawn
from fondaco.frontoffice.sales.models import OrderLine
from fondaco.localizations.it.transport import fifteenth_of_next_month
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import GoodsIssue, Location, Warehouse
from fondaco.operations.inventory.resources import GoodsIssueResource
from fondaco.operations.shipping.models import TransportDocument
from fondaco.operations.shipping.printing import transport_pdf
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.finance.einvoicing.house import customer, settle_in, texts
from tests.frontoffice.sales.shop import Shop

NAMING = Naming("00001", lambda: b"")


@pytest.fixture
def shop(books):
    settle_in(books)
    made = Shop(books)
    made.customer = customer(books, code="ABC1234", at={"language": "it"})
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=made.machine.pk).update(weight_kg="12.5")
    made.receive(made.machine, "20", "700")
    made.receive(made.cup, "100", "1")
    return made


def paper(issue=None):
    found = TransportDocument.objects.order_by("pk")
    return found.get(source_id=issue) if issue else found.last()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_every_delivery_is_accompanied_and_numbered_with_it(shop):
    order = shop.order((shop.machine, "4"))
    (one,) = shop.did("deliver", order, on=date(2026, 2, 4), quantities={order.lines.get().pk: "3"}).made["deliveries"]
    (two,) = shop.did("deliver", order, on=date(2026, 2, 9), carrier="Corriere Adriatico").made["deliveries"]
    first, second = paper(one), paper(two)
    assert [first.number, second.number] == ["DDT/2026/00001", "DDT/2026/00002"]
    assert (first.reason, first.party, first.carried_by, str(first.net_kg)) == ("sale", shop.customer, "sender", "37.500")
    assert (second.carried_by, second.carrier) == ("carrier", "Corriere Adriatico")
    assert first.from_place.split("\n")[1:] == ["Calle del Fontego 5346", "30124 Venezia"]
    assert first.to_place.split("\n") == ["Piazza Duomo 1", "20122 Milano", "MI", "Italia"]
    assert first.invoice_by == date(2026, 3, 15)
    assert [fifteenth_of_next_month(date(2026, m, 28)) for m in (1, 12)] == [date(2026, 2, 15), date(2027, 1, 15)]
    shop.books.assert_checks_hold()


def test_it_departs_with_what_is_known_when_it_is_loaded(shop):
    order = shop.order((shop.machine, "2"))
    shop.did("deliver", order, on=date(2026, 2, 4))
    document = paper()
    shop.books.do("shipping.fill_in", document.pk, carried_by="carrier", appearance="cartoni su bancale", packages=2)
    with pytest.raises(UserError, match="names none"):
        shop.books.do("shipping.depart", document.pk, on="2026-02-04", hour="14:30")
    with pytest.raises(UserError, match="no hour of the day"):
        shop.books.do("shipping.depart", document.pk, on="2026-02-04", hour="25:00", carrier="Bianchi Trasporti, P.IVA 01234567890")
    with pytest.raises(UserError, match="cannot begin on 3 Feb 2026"):
        shop.books.do("shipping.depart", document.pk, on="2026-02-03", hour="10:00", carrier="Bianchi Trasporti, P.IVA 01234567890")
    shop.books.do(
        "shipping.depart", document.pk, on="2026-02-04", hour="14:30", carrier="Bianchi Trasporti, P.IVA 01234567890", gross_kg="27"
    )
    document.refresh_from_db()
    assert (document.state, document.packages, f"{document.starts_at:%Y-%m-%d %H:%M}") == ("departed", 2, "2026-02-04 13:30")
    text = text_of(transport_pdf(document))
    for word in (
        "Documento di trasporto DDT/2026/00001", "D.P.R. 14.8.1996, n. 472", "Vendita", "4 febbraio 2026, 14:30", "Bianchi Trasporti, P.IVA 01234567890",
        "cartoni su bancale", "27", "25", "Espresso machine", "M1", "Piazza Duomo 1", "IT09876540155", "Porto franco",
    ):  # fmt: skip
        assert word in text, (word, text)


@pytest.mark.parametrize(
    "attack",
    [
        "delete from shipping_transportdocument",
        "update shipping_transportdocument set number = 'DDT/2026/99999'",
        "update shipping_transportdocument set party_id = null",
        'update shipping_transportdocument set "on" = "on" + 1',
        "update shipping_transportdocument set source_id = 0",
    ],
)
def test_it_cannot_be_made_to_vanish_or_to_say_something_else(shop, attack):
    shop.did("deliver", shop.order((shop.cup, "10")), on=date(2026, 2, 4))
    with (
        pytest.raises(UserError, match="Nothing was changed"),
        refusals_translated(),
        unit_of_work("thief", "test"),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_after_departure_nothing_changes(shop):
    shop.did("deliver", shop.order((shop.cup, "10")), on=date(2026, 2, 4))
    shop.books.do("shipping.depart", paper().pk, on="2026-02-04", hour="9.05")
    with pytest.raises(UserError, match="Nothing was changed"), refusals_translated(), unit_of_work("thief", "test"):
        TransportDocument.objects.update(packages=99)
    assert paper().packages is None


def test_the_deferred_invoice_names_its_deliveries(shop):
    """TD24: two deliveries of February, one invoice at the end of the month; each line names the documents it bills."""
    order = shop.order((shop.machine, "4"), (shop.cup, "10"))
    first, _second = OrderLine.objects.filter(order=order).order_by("position")
    shop.did("deliver", order, on=date(2026, 2, 4), quantities={first.pk: "3"})
    shop.did("deliver", order, on=date(2026, 2, 9))
    page = RESOURCES["transport-documents"].conditions["to_invoice"][1]
    assert TransportDocument.objects.filter(page()).count() == 2
    shop.did("invoice", order, on=date(2026, 2, 28), post=True)
    assert TransportDocument.objects.filter(page()).count() == 0
    (invoice,) = shop.invoices(order)
    (one,) = drawn([invoice.pk])
    xml = FORMATS["fatturapa"].write(one.meaning, NAMING)
    assert texts(xml, "TipoDocumento") == ["TD24"]
    assert texts(xml, "DatiDDT/NumeroDDT") == ["DDT/2026/00001", "DDT/2026/00002"]
    assert texts(xml, "DatiDDT/DataDDT") == ["2026-02-04", "2026-02-09"]
    assert texts(xml, "DatiDDT/RiferimentoNumeroLinea") == ["1", "1", "2"]


def test_an_invoice_of_a_part_names_only_what_it_bills(shop):
    """What was delivered first is billed first; an invoice of the day of delivery is an ordinary one (TD01)."""
    order = shop.order((shop.cup, "30"))
    line = order.lines.get().pk
    shop.did("deliver", order, on=date(2026, 2, 4), quantities={line: "10"})
    shop.did("invoice", order, on=date(2026, 2, 4), post=True)
    shop.did("deliver", order, on=date(2026, 2, 5), quantities={line: "10"})
    shop.did("deliver", order, on=date(2026, 2, 6))
    shop.did("invoice", order, on=date(2026, 2, 28), post=True)
    files = [FORMATS["fatturapa"].write(d.meaning, NAMING) for d in drawn([i.pk for i in shop.invoices(order)])]
    assert [texts(f, "NumeroDDT") for f in files] == [["DDT/2026/00001"], ["DDT/2026/00002", "DDT/2026/00003"]]
    assert [texts(f, "TipoDocumento") for f in files] == [["TD01"], ["TD24"]]


def test_transfers_between_houses_and_consignments_travel_too(shop):
    books = shop.books
    (key,) = create(
        ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "RM", "name": "Roma", "address": "Via Appia 1\n00179 Roma"}]
    ).ids
    rome = Warehouse.objects.get(pk=key)
    with unit_of_work("test", "test"):
        shelf = Location.objects.create(company=books.company, code="DUOMO", name="Bar Duomo", kind="at_customer", party=shop.customer)
        corner = Location.objects.create(company=books.company, warehouse=shop.warehouse, code="Q", name="Quarantine", kind="quarantine")

    def transfer(**values):
        lines = [{"product": shop.cup.pk, "quantity": "5"}]
        given = {
            "company": books.company.pk,
            "warehouse": shop.warehouse.pk,
            "to_warehouse": shop.warehouse.pk,
            "on": "2026-02-05",
            "lines": lines,
        }
        return create(ACTOR, RESOURCES["transfers"], [given | values]).ids[0]

    books.do("inventory.post_transfer", transfer(to_place=corner.pk))
    assert paper() is None
    sent = transfer(to_warehouse=rome.pk)
    books.do("inventory.send_transfer", sent)
    books.do("inventory.arrive_transfer", sent, on="2026-02-06")
    (document,) = TransportDocument.objects.all()
    assert (document.reason, document.party, document.to_place.split("\n")[1]) == ("transfer", None, "Via Appia 1")
    assert "Rialto" in text_of(transport_pdf(document))
    books.do("inventory.post_transfer", transfer(to_place=shelf.pk))
    assert (paper().reason, paper().party, paper().invoice_by) == ("consignment", shop.customer, None)
    # What he uses of it is delivered where it lies already: nothing travels.
    given = {
        "company": books.company.pk,
        "customer": shop.customer.pk,
        "warehouse": shop.warehouse.pk,
        "place": shelf.pk,
        "on": "2026-02-20",
    }
    (issue,) = create(ACTOR, RESOURCES["deliveries"], [{**given, "lines": [{"product": shop.cup.pk, "quantity": "2"}]}]).ids
    books.do("inventory.post_issue", issue)
    assert TransportDocument.objects.count() == 2
    books.assert_checks_hold()


def test_a_company_elsewhere_prints_a_delivery_note(db):
    books = open_books("DE", "EUR", "BERLIN")
    shop = Shop(books)
    shop.receive(shop.cup, "10", "1")
    (key,) = shop.did("deliver", shop.order((shop.cup, "4")), on=date(2026, 2, 4)).made["deliveries"]
    assert not TransportDocument.objects.exists()
    text = text_of(GoodsIssueResource.printed(GoodsIssue.objects.get(pk=key)))
    assert "Delivery note DN/2026/00001" in text
    assert "Cup" in text

"""What tests of shipping do again and again: deliveries that are packed, and a carrier who takes them."""

from datetime import date

from fondaco.masterdata.catalog.models import CommodityCode, Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Address, Party
from fondaco.operations.shipping.models import Carrier, CarrierService, Consignment, Package
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR


def delivered(shop, *lines, **values) -> int:
    return shop.did("deliver", shop.order(*lines, **values), on=date(2026, 2, 4)).made["deliveries"][0]


def packed(shop, *lines, count=1, **values) -> list[int]:
    """Posted deliveries, packed in cartons."""
    issues = [delivered(shop, *(lines or [(shop.cup, "5")]), **values) for _n in range(count)]
    shop.books.do("inventory.propose_packages", issues)
    return issues


def addressed(shop) -> None:
    """Company and customer as a carrier wants them: streets and telephones."""
    with unit_of_work("test", "test"):
        Company.objects.filter(pk=shop.books.company.pk).update(
            street="Via Rialto 1", postal_code="30125", city="Venezia", phone="+39 041 1234567"
        )
        Party.objects.filter(pk=shop.customer.pk).update(phone="+39 02 7654321")
        Address.objects.create(
            party=shop.customer, kind="delivery", street="Corso Buenos Aires 12", postal_code="20124", city="Milano", country_id="IT"
        )


def abroad(shop, country="CH", **product) -> Party:
    """A customer on the other side of the customs, and goods that they know."""
    party = shop.books.customer("Bar Helvetia", country=country, phone="+41 44 1234567", email="bar@helvetia.example")
    with unit_of_work("test", "test"):
        Address.objects.create(
            party=party, kind="delivery", street="Bahnhofstrasse 3", postal_code="8001", city="Zürich", country_id=country
        )
        code, _made = CommodityCode.objects.get_or_create(code="85167100", defaults={"name": "Coffee makers"})
        Product.objects.filter(pk=shop.machine.pk).update(**{"commodity_code": code, "origin_id": "IT", **product})
    return party


def express(shop, **values) -> int:
    """DHL Express with two services; the key of the carrier."""
    given = {
        "code": "DHL", "name": "DHL Express", "way": "dhl_express", "account": "106012345", "tracking_url": "https://www.dhl.example/track?id={tracking}",
        "services": [{"code": "N", "name": "Domestic Express", "price": "9.50", "price_per_kg": "1"}, {"code": "P", "name": "Express Worldwide"}],
        **values,
    }  # fmt: skip
    (key,) = create(ACTOR, RESOURCES["carriers"], [{"company": shop.books.company.pk, **given}]).ids
    return key


def service(carrier: int, code: str = "N") -> int:
    return CarrierService.objects.get(carrier=carrier, code=code).pk


def consigned(issue: int) -> Consignment:
    return Consignment.objects.filter(issue=issue).latest("pk")


def packages(issue: int) -> list[Package]:
    return list(Package.objects.filter(issue=issue).order_by("position"))


def booked(shop, issues, carrier, **given):
    given = {"service": service(carrier) if Carrier.objects.get(pk=carrier).way == "dhl_express" else None, **given}
    return shop.books.do("inventory.book_carrier", issues, carrier=carrier, **given).made["consignments"]


def again():
    """The next attempt, now: what waits is due at once."""
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(sent_at=None).update(next_attempt_at=None)
    return send_due()

"""The shop whose deliveries are packed and booked."""

import pytest

from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop
from tests.operations.shipping import dhl as desk
from tests.operations.shipping.house import addressed


@pytest.fixture
def shop(books):
    made = Shop(books)
    company = books.company.pk
    with unit_of_work("test", "test"):
        Company.objects.filter(pk=company).update(email="info@rialto.example")
        Product.objects.filter(pk=made.machine.pk).update(weight_kg="12.5", volume_m3="0.060", barcode="8001234567897")
        Product.objects.filter(pk=made.cup.pk).update(weight_kg="0.3", volume_m3="0.0008")
    made.receive(made.machine, "20", "700")
    made.receive(made.cup, "200", "1")
    boxes = [
        {"code": "S", "name": "Small", "length_cm": "30", "width_cm": "20", "height_cm": "20", "tare_kg": "0.2", "max_kg": "10"},
        {"code": "L", "name": "Large", "length_cm": "60", "width_cm": "50", "height_cm": "50", "tare_kg": "0.9", "max_kg": "30"},
    ]
    create(ACTOR, RESOURCES["packagings"], [{"company": company, **box} for box in boxes])
    create(ACTOR, RESOURCES["shipping-rules"], [{"company": company, "gs1_prefix": "8032089"}])
    carrier = {
        "code": "ADR",
        "name": "Corriere Adriatico",
        "details": "Via Po 1, Padova",
        "tracking_url": "https://tracking.example/p?n={tracking}",
    }
    (made.carrier,) = create(ACTOR, RESOURCES["carriers"], [{"company": company, **carrier}]).ids
    return made


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A data folder of the test's own, and no carrier but the test's."""
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    for name in ("FONDACO_DHL_URL", "FONDACO_DHL_USER", "FONDACO_DHL_PASSWORD", "FONDACO_SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def dhl(home, monkeypatch):
    made = desk.Dhl()
    with desk.serving(made) as address:
        monkeypatch.setenv("FONDACO_DHL_URL", address)
        monkeypatch.setenv("FONDACO_DHL_USER", desk.USER)
        monkeypatch.setenv("FONDACO_DHL_PASSWORD", desk.PASSWORD)
        yield made


@pytest.fixture
def rialto(shop, home):
    addressed(shop)
    return shop

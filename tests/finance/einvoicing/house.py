"""An Italian company that sends e-invoices, its customers, and readings of the files by XPath."""

import warnings
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from fondaco.finance.einvoicing.models import Recipient, Sender
from fondaco.finance.einvoicing.queries import drawn
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Address, Party
from fondaco.platform.database.unit import unit_of_work
from tests.books import Books

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
VAT = "IT01234560272"


def shared(folder: str, pattern: str = "*.xml") -> list[Path]:
    """Files of real life; where they are missing the test says so and goes without them."""
    found = sorted((SHARED / folder).glob(pattern))
    if not found:
        warnings.warn(f"{SHARED / folder} is not there: this test goes without real invoices", stacklevel=2)
    return found


def settle_in(books: Books, **values: Any) -> Sender:
    """The company's address and its way of sending."""
    with unit_of_work("test", "test"):
        Company.objects.filter(pk=books.company.pk).update(
            name="Torrefazione Rialto S.r.l.", vat_number=VAT, street="Calle del Fontego 5346", postal_code="30124", city="Venezia",
            email="conti@rialto.example", phone="+39041520000", iban="IT60 X054 2811 1010 0000 0123 456",
        )  # fmt: skip
        given = {"province": "VE", "tax_code": "01234560272", "register_office": "VE", "register_number": "123456", **values}
        return Sender.objects.create(company=books.company, **given)


def customer(
    books: Books,
    name: str = "Bar Duomo S.n.c.",
    *,
    country: str = "IT",
    vat: str = "IT09876540155",
    at: dict[str, Any] | None = None,
    **recipient: Any,
) -> Party:
    """A customer with a billing address and, where anything is said of it, an e-invoice address."""
    given = dict(at or {})
    kind = given.pop("kind", "organisation")
    more = {k: given.pop(k) for k in ("tax_code", "language") if k in given}
    party = books.customer(name, country, vat_number=vat, kind=kind, **more)
    with unit_of_work("test", "test"):
        place = {"street": "Piazza Duomo 1", "postal_code": "20122", "city": "Milano", "region": "MI", "country_id": country, **given}
        Address.objects.create(party=party, **place)
        if recipient:
            Recipient.objects.create(party=party, **recipient)
    return party


def product(name: str = "CAFFE", unit: str = "KGM", **values: Any) -> Product:
    with unit_of_work("test", "test"):
        return Product.objects.create(sku=name, name=name.capitalize(), unit=Unit.objects.get(code=unit), **values)


def meaning(invoice: Any) -> Any:
    """One invoice as what it means."""
    (found,) = drawn([invoice.pk])
    return found.meaning


def texts(xml: bytes, path: str) -> list[str]:
    """The texts at a path of local names: ``DatiRiepilogo/Imposta``."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    return [e.text or "" for e in etree.fromstring(xml).xpath(f".//{steps}")]


@pytest.fixture
def rialto(books: Books) -> Books:
    """The books of a company that sends FatturaPA."""
    settle_in(books)
    return books

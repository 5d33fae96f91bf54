"""Names that writing and reading FatturaPA share. Pure, no Django."""

from pathlib import Path

from fondaco.finance.einvoicing.formats.xml import Names, schema

SPACE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
XMLDSIG = "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd"
HERE = Path(__file__).parent / "schema"
SCHEMA = HERE / "Schema_del_file_xml_FatturaPA_v1.2.2.xsd"
#: Only the root element has the namespace; all others have none.
NAMES = Names({"p": SPACE, "ds": "http://www.w3.org/2000/09/xmldsig#"})

#: Codice Destinatario: of those who gave none, and of those abroad.
NOBODY, ABROAD = "0000000", "XXXXXXX"


def official_schema():  # type: ignore[no-untyped-def]
    """The official schema, compiled once."""
    return schema(SCHEMA, ((XMLDSIG, HERE / "xmldsig-core-schema.xsd"),))

"""Notices of the exchange system (SdI) about a file that was sent: read from their XML. Pure, no Django."""

from typing import Any

from lxml import etree

from fondaco.finance.einvoicing.outside.figures import clean, text_at
from fondaco.finance.einvoicing.outside.refused import Refused

MOST_FAULTS = 50
#: Root element -> kind. Public offices and businesses get differently named files that say the same.
KINDS = {
    "RicevutaConsegna": "RC",
    "NotificaScarto": "NS",
    "RicevutaScarto": "NS",
    "NotificaMancataConsegna": "MC",
    "RicevutaImpossibilitaRecapito": "MC",
    "NotificaEsito": "NE",
    "NotificaDecorrenzaTermini": "DT",
    "AttestazioneTrasmissioneFattura": "AT",
}


def notice(root: etree._Element) -> dict[str, Any]:
    """The notice: kind, the file it speaks of, SdI's number, moment, words and faults."""
    kind = KINDS[etree.QName(root).localname]
    file = text_at(root, "{*}NomeFile", 200)
    if not file:
        raise Refused("missing", root.sourceline or 0, "NomeFile")
    if kind == "NE":
        outcome = text_at(root, "{*}EsitoCommittente/{*}Esito", 10)
        if outcome not in ("EC01", "EC02"):
            raise Refused("missing", root.sourceline or 0, "Esito")
        kind = "NE1" if outcome == "EC01" else "NE2"
    faults = [
        " ".join(filter(None, [text_at(e, "{*}Codice", 10), text_at(e, "{*}Descrizione"), text_at(e, "{*}Suggerimento")]))
        for e in root.findall("{*}ListaErrori/{*}Errore")[:MOST_FAULTS]
    ]
    words = [text_at(root, path) for path in ("{*}Descrizione", "{*}EsitoCommittente/{*}Descrizione", "{*}Note")]
    return {
        "kind": kind,
        "file": file.rsplit("/", 1)[-1],
        "hub_id": text_at(root, "{*}IdentificativoSdI", 40),
        "at": text_at(root, "{*}DataOraConsegna", 40) or text_at(root, "{*}DataOraRicezione", 40),
        "text": clean("; ".join([*faults, *filter(None, words)]), 4000),
    }


def _told(root: etree._Element) -> dict[str, Any]:
    return {"what": "notice", "format": "sdi", "notice": notice(root)}


ROOTS = dict.fromkeys(KINDS, _told)

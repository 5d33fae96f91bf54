"""FatturaPA that came in, as what it means; one file may hold several invoices. Pure, no Django.

What the exchange system let through is not judged by the schema again, which changes every year; what a bill needs must be there and be a
figure or a day, else the file is refused with its line.
"""

from decimal import Decimal
from typing import Any

from lxml import etree

from fondaco.finance.einvoicing.outside.figures import MOST_ENCLOSED, amount_at, clean, day, enclosed, figure, text_at
from fondaco.finance.einvoicing.outside.meaning import told, turned
from fondaco.finance.einvoicing.outside.refused import Refused
from fondaco.finance.einvoicing.semantic import (
    CREDIT_NOTE,
    INVOICE,
    ZERO,
    Fund,
    Instalment,
    Invoice,
    Line,
    Place,
    Reference,
    TaxTotal,
    TradeParty,
    Withholding,
)

CREDITS = frozenset({"TD04", "TD08"})
MOST_INVOICES = 200
RELATED = {"DatiOrdineAcquisto": "order", "DatiContratto": "contract", "DatiRicezione": "receipt", "DatiFattureCollegate": "invoice"}
#: What EN 16931 calls the naturas.
CATEGORIES = {"N1": "O", "N2": "O", "N3": "G", "N4": "E", "N5": "E", "N6": "AE", "N7": "O"}


def invoices(root: etree._Element) -> tuple[Invoice, ...]:
    """Every invoice of a file."""
    header, bodies = root.find("{*}FatturaElettronicaHeader"), root.findall("{*}FatturaElettronicaBody")
    if header is None or not bodies:
        raise Refused("missing", root.sourceline or 0, "FatturaElettronicaHeader, FatturaElettronicaBody")
    if len(bodies) > MOST_INVOICES:
        raise Refused("too_much", bodies[MOST_INVOICES].sourceline or 0)
    seller, buyer = _party(header, "CedentePrestatore"), _party(header, "CessionarioCommittente")
    return tuple(turned(_invoice(body, seller, buyer)) for body in bodies)


def _party(header: etree._Element, tag: str) -> TradeParty:
    node = header.find(f"{{*}}{tag}")
    if node is None:
        raise Refused("missing", header.sourceline or 0, tag)
    about, seat = node.find("{*}DatiAnagrafici"), node.find("{*}Sede")
    first, last = text_at(about, "{*}Anagrafica/{*}Nome"), text_at(about, "{*}Anagrafica/{*}Cognome")
    name = text_at(about, "{*}Anagrafica/{*}Denominazione") or f"{first} {last}".strip()
    if not name:
        raise Refused("missing", node.sourceline or 0, f"{tag}: Denominazione")
    country, number = text_at(about, "{*}IdFiscaleIVA/{*}IdPaese", 2), text_at(about, "{*}IdFiscaleIVA/{*}IdCodice", 28)
    street = " ".join(filter(None, [text_at(seat, "{*}Indirizzo"), text_at(seat, "{*}NumeroCivico")]))
    return TradeParty(
        name=name,
        vat_number=f"{country}{number}" if number else "",
        tax_number=text_at(about, "{*}CodiceFiscale", 16),
        place=Place(
            street,
            text_at(seat, "{*}CAP", 12),
            text_at(seat, "{*}Comune"),
            text_at(seat, "{*}Provincia", 2),
            text_at(seat, "{*}Nazione", 2),
        ),
        email=text_at(node, "{*}Contatti/{*}Email", 256),
        phone=text_at(node, "{*}Contatti/{*}Telefono", 40),
        is_person=bool(last),
        first_name=first,
        last_name=last,
    )


def _invoice(body: etree._Element, seller: TradeParty, buyer: TradeParty) -> Invoice:
    general = body.find("{*}DatiGenerali/{*}DatiGeneraliDocumento")
    if general is None:
        raise Refused("missing", body.sourceline or 0, "DatiGeneraliDocumento")
    number, on = text_at(general, "{*}Numero", 60), day(general.find("{*}Data"))
    if not number or on is None:
        raise Refused("missing", general.sourceline or 0, "Numero, Data")
    kind = text_at(general, "{*}TipoDocumento", 4)
    taxes = tuple(_tax(node) for node in body.findall("{*}DatiBeniServizi/{*}DatiRiepilogo"))
    lines = [_line(node, place) for place, node in enumerate(body.findall("{*}DatiBeniServizi/{*}DettaglioLinee"), start=1)]
    if not lines:
        raise Refused("missing", body.sourceline or 0, "DettaglioLinee")
    funds = tuple(_fund(node) for node in general.findall("{*}DatiCassaPrevidenziale"))
    lines += [_fund_line(fund, len(lines) + n) for n, fund in enumerate(funds, start=1)]
    net, tax = sum((t.base for t in taxes), ZERO), sum((t.tax for t in taxes), ZERO)
    withheld = tuple(_withholding(node) for node in general.findall("{*}DatiRitenuta"))
    instalments = tuple(_instalment(node) for node in body.findall("{*}DatiPagamento/{*}DettaglioPagamento"))
    stated = amount_at(general, "{*}ImportoTotaleDocumento", net + tax)
    return told(
        Invoice(
            kind=CREDIT_NOTE if kind in CREDITS else INVOICE,
            number=number,
            on=on,
            currency=text_at(general, "{*}Divisa", 3) or "EUR",
            seller=seller,
            buyer=buyer,
            lines=tuple(lines),
            taxes=taxes,
            net=net,
            tax=tax,
            gross=stated,
            payable=sum((i.amount for i in instalments), ZERO) if instalments else stated,
            due_on=max((i.due_on for i in instalments if i.due_on), default=None),
            instalments=instalments,
            iban=next(
                (
                    text_at(n, "{*}IBAN", 34)
                    for n in body.findall("{*}DatiPagamento/{*}DettaglioPagamento")
                    if n.find("{*}IBAN") is not None
                ),
                "",
            ),
            notes=tuple(clean(n.text or "", 200) for n in general.findall("{*}Causale")[:20]),
            references=tuple(_references(body)),
            type_code="381" if kind in CREDITS else "380",
            stamp_duty=amount_at(general, "{*}DatiBollo/{*}ImportoBollo", ZERO),
            withholdings=withheld,
            funds=funds,
            language="it",
            national={"document_type": kind},
        )
    )


def _line(node: etree._Element, place: int) -> Line:
    quantity, price, net = (
        amount_at(node, "{*}Quantita", Decimal(1)),
        amount_at(node, "{*}PrezzoUnitario"),
        amount_at(node, "{*}PrezzoTotale"),
    )
    rate, natura = amount_at(node, "{*}AliquotaIVA"), text_at(node, "{*}Natura", 4)
    return Line(
        position=text_at(node, "{*}NumeroLinea", 6) or str(place),
        text=text_at(node, "{*}Descrizione"),
        quantity=quantity,
        unit=text_at(node, "{*}UnitaMisura", 10),
        price=price,
        net=net,
        category=_category(rate, natura),
        rate=rate,
        discount=quantity * price - net,
        percent=amount_at(node, "{*}ScontoMaggiorazione/{*}Percentuale", ZERO),
        item=text_at(node, "{*}CodiceArticolo/{*}CodiceValore", 35),
        natura=natura,
    )


def _category(rate: Decimal, natura: str) -> str:
    return "S" if rate else CATEGORIES.get(natura[:2], "Z")


def _tax(node: etree._Element) -> TaxTotal:
    rate, natura = amount_at(node, "{*}AliquotaIVA"), text_at(node, "{*}Natura", 4)
    return TaxTotal(
        _category(rate, natura),
        rate,
        amount_at(node, "{*}ImponibileImporto"),
        amount_at(node, "{*}Imposta"),
        reason=text_at(node, "{*}RiferimentoNormativo", 100),
        natura=natura,
        due=text_at(node, "{*}EsigibilitaIVA", 1),
    )


def _fund(node: etree._Element) -> Fund:
    return Fund(
        text_at(node, "{*}TipoCassa", 4),
        amount_at(node, "{*}AlCassa"),
        amount_at(node, "{*}ImportoContributoCassa"),
        amount_at(node, "{*}ImponibileCassa", ZERO),
        amount_at(node, "{*}AliquotaIVA"),
        text_at(node, "{*}Natura", 4),
    )


def _fund_line(fund: Fund, place: int) -> Line:
    """The contribution is charged like a line, so a bill has it as one."""
    text = f"Contributo cassa {fund.kind} {fund.rate.normalize():f} %"
    return Line(
        str(place),
        text,
        Decimal(1),
        "",
        fund.amount,
        fund.amount,
        _category(fund.tax_rate, fund.natura),
        fund.tax_rate,
        natura=fund.natura,
        fund=True,
    )


def _withholding(node: etree._Element) -> Withholding:
    return Withholding(
        text_at(node, "{*}TipoRitenuta", 4),
        amount_at(node, "{*}AliquotaRitenuta"),
        amount_at(node, "{*}ImportoRitenuta"),
        text_at(node, "{*}CausalePagamento", 2),
    )


def _instalment(node: etree._Element) -> Instalment:
    amount = node.find("{*}ImportoPagamento")
    if amount is None:
        raise Refused("missing", node.sourceline or 0, "ImportoPagamento")
    return Instalment(day(node.find("{*}DataScadenzaPagamento")), figure(amount))


def _references(body: etree._Element) -> list[Reference]:
    found = []
    for tag, kind in RELATED.items():
        for node in body.findall(f"{{*}}DatiGenerali/{{*}}{tag}")[:100]:
            found.append(
                Reference(
                    kind,
                    text_at(node, "{*}IdDocumento", 60),
                    day(node.find("{*}Data")),
                    text_at(node, "{*}CodiceCUP", 15),
                    text_at(node, "{*}CodiceCIG", 15),
                    tuple(clean(n.text or "", 6) for n in node.findall("{*}RiferimentoNumeroLinea")[:5000]),
                    text_at(node, "{*}NumItem", 20),
                )
            )
    for node in body.findall("{*}DatiGenerali/{*}DatiDDT")[:100]:
        found.append(Reference("despatch", text_at(node, "{*}NumeroDDT", 60), day(node.find("{*}DataDDT"))))
    return found


def _told(root: etree._Element) -> dict[str, Any]:
    from fondaco.finance.einvoicing.outside.plain import plain

    bodies = root.findall("{*}FatturaElettronicaBody")
    return {
        "what": "invoice",
        "format": "fatturapa",
        "invoices": [plain(i) for i in invoices(root)],
        "enclosed": [_enclosed(body) for body in bodies],
    }


def _enclosed(body: etree._Element) -> list[dict[str, str]]:
    """What was put beside the invoice (2.5 Allegati); a name without an ending takes that of its format."""
    found = []
    for node in body.findall("{*}Allegati")[:MOST_ENCLOSED]:
        name, kind = text_at(node, "{*}NomeAttachment", 60), text_at(node, "{*}FormatoAttachment", 10).lower()
        if kind.isalnum() and not name.lower().endswith(f".{kind}"):
            name = f"{name}.{kind}"
        found += enclosed(name, node.find("{*}Attachment"))
    return found


ROOTS = {"FatturaElettronica": _told}

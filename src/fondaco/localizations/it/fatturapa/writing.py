"""An invoice as FatturaPA 1.2.2 (FPR12 to businesses and consumers, FPA12 to public offices), valid against the official schema.

The exchange system (SdI) recomputes what it gets: a line is price less discount times quantity, a summary is the sum of its lines, the
tax is the rate of the summary, a cent more or less. What would be rejected for that is refused here, with the figures.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from fondaco.finance.einvoicing.formats.declared import Format, Naming, Problem, Unwritable, declare
from fondaco.finance.einvoicing.formats.xml import document, faults, plain, serialised
from fondaco.finance.einvoicing.semantic import CREDIT_NOTE, Invoice, Line, Place, Reference, TaxTotal, TradeParty
from fondaco.localizations.it.fatturapa.names import ABROAD, NAMES, NOBODY, official_schema
from fondaco.localizations.loading import HERE, figure_on, fiscal_habits
from fondaco.platform.money import ZERO, rounded

ITALY = HERE / "it"
HUNDRED, CENT = Decimal(100), Decimal("0.01")
#: FatturaPA's types that reduce what is owed.
DOWN_PAYMENT = "386"
CREDITS = frozenset({"TD04", "TD08"})
MEANS = {True: "MP05", False: "MP01"}
PLAINER = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "€": "EUR", "\u00a0": " ", "œ": "oe", "Œ": "OE"}

#: How Italians write the units of Recommendation 20 that they use most.
UNITS = {
    "C62": "NR",
    "H87": "PZ",
    "KGM": "KG",
    "LTR": "LT",
    "MTR": "MT",
    "MTK": "MQ",
    "HUR": "ORE",
    "DAY": "GG",
    "MON": "MESI",
    "SET": "SET",
    "TNE": "TON",
}

node = NAMES.node


def latin(text: str, most: int) -> str:
    """Text as FatturaPA takes it: Latin-1, single blanks, cut to length. Other letters lose their accents or become “?”."""
    for sign, plainer in PLAINER.items():
        text = text.replace(sign, plainer)
    kept = []
    for letter in text:
        if ord(letter) > 255:
            bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
            kept.append(bare or "?")
        else:
            kept.append(letter if letter >= " " and not "\x7f" <= letter <= "\x9f" else " ")
    return " ".join("".join(kept).split())[:most].rstrip()


def ascii_only(text: str, most: int) -> str:
    """As ``latin``, without accents."""
    return unicodedata.normalize("NFKD", latin(text, 4 * most)).encode("ascii", "ignore").decode()[:most].rstrip()


def cents(amount: Decimal) -> str:
    return plain(rounded(amount, 2), 2, 2)


def is_public(invoice: Invoice) -> bool:
    """Whether it goes to a public office: its code has six signs."""
    return len(invoice.national.get("recipient_code", "")) == 6


def recipient_code(invoice: Invoice) -> str:
    """Codice Destinatario: as given; of those abroad seven X; of those reached by certified mail, and of consumers, seven noughts."""
    given = invoice.national.get("recipient_code", "")
    if given:
        return str(given)
    return NOBODY if invoice.buyer.place.country in ("", "IT") else ABROAD


def document_type(invoice: Invoice) -> str:
    """TipoDocumento: as chosen; else credit note, down payment (TD02), invoice for goods delivered earlier (TD24), or invoice."""
    chosen = invoice.national.get("document_type", "")
    if chosen:
        return str(chosen)
    if invoice.kind == CREDIT_NOTE:
        return "TD04"
    if invoice.type_code == DOWN_PAYMENT:
        return "TD02"
    earlier = [r.on for r in invoice.of_kind("despatch") if r.on and invoice.on and r.on < invoice.on]
    return "TD24" if earlier else "TD01"


def stamp_duty(invoice: Invoice) -> Decimal:
    """The stamp duty (bollo) that is paid virtually and declared in the file."""
    told = stamp_duty_of(invoice)
    if told is None or not invoice.national.get("virtual_stamp"):
        return ZERO
    without_tax = sum((t.base for t in invoice.taxes if t.natura in told["naturas"]), ZERO)
    return Decimal(told["amount"]) if without_tax > Decimal(told["above"]) else ZERO


def stamp_duty_of(invoice: Invoice) -> Mapping[str, Any] | None:
    """The stamp duty that is the law on the day of the invoice (DPR 642/72, tariff art. 13); none where it is not known."""
    return figure_on(fiscal_habits(ITALY)["stamp_duty"], invoice.on) if invoice.on else None


def _of_stamp(invoice: Invoice) -> list[Problem]:
    if not invoice.national.get("virtual_stamp") or stamp_duty_of(invoice) is not None or all(t.rate for t in invoice.taxes):
        return []
    return [Problem("stamp_duty", _("the stamp duty of {on} is not known here: update Fondaco before you send it").format(on=invoice.on))]


def problems(invoice: Invoice) -> list[Problem]:
    """What keeps the invoice from being valid, each with where to put it right."""
    if is_self_invoice(invoice):
        return [*_of_seller(replace(invoice, seller=invoice.buyer)), *_of_vendor(invoice.seller), *_of_lines(invoice), *_of_taxes(invoice)]
    return [*_of_seller(invoice), *_of_buyer(invoice), *_of_lines(invoice), *_of_taxes(invoice), *_of_stamp(invoice)]


def is_self_invoice(invoice: Invoice) -> bool:
    """Whether the buyer writes it (TD16 to TD19): he is the sender, and the vendor stands as the seller."""
    return bool(invoice.national.get("self_invoice"))


def transmitter(invoice: Invoice) -> str:
    """The VAT number of who sends: the seller, or the buyer who writes it himself."""
    return str(invoice.national.get("transmitter") or invoice.seller.vat_number)


def _of_vendor(vendor: TradeParty) -> list[Problem]:
    where = _("open the vendor {name}").format(name=vendor.name)
    found = []
    if not vendor.place.country:
        found.append(Problem("vendor.country", _("the vendor has no country: {where} and enter it").format(where=where)))
    if not (vendor.place.street and vendor.place.city):
        found.append(
            Problem("vendor.street", _("the vendor's billing address lacks street or city: {where} and enter it").format(where=where))
        )
    if vendor.place.country == "IT" and not re.fullmatch("IT[0-9]{11}", vendor.vat_number):
        found.append(
            Problem("vendor.vat_number", _("the vendor has no Italian VAT number of 11 figures: {where} and enter it").format(where=where))
        )
    if vendor.place.country == "IT" and not re.fullmatch("[0-9]{5}", vendor.place.postal_code):
        found.append(
            Problem("vendor.postal_code", _("the vendor's postal code has not 5 figures: {where} and enter it").format(where=where))
        )
    return found


def _of_seller(invoice: Invoice) -> list[Problem]:
    seller, found = invoice.seller, []
    if not re.fullmatch("IT[0-9]{11}", seller.vat_number):
        found.append(
            Problem("company.vat_number", _("the company has no Italian VAT number of 11 figures: enter it under Set up > Companies"))
        )
    if not (seller.place.street and seller.place.city and re.fullmatch("[0-9]{5}", seller.place.postal_code)):
        found.append(
            Problem(
                "company.street",
                _("the company's address is not whole (street, postal code of 5 figures, city): enter it under Set up > Companies"),
            )
        )
    if seller.tax_number and not re.fullmatch("[A-Z0-9]{11,16}", seller.tax_number):
        found.append(
            Problem(
                "company.tax_code", _("the company's tax code has not 11 to 16 letters and figures: correct it under Set up > E-invoicing")
            )
        )
    return found


def _of_buyer(invoice: Invoice) -> list[Problem]:
    buyer, found = invoice.buyer, []
    where = _("open the customer {name}").format(name=buyer.name)
    place = buyer.place
    if not place.country:
        found.append(Problem("customer.country", _("the customer has no country: {where} and enter it").format(where=where)))
    elif place.country == "IT":
        if not buyer.vat_number and not buyer.tax_number:
            found.append(
                Problem(
                    "customer.vat_number", _("the customer has neither VAT number nor tax code: {where} and enter one").format(where=where)
                )
            )
        if buyer.vat_number and not re.fullmatch("IT[0-9]{11}", buyer.vat_number):
            found.append(
                Problem(
                    "customer.vat_number",
                    _("the customer's VAT number {number} is not an Italian one of 11 figures: {where} and correct it").format(
                        number=buyer.vat_number, where=where
                    ),
                )
            )
        if buyer.vat_number and not invoice.national.get("recipient_code") and not invoice.national.get("certified_mail"):
            found.append(
                Problem(
                    "customer.recipient_code",
                    _(
                        "the customer has neither Codice Destinatario nor PEC: enter one under Sell > E-invoice addresses, or 0000000 when he gave you none"
                    ),
                )
            )
        if not re.fullmatch("[0-9]{5}", place.postal_code):
            found.append(
                Problem(
                    "customer.postal_code",
                    _("the customer's postal code has not 5 figures: {where} and enter his billing address").format(where=where),
                )
            )
    if buyer.tax_number and not re.fullmatch("[A-Z0-9]{11,16}", buyer.tax_number.upper()):
        found.append(
            Problem(
                "customer.tax_code",
                _("the customer's tax code has not 11 to 16 letters and figures: {where} and correct it").format(where=where),
            )
        )
    if not (place.street and place.city):
        found.append(
            Problem("customer.street", _("the customer's billing address lacks street or city: {where} and enter it").format(where=where))
        )
    return found


def _of_lines(invoice: Invoice) -> list[Problem]:
    found = []
    if len(ascii_only(invoice.number, 21)) > 20:
        found.append(Problem("number", _("the number has more than 20 signs; FatturaPA takes 20")))
    if invoice.decimals > 2 and any(a != rounded(a, 2) for a in _amounts(invoice)):
        found.append(
            Problem("currency", _("amounts have three decimals, FatturaPA takes two: agree with the customer on another currency"))
        )
    for line in invoice.lines:
        if not latin(line.text, 1000):
            found.append(Problem(f"lines.{line.position}.description", _("line {line} has no description").format(line=line.position)))
        if line.rate != rounded(line.rate, 2):
            found.append(
                Problem(
                    f"lines.{line.position}.tax_code",
                    _("line {line} has a tax of {rate} %; FatturaPA takes two decimals").format(
                        line=line.position, rate=f"{line.rate.normalize():f}"
                    ),
                )
            )
    return found


def _amounts(invoice: Invoice) -> list[Decimal]:
    lines = [a for line in invoice.lines for a in (line.net,)]
    return [
        invoice.gross,
        invoice.payable,
        *lines,
        *(a for t in invoice.taxes for a in (t.base, t.tax)),
        *(i.amount for i in invoice.instalments),
    ]


def _of_taxes(invoice: Invoice) -> list[Problem]:
    found = []
    for total in summaries(invoice):
        if not total.rate and not total.natura:
            found.append(Problem("taxes", _("a tax code at 0 % has no natura: choose it under Set up > Tax codes")))
        expected = rounded(total.base * total.rate / HUNDRED, 2)
        if abs(expected - total.tax) > CENT:
            found.append(
                Problem(
                    "taxes",
                    _(
                        "the tax at rate {rate} is {tax}, but {base} at rate {rate} makes {expected}, and SdI takes one cent of difference: let the company round tax per document, or invoice in a currency with cents"
                    ).format(rate=f"{total.rate.normalize():f}", tax=cents(total.tax), base=cents(total.base), expected=cents(expected)),
                )
            )
    return found


def summaries(invoice: Invoice) -> list[TaxTotal]:
    """DatiRiepilogo: one for each rate, natura and due date of the tax; tax codes that share them are one."""
    merged: dict[tuple[Decimal, str, str], TaxTotal] = {}
    for t in invoice.taxes:
        key = (t.rate, t.natura, t.due)
        there = merged.get(key)
        reason = t.reason if there is None or there.reason == t.reason else f"{there.reason}; {t.reason}"
        base, tax = (t.base, t.tax) if there is None else (there.base + t.base, there.tax + t.tax)
        merged[key] = TaxTotal(t.category, t.rate, base, tax, reason, t.reason_code, t.natura, t.due)
    return list(merged.values())


def write(invoice: Invoice, naming: Naming) -> bytes:
    """The file. Raises Unwritable where the official schema finds a fault."""
    root = document(
        NAMES,
        "p:FatturaElettronica",
        _header(invoice, naming.progressive),
        _body(invoice),
        versione="FPA12" if is_public(invoice) else "FPR12",
    )
    written = serialised(root)
    wrong = faults(official_schema(), etree.fromstring(written))
    if wrong:
        raise Unwritable("; ".join(f"{line}: {reason}" for line, reason in wrong))
    return written


def name(invoice: Invoice, progressive: str) -> str:
    """The file's name: the sender's country and number, then the progressive number."""
    return f"{transmitter(invoice)}_{progressive}.xml"


def _header(invoice: Invoice, progressive: str) -> Any:
    code, mail = recipient_code(invoice), invoice.national.get("certified_mail", "")
    seller = invoice.seller
    return node(
        "FatturaElettronicaHeader",
        node(
            "DatiTrasmissione",
            node("IdTrasmittente", _id(transmitter(invoice))),
            node("ProgressivoInvio", progressive),
            node("FormatoTrasmissione", "FPA12" if is_public(invoice) else "FPR12"),
            node("CodiceDestinatario", code),
            node("PECDestinatario", mail if code == NOBODY else ""),
        ),
        node(
            "CedentePrestatore",
            node(
                "DatiAnagrafici",
                node("IdFiscaleIVA", _id(_number(seller))),
                node("CodiceFiscale", seller.tax_number if seller.place.country == "IT" else ""),
                node("Anagrafica", node("Denominazione", latin(seller.name, 80))),
                node("RegimeFiscale", invoice.national.get("regime", "RF01")),
            ),
            _place("Sede", seller.place),
            _register(invoice),
            node("Contatti", node("Telefono", _telephone(seller.phone)), node("Email", seller.email if len(seller.email) >= 7 else "")),
        ),
        node("CessionarioCommittente", _buyer(invoice.buyer), _place("Sede", invoice.buyer.place)),
    )


def _telephone(number: str) -> str:
    figures = "".join(c for c in number if c.isdigit() or c == "+")
    return figures if 5 <= len(figures) <= 12 else ""


def _id(vat_number: str) -> list[Any]:
    return [node("IdPaese", vat_number[:2]), node("IdCodice", vat_number[2:30])]


def _number(party: TradeParty) -> str:
    """A consumer abroad has no number; the rules give him one of noughts, a business outside the EU nines."""
    country = party.place.country
    vat = party.vat_number
    if country not in ("", "IT") and not vat:
        vat = f"{country}0000000" if party.is_person else f"{country}OO99999999999"
    return f"GR{vat[2:]}" if vat[:2] == "EL" else vat


def _buyer(buyer: TradeParty) -> Any:
    country, vat = buyer.place.country, _number(buyer)
    named = [node("Denominazione", latin(buyer.name, 80))]
    if buyer.is_person and buyer.last_name:
        named = [node("Nome", latin(buyer.first_name, 60)), node("Cognome", latin(buyer.last_name, 60))]
    return node(
        "DatiAnagrafici",
        node("IdFiscaleIVA", _id(vat)) if vat else None,
        node("CodiceFiscale", buyer.tax_number.upper() if country == "IT" else ""),
        node("Anagrafica", *named),
    )


def _place(tag: str, place: Place) -> Any:
    at_home = place.country == "IT"
    province = place.region.strip().upper() if at_home and re.fullmatch("[A-Za-z]{2}", place.region.strip()) else ""
    return node(
        tag,
        node("Indirizzo", latin(place.street, 60)),
        node("CAP", place.postal_code if at_home else "00000"),
        node("Comune", latin(place.city, 60)),
        node("Provincia", province),
        node("Nazione", place.country),
    )


def _register(invoice: Invoice) -> Any:
    about = invoice.national
    if not (about.get("register_office") and about.get("register_number")):
        return None
    capital = about.get("share_capital")
    return node(
        "IscrizioneREA",
        node("Ufficio", about["register_office"]),
        node("NumeroREA", ascii_only(about["register_number"], 20)),
        node("CapitaleSociale", cents(capital) if capital is not None else ""),
        node("SocioUnico", about.get("sole_member", "")),
        node("StatoLiquidazione", "LS" if about.get("in_liquidation") else "LN"),
    )


def _body(invoice: Invoice) -> Any:
    lines = [line for line in invoice.lines if not line.fund]
    return node(
        "FatturaElettronicaBody",
        node(
            "DatiGenerali",
            _document(invoice),
            [_related("DatiOrdineAcquisto", r) for r in invoice.of_kind("order")],
            [_related("DatiContratto", r) for r in invoice.of_kind("contract")],
            [_related("DatiRicezione", r) for r in invoice.of_kind("receipt")],
            [_related("DatiFattureCollegate", r) for r in invoice.of_kind("invoice")],
            [_despatched(r, lines) for r in invoice.of_kind("despatch") if r.on],
        ),
        node(
            "DatiBeniServizi",
            [_line(line, number, withheld=bool(invoice.withholdings)) for number, line in enumerate(lines, start=1)],
            [_summary(t) for t in summaries(invoice)],
        ),
        _payment(invoice),
    )


def _document(invoice: Invoice) -> Any:
    stamp = stamp_duty(invoice)
    words = [part for text in invoice.notes for part in _pieces(latin(text, 2000), 200)]
    return node(
        "DatiGeneraliDocumento",
        node("TipoDocumento", document_type(invoice)),
        node("Divisa", invoice.currency),
        node("Data", invoice.on.isoformat() if invoice.on else ""),
        node("Numero", ascii_only(invoice.number, 20)),
        [
            node(
                "DatiRitenuta",
                node("TipoRitenuta", w.kind),
                node("ImportoRitenuta", cents(w.amount)),
                node("AliquotaRitenuta", cents(w.rate)),
                node("CausalePagamento", w.reason),
            )
            for w in invoice.withholdings
        ],
        node("DatiBollo", node("BolloVirtuale", "SI"), node("ImportoBollo", cents(stamp))) if stamp else None,
        [
            node(
                "DatiCassaPrevidenziale",
                node("TipoCassa", f.kind),
                node("AlCassa", cents(f.rate)),
                node("ImportoContributoCassa", cents(f.amount)),
                node("ImponibileCassa", cents(f.base)),
                node("AliquotaIVA", cents(f.tax_rate)),
                node("Natura", f.natura),
            )
            for f in invoice.funds
        ],
        node("ImportoTotaleDocumento", cents(invoice.gross)),
        [node("Causale", part) for part in words],
    )


def _pieces(text: str, most: int) -> list[str]:
    pieces = []
    while text:
        piece = text[:most]
        if len(text) > most and " " in piece:
            piece = piece[: piece.rindex(" ")]
        pieces.append(piece.strip())
        text = text[len(piece) :].strip()
    return [piece for piece in pieces if piece]


def _despatched(reference: Reference, lines: Sequence[Line]) -> Any:
    """A transport document (2.1.8), with the lines it is about where it is not about all."""
    numbers = [str(n) for n, line in enumerate(lines, start=1) if line.position in reference.lines]
    return node(
        "DatiDDT",
        node("NumeroDDT", ascii_only(reference.number, 20)),
        node("DataDDT", reference.on.isoformat() if reference.on else ""),
        [node("RiferimentoNumeroLinea", n) for n in numbers],
    )


def _related(tag: str, reference: Reference) -> Any:
    return node(
        tag,
        node("IdDocumento", ascii_only(reference.number, 20)),
        node("Data", reference.on.isoformat() if reference.on else ""),
        node("CodiceCUP", reference.cup),
        node("CodiceCIG", reference.cig),
    )


def _line(line: Line, number: int, *, withheld: bool) -> Any:
    """A line. FatturaPA knows no negative quantity: then the price bears the sign. Of currencies without decimals the price is what
    comes to the line's whole units."""
    sign = -1 if line.quantity < 0 else 1
    quantity, price = sign * line.quantity, sign * line.price
    if quantity and not line.discount and rounded(quantity * price, 2) != line.net:
        price = rounded(line.net / quantity, 8)
    return node(
        "DettaglioLinee",
        node("NumeroLinea", str(number)),
        node("CodiceArticolo", node("CodiceTipo", "SKU"), node("CodiceValore", line.item[:35])) if line.item else None,
        node("Descrizione", latin(line.text, 1000)),
        node("Quantita", plain(quantity, 2, 8)),
        node("UnitaMisura", UNITS.get(line.unit) or ascii_only(line.unit, 10)),
        node("PrezzoUnitario", plain(price, 2, 8)),
        _discount(line, quantity, price),
        node("PrezzoTotale", plain(line.net, 2, 8)),
        node("AliquotaIVA", cents(line.rate)),
        node("Ritenuta", "SI" if withheld else ""),
        node("Natura", line.natura),
    )


def _discount(line: Line, quantity: Decimal, price: Decimal) -> Any:
    """The discount as it was agreed where it comes to the line's total; else the amount a unit, to eight places."""
    if not line.discount:
        return None
    percent = line.percent
    agreed = percent == rounded(percent, 2) and rounded(quantity * price * (HUNDRED - percent) / HUNDRED, 2) == line.net
    if percent and agreed:
        return node("ScontoMaggiorazione", node("Tipo", "SC"), node("Percentuale", cents(percent)))
    if not quantity:
        return None
    each = rounded(price - line.net / quantity, 8)
    return node("ScontoMaggiorazione", node("Tipo", "SC"), node("Importo", plain(each, 2, 8)))


def _summary(total: TaxTotal) -> Any:
    return node(
        "DatiRiepilogo",
        node("AliquotaIVA", cents(total.rate)),
        node("Natura", total.natura),
        node("ImponibileImporto", cents(total.base)),
        node("Imposta", cents(total.tax)),
        node("EsigibilitaIVA", total.due),
        node("RiferimentoNormativo", latin(total.reason, 100)),
    )


def _payment(invoice: Invoice) -> Any:
    """What is to be paid and when; of nothing, nothing is said."""
    parts: Sequence[Any] = [i for i in invoice.instalments if i.amount]
    if not parts:
        return None
    return node(
        "DatiPagamento",
        node("CondizioniPagamento", "TP01" if len(parts) > 1 else "TP02"),
        [
            node(
                "DettaglioPagamento",
                node("ModalitaPagamento", MEANS[bool(invoice.iban) or invoice.kind == CREDIT_NOTE]),
                node("DataScadenzaPagamento", part.due_on.isoformat() if part.due_on else ""),
                node("ImportoPagamento", cents(part.amount)),
                node("IBAN", invoice.iban),
            )
            for part in parts
        ],
    )


FATTURAPA = declare(Format(key="fatturapa", title="FatturaPA", media_type="application/xml", problems=problems, write=write, name=name))

"""What every reader does last: an invoice that came in is turned the right way round, and its figures are bounded. Pure."""

from dataclasses import replace
from decimal import Decimal

from fondaco.finance.einvoicing.outside.refused import Refused
from fondaco.finance.einvoicing.semantic import CREDIT_NOTE, INVOICE, ZERO, Invoice

MOST = Decimal(10) ** 14
MOST_LINES = 5000


def told(invoice: Invoice) -> Invoice:
    """The invoice, when the database can hold it."""
    if len(invoice.lines) > MOST_LINES:
        raise Refused("too_much", detail=f"{len(invoice.lines)} lines")
    figures = [
        invoice.net,
        invoice.tax,
        invoice.gross,
        invoice.payable,
        *(f for ln in invoice.lines for f in (ln.quantity, ln.price, ln.net, ln.rate)),
    ]
    if any(abs(f) >= MOST for f in figures):
        raise Refused("bad_figure", detail="too large")
    return invoice


def turned(invoice: Invoice) -> Invoice:
    """An invoice of less than nothing is a credit note, and the other way round: amounts are positive on both."""
    if invoice.gross >= 0:
        return invoice
    return replace(
        invoice,
        kind=INVOICE if invoice.kind == CREDIT_NOTE else CREDIT_NOTE,
        net=-invoice.net,
        tax=-invoice.tax,
        gross=-invoice.gross,
        payable=-invoice.payable,
        lines=tuple(replace(ln, quantity=-ln.quantity, net=-ln.net, discount=-ln.discount) for ln in invoice.lines),
        taxes=tuple(replace(t, base=-t.base, tax=-t.tax) for t in invoice.taxes),
        instalments=tuple(replace(i, amount=-i.amount) for i in invoice.instalments),
        withholdings=tuple(replace(w, amount=-w.amount) for w in invoice.withholdings),
    )


def doubts(invoice: Invoice) -> list[str]:
    """What does not add up, as words of ``refusals.DOUBTS``; a bill is drafted all the same, and somebody looks."""
    found = []
    cent = Decimal("0.01")
    if abs(sum((ln.net for ln in invoice.lines), ZERO) - invoice.net) > cent * max(1, len(invoice.lines)):
        found.append("lines")
    if abs(invoice.net + invoice.tax - invoice.gross) > cent:
        found.append("total")
    for total in invoice.taxes:
        if abs(total.base * total.rate / 100 - total.tax) > Decimal("0.05"):
            found.append("tax")
            break
    return found

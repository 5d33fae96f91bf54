"""Credit notes for part of what was invoiced: at the original price, code and rate, and to the cent (TX-03)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from fondaco.finance.invoicing.actions import write
from fondaco.finance.invoicing.down_payments import root_of
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.invoicing.refusals import CreditedTooMuch
from fondaco.finance.tax.assessing import HUNDRED
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft

LINE = InvoiceLine._meta.db_table


def credited_so_far(lines: list[int]) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """Quantity, net and tax already credited of invoice lines, drafts included; one statement."""
    so_far: dict[int, tuple[Decimal, Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO, ZERO))
    rows = InvoiceLine.objects.filter(
        source_table=LINE, source_id__in=lines, invoice__kind=Invoice.CREDIT_NOTE, invoice__state__in=["draft", "posted"]
    )
    for key, quantity, net, tax in rows.values_list("source_id", "quantity", "net", "tax"):
        q, n, t = so_far[key]
        so_far[key] = (q + quantity, n + net, t + tax)
    return so_far


def credit_quantities(wanted: Mapping[int, Decimal], *, on: date, memo: str = "") -> list[int]:
    """Draft credit notes for quantities of invoice lines, one note an invoice; the keys of the notes.

    Amounts are the line's share by quantity, rounded; the last part takes what is left, so that invoice and credit notes
    cancel exactly. Raises CreditedTooMuch beyond what was invoiced. Constant statements.
    """
    lines = list(
        InvoiceLine.objects.filter(pk__in=list(wanted), invoice__kind=Invoice.INVOICE, invoice__state="posted")
        .select_related("invoice")
        .order_by("invoice_id", "position", "id")
    )
    so_far = credited_so_far([ln.pk for ln in lines])
    decimals = decimals_of({ln.invoice.currency_id for ln in lines})
    notes: dict[int, Draft] = {}
    for line in lines:
        invoice = line.invoice
        quantity, net, tax = _share(line, wanted[line.pk], so_far[line.pk], decimals[invoice.currency_id])
        note = notes.setdefault(invoice.pk, Draft(_note(invoice, on, memo), []))
        note.lines.append(_copy(line, quantity, net, tax))
    for note in notes.values():
        note.row.net, note.row.tax = sum((ln.net for ln in note.lines), ZERO), sum((ln.tax for ln in note.lines), ZERO)
        note.row.gross = note.row.net + note.row.tax
    return write(list(notes.values()))


def credit_amounts(
    invoice: Invoice, wanted: Sequence[tuple[InvoiceLine, Decimal]], *, source: tuple[str, int], on: date, memo: str = ""
) -> Draft:
    """Draw up a credit note that takes amounts, tax included, off lines of an invoice: a lower price, at the code and rate of each
    line; tax is the rate's part of the amount, rounded half away from zero. ``source`` is the record for which it is written."""
    note = Draft(_note(invoice, on, memo), [])
    for line, gross in wanted:
        tax = rounded(gross * line.tax_rate / (HUNDRED + line.tax_rate), invoice.currency.decimals)  # type: ignore[union-attr]
        copy = _copy(line, Decimal(1), gross - tax, tax)
        copy.unit_price, copy.discount_percent = gross - tax, ZERO
        copy.source_table, copy.source_id = source
        note.lines.append(copy)
    note.row.prices_include_tax = False
    note.row.net, note.row.tax = sum((ln.net for ln in note.lines), ZERO), sum((ln.tax for ln in note.lines), ZERO)
    note.row.gross = note.row.net + note.row.tax
    return note


def _share(
    line: InvoiceLine, quantity: Decimal, so_far: tuple[Decimal, Decimal, Decimal], decimals: int
) -> tuple[Decimal, Decimal, Decimal]:
    left = line.quantity - so_far[0]
    if quantity > left:
        raise CreditedTooMuch(document=str(line.invoice), line=line.position, asked=figure(quantity), left=figure(left))
    if quantity == left:
        return quantity, line.net - so_far[1], line.tax - so_far[2]
    return quantity, rounded(line.net * quantity / line.quantity, decimals), rounded(line.tax * quantity / line.quantity, decimals)


def _note(invoice: Invoice, on: date, memo: str) -> Invoice:
    return Invoice(
        company_id=invoice.company_id,
        kind=Invoice.CREDIT_NOTE,
        customer_id=invoice.customer_id,
        on=on,
        due_on=on,
        currency_id=invoice.currency_id,
        prices_include_tax=invoice.prices_include_tax,
        salesperson_id=invoice.salesperson_id,
        reference=invoice.reference,
        credits=invoice,
        memo=memo,
        source_table=invoice.source_table,
        source_id=invoice.source_id,
    )


def _copy(line: InvoiceLine, quantity: Decimal, net: Decimal, tax: Decimal) -> InvoiceLine:
    return InvoiceLine(
        product_id=line.product_id,
        description=line.description,
        quantity=quantity,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        tax_code_id=line.tax_code_id,
        account_id=line.account_id,
        tax_rate=line.tax_rate,
        tax_explanation=line.tax_explanation,
        net=net,
        tax=tax,
        source_table=LINE,
        source_id=line.pk,
        is_down_payment=line.is_down_payment,
        down_payment_id=root_of(line),
    )

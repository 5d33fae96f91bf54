"""The verbs of invoicing: post, credit, reverse."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing import down_payments
from fondaco.finance.invoicing.assessing import complete, instalments_of
from fondaco.finance.invoicing.models import Invoice, InvoiceLine, InvoiceTax
from fondaco.finance.invoicing.posting import Leg, entry_of
from fondaco.finance.invoicing.refusals import NegativeTotal, NoLines, NothingToBook, PaidAlready
from fondaco.finance.invoicing.terms import AT_ONCE, due_dates
from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.settling import settle_mirrored, settled_in_part
from fondaco.finance.tax import entries as tax
from fondaco.finance.tax.models import TaxEntry
from fondaco.finance.tax.posting import Tax, TaxedDocument
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import companies_of, decimals_of, rate_table
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, insert_values
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, priced
from fondaco.platform.resources.declare import Draft


@action(Invoice, moves={"draft": "posted"}, permission="invoicing.post_invoice", title=_("Post"), done=_("Posted"))
def post(invoices: DocumentSet[Invoice]) -> None:
    """Post draft invoices: number them, write their journal entries, open their items."""
    lines = amounts_by_invoice(invoices.rows)
    for invoice in invoices:
        if not lines[invoice.pk]:
            raise NoLines(document=str(invoice), rows=rows_json([invoice]))
        if invoice.gross < 0:
            raise NegativeTotal(document=str(invoice), total=priced(invoice.gross, invoice.currency_id), rows=rows_json([invoice]))
    invoices.draw_numbers()
    companies = companies_of({i.company_id for i in invoices})
    decimals = decimals_of({i.currency_id for i in invoices} | {c.currency_id for c in companies.values()})
    rates = {pk: rate_table(c, {i.currency_id for i in invoices if i.company_id == pk}) for pk, c in companies.items()}
    instalments = instalments_of({i.payment_term_id for i in invoices if i.payment_term_id})
    lines = down_payments.booked(
        invoices.rows,
        lines,
        {i.pk: (rates[i.company_id].rate(i.currency_id, i.on), decimals[companies[i.company_id].currency_id]) for i in invoices},
    )
    kinds = dict(
        Product.objects.filter(pk__in={ln.product_id for rows in lines.values() for ln in rows if ln.product_id}).values_list("id", "kind")
    )
    taxes = {i.pk: taxes_of(lines[i.pk]) for i in invoices}
    postings = tax.postings(
        [taxed(i, taxes[i.pk], rates[i.company_id].rate(i.currency_id or "", i.on), decimals, companies[i.company_id]) for i in invoices]
    )
    drafts = []
    for invoice, posting in zip(invoices, postings, strict=True):
        base = companies[invoice.company_id].currency_id
        legs = legs_of(lines[invoice.pk], kinds)
        if not any(leg.amount for leg in legs) and not posting.legs:
            raise NothingToBook(document=str(invoice), rows=rows_json([invoice]))
        drafts.append(
            entry_of(
                invoice,
                legs,
                posting.legs,
                due_dates(
                    invoice.on,
                    invoice.net + posting.owed,
                    instalments.get(invoice.payment_term_id or 0, AT_ONCE),
                    decimals[invoice.currency_id],
                ),
                rates[invoice.company_id].rate(invoice.currency_id, invoice.on),
                decimals[base],
                invoices.reason,
            )
        )
    insert_values(
        InvoiceTax,
        ["version", "invoice", "tax_code", "rate", "base", "tax"],
        [(1, i.pk, t.code, t.rate, t.base, t.tax) for i in invoices for t in taxes[i.pk]],
    )
    entries = ledger.post(drafts, actor=invoices.actor)
    tax.record(zip(postings, entries, strict=True))
    for invoice, entry in zip(invoices, entries, strict=True):
        invoice.entry = entry
    invoices.save_with_state("number", "entry")
    record(
        [
            Interaction(
                party_id=i.customer_id,
                kind="invoice",
                direction="out",
                title=f"{i.number}",
                source_table=Invoice._meta.db_table,
                source_id=i.pk,
                amount=i.sign * i.gross,
                currency_id=i.currency_id,
                by=invoices.actor.username,
                company_id=i.company_id,
                on=i.on,
            )
            for i in invoices
        ]
    )


class LineAmounts(NamedTuple):
    """What posting needs of an invoice line."""

    id: int
    invoice_id: int
    product_id: int | None
    tax_code_id: int | None
    account_id: int | None
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    is_down_payment: bool
    down_payment_id: int | None
    booked: Decimal | None


def amounts_by_invoice(invoices: Sequence[Invoice]) -> dict[int, list[LineAmounts]]:
    """The amounts of the lines of several invoices, in order; one statement."""
    lines: dict[int, list[LineAmounts]] = {i.pk: [] for i in invoices}
    rows = InvoiceLine.objects.filter(invoice__in=list(lines)).order_by("invoice_id", "position", "id")
    for line in map(LineAmounts._make, rows.values_list(*LineAmounts._fields)):
        lines[line.invoice_id].append(line)
    return lines


def legs_of(lines: Sequence[LineAmounts], kinds: dict[int, str]) -> list[Leg]:
    """Revenue by account, in the order in which the accounts first appear; down payments apart, at what they are booked at."""
    revenue: dict[int | str, Decimal] = defaultdict(Decimal)
    ahead = [line for line in lines if line.is_down_payment]
    for line in lines:
        if line.is_down_payment:
            continue
        purpose = "revenue_service" if kinds.get(line.product_id or 0) == "service" else "revenue"
        revenue[line.account_id or purpose] += line.net
    legs = [Leg(account, amount) for account, amount in revenue.items()]
    if ahead:
        amount, base = sum((line.net for line in ahead), ZERO), sum((line.booked or ZERO for line in ahead), ZERO)
        legs.append(Leg(down_payments.PURPOSE, amount, base=base))
    return legs


def taxes_of(lines: Sequence[Any]) -> list[Tax]:
    """The tax summary of an invoice or bill: one a code and rate."""
    totals: dict[tuple[int, Decimal], tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    for line in lines:
        base, amount = totals[line.tax_code_id or 0, line.tax_rate]
        totals[line.tax_code_id or 0, line.tax_rate] = (base + line.net, amount + line.tax)
    return [Tax(code, rate, base, amount) for (code, rate), (base, amount) in totals.items()]


def taxed(invoice: Invoice, taxes: Sequence[Tax], rate: Decimal, decimals: Mapping[str, int], company: Company) -> TaxedDocument:
    """An invoice as the tax room sees it; its tax point is its date."""
    return TaxedDocument(
        kind=TaxEntry.SALE,
        company=invoice.company_id,
        source=(Invoice._meta.db_table, invoice.pk),
        number=invoice.number or "",
        on=invoice.on,
        tax_point=invoice.on,
        party=invoice.customer_id,
        exchange_rate=rate,
        decimals=decimals[company.currency_id],
        currency_decimals=decimals[invoice.currency_id or company.currency_id],
        sign=invoice.sign,
        taxes=taxes,
    )


def lines_by_invoice(invoices: Sequence[Invoice]) -> dict[int, list[InvoiceLine]]:
    """Lines of several invoices, in order; one statement."""
    lines: dict[int, list[InvoiceLine]] = {i.pk: [] for i in invoices}
    for line in InvoiceLine.objects.filter(invoice__in=list(lines)).order_by("invoice_id", "position", "id"):
        lines[line.invoice_id].append(line)
    return lines


@action(
    Invoice,
    moves={"posted": "reversed"},
    permission="invoicing.reverse_invoice",
    title=_("Reverse"),
    needs_reason=True,
    dangerous=True,
    done=_("Reversed"),
)
def reverse(invoices: DocumentSet[Invoice], *, on: date) -> None:
    """Write the mirror entries of posted invoices and close their open items; refused once anything was settled."""
    settled = settled_in_part(i.entry_id for i in invoices)
    paid = [i for i in invoices if i.entry_id in settled]
    if paid:
        raise PaidAlready(document=", ".join(map(str, paid)), rows=rows_json(paid))
    originals = [i.entry for i in Invoice.objects.filter(pk__in=invoices.ids).select_related("entry").order_by("pk") if i.entry]
    mirrors = ledger.post(ledger.reversal_of(originals, on=on, memo=invoices.reason, late_reason=invoices.reason), actor=invoices.actor)
    # Before the items close each other: nothing of a reversed document becomes chargeable with that.
    tax.mirror(mirrors)
    settle_mirrored(mirrors, reason=invoices.reason, actor=invoices.actor)


@action(Invoice, moves={"posted": "posted"}, permission="invoicing.write_invoice", title=_("Credit note"), done=_("Credit note drafted"))
def credit(invoices: DocumentSet[Invoice], *, on: date) -> None:
    """Draft a credit note for each posted invoice, with all its lines at the original prices, codes and rates (TX-03)."""
    lines = lines_by_invoice(invoices.rows)
    notes = []
    for invoice in invoices:
        note = Invoice(
            company_id=invoice.company_id,
            kind=Invoice.CREDIT_NOTE,
            customer_id=invoice.customer_id,
            on=on,
            currency_id=invoice.currency_id,
            prices_include_tax=invoice.prices_include_tax,
            salesperson_id=invoice.salesperson_id,
            credits=invoice,
            due_on=on,
            net=invoice.net,
            tax=invoice.tax,
            gross=invoice.gross,
            memo=invoices.reason,
        )
        copies = [
            InvoiceLine(
                **{
                    f: getattr(ln, f)
                    for f in (
                        "position",
                        "product_id",
                        "description",
                        "quantity",
                        "unit_price",
                        "discount_percent",
                        "tax_code_id",
                        "account_id",
                        "tax_rate",
                        "tax_explanation",
                        "net",
                        "tax",
                        "is_down_payment",
                    )
                },
                down_payment_id=down_payments.root_of(ln),
                source_table=InvoiceLine._meta.db_table,
                source_id=ln.pk,
            )
            for ln in lines[invoice.pk]
        ]
        notes.append(Draft(note, copies))
    invoices.made["invoices"] = write(notes)


def draft(drafts: Sequence[Draft], *, actor: Actor, deducting: Mapping[int, Decimal] | None = None) -> list[int]:
    """Write invoices another room drew up (from orders, deliveries): completed, assessed, in two statements.

    ``deducting``: by source, which share (up to 1) of the down payments that it has left is taken off (OM-09).
    """
    complete(drafts)
    if deducting:
        down_payments.deduct(drafts, deducting)
    return write(drafts)


def write(drafts: Sequence[Draft]) -> list[int]:
    insert_rows(Invoice, [d.row for d in drafts])
    for d in drafts:
        for position, line in enumerate(d.lines, start=1):
            line.invoice, line.position = d.row, position
    insert_rows(InvoiceLine, [ln for d in drafts for ln in d.lines])
    return [d.row.pk for d in drafts]

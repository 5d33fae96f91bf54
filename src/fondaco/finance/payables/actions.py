"""The verbs of vendor bills: post, credit, reverse."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.actions import taxes_of
from fondaco.finance.invoicing.assessing import instalments_of
from fondaco.finance.invoicing.terms import AT_ONCE, due_dates
from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.settling import settle_mirrored, settled_in_part
from fondaco.finance.payables.approving import BILLS
from fondaco.finance.payables.assessing import complete
from fondaco.finance.payables.duplicates import unexplained
from fondaco.finance.payables.keeping import record_kept, take_back
from fondaco.finance.payables.matching import Deviation, deviations, ordered_lines, propose, unmatched_credits
from fondaco.finance.payables.models import Bill, BillLine, BillMatch, BillTax, PaymentBlock
from fondaco.finance.payables.posting import entry_of, kept_legs, legs_of
from fondaco.finance.payables.refusals import (
    AccountMissing,
    CreditUnmatched,
    NegativeTotal,
    NoLines,
    NotBlocked,
    NothingToBook,
    NotOfVendor,
    OwnBill,
    SettledAlready,
    TaxCodeChanged,
    TotalsDiffer,
)
from fondaco.finance.payables.withholding import withheld_of, withholding_kinds
from fondaco.finance.tax import entries as tax
from fondaco.finance.tax.models import TaxEntry
from fondaco.finance.tax.posting import Tax, TaxedDocument
from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, insert_values, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import figure, priced, rounded
from fondaco.platform.resources.declare import Draft

#: What a credit note takes from a line of the bill.
COPIED = (
    "position",
    "product_id",
    "description",
    "account_id",
    "quantity",
    "unit_price",
    "discount_percent",
    "tax_code_id",
    "withholding_id",
    "is_withheld_from",
    "dimension_values",
    "tax_rate",
    "tax_explanation",
    "net",
    "tax",
)


@action(Bill, moves={"draft": "posted"}, permission="payables.post_bill", title=_("Post"), done=_("Posted"))
def post(bills: DocumentSet[Bill]) -> None:
    """Post draft bills: number them, write their journal entries, open their items for payment.

    A bill that looks like one already posted needs the reason why it is none; one that a policy wants approved, the approval of
    exactly what it is.
    """
    lines = lines_by_bill(bills.rows)
    products = {ln.product_id for rows in lines.values() for ln in rows if ln.product_id}
    goods = set(Product.objects.filter(pk__in=products, kind="goods").values_list("id", flat=True))
    for bill in bills:
        _check(bill, lines[bill.pk], goods)
    _refuse_unmatched([b for b in bills if b.kind == Bill.CREDIT_NOTE], lines)
    for place, doubt in unexplained(bills.rows, posted_before=bills.ids):
        doubt.rows = [*rows_json([bills[place]])]
        raise doubt
    approvals.require(BILLS, bills.ids)
    bills.draw_numbers()
    companies = Company.objects.in_bulk({b.company_id for b in bills})
    decimals = decimals_of({b.currency_id for b in bills} | {c.currency_id for c in companies.values()})
    rates = {pk: rate_table(c, {b.currency_id for b in bills if b.company_id == pk}) for pk, c in companies.items()}
    instalments = instalments_of({b.payment_term_id for b in bills if b.payment_term_id})
    taxes = {b.pk: taxes_of(lines[b.pk]) for b in bills}
    exchange = {b.pk: rates[b.company_id].rate(b.currency_id or "", b.on) for b in bills}
    postings = tax.postings([taxed(b, taxes[b.pk], exchange[b.pk], decimals, companies[b.company_id]) for b in bills])
    kinds = withholding_kinds(companies)
    kept = {b.pk: withheld_of(lines[b.pk], kinds, decimals[b.currency_id or ""], b.on) for b in bills}
    drafts = []
    for bill, posting in zip(bills, postings, strict=True):
        currency_decimals, base_decimals = decimals[bill.currency_id or ""], decimals[companies[bill.company_id].currency_id]
        legs = legs_of(bill, lines[bill.pk], posting.costs, currency_decimals, base_decimals)
        if not any(leg.amount for leg in legs) and not posting.legs:
            raise NothingToBook(document=str(bill), rows=rows_json([bill]))
        if bill.net + posting.owed != bill.gross or sum(k.amount for k in kept[bill.pk]) != bill.withheld:
            raise TaxCodeChanged(document=str(bill), rows=rows_json([bill]))
        legs += kept_legs(kept[bill.pk], exchange[bill.pk], base_decimals)
        due = due_dates(
            bill.vendor_date, bill.gross - bill.withheld, instalments.get(bill.payment_term_id or 0, AT_ONCE), currency_decimals
        )
        drafts.append(entry_of(bill, legs, posting.legs, due, exchange[bill.pk], base_decimals, bills.reason))
    insert_values(
        BillTax,
        ["version", "bill", "tax_code", "rate", "base", "tax"],
        [(1, b.pk, t.code, t.rate, t.base, t.tax) for b in bills for t in taxes[b.pk]],
    )
    _block(bills.rows, lines)
    entries = ledger.post(drafts, actor=bills.actor)
    tax.record(zip(postings, entries, strict=True))
    for bill, entry in zip(bills, entries, strict=True):
        bill.entry = entry
    record_kept(bills.rows, kept, exchange, {pk: decimals[c.currency_id] for pk, c in companies.items()})
    bills.save_with_state("number", "entry")
    _tell_the_timeline(bills)


def _refuse_unmatched(notes: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> None:
    """Goods on a credit note say what they give back, so that nothing stays on goods received and not invoiced."""
    if notes and (found := unmatched_credits(notes, lines)):
        note, line, matched = found
        raise CreditUnmatched(
            document=str(note), line=line.position, quantity=figure(line.quantity), matched=figure(matched), rows=rows_json([note])
        )


def _block(bills: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> None:
    """Block bills for payment where a line is outside the tolerances, with the reason."""
    insert_rows(
        PaymentBlock, [PaymentBlock(bill_id=d.bill, line_id=d.line, kind=d.kind, reason=d.reason) for d in deviations(bills, lines)]
    )


@action(Bill, moves={"draft": "draft"}, permission="payables.write_bill", title=_("Match to orders"), done=_("Matched"))
def match(bills: DocumentSet[Bill]) -> None:
    """Match the lines of bills to what was ordered from their vendors and is not billed yet, the oldest order first; those of credit notes to
    what was sent back and waits for the vendor's credit."""
    insert_rows(BillMatch, propose(bills.rows, lines_by_bill(bills.rows)))


@action(Bill, moves={"draft": "draft"}, permission="payables.write_bill", title=_("Match a line by hand"), done=_("Matched"))
def match_line(
    bills: DocumentSet[Bill], *, line: int, order_table: str, quantities: dict[int, Decimal], lowers_price: bool = False
) -> None:
    """Say which order lines a line of a bill bills: ``quantities`` maps their keys to quantities; what it was matched to is forgotten.

    ``lowers_price``: the line of a credit note gives back a part of the price of goods that stay, and as much of them is billed as before.
    """
    found = BillLine.objects.filter(bill__in=bills.ids, position=line)
    vendors = {b.pk: (b.company_id, b.vendor_id) for b in bills}
    notes = {b.pk: b.kind for b in bills}
    orders = ordered_lines((order_table, key) for key in quantities)
    rows = list(found)
    for key in quantities:
        order = orders.get((order_table, key))
        if order is None or not rows or any((order.company, order.vendor) != vendors[r.bill_id] for r in rows):
            raise NotOfVendor(document=", ".join(map(str, bills)), line=line, rows=rows_json(bills.rows))
    BillMatch.objects.filter(line__in=rows).delete()
    insert_rows(
        BillMatch,
        [
            BillMatch(
                line=r,
                order_table=order_table,
                order_line=key,
                quantity=q,
                lowers_price=lowers_price and notes[r.bill_id] == Bill.CREDIT_NOTE,
            )
            for r in rows
            for key, q in sorted(quantities.items())
        ],
    )


@action(Bill, moves={"posted": "posted"}, permission="payables.post_bill", title=_("Check the match again"), done=_("Checked again"))
def review(bills: DocumentSet[Bill]) -> None:
    """Compare posted bills with orders and receipts again: blocks whose goods have come end by themselves, with the day."""
    reviewed(bills.rows)


def reviewed(bills: Sequence[Bill]) -> None:
    """End the blocks of posted bills whose figures fit again; what is in dispute for goods that went back follows what is still missing.
    Statements: constant."""
    lines = lines_by_bill(bills)
    found = deviations(bills, lines)
    still = {(d.line, d.kind) for d in found}
    waiting = list(PaymentBlock.objects.filter(bill__in=bills, ended_at__isnull=True).order_by("pk"))
    disputed = {b.line_id: b for b in waiting if b.kind == PaymentBlock.SENT_BACK}
    _end([b for b in waiting if b.kind != PaymentBlock.SENT_BACK and (b.line_id, b.kind) not in still], "")
    _dispute([d for d in found if d.line in disputed], disputed, bills, lines)


def stopped(bills: Sequence[Bill]) -> None:
    """Keep so much of posted bills from being paid as they bill more than is in the house after goods went back."""
    lines = lines_by_bill(bills)
    waiting = list(PaymentBlock.objects.filter(bill__in=bills, ended_at__isnull=True).order_by("pk"))
    whole = {b.line_id for b in waiting if b.kind == "quantity"}
    found = [d for d in deviations(bills, lines) if d.line not in whole]
    _dispute(found, {b.line_id: b for b in waiting if b.kind == PaymentBlock.SENT_BACK}, bills, lines)


def _dispute(
    found: Sequence[Deviation], before: Mapping[int, PaymentBlock], bills: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]
) -> None:
    """Blocks up to what lines bill in excess, tax included, rounded half away from zero; those of another amount end."""
    by_key, places = {b.pk: b for b in bills}, decimals_of({b.currency_id for b in bills if b.currency_id})
    rows = {ln.pk: ln for own in lines.values() for ln in own}
    wanted: dict[int, PaymentBlock] = {}
    for d in found:
        bill, line = by_key[d.bill], rows[d.line]
        if d.kind == "quantity":
            owed = bill.gross / (bill.net + bill.tax) if bill.net + bill.tax else 1
            amount = rounded((line.net + line.tax) * owed * d.excess / line.quantity, places[bill.currency_id or ""])
            wanted[d.line] = PaymentBlock(bill=bill, line=line, kind=PaymentBlock.SENT_BACK, reason=d.reason, amount=amount)
    same = {key for key, block in before.items() if key in wanted and wanted[key].amount == block.amount}
    _end([block for key, block in before.items() if key not in same], "")
    insert_rows(PaymentBlock, [block for key, block in wanted.items() if key not in same])


@action(
    Bill,
    moves={"posted": "posted"},
    permission="payables.release_block",
    title=_("Release for payment"),
    needs_reason=True,
    done=_("Released for payment"),
)
def release(bills: DocumentSet[Bill]) -> None:
    """Let bills be paid though they differ from order or receipt; the reason stays with the block. Not one's own bills."""
    own = [b for b in bills if bills.actor.username in (b.created_by, b.last_edited_by)]
    if own:
        raise OwnBill(document=", ".join(map(str, own)), rows=rows_json(own))
    waiting = list(PaymentBlock.objects.filter(bill__in=bills.ids, ended_at__isnull=True).order_by("pk"))
    if not waiting:
        raise NotBlocked(document=", ".join(map(str, bills)), rows=rows_json(bills.rows))
    _end(waiting, bills.reason)


def _end(blocks: Sequence[PaymentBlock], reason: str) -> None:
    update_rows(
        PaymentBlock,
        {"id": [b.pk for b in blocks], "ended_at": [timezone.now()] * len(blocks), "release_reason": [reason] * len(blocks)},
    )


def _check(bill: Bill, lines: Sequence[BillLine], goods: set[int]) -> None:
    if not lines:
        raise NoLines(document=str(bill), rows=rows_json([bill]))
    for line in lines:
        if not line.account_id and line.product_id not in goods:
            raise AccountMissing(document=str(bill), line=line.position, rows=rows_json([bill]))
    if bill.gross < 0:
        raise NegativeTotal(document=str(bill), total=priced(bill.gross, bill.currency_id), rows=rows_json([bill]))
    if bill.stated_total is not None and bill.stated_total != bill.gross:
        raise TotalsDiffer(
            document=str(bill), computed=bill.gross, stated=bill.stated_total, fields={"stated_total": _("Differs from the lines.")}
        )


def _tell_the_timeline(bills: DocumentSet[Bill]) -> None:
    record(
        [
            Interaction(
                party_id=b.vendor_id,
                kind="bill",
                direction="in",
                title=f"{b.number}",
                source_table=Bill._meta.db_table,
                source_id=b.pk,
                amount=-b.sign * b.gross,
                currency_id=b.currency_id,
                by=bills.actor.username,
                company_id=b.company_id,
                on=b.on,
            )
            for b in bills
        ]
    )


def lines_by_bill(bills: Sequence[Bill]) -> dict[int, list[BillLine]]:
    """Lines of several bills, in order; one statement."""
    lines: dict[int, list[BillLine]] = {b.pk: [] for b in bills}
    for line in BillLine.objects.filter(bill__in=list(lines)).order_by("bill_id", "position", "id"):
        lines[line.bill_id].append(line)
    return lines


def taxed(bill: Bill, taxes: Sequence[Tax], rate: Decimal, decimals: Mapping[str, int], company: Company) -> TaxedDocument:
    """A bill as the tax room sees it: dated by the vendor; it is deducted when it is booked."""
    return TaxedDocument(
        kind=TaxEntry.PURCHASE,
        company=bill.company_id,
        source=(Bill._meta.db_table, bill.pk),
        number=bill.number or "",
        their_number=bill.vendor_number,
        on=bill.vendor_date,
        tax_point=bill.on,
        party=bill.vendor_id,
        exchange_rate=rate,
        decimals=decimals[company.currency_id],
        currency_decimals=decimals[bill.currency_id or company.currency_id],
        sign=-bill.sign,
        taxes=taxes,
    )


@action(
    Bill,
    moves={"draft": "draft"},
    permission="payables.write_bill",
    title=_("Ask for approval"),
    done=_("Asked for approval"),
)
def ask_approval(bills: DocumentSet[Bill]) -> None:
    """Ask for the approval that a policy wants before bills are posted; the approvers are told by mail."""
    bills.made["approval-requests"] = approvals.ask(BILLS, bills.ids, actor=bills.actor)


@action(
    Bill,
    moves={"posted": "reversed"},
    permission="payables.reverse_bill",
    title=_("Reverse"),
    needs_reason=True,
    dangerous=True,
    done=_("Reversed"),
)
def reverse(bills: DocumentSet[Bill], *, on: date) -> None:
    """Write the mirror entries of posted bills and close their open items; refused once anything was settled."""
    touched = settled_in_part(b.entry_id for b in bills)
    settled = [b for b in bills if b.entry_id in touched]
    if settled:
        raise SettledAlready(document=", ".join(map(str, settled)), rows=rows_json(settled))
    originals = [b.entry for b in Bill.objects.filter(pk__in=bills.ids).select_related("entry").order_by("pk") if b.entry]
    mirrors = ledger.post(ledger.reversal_of(originals, on=on, memo=bills.reason, late_reason=bills.reason), actor=bills.actor)
    # Before the items close each other: nothing of a reversed document becomes chargeable with that.
    tax.mirror(mirrors)
    take_back(bills.rows, mirrors)
    settle_mirrored(mirrors, reason=bills.reason, actor=bills.actor)


@action(
    Bill,
    moves={"posted": "posted"},
    permission="payables.write_bill",
    title=_("Vendor credit note"),
    done=_("Vendor credit note drafted"),
)
def credit(bills: DocumentSet[Bill], *, vendor_number: str, on: date, vendor_date: date | None = None) -> None:
    """Draft the vendor's credit note for each posted bill, with all its lines at the original prices, codes and rates.

    ``vendor_number`` and ``vendor_date`` are those on the credit note; strike out the lines that it does not give back.
    """
    lines = lines_by_bill(bills.rows)
    notes = []
    for bill in bills:
        note = Bill(
            company_id=bill.company_id,
            kind=Bill.CREDIT_NOTE,
            vendor_id=bill.vendor_id,
            vendor_number=vendor_number.strip(),
            vendor_date=vendor_date or on,
            received_on=on,
            on=on,
            due_on=vendor_date or on,
            currency_id=bill.currency_id,
            prices_include_tax=bill.prices_include_tax,
            tax_difference=bill.tax_difference,
            self_assessed=bill.self_assessed,
            withheld=bill.withheld,
            credits=bill,
            net=bill.net,
            tax=bill.tax,
            gross=bill.gross,
            memo=bills.reason,
        )
        copies = [
            BillLine(**{f: getattr(ln, f) for f in COPIED}, source_table=BillLine._meta.db_table, source_id=ln.pk) for ln in lines[bill.pk]
        ]
        notes.append(Draft(note, copies))
    bills.made["bills"] = write(notes)
    copied = {ln.source_id: ln for d in notes for ln in d.lines}
    insert_rows(
        BillMatch,
        [
            BillMatch(line=copied[m.line_id], order_table=m.order_table, order_line=m.order_line, quantity=m.quantity)
            for m in BillMatch.objects.filter(line__in=list(copied)).order_by("line_id", "id")
        ],
    )


def draft(drafts: Sequence[Draft], *, actor: Actor) -> list[int]:
    """Write bills that another room drew up (from an e-invoice, an order): completed, assessed, in two statements."""
    complete(drafts)
    return write(drafts)


def write(drafts: Sequence[Draft]) -> list[int]:
    insert_rows(Bill, [d.row for d in drafts])
    for d in drafts:
        for position, line in enumerate(d.lines, start=1):
            line.bill, line.position = d.row, position
    insert_rows(BillLine, [ln for d in drafts for ln in d.lines])
    return [d.row.pk for d in drafts]

"""What is settled without being paid: cash discount, small differences, write-offs. Who may concede what, and on which accounts."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fondaco.finance.invoicing.models import DiscountStep, Invoice, InvoiceTax
from fondaco.finance.invoicing.terms import Step, discount_percent
from fondaco.finance.ledger.settling import Concession, OpenItem, Settlement
from fondaco.finance.payments.models import Difference, Payment, SettlingRule, WriteOffReason
from fondaco.finance.payments.refusals import ReasonOfOther, ReasonUnknown
from fondaco.finance.tax.assessing import HUNDRED
from fondaco.finance.tax.entries import record
from fondaco.finance.tax.models import TaxEntry
from fondaco.finance.tax.posting import SPLIT, TaxedDocument, TaxPosting, TaxRow, manner
from fondaco.finance.tax.queries import code_facts, tax_lines_of
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.money import ZERO, rounded, spread

DISCOUNT_ACCOUNTS = {"receivable": "discount_given", "payable": "discount_received"}


@dataclass(frozen=True)
class Taxed:
    """A code and rate on the document behind an item: its account, the rate in percent, and what is owed of both. Of input tax
    ``deductible`` percent stand on the account; the rest was a cost."""

    code: int
    account: int
    rate: Decimal
    owed: Decimal
    is_owed: bool = True
    kind: str = TaxEntry.SALE
    deductible: Decimal = HUNDRED


@dataclass(frozen=True)
class Corrected:
    """The VAT that a discount takes with it, of one code and rate; in the item's currency, signed as the item. ``kept`` of the tax
    goes back from the tax account, the rest with the discount."""

    taxed: Taxed
    base: Decimal
    tax: Decimal
    kept: Decimal


@dataclass(frozen=True)
class Behind:
    """What the invoice or bill behind an open item says of paying it; its terms run from ``on``."""

    on: date
    steps: Sequence[Step]
    taxes: Sequence[Taxed]


#: Gives, by journal entry, what documents of a room above say of paying them.
Reader = Callable[[Collection[int]], Mapping[int, Behind]]
_readers: list[Reader] = []


def tells_terms(reader: Reader) -> Reader:
    """Register who knows the documents behind open items that are not invoices of ours; asked once for a whole set."""
    _readers.append(reader)
    return reader


@dataclass(frozen=True)
class Grounds:
    """All that is needed to judge concessions on a set of items; read at once."""

    behind: Mapping[int, Behind]
    rules: Mapping[int, SettlingRule]
    decimals: Mapping[str, int]
    reasons: Mapping[int, Sequence[WriteOffReason]] = field(default_factory=dict)

    def discount(self, item: OpenItem, paid_on: date, amount: Decimal | None = None) -> Decimal:
        """The cash discount on ``amount`` of an item (all that is open when not given), positive, if paid on ``paid_on``."""
        behind = self.behind.get(item.entry_id)
        if behind is None:
            return ZERO
        percent = discount_percent(behind.on, behind.steps, paid_on)
        return rounded(abs(item.open_amount if amount is None else amount) * percent / HUNDRED, self.decimals[item.currency_id])

    def is_small(self, item: OpenItem, left: Decimal, base: Decimal) -> bool:
        """Whether what is left of an item is too little to be chased: ``left`` in its currency, ``base`` in the company's."""
        rule = self.rules.get(item.company_id)
        return rule is not None and abs(base) <= rule.tolerance and abs(left) <= abs(item.amount) * rule.tolerance_percent / HUNDRED

    def discounted(self, item: OpenItem, amount: Decimal, memo: str) -> "Conceded":
        """Concede a cash discount, and the VAT in it. Where the country corrects VAT with the discount, it is taken back from
        each code in proportion, rounded half away from zero; else the whole is the discount's and VAT waits for a credit note."""
        behind, rule = self.behind.get(item.entry_id), self.rules.get(item.company_id)
        places = self.decimals[item.currency_id]
        taxes: list[Corrected] = []
        if behind is not None and behind.taxes and (rule is None or rule.discount_tax == SettlingRule.PRO_RATA):
            shares = spread(amount, [t.owed for t in behind.taxes], places)
            for taxed, share in zip(behind.taxes, shares, strict=True):
                tax = rounded(share * taxed.rate / (HUNDRED + taxed.rate), places) if taxed.is_owed else ZERO
                if tax:
                    taxes.append(Corrected(taxed, share - tax, tax, rounded(tax * taxed.deductible / HUNDRED, places)))
        legs: dict[int, Decimal] = defaultdict(Decimal)
        for corrected in taxes:
            legs[corrected.taxed.account] += corrected.kept
        whole = sum(legs.values(), ZERO)
        concession = Concession(
            item.pk, amount, [(DISCOUNT_ACCOUNTS[item.control], amount - whole, memo), *((a, t, memo) for a, t in legs.items())]
        )
        return Conceded(item, Difference.DISCOUNT, concession, whole, taxes=tuple(taxes))

    def small_reason(self, company: int) -> WriteOffReason:
        return self._reason(company, "for_small_differences") or self.default_reason(company)

    def default_reason(self, company: int) -> WriteOffReason:
        found = self._reason(company, "is_default")
        if found is None:
            raise ReasonUnknown()
        return found

    def _reason(self, company: int, flag: str) -> WriteOffReason | None:
        return next((r for r in self.reasons.get(company, ()) if r.is_active and getattr(r, flag)), None)

    def reason(self, item: OpenItem, key: int | None) -> WriteOffReason:
        """The reason somebody chose, or the default one."""
        if key is None:
            return self.default_reason(item.company_id)
        found = next((r for r in self.reasons.get(item.company_id, ()) if r.pk == key and r.is_active), None)
        if found is None:
            raise ReasonOfOther(company=item.company)
        return found


def grounds_of(items: Sequence[OpenItem]) -> Grounds:
    """Read what concessions on ``items`` are judged by: documents with terms and taxes, rules, reasons. Nine statements at most, and
    those of the rooms above that know documents."""
    companies = {i.company_id for i in items}
    invoices = list(
        Invoice.objects.filter(entry__in={i.entry_id for i in items}, kind=Invoice.INVOICE).values_list(
            "pk", "entry_id", "on", "payment_term_id"
        )
    )
    steps: dict[int, list[Step]] = defaultdict(list)
    for term, percent, days in DiscountStep.objects.filter(term__in={t for *_, t in invoices if t}).values_list(
        "term_id", "percent", "days"
    ):
        steps[term].append(Step(percent, days))
    taxes: dict[int, list[Taxed]] = defaultdict(list)
    rows = list(
        InvoiceTax.objects.filter(invoice__in=[pk for pk, *_ in invoices])
        .order_by("id")
        .values_list("invoice_id", "invoice__company_id", "tax_code_id", "rate", "base", "tax")
    )
    facts = code_facts({(company, code) for _invoice, company, code, *_ in rows}) if rows else {}
    for invoice, _company, code, rate, base, tax in rows:
        is_owed = manner(TaxEntry.SALE, facts[code]) != SPLIT
        taxes[invoice].append(Taxed(code, facts[code].account, rate, base + tax if is_owed else base, is_owed))
    reasons: dict[int, list[WriteOffReason]] = defaultdict(list)
    for reason in WriteOffReason.objects.filter(company__in=companies).order_by("pk"):
        reasons[reason.company_id].append(reason)
    behind = {entry: Behind(on, steps[term or 0], taxes[pk]) for pk, entry, on, term in invoices}
    others = {i.entry_id for i in items if i.entry_id not in behind}
    for reader in _readers if others else ():
        behind |= reader(others)
    return Grounds(
        behind=behind,
        rules={r.company_id: r for r in SettlingRule.objects.filter(company__in=companies)},
        decimals=decimals_of({i.currency_id for i in items}),
        reasons=reasons,
    )


@dataclass(frozen=True)
class Conceded:
    """A concession with what is kept about it."""

    item: OpenItem
    kind: str
    concession: Concession
    tax: Decimal = ZERO
    reason: WriteOffReason | None = None
    memo: str = ""
    taxes: tuple[Corrected, ...] = ()


def written_off(item: OpenItem, amount: Decimal, reason: WriteOffReason, memo: str, kind: str = Difference.WRITE_OFF) -> Conceded:
    """Concede ``amount`` of an item (signed as it) on the account of a reason."""
    account = reason.account_id or "write_off"
    return Conceded(item, kind, Concession(item.pk, amount, [(account, amount, memo)]), reason=reason, memo=memo)


def keep(settlements: Sequence[Settlement], conceded: Iterable[Sequence[Conceded]]) -> None:
    """Keep what was conceded in settlements, so that it can be listed by reason and undone; one statement."""
    insert_rows(
        Difference,
        [
            Difference(
                company_id=s.company_id,
                party_id=c.item.party_id,
                settlement=s,
                item=c.item,
                kind=c.kind,
                reason=c.reason,
                on=s.on,
                amount=c.concession.amount,
                tax=c.tax,
                currency_id=c.item.currency_id,
                memo=c.memo,
            )
            for s, rows in zip(settlements, conceded, strict=True)
            for c in rows
        ],
    )


def correct_taxes(payments: Sequence[Payment], settlements: Sequence[Settlement], conceded: Sequence[Sequence[Conceded]]) -> None:
    """Write the tax entries of the VAT that discounts took with them; two statements, none where none did.

    What a settlement's entry moved on a tax account is parted among the codes by largest remainder, so that both agree to the cent;
    the base is valued as the item it was conceded on.
    """
    corrections: dict[int, list[tuple[OpenItem, Corrected]]] = {
        place: [(c.item, t) for c in rows for t in c.taxes] for place, rows in enumerate(conceded)
    }
    corrections = {place: rows for place, rows in corrections.items() if rows}
    if not corrections:
        return
    moved: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for entry, account, amount in tax_lines_of(settlements[place].entry_id for place in corrections):
        moved[entry, account] += amount
    decimals = decimals_of({item.company.currency_id for rows in corrections.values() for item, _ in rows})
    record(
        [
            (_correction(payments[place], settlements[place], rows, moved, decimals), settlements[place].entry)
            for place, rows in corrections.items()
        ]
    )


def _correction(
    payment: Payment,
    settlement: Settlement,
    corrected: Sequence[tuple[OpenItem, Corrected]],
    moved: Mapping[tuple[int, int], Decimal],
    decimals: Mapping[str, int],
) -> TaxPosting:
    item = corrected[0][0]
    places = decimals[item.company.currency_id]
    document = TaxedDocument(
        kind=corrected[0][1].taxed.kind,
        company=settlement.company_id,
        source=(payment._meta.db_table, payment.pk),
        number=payment.number or "",
        on=settlement.on,
        tax_point=settlement.on,
        party=item.party_id,
        exchange_rate=Decimal(1),
        decimals=places,
        currency_decimals=places,
        sign=1,
        taxes=(),
    )
    by_account: dict[int, list[tuple[OpenItem, Corrected]]] = defaultdict(list)
    for row in corrected:
        by_account[row[1].taxed.account].append(row)
    rows = []
    for account, of_account in by_account.items():
        weights = [t.kept * i.base_amount / i.amount for i, t in of_account]
        shares = spread(moved[settlement.entry_id, account], weights, places) if any(weights) else [ZERO for _ in weights]
        for (owed, t), share in zip(of_account, shares, strict=True):
            # A discount on an invoice is a debit of output tax, one on a bill a credit of input tax: either lessens the tax.
            sign = -1 if t.taxed.kind == TaxEntry.SALE else 1
            value = owed.base_amount / owed.amount
            lost = rounded((t.tax - t.kept) * value, places)
            rows.append(
                TaxRow(
                    kind=t.taxed.kind,
                    code=t.taxed.code,
                    rate=t.taxed.rate,
                    base=sign * rounded(t.base * value, places),
                    tax=sign * (share + lost),
                    non_deductible=sign * lost,
                    chargeable=TaxEntry.NOW,
                    account=account if share else None,
                    amount=share,
                )
            )
    return TaxPosting(document, (), tuple(rows), ZERO)

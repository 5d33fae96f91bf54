"""Taxes of a document -> what its entry takes on, and the tax entries that follow. Pure; the posting table is in README.md."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fondaco.finance.tax.models import TaxEntry
from fondaco.platform.money import ZERO, apportioned, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Tax:
    """What one code and rate take of a base, in the document's currency; positive on an invoice and on its credit note alike."""

    code: int
    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class TaxedDocument:
    """What the taxes of a document are posted from.

    ``number`` is our number, ``their_number`` the vendor's; ``sign`` is -1 on credit notes; ``exchange_rate`` brings the document's
    currency, of ``currency_decimals``, into the company's, which has ``decimals``.
    """

    kind: str
    company: int
    source: tuple[str, int]
    number: str
    on: date
    tax_point: date
    party: int | None
    exchange_rate: Decimal
    decimals: int
    currency_decimals: int
    sign: int
    taxes: Sequence[Tax]
    their_number: str = ""


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What posting needs to know of a tax code."""

    treatment: str
    account: int
    reverse_charge_account: int | None = None
    deductible_percent: Decimal = HUNDRED
    document_type: str = ""


@dataclass(frozen=True, slots=True)
class TaxLeg:
    """A line on a tax account: debit positive, in company currency and in the document's."""

    account: int
    amount: Decimal
    currency_amount: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """Input tax of a code and rate that is not deductible, to be borne by the costs taxed so; debit positive."""

    code: int
    rate: Decimal
    amount: Decimal
    currency_amount: Decimal


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A tax entry before its journal entry is there."""

    kind: str
    code: int
    rate: Decimal
    base: Decimal
    tax: Decimal
    non_deductible: Decimal
    chargeable: str
    account: int | None
    amount: Decimal
    document_type: str = ""
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class TaxPosting:
    """The legs that the document's journal entry takes on, and the tax entries that are recorded with it.

    ``owed`` is the tax, in the document's currency and positive, that the party owes or is owed on top of the net: all of it, but
    none under reverse charge or split payment. ``costs`` is what the caller adds to the costs of the lines.
    """

    document: TaxedDocument
    legs: tuple[TaxLeg, ...]
    rows: tuple[TaxRow, ...]
    owed: Decimal
    costs: tuple[Cost, ...] = ()

    @property
    def is_self_invoiced(self) -> bool:
        return any(row.kind != self.document.kind for row in self.rows)

    def self_invoiced(self, number: str) -> "TaxPosting":
        """The same, with the number of the self-invoice on the rows of the tax due."""
        rows = tuple(row if row.kind == self.document.kind else replace(row, protocol=number) for row in self.rows)
        return replace(self, rows=rows)


#: How the tax of a code is posted.
ORDINARY, SPLIT, SELF = "ordinary", "split", "self"
#: Treatments whose tax waits for the payment in a company that accounts for VAT on payment.
DEFERRABLE = frozenset({"standard", "reduced"})


def manner(kind: str, facts: CodeFacts) -> str:
    if kind == TaxEntry.SALE:
        return SPLIT if facts.treatment == "split_payment" else ORDINARY
    return SELF if facts.reverse_charge_account else ORDINARY


def posting_of(document: TaxedDocument, codes: Mapping[int, CodeFacts], deferred: int | None = None) -> TaxPosting:
    """Output tax to credit, input tax to debit: a leg an account, a row a tax.

    The taxes of an account are the sum in the document's currency at the exchange rate, rounded once half away from zero, shared in
    whole minor units; so tax entries and ledger agree to the cent. The deductible share of each is rounded, the rest is cost.
    ``deferred`` is the account of the tax that waits for the payment, where it does.
    """
    taxes = [tax for tax in document.taxes if tax.base or tax.tax]
    shares = _shares(document, taxes, codes, deferred)
    side = document.sign * (1 if document.kind == TaxEntry.PURCHASE else -1)
    legs: dict[tuple[int, int], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    rows: list[TaxRow] = []
    due: list[TaxRow] = []
    costs: list[Cost] = []
    owed = ZERO

    def leg(account: int, direction: int, amount: Decimal, currency_amount: Decimal) -> None:
        sums = legs[account, direction]
        sums[0] += direction * amount
        sums[1] += direction * currency_amount

    for tax, share in zip(taxes, shares, strict=True):
        facts = codes[tax.code]
        how = manner(document.kind, facts)
        waits = deferred is not None and facts.treatment in DEFERRABLE and bool(share)
        account = deferred if waits and deferred else facts.account
        kept = rounded(share * facts.deductible_percent / HUNDRED, document.decimals)
        kept_in_currency = rounded(tax.tax * facts.deductible_percent / HUNDRED, document.currency_decimals)
        base = document.sign * rounded(tax.base * document.exchange_rate, document.decimals)
        row = TaxRow(
            kind=document.kind,
            code=tax.code,
            rate=tax.rate,
            base=base,
            tax=document.sign * share,
            non_deductible=document.sign * (share - kept),
            chargeable=TaxEntry.SPLIT if how == SPLIT else TaxEntry.DEFERRED if waits else TaxEntry.NOW,
            account=account if kept and how != SPLIT else None,
            amount=side * kept if how != SPLIT else ZERO,
            document_type=facts.document_type,
        )
        rows.append(row)
        leg(account, side, kept, kept_in_currency)
        if share != kept or tax.tax != kept_in_currency:
            costs.append(Cost(tax.code, tax.rate, side * (share - kept), side * (tax.tax - kept_in_currency)))
        if how == ORDINARY:
            owed += tax.tax
        elif how == SPLIT:
            leg(account, -side, share, tax.tax)
        elif facts.reverse_charge_account:
            leg(facts.reverse_charge_account, -side, share, tax.tax)
            against = facts.reverse_charge_account if share else None
            due.append(
                replace(row, kind=TaxEntry.SALE, non_deductible=ZERO, chargeable=TaxEntry.NOW, account=against, amount=-side * share)
            )
    posted = [leg for (account, _direction), sums in legs.items() for leg in _one_sided(account, *sums)]
    return TaxPosting(document, tuple(posted), (*rows, *due), owed, tuple(costs))


def _one_sided(account: int, amount: Decimal, currency_amount: Decimal) -> list[TaxLeg]:
    """A leg, or none of nothing. A line has one side in both currencies: where taxes of both signs cancel each other and rounding left
    a debit in one currency and a credit in the other, each stands on a line of its own."""
    if amount * currency_amount < 0:
        return [TaxLeg(account, amount, ZERO), TaxLeg(account, ZERO, currency_amount)]
    return [TaxLeg(account, amount, currency_amount)] if amount or currency_amount else []


def _shares(document: TaxedDocument, taxes: Sequence[Tax], codes: Mapping[int, CodeFacts], deferred: int | None) -> list[Decimal]:
    """Each tax in company currency; those of one account add up to their rounded sum."""
    by_account: dict[int, list[int]] = defaultdict(list)
    for place, tax in enumerate(taxes):
        facts = codes[tax.code]
        by_account[deferred if deferred and facts.treatment in DEFERRABLE else facts.account].append(place)
    shares = [ZERO] * len(taxes)
    for places in by_account.values():
        exact = [taxes[i].tax * document.exchange_rate for i in places]
        total = rounded(sum(exact, ZERO), document.decimals)
        for place, share in zip(places, apportioned(total, exact, document.decimals), strict=True):
            shares[place] = share
    return shares


@dataclass(frozen=True, slots=True)
class Waiting:
    """A deferred tax entry with what of it became chargeable so far."""

    tax_entry: int
    base: Decimal
    tax: Decimal
    non_deductible: Decimal
    released_base: Decimal = ZERO
    released_tax: Decimal = ZERO
    released_non_deductible: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Release:
    """What becomes chargeable of a deferred tax entry; negative when a payment is taken back."""

    tax_entry: int
    base: Decimal
    tax: Decimal
    non_deductible: Decimal

    def __bool__(self) -> bool:
        return bool(self.base or self.tax)


def released(waiting: Waiting, paid: Decimal, total: Decimal, decimals: int) -> Release:
    """What is to be released once ``paid`` of ``total`` is settled: the share in proportion, rounded, less what was before.

    What was paid in parts and in full comes to the tax of the document, to the cent.
    """

    def part(amount: Decimal, so_far: Decimal) -> Decimal:
        return (amount if paid == total else rounded(amount * paid / total, decimals)) - so_far

    return Release(
        waiting.tax_entry,
        part(waiting.base, waiting.released_base),
        part(waiting.tax, waiting.released_tax),
        part(waiting.non_deductible, waiting.released_non_deductible),
    )

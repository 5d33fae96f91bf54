"""Taxes of a document -> what its entry takes on, and the tax entries that follow. Pure; the posting table is in README.md."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.finance.tax.models import TaxEntry
from fondaco.platform.money import ZERO, apportioned, rounded


@dataclass(frozen=True, slots=True)
class Tax:
    """What one code and rate take of a base, in the document's currency; positive on an invoice and on its credit note alike."""

    code: int
    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class TaxedDocument:
    """What the taxes of a document are posted from. ``sign`` is -1 on credit notes, ``exchange_rate`` brings its currency into
    the company's, which has ``decimals``."""

    kind: str
    company: int
    source: tuple[str, int]
    number: str
    on: date
    tax_point: date
    party: int | None
    exchange_rate: Decimal
    decimals: int
    sign: int
    taxes: Sequence[Tax]


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What posting needs to know of a tax code: the account that takes its tax."""

    account: int


@dataclass(frozen=True, slots=True)
class TaxLeg:
    """A line on a tax account: debit positive, in company currency and in the document's."""

    account: int
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


@dataclass(frozen=True, slots=True)
class TaxPosting:
    """The legs that the document's journal entry takes on, and the tax entries that are recorded with it."""

    document: TaxedDocument
    legs: tuple[TaxLeg, ...]
    rows: tuple[TaxRow, ...]


def posting_of(document: TaxedDocument, codes: Mapping[int, CodeFacts]) -> TaxPosting:
    """Output tax to credit, input tax to debit: a leg an account, a row a tax.

    A leg is the sum of its taxes in the document's currency at the exchange rate, rounded once half away from zero; its rows
    share it in whole minor units, so that tax entries and ledger agree to the cent.
    """
    taxes = [tax for tax in document.taxes if tax.base or tax.tax]
    by_account: dict[int, list[int]] = defaultdict(list)
    for place, tax in enumerate(taxes):
        by_account[codes[tax.code].account].append(place)
    shares = [ZERO] * len(taxes)
    legs = []
    side = document.sign * (1 if document.kind == TaxEntry.PURCHASE else -1)
    for account, places in by_account.items():
        exact = [taxes[i].tax * document.exchange_rate for i in places]
        total = rounded(sum(exact, ZERO), document.decimals)
        for place, share in zip(places, apportioned(total, exact, document.decimals), strict=True):
            shares[place] = share
        legs.append(TaxLeg(account, side * total, side * sum((taxes[i].tax for i in places), ZERO)))
    rows = tuple(
        TaxRow(
            kind=document.kind,
            code=tax.code,
            rate=tax.rate,
            base=document.sign * rounded(tax.base * document.exchange_rate, document.decimals),
            tax=document.sign * share,
            non_deductible=ZERO,
            chargeable=TaxEntry.NOW,
            account=codes[tax.code].account if share else None,
            amount=side * share,
        )
        for tax, share in zip(taxes, shares, strict=True)
    )
    return TaxPosting(document, tuple(leg for leg in legs if leg.amount or leg.currency_amount), rows)

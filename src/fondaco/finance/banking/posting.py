"""Match -> entry drafts. Pure; the posting table is in README.md."""

from datetime import date
from decimal import Decimal
from typing import Protocol

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft

SOURCE = "banking_bankmatch"


class OpenRest(Protocol):
    """What is left of an open item."""

    company_id: int
    account_id: int
    party_id: int
    currency_id: str
    open_amount: Decimal
    open_base_amount: Decimal


def entry_of(
    company: int, on: date, memo: str, match: int, bank: int, leg: tuple[int | str, Decimal, Decimal], currency: str, late_reason: str = ""
) -> EntryDraft:
    """Debit the bank and credit the leg's account when money came in: interest, fees, transfers, exchange differences.

    The leg is (account, amount in the bank's currency, amount in company currency); money that went out is negative.
    """
    account, amount, base = leg
    return EntryDraft(
        company=company,
        journal="general",
        on=on,
        memo=memo,
        source=(SOURCE, match),
        late_reason=late_reason,
        lines=(LineDraft(bank, base, currency, amount), LineDraft(account, -base, currency, -amount)),
    )


def given_up(rest: OpenRest, on: date, match: int, late_reason: str = "") -> EntryDraft:
    """Give up what is left of an open item: debit write-off, credit the party (signs as the item)."""
    amount, base = rest.open_amount, rest.open_base_amount
    return EntryDraft(
        company=rest.company_id,
        journal="general",
        on=on,
        memo="Small difference",
        source=(SOURCE, match),
        late_reason=late_reason,
        lines=(
            LineDraft("write_off", base, rest.currency_id, amount),
            LineDraft(rest.account_id, -base, rest.currency_id, -amount, party=rest.party_id, due_on=on),
        ),
    )

"""Entries before they are posted: plain values, made by the pure functions of ``posting.py`` in every room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One leg: ``amount`` in company currency (debit > 0), ``currency_amount`` in ``currency``.

    Left out, the currency is the company's and ``currency_amount`` equals ``amount``. ``account`` is the key of an account, or the
    purpose by which the company's chart names one (``"revenue"``). ``dimensions`` are keys of dimension values.
    """

    account: int | str
    amount: Decimal
    currency: str | None = None
    currency_amount: Decimal | None = None
    party: int | None = None
    due_on: date | None = None
    memo: str = ""
    dimensions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry to be: ``journal`` is the key of a journal or its purpose (``"sales"``); ``source`` is (table, key)."""

    company: int
    journal: int | str
    on: date
    memo: str
    lines: Sequence[LineDraft]
    source: tuple[str, int] | None = None
    reverses: int | None = None
    late_reason: str = ""

"""Bringing bank files in: each statement is hung behind the last one of its account; what is there already adds nothing (BK-01)."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from fondaco.finance.banking.models import BankFormat, BankLine, BankStatement
from fondaco.finance.banking.reading.bounded import read_file
from fondaco.finance.banking.reading.values import LineValues, StatementValues, account_key
from fondaco.finance.banking.refusals import DoesNotAddUp, OtherAccount, OtherCurrency, StatementMissing, UnknownAccount, WhichAccount
from fondaco.finance.payments.models import BankAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, insert_values
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.files.storing import safe_name
from fondaco.platform.money import ZERO, figure, rounded

IMPORT = "banking.import_statement"
#: A bank writes its own number of an account with or without what leads it; so many characters must agree at the end.
SHORTEST = 6
#: The plain texts of a line, in the order in which they make its fingerprint.
TEXTS = (
    "counterparty", "counterparty_account", "bic", "end_to_end_id", "mandate", "payment_id", "creditor_reference", "remittance", "bank_reference", "code",
)  # fmt: skip


@dataclass
class Imported:
    """What a file added: statements and lines; ``known`` are its lines that were there already."""

    format: str
    statements: list[BankStatement] = field(default_factory=list)
    lines: int = 0
    known: int = 0
    accounts: list[BankAccount] = field(default_factory=list)


def import_statements(actor: Actor, name: str, content: bytes, *, account: int | None = None) -> Imported:
    """Bring the statements of a bank file in, all or none.

    ``account`` is the bank account, where the file does not name it (CSV), or as a promise that it is the file's. Raises FileRefused
    with line and reason, and what says that balances do not add up, that a statement is missing between, or whose account it is.
    """
    if not actor.may(IMPORT):
        raise NotAllowed(verb=_("import"), what=_("bank statements"), permission=IMPORT)
    name = safe_name(name)
    chosen = _allowed(actor).filter(pk=account).first() if account is not None else None
    if account is not None and chosen is None:
        raise UnknownAccount(name=name, account=account)
    form = BankFormat.objects.filter(bank_account=chosen).first() if chosen else None
    read = read_file(name, content, _form_json(form) if form else None)
    with refusals_translated(), unit_of_work(actor.username, IMPORT):
        return _added(actor, name, hashlib.sha256(content).hexdigest(), read.format, read.statements, chosen)


def _form_json(form: BankFormat) -> dict[str, Any]:
    return {n: getattr(form, n) for n in ("charset", "delimiter", "decimal_sign", "date_format", "skip", "columns")}


def _allowed(actor: Actor) -> Any:
    held = {company for company, _scope in actor.grants(IMPORT)}
    accounts = BankAccount.objects.filter(is_active=True)
    return accounts if None in held else accounts.filter(company__in=held)


def _added(actor: Actor, name: str, digest: str, format: str, given: Sequence[StatementValues], chosen: BankAccount | None) -> Imported:
    accounts = [_account_of(name, s, chosen, list(_allowed(actor))) for s in given]
    # Key order: two people who import for the same account queue; the second sees what the first added.
    locked = {
        a.pk: a
        for a in BankAccount.objects.select_for_update(of=("self",))
        .filter(pk__in={a.pk for a in accounts})
        .order_by("pk")
        .select_related("currency")
    }
    by_account: dict[int, list[StatementValues]] = defaultdict(list)
    for account, statement in zip(accounts, given, strict=True):
        _judge(name, locked[account.pk], statement)
        if statement.lines:
            by_account[account.pk].append(statement)
    imported = Imported(format, accounts=[locked[pk] for pk in by_account])
    last = {
        s.bank_account_id: s
        for s in BankStatement.objects.filter(bank_account__in=by_account).order_by("bank_account", "-position").distinct("bank_account")
    }
    known = _known(by_account)
    made: list[tuple[BankStatement, list[tuple[LineValues, str]]]] = []
    for pk, statements in sorted(by_account.items()):
        chain = Chain(locked[pk], name, last.get(pk), known[pk])
        for statement in sorted(statements, key=lambda s: (_days(s)[0], s.line)):
            row, lines = chain.add(statement)
            imported.known += len(statement.lines) - len(lines)
            if row is not None:
                row.format, row.file_name, row.digest = format, name, digest
                made.append((row, lines))
                imported.lines += len(lines)
    _write(made)
    imported.statements = [row for row, _lines in made]
    return imported


def _account_of(name: str, statement: StatementValues, chosen: BankAccount | None, allowed: Sequence[BankAccount]) -> BankAccount:
    if not statement.account:
        if chosen is None:
            raise WhichAccount(name=name)
        return chosen
    fitting = [a for a in allowed if _is_of(statement, a)]
    if chosen is not None:
        if chosen not in fitting:
            raise OtherAccount(name=name, stated=statement.account, account=chosen, line=statement.line)
        return chosen
    if len(fitting) > 1:
        fitting = [a for a in fitting if a.currency_id == statement.currency] or fitting
    if len(fitting) != 1:
        raise (UnknownAccount if not fitting else WhichAccount)(name=name, account=statement.account)
    return fitting[0]


def _is_of(statement: StatementValues, account: BankAccount) -> bool:
    stated = statement.account
    for own in (account_key(account.iban), account_key(account.account_number)):
        if own and (own == stated or (min(len(own), len(stated)) >= SHORTEST and (own.endswith(stated) or stated.endswith(own)))):
            return True
    return False


def _judge(name: str, account: BankAccount, statement: StatementValues) -> None:
    """Refuse another currency, and lines that do not lead from the stated opening to the stated closing balance."""
    statement.lines = [ln for ln in statement.lines if ln.amount]
    stated = {
        statement.currency,
        *(b.currency for b in (statement.opening, statement.closing) if b),
        *(ln.currency for ln in statement.lines),
    }
    if wrong := sorted(c for c in stated if c and c != account.currency_id):
        line = next((ln.line for ln in statement.lines if ln.currency == wrong[0]), statement.line)
        raise OtherCurrency(name=name, currency=wrong[0], account=account, expected=account.currency_id, line=line)
    total = sum((ln.amount for ln in statement.lines), ZERO)
    if statement.opening and statement.closing and statement.opening.amount + total != statement.closing.amount:
        raise DoesNotAddUp(
            name=name,
            line=statement.line,
            opening=_written(statement.opening.amount, account),
            lines=_written(total, account),
            closing=_written(statement.closing.amount, account),
            difference=_written(statement.closing.amount - statement.opening.amount - total, account),
        )
    if statement.opening is None and statement.closing is not None:
        # OFX states the last balance only, and of a later day perhaps; the one before the lines follows from it.
        statement.opening = type(statement.closing)(statement.closing.amount - total, statement.closing.currency)


def _written(amount: Decimal, account: BankAccount) -> Decimal:
    """An amount with the places of the account's currency, or with more where it has more."""
    places = rounded(amount, account.currency.decimals)
    return places if places == amount else amount


def _days(statement: StatementValues) -> tuple[date, date]:
    days = [ln.booked_on for ln in statement.lines]
    return min(days), max(days)


def fingerprint(line: LineValues, count: int) -> str:
    """What makes a line that line: its content, and which of several equal ones it is."""
    parts = [line.booked_on.isoformat(), (line.value_on or line.booked_on).isoformat(), figure(line.amount), str(count)]
    parts += [getattr(line, t) for t in TEXTS]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _known(by_account: Mapping[int, Sequence[StatementValues]]) -> dict[int, set[str]]:
    """The fingerprints already there in the days of the file, by account; one statement."""
    found: dict[int, set[str]] = {pk: set() for pk in by_account}
    if not by_account:
        return found
    days = [_days(s) for statements in by_account.values() for s in statements]
    first, last = min(d[0] for d in days), max(d[1] for d in days)
    rows = BankLine.objects.filter(bank_account__in=by_account, booked_on__range=(first, last)).values_list(
        "bank_account_id", "fingerprint"
    )
    for pk, mark in rows:
        found[pk].add(mark)
    return found


@dataclass
class Chain:
    """The statements of one account: the last one so far, and the fingerprints of its lines. Plain values; writes nothing."""

    account: BankAccount
    name: str
    last: BankStatement | None
    known: set[str]

    def add(self, given: StatementValues) -> tuple[BankStatement | None, list[tuple[LineValues, str]]]:
        """The next statement with the lines that are new, or nothing when all are known. Raises StatementMissing."""
        seen: Counter[str] = Counter()
        lines = []
        for line in given.lines:
            plain = fingerprint(line, 0)
            lines.append((line, fingerprint(line, seen[plain])))
            seen[plain] += 1
        new = [(line, mark) for line, mark in lines if mark not in self.known]
        if not new:
            return None, []
        opening = self.last.closing if self.last else (given.opening.amount if given.opening else ZERO)
        if given.opening is not None:
            overlap = sum((line.amount for line, mark in lines if mark in self.known), ZERO)
            if given.opening.amount + overlap != opening:
                new = self._repeated(given, lines, opening)
        first, last = min(ln.booked_on for ln, _m in new), max(ln.booked_on for ln, _m in new)
        row = BankStatement(
            company_id=self.account.company_id,
            bank_account=self.account,
            currency_id=self.account.currency_id,
            position=self.last.position + 1 if self.last else 1,
            previous_position=self.last.position if self.last else None,
            reference=given.reference,
            opens_on=first,
            closes_on=max(last, self.last.closes_on) if self.last else last,
            opening=opening,
            closing=opening + sum((ln.amount for ln, _m in new), ZERO),
            is_complete=given.closing is not None,
            line_count=len(new),
        )
        self.known |= {mark for _line, mark in new}
        self.last = row
        return row, new

    def _repeated(self, given: StatementValues, lines: Sequence[tuple[LineValues, str]], opening: Decimal) -> list[tuple[LineValues, str]]:
        """All lines as new ones, where the statement goes on from the last one though some look like lines that are there: equal payments."""
        assert given.opening is not None
        if given.opening.amount != opening:
            assert self.last is not None
            raise StatementMissing(
                name=self.name,
                line=given.line,
                account=self.account,
                until=self.last.closes_on,
                closing=_written(self.last.closing, self.account),
                opening=_written(given.opening.amount, self.account),
                currency=self.account.currency_id,
            )
        fresh = []
        for line, mark in lines:
            count = 0
            while mark in self.known or any(mark == other for _ln, other in fresh[-50:]):
                count += 1
                mark = fingerprint(line, count)
            self.known.add(mark)
            fresh.append((line, mark))
        return fresh


LINE_FIELDS = (
    "version", "company", "bank_account", "statement", "position", "booked_on", "value_on", "amount", "currency", *TEXTS,
    "charges", "original_amount", "original_currency", "fingerprint", "state",
)  # fmt: skip


def _write(made: Sequence[tuple[BankStatement, Sequence[tuple[LineValues, str]]]]) -> None:
    insert_rows(BankStatement, [row for row, _lines in made])
    insert_values(
        BankLine,
        LINE_FIELDS,
        [
            (
                1, row.company_id, row.bank_account_id, row.pk, position, line.booked_on, line.value_on or line.booked_on, line.amount, row.currency_id,
                *(getattr(line, t) for t in TEXTS), line.charges, line.original_amount, line.original_currency, mark, BankLine.OPEN,
            )
            for row, lines in made
            for position, (line, mark) in enumerate(lines, start=1)
        ],
    )  # fmt: skip

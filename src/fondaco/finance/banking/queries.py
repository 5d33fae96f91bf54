"""What matching and the screens ask of the books; constant in statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from fondaco.finance.banking.matching import Ground, Item, Line, Posting, Rule, Sent, marks_of, plain_name, telling_words
from fondaco.finance.banking.models import BankLine, BankRule, BankStatement, Learned, MatchingPolicy
from fondaco.finance.banking.posting import SOURCE
from fondaco.finance.banking.reading.values import account_key
from fondaco.finance.ledger.models import Account, AccountBalance, JournalEntry, JournalLine, OpenItem, Period, PeriodState, Settlement
from fondaco.finance.ledger.settling import SettlementDraft, open_items_of
from fondaco.finance.payments.models import BankAccount
from fondaco.finance.remittance.models import Transfer
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party, PartyBankAccount
from fondaco.platform.money import ZERO, rounded

THRESHOLD = 85


def line_of(row: BankLine) -> Line:
    """A bank line as matching sees it."""
    return Line(
        row.pk,
        row.bank_account_id,
        row.booked_on,
        row.amount,
        row.currency_id,
        row.counterparty,
        row.counterparty_account,
        " ".join(filter(None, (row.remittance, row.end_to_end_id, row.payment_id))),
        row.creditor_reference,
        row.code,
        row.charges,
        row.original_amount,
        row.original_currency,
    )


#: Lines of the books on bank accounts that no match explains. What was reversed before the bank told of it never reached the bank; what was
#: reversed after it (a direct debit that came back) comes a second time, the other way, and is of the same party.
UNMATCHED = """
select l.id, b.id, l."on", case when b.currency_id = c.currency_id then l.amount else l.currency_amount end, e.memo, e.number, p.party_id,
  coalesce(t.end_to_end, ''), coalesce(r.number, '')
from payments_bankaccount b
join companies_company c on c.id = b.company_id
join ledger_journalline l on l.account_id = b.account_id and (b.currency_id = c.currency_id or l.currency_id = b.currency_id)
join ledger_journalentry e on e.id = l.entry_id
left join payments_payment p on p.entry_id = coalesce(e.reverses_id, e.id)
left join remittance_transfer t on t.disbursement_id = p.id and e.reverses_id is null
left join remittance_paymentrun r on r.id = t.run_id
where b.id = any (%(accounts)s) and l."on" <= %(until)s
  and not exists (select from banking_matchedposting m where m.journal_line_id = l.id and m.is_current)
  -- What was reversed never reached the bank, unless the bank shows one of the two: then the other is still on its way.
  and not exists (
    select from ledger_journalentry v where v.reverses_id = e.id and not exists (
      select from ledger_journalline x join banking_matchedposting m on m.journal_line_id = x.id and m.is_current
      where x.entry_id = v.id and x.account_id = l.account_id))
  and (e.reverses_id is null or exists (
    select from ledger_journalline o join banking_matchedposting m on m.journal_line_id = o.id and m.is_current
    where o.entry_id = e.reverses_id and o.account_id = l.account_id))
order by l.id
"""


def unmatched_postings(accounts: Collection[int], until: date) -> list[Posting]:
    """The lines of the books on the ledger accounts of bank accounts that are not matched; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(UNMATCHED, {"accounts": list(accounts), "until": until})
        rows = cursor.fetchall()
    return [
        Posting(key, account, on, amount.normalize() + ZERO, memo or number, party, marks_of(f"{memo} {number} {told}")[0], run)
        for key, account, on, amount, memo, number, party, told, run in rows
    ]


SENT = """
select t.id, b.id, t.amount, t.end_to_end, t.party_id, t.iban
from remittance_transfer t
join remittance_paymentrun r on r.id = t.run_id
join payments_bankaccount b on b.id = r.bank_account_id
where b.id = any (%(accounts)s) and t.state in ('released', 'executed') and t.amount = any (%(amounts)s) order by t.id
"""


def sent_transfers(lines: Sequence[Line]) -> list[Sent]:
    """The transfers that lines in favour of their accounts may give back; one statement, none where no money came in."""
    amounts = {ln.amount for ln in lines if ln.amount > 0}
    if not amounts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SENT, {"accounts": list({ln.bank_account for ln in lines}), "amounts": list(amounts)})
        rows = cursor.fetchall()
    return [
        Sent(key, account, amount.normalize() + ZERO, told, party, iban, marks_of(told)[0])
        for key, account, amount, told, party, iban in rows
    ]


def transfers_behind(postings: Collection[int]) -> dict[int, int]:
    """The transfers whose payments journal lines are: journal line to transfer; one statement."""
    if not postings:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.id, t.id from ledger_journalline l join payments_payment p on p.entry_id = l.entry_id"
            " join remittance_transfer t on t.disbursement_id = p.id where l.id = any (%s)",
            [list(postings)],
        )
        return dict(cursor.fetchall())


def returns_of(transfers: Sequence[Transfer]) -> dict[int, int]:
    """The line on the bank account with which each transfer was taken back, by transfer; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.id, l.id from remittance_transfer t join payments_payment p on p.id = t.disbursement_id"
            " join ledger_journalentry v on v.reverses_id = p.entry_id join ledger_journalline l on l.entry_id = v.id and l.account_id = p.account_id"
            " where t.id = any (%s)",
            [[t.pk for t in transfers]],
        )
        return dict(cursor.fetchall())


def policy_of(company: int) -> tuple[int, Decimal]:
    """Threshold and tolerance of a company."""
    found = MatchingPolicy.objects.filter(company=company).values_list("threshold", "tolerance").first()
    return found or (THRESHOLD, ZERO)


def ground_of(company: int, lines: Sequence[Line]) -> Ground:
    """Everything that lines of a company are matched against; eleven statements, whatever the number of lines and items."""
    granted = _discounts(company)
    items = {}
    parties: dict[int, str] = {}
    rows = OpenItem.objects.filter(company=company, closed_on__isnull=True).values_list(
        "pk", "party_id", "party__name", "control", "currency_id", "open_amount", "on", "due_on", "entry__memo", "entry__number", "entry"
    )
    for pk, party, name, control, currency, amount, on, due_on, memo, number, entry in rows:
        strong, weak = marks_of(memo or number)
        discounts = tuple((until, rounded(abs(amount) * percent / 100, places)) for until, percent, places in granted.get(entry, ()))
        items[pk] = Item(pk, party, control, currency, amount.normalize() + ZERO, on, due_on, memo or number, strong, weak, discounts)
        parties[party] = name
    until = max((ln.on for ln in lines), default=date.min)
    keys = {("iban", ln.iban) for ln in lines if ln.iban} | {("name", plain_name(ln.name)) for ln in lines if ln.name}
    learned = _learned(company, {k for _kind, k in keys} | {key for ln in lines if (key := telling_words(ln))})
    wanted = {p for rows in learned.values() for p, _a, _t in rows if p is not None} - set(parties)
    rules = _rules(company)
    wanted |= {r.party for r in rules if r.party is not None} - set(parties)
    held = _party_accounts({ln.iban for ln in lines if ln.iban})
    wanted |= {p for found in held.values() for p in found} - set(parties)
    if wanted:
        parties |= dict(Party.objects.filter(pk__in=wanted).values_list("pk", "name"))
    own = list(BankAccount.objects.filter(company=company).values_list("pk", "iban", "account_number", "name"))
    used = {a for rows in learned.values() for _p, a, _t in rows if a is not None}
    return Ground(
        items=items,
        postings=unmatched_postings({ln.bank_account for ln in lines}, until) if lines else [],
        rules=rules,
        names=parties,
        learned=learned,
        own_accounts={account_key(number): (pk, name) for pk, iban, plain, name in own for number in (iban, plain) if number},
        party_accounts=held,
        accounts={a.pk: str(a) for a in Account.objects.filter(pk__in=used)} if used else {},
        tolerance=policy_of(company)[1],
        sent=sent_transfers(lines),
    )


#: Cash discounts of open invoices and bills: entry, last day, percent, places of the currency.
DISCOUNTS = """
with owed as materialized (select distinct entry_id from ledger_openitem where company_id = %(company)s and closed_on is null)
select i.entry_id, i."on" + s.days::int, s.percent, c.decimals from owed o
join invoicing_invoice i on i.entry_id = o.entry_id and i.kind = 'invoice'
join invoicing_discountstep s on s.term_id = i.payment_term_id
join companies_currency c on c.code = i.currency_id
union all
select b.entry_id, b.vendor_date + s.days::int, s.percent, c.decimals from owed o
join payables_bill b on b.entry_id = o.entry_id and b.kind = 'bill'
join invoicing_discountstep s on s.term_id = b.payment_term_id
join companies_currency c on c.code = b.currency_id
"""


def _discounts(company: int) -> dict[int, list[tuple[date, Decimal, int]]]:
    """The cash discounts that open invoices and bills still offer, by entry."""
    found: dict[int, list[tuple[date, Decimal, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(DISCOUNTS, {"company": company})
        for entry, until, percent, places in cursor.fetchall():
            found[entry].append((until, percent, places))
    return found


def _party_accounts(ibans: Collection[str]) -> dict[str, list[int]]:
    """Whose account numbers are, as far as a second person has confirmed it."""
    found: dict[str, list[int]] = defaultdict(list)
    rows = (
        PartyBankAccount.objects.filter(iban__in=list(ibans), state=PartyBankAccount.CONFIRMED)
        if ibans
        else PartyBankAccount.objects.none()
    )
    for iban, party in rows.order_by("party_id").values_list("iban", "party_id"):
        found[iban].append(party)
    return found


def _learned(company: int, keys: Collection[str]) -> dict[tuple[str, str], list[tuple[int | None, int | None, int]]]:
    found: dict[tuple[str, str], list[tuple[int | None, int | None, int]]] = defaultdict(list)
    rows = Learned.objects.filter(company=company, key__in=list(keys), times__gt=0).order_by("-times", "id")
    for kind, key, party, account, times in rows.values_list("kind", "key", "party_id", "account_id", "times"):
        found[kind, key].append((party, account, times))
    return found


def _rules(company: int) -> list[Rule]:
    return [
        Rule(
            r.pk, r.name, r.does, r.is_automatic, r.bank_account_id, r.direction, tuple(plain_name(r.words).split()), r.counterparty_account, r.code,
            r.amount_from, r.amount_to, r.account_id, r.party_id,
        )
        for r in BankRule.objects.filter(company=company, is_active=True).order_by("position", "id")
    ]  # fmt: skip


def open_lines(account: int) -> QuerySet[BankLine]:
    """The bank lines of an account that wait to be matched, the oldest first."""
    return BankLine.objects.filter(bank_account=account, state=BankLine.OPEN).order_by("booked_on", "id")


@dataclass(frozen=True)
class Progress:
    """How far an account is: lines in all and open, and the closing balance of its last statement."""

    lines: int
    open: int
    closing: Decimal | None
    closes_on: date | None

    @property
    def percent(self) -> int:
        return 100 if not self.lines else (self.lines - self.open) * 100 // self.lines


def progress_of(accounts: Iterable[int]) -> dict[int, Progress]:
    """How far each account is; two statements."""
    accounts = list(accounts)
    counted = {
        account: (lines, waiting)
        for account, lines, waiting in BankLine.objects.filter(bank_account__in=accounts)
        .order_by()
        .values_list("bank_account")
        .annotate(lines=Count("id"), waiting=Count("id", filter=Q(state="open")))
    }
    last = {
        s.bank_account_id: s
        for s in BankStatement.objects.filter(bank_account__in=accounts).order_by("bank_account", "-position").distinct("bank_account")
    }
    return {
        a: Progress(*counted.get(a, (0, 0)), last[a].closing if a in last else None, last[a].closes_on if a in last else None)
        for a in accounts
    }


def items_of(company: int, keys: Iterable[int]) -> dict[int, Item]:
    """Open items of a company by key, as matching sees them, in key order."""
    rows = OpenItem.objects.filter(company=company, pk__in=list(keys), closed_on__isnull=True).order_by("pk")
    return {
        pk: Item(pk, party, control, currency, amount, on, due_on, memo or number)
        for pk, party, control, currency, amount, on, due_on, memo, number in rows.values_list(
            "pk", "party_id", "control", "currency_id", "open_amount", "on", "due_on", "entry__memo", "entry__number"
        )
    }


def owed(company: int, control: str) -> Iterable[tuple[int, int, str, str, date, Decimal, str]]:
    """What is open, by due date: key, party, its name, currency, due date, amount, document. One statement."""
    rows = OpenItem.objects.filter(company=company, control=control, closed_on__isnull=True).order_by("due_on", "pk")
    return rows.values_list("pk", "party_id", "party__name", "currency_id", "due_on", "open_amount", "entry__memo")


@dataclass(frozen=True)
class Debt:
    """An account of a tax authority: what it is owed in the books, and where to read it."""

    owed: Decimal
    url: str


def debt_of(company: Company, purpose: str) -> Debt:
    """What the account of a purpose owes; nothing where there is none. Two statements."""
    account = Account.objects.filter(company=company, purpose=purpose).first()
    if account is None:
        return Debt(ZERO, "")
    owed = AccountBalance.objects.filter(company=company, account=account).aggregate(owed=Sum("credit") - Sum("debit"))["owed"]
    return Debt(owed or ZERO, f"/journal-lines?company={company.pk}&account={account.pk}&sort=-on")


def open_items(keys: Iterable[int]) -> list[OpenItem]:
    """Open items as they stand now, in key order."""
    return list(OpenItem.objects.filter(pk__in=list(keys)).order_by("pk"))


ON_BANK = """
select b.id, l.entry_id, l.id, case when b.currency_id = c.currency_id then l.amount else l.currency_amount end
from ledger_journalline l
join payments_bankaccount b on b.account_id = l.account_id and b.company_id = l.company_id and b.is_active
join companies_company c on c.id = b.company_id
where l.{key} = any (%s) and (b.currency_id = c.currency_id or l.currency_id = b.currency_id) order by l.id
"""


def bank_postings(entries: Collection[int] = (), lines: Collection[int] = ()) -> list[tuple[int, int, int, Decimal]]:
    """Lines on bank accounts, of entries or by key: bank account, entry, journal line, amount in the bank account's currency."""
    if not entries and not lines:
        return []
    with connection.cursor() as cursor:
        cursor.execute(ON_BANK.format(key="entry_id" if entries else "id"), [list(entries or lines)])
        return cursor.fetchall()


def open_period_days(company: int, days: Collection[date]) -> set[date]:
    """The days on which receivables, payables and the general ledger may all still be posted to."""
    if not days:
        return set()
    closed = PeriodState.objects.filter(period__company=company).exclude(state=PeriodState.OPEN).exclude(subledger__in=["stock", "payroll"])
    spans = list(
        Period.objects.filter(company=company, starts_on__lte=max(days), ends_on__gte=min(days))
        .exclude(pk__in=closed.values("period"))
        .values_list("starts_on", "ends_on")
    )
    return {day for day in days if any(first <= day <= last for first, last in spans)}


def own_entries(matches: Collection[int]) -> list[JournalEntry]:
    """What matches posted by themselves, not through a payment, and nobody reversed yet."""
    return list(
        JournalEntry.objects.filter(source_table=SOURCE, source_id__in=list(matches), reverses__isnull=True, reversed_by__isnull=True)
        .select_related("journal", "fiscal_year")
        .order_by("pk")
    )


def settlements_of(matches: Collection[int]) -> list[Settlement]:
    """The settlements in force with which matches gave up small rests."""
    entries = JournalEntry.objects.filter(source_table=SOURCE, source_id__in=list(matches), reverses__isnull=True)
    return list(
        Settlement.objects.filter(parts__item__entry__in=entries.values("pk"), reverses__isnull=True, reversed_by__isnull=True)
        .select_related("entry__journal", "entry__fiscal_year")
        .distinct()
        .order_by("pk")
    )


def entries_of_postings(lines: Collection[int]) -> dict[int, int]:
    """The entry of each journal line."""
    return dict(JournalLine.objects.filter(pk__in=list(lines)).values_list("pk", "entry_id"))


def mirrored_postings(lines: Collection[int]) -> dict[int, int]:
    """For journal lines the line of the reversal that mirrors each."""
    mirrored = JournalLine.objects.filter(pk__in=list(lines), entry__reversed_by__isnull=False).values_list(
        "pk", "position", "entry__reversed_by"
    )
    places = {(entry, position): pk for pk, position, entry in mirrored}
    rows = JournalLine.objects.filter(entry__in={entry for entry, _position in places}).values_list("entry_id", "position", "pk")
    return {places[entry, position]: pk for entry, position, pk in rows if (entry, position) in places}


def mirrored_items(mirrors: Sequence[JournalEntry], on: date, reason: str) -> list[SettlementDraft]:
    """Open items of entries and of their reversals, cleared against each other."""
    both = open_items_of([*(m.pk for m in mirrors), *(m.reverses_id for m in mirrors)])
    drafts = []
    for mirror in mirrors:
        items = [*both.get(mirror.reverses_id or 0, ()), *both.get(mirror.pk, ())]
        if items:
            drafts.append(SettlementDraft(mirror.company_id, on, {i.pk: i.open_amount for i in items}, reason=reason))
    return drafts


def account_of_posting(lines: Mapping[int, int]) -> dict[int, int]:
    """The other account of the entries that journal lines (key -> match) belong to, by match."""
    entries = {entry: lines[pk] for pk, entry in entries_of_postings(lines).items()}
    rows = JournalLine.objects.filter(entry__in=entries).exclude(pk__in=list(lines)).values_list("entry_id", "account_id")
    return {entries[entry]: account for entry, account in rows}

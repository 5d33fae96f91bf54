"""The verbs of banking: match bank lines by proposals, by hand, or without a person; undo a match (BK-02, BK-03, AR-07)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.db import connection
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.banking import posting
from fondaco.finance.banking.matching import Item, Proposal, decide, plain_name, propose, telling_words
from fondaco.finance.banking.models import BankLine, BankMatch, MatchedLine, MatchedPosting
from fondaco.finance.banking.queries import (
    account_of_posting,
    bank_postings,
    entries_of_postings,
    ground_of,
    items_of,
    line_of,
    mirrored_items,
    mirrored_postings,
    open_items,
    open_period_days,
    own_entries,
    policy_of,
    returns_of,
    settlements_of,
    transfers_behind,
)
from fondaco.finance.banking.refusals import (
    CannotConvert,
    DoesNotComeOut,
    DoesNotFit,
    NothingChosen,
    OneAccount,
    ProposalGone,
    TooMuchGivenUp,
)
from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.settling import SettlementDraft, lock_items, open_items_of, settle, unsettle
from fondaco.finance.payments import disbursing
from fondaco.finance.payments.actions import post as post_payments
from fondaco.finance.payments.actions import reverse as reverse_payments
from fondaco.finance.payments.actions import write_off_items
from fondaco.finance.payments.models import Allocation, BankAccount, Disbursement, Payment
from fondaco.finance.remittance.actions import carried_out, not_carried_out
from fondaco.finance.remittance.actions import reject as reject_transfers
from fondaco.finance.remittance.models import Transfer
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, insert_values, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, priced, rounded

OPEN = {"open": "open"}
Amount = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)]


@dataclass(frozen=True)
class Plan:
    """Bank lines and what they are matched with."""

    lines: tuple[BankLine, ...]
    proposal: Proposal

    @property
    def total(self) -> Decimal:
        return sum((ln.amount for ln in self.lines), ZERO)

    @property
    def on(self) -> date:
        return max(ln.booked_on for ln in self.lines)

    @property
    def paid(self) -> Decimal:
        """What the payment is, in the currency of the items."""
        return sum((a for _k, a in self.proposal.parts), ZERO) + self.proposal.rest

    @property
    def memo(self) -> str:
        first = self.lines[0]
        return " ".join(filter(None, (first.counterparty, first.remittance)))[:140] or first.code or str(first)


# ------------------------------------------------------------------ verbs on lines


@action(
    BankLine,
    permission="banking.match_line",
    name="match_automatically",
    title=_("Match automatically"),
    done=_("Matched what is sure"),
)
def match_automatically(lines: DocumentSet[BankLine]) -> None:
    """Match lines without a person where one proposal is sure: it reaches the company's threshold and nothing else comes near.

    Lines that are matched already, and lines dated in a closed period, are left. Each match keeps its score and reasons.
    """
    plans = []
    for company, rows in _by_company([r for r in lines if r.state == BankLine.OPEN]).items():
        allowed = open_period_days(company, {r.booked_on for r in rows})
        rows = [r for r in rows if r.booked_on in allowed]
        given = [line_of(r) for r in rows]
        ground = ground_of(company, given)
        by_key = {r.pk: r for r in rows}
        plans += [Plan((by_key[line.key],), p) for line, p in decide(given, ground, policy_of(company)[0])]
    lines.made["bank-matches"] = carry(plans, lines.actor, BankMatch.AUTOMATIC, lines.reason)


@action(BankLine, moves=OPEN, permission="banking.match_line", title=_("Accept proposal"), done=_("Matched"))
def accept(lines: DocumentSet[BankLine], *, proposal: str = "") -> None:
    """Match each line with its surest proposal, or with the one named ``proposal``; refused when it is no longer offered."""
    plans = []
    for company, rows in _by_company(lines.rows).items():
        given = [line_of(r) for r in rows]
        ground = ground_of(company, given)
        taken: dict[int, Decimal] = defaultdict(Decimal)
        for row, line in zip(rows, given, strict=True):
            offered = [p for p in propose(line, ground) if not proposal or p.name == proposal]
            found = next((p for p in offered if all(taken[k] + a <= abs(ground.items[k].open) for k, a in p.parts)), None)
            if found is None:
                raise ProposalGone(line=row, rows=rows_json([row]))
            for key, amount in found.parts:
                taken[key] += amount
            plans.append(Plan((row,), found))
    lines.made["bank-matches"] = carry(plans, lines.actor, BankMatch.PERSON, lines.reason)


@action(BankLine, moves=OPEN, permission="banking.match_line", title=_("Match with items"), done=_("Matched"))
def match(
    lines: DocumentSet[BankLine],
    *,
    items: dict[int, Amount],
    fee: Amount = ZERO,
    write_off_rest: bool = False,
    keep_rest: bool = False,
) -> None:
    """Match one or several lines with open items in one step: ``items`` maps the key of an open item to what is settled of it.

    ``fee`` is what the bank kept back, booked as bank charges. What the money is more than the items stays on the party's account
    with ``keep_rest``; what it is less is given up with ``write_off_rest``. An item in another currency takes the bank's rate, and
    the exchange difference is booked.
    """
    rows = _of_one_account(lines.rows)
    found = items_of(rows[0].company_id, items)
    if not items or len(found) != len(items):
        raise NothingChosen(line=rows[0], rows=rows_json(rows))
    lines.made["bank-matches"] = carry(
        [Plan(tuple(rows), _chosen(rows, found, items, fee, write_off_rest, keep_rest, lines.actor))],
        lines.actor,
        BankMatch.PERSON,
        lines.reason,
    )


@action(BankLine, moves=OPEN, permission="banking.match_line", name="match_postings", title=_("Match with the books"), done=_("Matched"))
def match_postings(lines: DocumentSet[BankLine], *, postings: list[int]) -> None:
    """Match one or several lines with lines of the books on the same bank account that are there already; nothing is posted."""
    rows = _of_one_account(lines.rows)
    if not postings:
        raise NothingChosen(line=rows[0], rows=rows_json(rows))
    chosen = Proposal("recorded", 100, (("by_hand", {}),), postings=tuple(sorted(set(postings))))
    lines.made["bank-matches"] = carry([Plan(tuple(rows), chosen)], lines.actor, BankMatch.PERSON, lines.reason)


@action(BankLine, moves=OPEN, permission="banking.match_line", name="post_to_account", title=_("Post to account"), done=_("Posted"))
def post_to_account(lines: DocumentSet[BankLine], *, account: Annotated[int, Field(json_schema_extra={"resource": "accounts"})]) -> None:
    """Post each line to an account: fees, interest, taxes, what has no open item."""
    chosen = Proposal("account", 100, (("by_hand", {}),), account=account)
    lines.made["bank-matches"] = carry([Plan((r,), chosen) for r in lines], lines.actor, BankMatch.PERSON, lines.reason)


@action(
    BankLine, moves=OPEN, permission="banking.match_line", name="post_transfer", title=_("Transfer between own accounts"), done=_("Posted")
)
def post_transfer(lines: DocumentSet[BankLine]) -> None:
    """Post each line to the account for transfers between own bank accounts, where it meets the other side."""
    chosen = Proposal("transfer", 100, (("by_hand", {}),))
    lines.made["bank-matches"] = carry([Plan((r,), chosen) for r in lines], lines.actor, BankMatch.PERSON, lines.reason)


@action(BankLine, moves=OPEN, permission="banking.match_line", name="take_on_account", title=_("Take on account"), done=_("Posted"))
def take_on_account(lines: DocumentSet[BankLine], *, party: Annotated[int, Field(json_schema_extra={"resource": "parties"})]) -> None:
    """Post each line to the account of a customer (money in) or vendor (money out), where it stays open until an invoice or bill comes."""
    plans = []
    for row in lines:
        kind, control = ("receipt", "receivable") if row.amount > 0 else ("payment", "payable")
        plans.append(
            Plan(
                (row,),
                Proposal(kind, 100, (("by_hand", {}),), party=party, control=control, currency=row.currency_id, rest=abs(row.amount)),
            )
        )
    lines.made["bank-matches"] = carry(plans, lines.actor, BankMatch.PERSON, lines.reason)


def _by_company(rows: Sequence[BankLine]) -> dict[int, list[BankLine]]:
    found: dict[int, list[BankLine]] = defaultdict(list)
    for row in rows:
        found[row.company_id].append(row)
    return found


def _of_one_account(rows: Sequence[BankLine]) -> list[BankLine]:
    if len({r.bank_account_id for r in rows}) != 1 or len({r.amount > 0 for r in rows}) != 1:
        raise OneAccount(rows=rows_json(rows))
    return list(rows)


def _chosen(
    rows: Sequence[BankLine],
    found: Mapping[int, Item],
    given: Mapping[int, Decimal],
    fee: Decimal,
    write_off: bool,
    keep: bool,
    actor: Actor,
) -> Proposal:
    """What a person chose, checked: one party, account and currency, and the amounts come out."""
    first = next(iter(found.values()))
    sign = 1 if rows[0].amount > 0 else -1
    for item in found.values():
        amount = given[item.key]
        wrong = (item.party, item.control, item.currency) != (first.party, first.control, first.currency)
        if wrong or item.open * sign <= 0 or not ZERO < amount <= abs(item.open):
            raise DoesNotFit(line=rows[0], item=item.label, open=priced(abs(item.open), item.currency), rows=rows_json(rows))
    came = abs(sum((r.amount for r in rows), ZERO))
    settled = sum(given.values(), ZERO)
    foreign = first.currency != rows[0].currency_id
    # In another currency the bank's own rate is taken: what came settles what was chosen, whole.
    rest = ZERO if foreign else came + (fee if sign > 0 else -fee) - settled
    up: tuple[int, ...] = ()
    parts = sorted(given.items())
    if rest < 0 or (foreign and write_off):
        if not write_off or foreign:
            raise DoesNotComeOut(difference=priced(rest, rows[0].currency_id))
        last = max(parts, key=lambda p: p[1])[0]
        parts = [(k, a + rest if k == last else a) for k, a in parts]
        if dict(parts)[last] <= 0:
            raise DoesNotComeOut(difference=priced(rest, rows[0].currency_id))
        company = rows[0].company_id
        tolerance = policy_of(company)[1]
        if -rest > tolerance and not actor.may(write_off_items.permission, company):
            raise TooMuchGivenUp(
                difference=priced(-rest, rows[0].currency_id), tolerance=priced(tolerance), permission=write_off_items.permission
            )
        up, rest = (last,), ZERO
    elif rest > 0 and not keep:
        raise DoesNotComeOut(difference=priced(rest, rows[0].currency_id))
    kind = "receipt" if first.control == "receivable" else "payment"
    return Proposal(kind, 100, (("by_hand", {}),), first.party, first.control, tuple(parts), first.currency, rest, fee, up)


# ------------------------------------------------------------------ carrying out


def carry(plans: Sequence[Plan], actor: Actor, how: str, reason: str) -> list[int]:
    """Write the matches of the plans, and post what they need; constant in statements. Returns the keys of the matches."""
    if not plans:
        return []
    # Items first, in key order, before any number is drawn: the order in which payments lock them too.
    lock_items({key for p in plans for key, _a in p.proposal.parts})
    plans = _take_back(plans, actor, reason)
    accounts = {a.pk: a for a in BankAccount.objects.filter(pk__in={p.lines[0].bank_account_id for p in plans})}
    legs = _legs(plans, accounts)
    matches = _matches(plans, legs, how)
    insert_rows(BankMatch, matches)
    own: dict[int, list[int]] = defaultdict(list)  # place of the plan -> entries on the bank account
    for n, payment in _pay(plans, accounts, actor, reason).items():
        own[n].append(payment.entry_id or 0)
    places = [n for n, found in enumerate(legs) for _leg in found]
    drafts = [
        posting.entry_of(
            m.company_id, plan.on, plan.memo, m.pk, accounts[m.bank_account_id].account_id, leg, accounts[m.bank_account_id].currency_id or "", reason
        )
        for plan, m, found in zip(plans, matches, legs, strict=True)
        for leg in found
    ]  # fmt: skip
    for n, entry in zip(places, ledger.post(drafts, actor=actor), strict=True):
        own[n].append(entry.pk)
    _give_up(plans, matches, actor, reason)
    _write_parts(plans, matches, accounts, own)
    _execute(plans)
    _learn(plans)
    return [m.pk for m in matches]


def _take_back(plans: Sequence[Plan], actor: Actor, reason: str) -> list[Plan]:
    """Reject the transfers that came back, dated as the bank's lines: their items are open again. The lines are then matched with what
    that wrote on the bank account."""
    days = {p.proposal.returned: p for p in plans if p.proposal.returned}
    if not days:
        return list(plans)
    transfers = list(Transfer.objects.select_for_update().filter(pk__in=list(days)).order_by("pk"))
    by_day: dict[date, list[Transfer]] = defaultdict(list)
    for transfer in transfers:
        by_day[days[transfer.pk].on].append(transfer)
    for day, rows in sorted(by_day.items()):
        why = reason or _now("Returned by the bank: {text}").format(text=days[rows[0].pk].memo)
        reject_transfers(DocumentSet(Transfer, rows, actor, why), on=day)
    written = returns_of(transfers)
    return [replace(p, proposal=replace(p.proposal, postings=(written[p.proposal.returned],))) if p.proposal.returned else p for p in plans]


def _execute(plans: Sequence[Plan]) -> None:
    """Transfers of released runs that the bank's lines show are executed, on the lines' day."""
    found = transfers_behind([k for p in plans if not p.proposal.returned for k in p.proposal.postings])
    carried_out({found[k]: p.on for p in plans for k in p.proposal.postings if k in found and not p.proposal.returned})


Leg = tuple[int | str, Decimal, Decimal]


def _legs(plans: Sequence[Plan], accounts: Mapping[int, BankAccount]) -> list[list[Leg]]:
    """What each plan posts beside a payment: fee, exchange difference, direct posting, transfer; in the bank's and the company's currency."""
    companies = Company.objects.in_bulk({p.lines[0].company_id for p in plans})
    currencies = (
        {c.currency_id for c in companies.values()} | {p.lines[0].currency_id for p in plans} | {p.proposal.currency for p in plans}
    )
    currencies.discard("")
    places = decimals_of(currencies)
    rates = {pk: rate_table(c, currencies) for pk, c in companies.items()}
    found: list[list[Leg]] = []
    for plan in plans:
        first, chosen = plan.lines[0], plan.proposal
        base = companies[first.company_id].currency_id
        rate = rates[first.company_id].rate(first.currency_id, plan.on)

        def leg(account: int | str, amount: Decimal, rate: Decimal = rate, decimals: int = places[base]) -> Leg:
            return account, amount, rounded(amount * rate, decimals)

        legs: list[Leg] = []
        if chosen.kind in {"account", "transfer"}:
            legs.append(leg(chosen.account or "bank_transfers", plan.total))
        if chosen.fee:
            legs.append(leg("bank_charges", -chosen.fee))
        if chosen.control and chosen.currency != first.currency_id:
            if first.currency_id != base:
                raise CannotConvert(line=first, currency=chosen.currency, rows=rows_json(plan.lines))
            sign = 1 if plan.total > 0 else -1
            booked = rounded(sign * plan.paid * rates[first.company_id].rate(chosen.currency, plan.on), places[base])
            difference = plan.total + chosen.fee - booked
            if difference:
                legs.append(leg("exchange_gain" if difference > 0 else "exchange_loss", difference))
        found.append(legs)
    return found


def _matches(plans: Sequence[Plan], legs: Sequence[Sequence[Leg]], how: str) -> list[BankMatch]:
    return [
        BankMatch(
            company_id=p.lines[0].company_id,
            bank_account_id=p.lines[0].bank_account_id,
            on=p.on,
            kind=p.proposal.kind,
            how=how,
            score=p.proposal.score,
            reasons=[list(r) for r in p.proposal.reasons],
            amount=p.total,
            party_id=p.proposal.party,
            rule_id=p.proposal.rule,
            line_count=len(p.lines),
            posting_count=len(p.proposal.postings) + len(extra) + bool(p.proposal.control),
        )
        for p, extra in zip(plans, legs, strict=True)
    ]


def _pay(plans: Sequence[Plan], accounts: Mapping[int, BankAccount], actor: Actor, reason: str) -> dict[int, Payment]:
    """Receipts and payments to vendors, posted and settled by the verbs of payments; by the place of their plan."""
    made: dict[int, Payment] = {}
    for control, model, kinds, verb in (
        ("receivable", Payment, (Payment.RECEIVED, Payment.REFUND), post_payments),
        ("payable", Disbursement, (Payment.REFUNDED, Payment.PAID), disbursing.post),
    ):
        places = [n for n, p in enumerate(plans) if p.proposal.control == control]
        payments = [
            model(
                company_id=plans[n].lines[0].company_id,
                kind=kinds[0] if plans[n].total > 0 else kinds[1],
                party_id=plans[n].proposal.party,
                on=plans[n].on,
                account_id=accounts[plans[n].lines[0].bank_account_id].account_id,
                currency_id=plans[n].proposal.currency,
                amount=plans[n].paid,
                reference=plans[n].memo,
            )
            for n in places
        ]
        if not payments:
            continue
        insert_rows(model, payments)
        insert_values(
            Allocation,
            ["version", "payment", "position", "item", "amount", "discount"],
            [
                (1, payment.pk, position, key, amount, ZERO)
                for n, payment in zip(places, payments, strict=True)
                for position, (key, amount) in enumerate(plans[n].proposal.parts, start=1)
            ],
        )
        verb(DocumentSet(model, payments, actor, reason))
        made |= dict(zip(places, payments, strict=True))
    return made


def _give_up(plans: Sequence[Plan], matches: Sequence[BankMatch], actor: Actor, reason: str) -> None:
    """Write off what small rest the plans leave of items; the entries name the match, so that undoing it finds them."""
    by_item = {key: (plan, found) for plan, found in zip(plans, matches, strict=True) for key in plan.proposal.given_up}
    rows = [i for i in open_items(by_item) if i.open_amount] if by_item else []
    drafts = [posting.given_up(i, by_item[i.pk][0].on, by_item[i.pk][1].pk, reason) for i in rows]
    entries = ledger.post(drafts, actor=actor)
    born = open_items_of(e.pk for e in entries)
    settle(
        [
            SettlementDraft(i.company_id, e.on, {i.pk: i.open_amount, born[e.pk][0].pk: -i.open_amount}, reason="Small difference")
            for i, e in zip(rows, entries, strict=True)
        ],
        actor=actor,
    )


def _write_parts(
    plans: Sequence[Plan], matches: Sequence[BankMatch], accounts: Mapping[int, BankAccount], own: Mapping[int, Sequence[int]]
) -> None:
    """Tie lines of the bank and lines of the books to their matches; the database judges that both come to the same."""
    posted = bank_postings(entries=[e for entries in own.values() for e in entries])
    found = bank_postings(lines=[k for p in plans for k in p.proposal.postings])
    by_entry: dict[tuple[int, int], list[tuple[int, Decimal]]] = defaultdict(list)
    for account, entry, key, amount in posted:
        by_entry[account, entry].append((key, amount))
    given = {key: amount for _account, _entry, key, amount in found}
    lines, postings = [], []
    for n, (plan, m) in enumerate(zip(plans, matches, strict=True)):
        ids = (1, m.pk, m.company_id, m.bank_account_id)
        lines += [(*ids, place, row.pk, row.amount, True) for place, row in enumerate(plan.lines, start=1)]
        parts = [(k, a, True) for e in own.get(n, ()) for k, a in by_entry[m.bank_account_id, e]]
        parts += [(k, given.get(k, ZERO), False) for k in plan.proposal.postings]
        postings += [(*ids, place, key, amount, is_own, True) for place, (key, amount, is_own) in enumerate(parts, start=1)]
        for row in plan.lines:
            row.state, row.match = BankLine.MATCHED, m
    head = ("version", "match", "company", "bank_account", "position")
    insert_values(MatchedLine, (*head, "line", "amount", "is_current"), lines)
    insert_values(MatchedPosting, (*head, "journal_line", "amount", "is_own", "is_current"), postings)
    rows = [row for plan in plans for row in plan.lines]
    update_rows(BankLine, {"id": [r.pk for r in rows], "state": [r.state for r in rows], "match": [r.match_id for r in rows]})


# ------------------------------------------------------------------ learning

LEARN = """
insert into banking_learned as l (version, company_id, kind, key, party_id, account_id, times, last_on)
select 1, g.company, g.kind, g.key, g.party, g.account, g.times, g.last_on
from unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[]) as g(company, kind, key, party, account, times, last_on)
order by 2, 3, 4, 5, 6
on conflict (company_id, kind, key, {target}) where {target} is not null do update
  set times = greatest(0, l.times + excluded.times), last_on = greatest(l.last_on, excluded.last_on)
"""

FORGET = """
update banking_learned l set times = greatest(0, l.times + g.times)
from unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[]) as g(company, kind, key, party, account, times, last_on)
where l.company_id = g.company and l.kind = g.kind and l.key = g.key and l.{target} = g.{given}
"""


def _learn(plans: Sequence[Plan], step: int = 1) -> None:
    """Remember whose lines with such an account or name were, and to which account lines with such words were posted."""
    seen: dict[tuple[int, str, str, int | None, int | None], tuple[int, date]] = {}
    for plan in plans:
        chosen = plan.proposal
        for row in plan.lines:
            keys: list[tuple[str, str, int | None, int | None]] = []
            if chosen.party and chosen.kind in {"receipt", "payment", "recorded"}:
                keys += [("iban", row.counterparty_account, chosen.party, None), ("name", plain_name(row.counterparty), chosen.party, None)]
            elif chosen.kind == "account" and chosen.account and not chosen.rule:
                keys.append(("words", telling_words(line_of(row)), None, chosen.account))
            for kind, key, party, account in keys:
                if key:
                    times, last = seen.get((row.company_id, kind, key, party, account), (0, row.booked_on))
                    seen[row.company_id, kind, key, party, account] = (times + step, max(last, row.booked_on))
    with connection.cursor() as cursor:
        for target, place in (("party_id", 3), ("account_id", 4)):
            rows = [(*key, *values) for key, values in seen.items() if key[place] is not None]
            if rows:
                statement = LEARN if step > 0 else FORGET
                cursor.execute(
                    statement.format(target=target, given=target.removesuffix("_id")), [list(column) for column in zip(*rows, strict=True)]
                )


# ------------------------------------------------------------------ undoing


@action(
    BankMatch,
    moves={"matched": "undone"},
    permission="banking.unmatch_line",
    title=_("Undo match"),
    needs_reason=True,
    dangerous=True,
    done=_("Undone"),
)
def unmatch(matches: DocumentSet[BankMatch], *, on: date | None = None) -> None:
    """Undo matches: their lines are open again, what they posted is reversed (dated ``on``, else as it was), and both traces stay."""
    for day, rows in _by_day(matches.rows, on).items():
        _undo(rows, day, matches.actor, matches.reason)
    for row in matches:
        row.undone_on, row.undone_reason = on or row.on, matches.reason
    matches.save_with_state("undone_on", "undone_reason")


def _by_day(rows: Sequence[BankMatch], on: date | None) -> dict[date, list[BankMatch]]:
    found: dict[date, list[BankMatch]] = defaultdict(list)
    for row in rows:
        found[on or row.on].append(row)
    return dict(sorted(found.items()))


def _undo(matches: Sequence[BankMatch], on: date, actor: Actor, reason: str) -> None:
    keys = [m.pk for m in matches]
    held = list(MatchedPosting.objects.filter(match__in=keys, is_current=True).order_by("pk"))
    lines = list(MatchedLine.objects.filter(match__in=keys, is_current=True).select_related("line").order_by("line_id"))
    update_rows(MatchedPosting, {"id": [h.pk for h in held], "is_current": [False] * len(held)})
    update_rows(MatchedLine, {"id": [ln.pk for ln in lines], "is_current": [False] * len(lines)})
    update_rows(BankLine, {"id": [ln.line_id for ln in lines], "state": ["open"] * len(lines), "match": [None] * len(lines)})
    not_carried_out(list(transfers_behind([h.journal_line_id for h in held if not h.is_own]).values()))
    unsettle(settlements_of(keys), on=on, reason=reason, actor=actor)
    own = [h for h in held if h.is_own]
    entries = entries_of_postings([h.journal_line_id for h in own])
    paid = set()
    for model, verb in ((Payment, reverse_payments), (Disbursement, disbursing.reverse)):
        payments = list(model.objects.select_for_update().filter(entry__in=list(entries.values()), state="posted").order_by("pk"))
        if payments:
            verb(DocumentSet(model, payments, actor, reason), on=on)
            paid |= {p.entry_id for p in payments}
    others = own_entries(keys)
    mirrors = ledger.post(ledger.reversal_of([e for e in others if e.pk not in paid], on=on, memo=reason, late_reason=reason), actor=actor)
    settle(mirrored_items(mirrors, on, reason), actor=actor)
    _cancel(matches, own, on)
    accounts = account_of_posting({h.journal_line_id: h.match_id for h in own})
    _learn([Plan((ln.line,), _remembered(ln.match_id, matches, accounts)) for ln in lines], -1)


def _remembered(key: int, matches: Sequence[BankMatch], accounts: Mapping[int, int]) -> Proposal:
    found = next(m for m in matches if m.pk == key)
    return Proposal(found.kind, 0, (), party=found.party_id, account=accounts.get(key), rule=found.rule_id)


def _cancel(matches: Sequence[BankMatch], own: Sequence[MatchedPosting], on: date) -> None:
    """What was posted and its reversal explain each other, so that neither is outstanding."""
    pairs = mirrored_postings([h.journal_line_id for h in own])
    by_match: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for h in own:
        if h.journal_line_id in pairs:
            by_match[h.match_id] += [(h.journal_line_id, h.amount), (pairs[h.journal_line_id], -h.amount)]
    rows = [
        BankMatch(
            company_id=m.company_id, bank_account_id=m.bank_account_id, on=on, kind=BankMatch.CANCELLED, how=BankMatch.AUTOMATIC, score=100, reasons=[],
            amount=ZERO, party_id=m.party_id, line_count=None, posting_count=len(by_match[m.pk]),
        )
        for m in matches if by_match[m.pk]
    ]  # fmt: skip
    insert_rows(BankMatch, rows)
    insert_rows(
        MatchedPosting,
        [
            MatchedPosting(
                match=row,
                company_id=row.company_id,
                bank_account_id=row.bank_account_id,
                position=place,
                journal_line_id=key,
                amount=amount,
                is_own=False,
            )
            for row, m in zip(rows, [m for m in matches if by_match[m.pk]], strict=True)
            for place, (key, amount) in enumerate(by_match[m.pk], start=1)
        ],
    )

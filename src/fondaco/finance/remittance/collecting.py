"""The verbs of direct debit: propose, take out, collect, cancel; mandates that end; debits that come back (AR-08)."""

import calendar
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.payments import actions as receipts
from fondaco.finance.payments import disbursing
from fondaco.finance.payments.models import Allocation, BankAccount, Payment
from fondaco.finance.remittance import bank_files, queries
from fondaco.finance.remittance.advising import announcements
from fondaco.finance.remittance.models import Collection, CollectionLine, Debit, Mandate
from fondaco.finance.remittance.refusals import FileNotValid, ItemChanged, NoCreditor, NothingToPay
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO, priced, rounded

WRITE, COLLECT = "remittance.write_collection", "remittance.collect"


def ends_on(mandate: Mandate) -> date:
    """The last day on which a mandate can be used: 36 months after its last use, or its signature."""
    last = mandate.last_used_on or mandate.signed_on
    year, month = divmod(last.month - 1 + Mandate.MONTHS, 12)
    year += last.year
    return date(year, month + 1, min(last.day, calendar.monthrange(year, month + 1)[1]))


@action(
    Mandate, moves={"active": "revoked"}, permission="remittance.write_mandate", title=_("Revoke"), needs_reason=True, done=_("Revoked")
)
def revoke(mandates: DocumentSet[Mandate], *, on: date) -> None:
    """End mandates because the customers, or we, wish so: nothing more is debited by them."""
    for mandate in mandates:
        mandate.revoked_on = on
    mandates.save_with_state("revoked_on")


@action(Collection, moves={"draft": "draft"}, permission=WRITE, name="propose_collection", title=_("Propose"), done=_("Proposed"))
def propose(runs: DocumentSet[Collection]) -> None:
    """Fill runs with what customers with a mandate owe until their day; what is left out is listed with the reason."""
    _read_accounts(runs.rows)
    CollectionLine.objects.filter(collection__in=runs.ids).delete()
    items = list(queries.receivable(runs))
    holds = queries.withheld([i.pk for i in items])
    mandates = queries.mandates_of({i.party_id for i in items})
    spent = queries.spent([m.pk for rows in mandates.values() for m in rows])
    taken = set(
        CollectionLine.objects.filter(item__in=[i.pk for i in items], state=CollectionLine.PROPOSED).values_list("item_id", flat=True)
    )
    lines = []
    for run in runs:
        position = 0
        for item in items:
            candidates = [m for m in mandates.get((run.company_id, item.party_id), ()) if m.scheme == run.scheme]
            if (
                (item.company_id, item.currency_id) != (run.company_id, run.bank_account.currency_id)
                or not candidates
                or item.due_on > run.due_until
            ):
                continue
            mandate, reason = _mandate_for(candidates, run.on, spent)
            if not reason and item.pk in holds:
                reason = CollectionLine.ITEM_HELD
            if not reason and item.pk in taken:
                reason = CollectionLine.ELSEWHERE
            position += 1
            state = CollectionLine.LEFT_OUT if reason else CollectionLine.PROPOSED
            lines.append(CollectionLine(collection=run, position=position, state=state, item=item, party_id=item.party_id, mandate=mandate, amount=item.open_amount, reason=reason))  # fmt: skip
            if not reason:
                taken.add(item.pk)
    insert_rows(CollectionLine, lines)


def _mandate_for(candidates: Sequence[Mandate], on: date, spent: set[int]) -> tuple[Mandate, str]:
    """The mandate that a debit rests on, the latest signed that is in force; or the latest, and why it is not."""
    latest = sorted(candidates, key=lambda m: (m.signed_on, m.pk), reverse=True)
    reasons = [(m, _why_not(m, on, m.pk in spent)) for m in latest]
    return next(((m, "") for m, reason in reasons if not reason), reasons[0])


def _why_not(mandate: Mandate, on: date, is_spent: bool) -> str:
    if mandate.state == Mandate.REVOKED:
        return CollectionLine.REVOKED
    if not mandate.signed_on <= on <= ends_on(mandate):
        return CollectionLine.ENDED
    if is_spent and not mandate.is_recurrent:
        return CollectionLine.USED
    return "" if mandate.account.iban else CollectionLine.NO_IBAN


@action(CollectionLine, permission=WRITE, name="leave_out", title=_("Take out"), done=_("Taken out"))
def leave_out(lines: DocumentSet[CollectionLine]) -> None:
    """Leave lines out of their run, which is not collected yet."""
    for line in lines:
        if line.state == CollectionLine.PROPOSED:
            line.state, line.reason = CollectionLine.LEFT_OUT, CollectionLine.TAKEN_OUT
    lines.save("state", "reason")


@action(Collection, moves={"draft": "cancelled"}, permission=WRITE, name="cancel_collection", title=_("Cancel"), needs_reason=True, done=_("Cancelled"))  # fmt: skip
def cancel(runs: DocumentSet[Collection]) -> None:
    """Give up runs that are not collected; their invoices are free for another run."""
    keys = list(
        CollectionLine.objects.filter(collection__in=runs.ids, state=CollectionLine.PROPOSED).order_by("pk").values_list("pk", flat=True)
    )
    update_rows(CollectionLine, {"id": keys, "state": [CollectionLine.CANCELLED] * len(keys)})


@action(Collection, moves={"draft": "collected"}, permission=COLLECT, title=_("Collect"), dangerous=True, done=_("Collected"))
def collect(runs: DocumentSet[Collection]) -> None:
    """Collect: record one receipt for each customer and mandate on the day of collection, settle the invoices, make the file for the bank
    and tell the customers what will be debited and when."""
    _read_accounts(runs.rows)
    of_run = {r.pk: r for r in runs}
    lines = list(
        CollectionLine.objects.filter(collection__in=runs.ids, state=CollectionLine.PROPOSED).order_by(
            "collection_id", "party_id", "position"
        )
    )
    for run in runs:
        if not any(ln.collection_id == run.pk for ln in lines):
            raise NothingToPay(run=run, due_until=run.due_until, rows=rows_json([run]))
        if not run.bank_account.iban or not run.bank_account.creditor_identifier:
            raise NoCreditor(account=run.bank_account, rows=rows_json([run]))
    disbursing.lock([ln.item_id for ln in lines])
    parties = Party.objects.in_bulk({ln.party_id for ln in lines})
    mandates = {m.pk: m for m in Mandate.objects.select_for_update(of=("self",)).filter(pk__in={ln.mandate_id for ln in lines}).select_related("account").order_by("pk")}  # fmt: skip
    items = queries.open_now([ln.item_id for ln in lines])
    groups: dict[tuple[int, int, int, int], list[CollectionLine]] = defaultdict(list)
    for line in lines:
        line.collection, line.item = of_run[line.collection_id], items[line.item_id]
        if line.amount > line.item.open_amount:
            raise ItemChanged(run=line.collection, vendor=parties[line.party_id].name, asked=priced(line.amount), item=line.item.entry, open=priced(line.item.open_amount, line.item.currency_id))  # fmt: skip
        groups[line.collection_id, line.party_id, line.mandate_id, line.item.account_id].append(line)
    runs.draw_numbers()
    payments = _receive(runs, groups)
    update_rows(CollectionLine, {"id": [ln.pk for ln in lines], "state": [CollectionLine.COLLECTED] * len(lines)})
    debits = _debits(of_run, groups, payments, parties, mandates)
    insert_rows(Debit, debits)
    used = {d.mandate_id: d.collection.on for d in debits}
    update_rows(Mandate, {"id": list(used), "last_used_on": [max(on, mandates[pk].last_used_on or on) for pk, on in used.items()]})
    companies = Company.objects.in_bulk({r.company_id for r in runs})
    for run in runs:
        run.content = _file(run, companies[run.company_id], [d for d in debits if d.collection_id == run.pk], mandates)
        run.fingerprint = bank_files.fingerprint(run.content)
    runs.save_with_state("number", "content", "fingerprint")
    insert_rows(
        OutboxMessage, announcements(debits, dict(zip([d.pk for d in debits], groups.values(), strict=True)), parties, companies, mandates)
    )


def _read_accounts(runs: Sequence[Collection]) -> None:
    found = BankAccount.objects.in_bulk({r.bank_account_id for r in runs})
    for run in runs:
        run.bank_account = found[run.bank_account_id]


def _receive(runs: DocumentSet[Collection], groups: Mapping[tuple[int, int, int, int], Sequence[CollectionLine]]) -> list[Payment]:
    payments = [
        Payment(
            company_id=rows[0].collection.company_id,
            kind=Payment.RECEIVED,
            party_id=party,
            on=rows[0].collection.on,
            account_id=rows[0].collection.bank_account.account_id,
            currency_id=rows[0].collection.bank_account.currency_id,
            amount=sum((ln.amount for ln in rows), ZERO),
            reference=f"{rows[0].collection.number}",
            control_account_id=account,
        )
        for (_run, party, _mandate, account), rows in groups.items()
    ]
    insert_rows(Payment, payments)
    insert_rows(
        Allocation,
        [
            Allocation(payment=payment, position=place, item=line.item, amount=line.amount)
            for payment, rows in zip(payments, groups.values(), strict=True)
            for place, line in enumerate(rows, start=1)
        ],
    )
    receipts.post(DocumentSet(Payment, payments, runs.actor, runs.reason))
    return payments


def sequence_of(mandate: Mandate) -> str:
    """What kind of debit is next: one-off, last, first or repeated."""
    if not mandate.is_recurrent:
        return "OOFF"
    if mandate.is_final:
        return "FNAL"
    return "RCUR" if mandate.last_used_on else "FRST"


def _debits(
    runs: Mapping[int, Collection],
    groups: Mapping[tuple[int, int, int, int], Sequence[CollectionLine]],
    payments: Sequence[Payment],
    parties: Mapping[int, Party],
    mandates: Mapping[int, Mandate],
) -> list[Debit]:
    return [
        Debit(
            collection=runs[run],
            party_id=party,
            mandate=mandates[mandate],
            sequence=sequence_of(mandates[mandate]),
            name=mandates[mandate].account.holder or parties[party].name,
            iban=mandates[mandate].account.iban,
            bic=mandates[mandate].account.bic,
            amount=payment.amount,
            payment=payment,
            end_to_end=f"{payment.number}-{payment.pk}",
            text=", ".join(line.item.entry.memo or line.item.entry.number for line in rows),
        )
        for ((run, party, mandate, _account), rows), payment in zip(groups.items(), payments, strict=True)
    ]


def _file(run: Collection, company: Company, debits: Sequence[Debit], mandates: Mapping[int, Mandate]) -> str:
    account = run.bank_account
    drawn = [
        bank_files.Drawn(d.end_to_end, d.name, d.iban, d.bic, d.amount, d.text, mandates[d.mandate_id].reference, mandates[d.mandate_id].signed_on, d.sequence)
        for d in debits
    ]  # fmt: skip
    try:
        content = bank_files.debits(f"{run.number}", company.name, account.iban, account.bic, account.creditor_identifier, run.scheme, account.currency_id or "", run.on, drawn)  # fmt: skip
        problem = bank_files.problem_of(content, bank_files.DEBITS)
    except ValueError as error:
        content, problem = "", str(error)
    if problem:
        raise FileNotValid(run=run, problem=problem, rows=rows_json([run]))
    return content


@action(
    Debit,
    moves={"collected": "returned"},
    permission="payments.reverse_receipt",
    name="return_debit",
    title=_("Returned"),
    needs_reason=True,
    dangerous=True,
    done=_("Returned; the invoices are open again"),
)
def return_debit(
    debits: DocumentSet[Debit], *, on: date, fee: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)] = ZERO
) -> None:
    """Say that the bank gave direct debits back: their receipts are reversed, the invoices are open again, and the bank's fee for each is
    an expense."""
    payments = list(Payment.objects.select_for_update().filter(pk__in=[d.payment_id for d in debits]).order_by("pk"))
    by_key = {p.pk: p for p in payments}
    if fee:
        companies = Company.objects.in_bulk({p.company_id for p in payments})
        currencies = {p.currency_id for p in payments}
        tables = {pk: rate_table(c, currencies) for pk, c in companies.items()}
        places = queries.decimals({c.currency_id for c in companies.values()})
        ledger.post([_fee(d, by_key[d.payment_id], on, fee, rounded(fee * tables[p.company_id].rate(p.currency_id, on), places[companies[p.company_id].currency_id]), debits.reason) for d in debits for p in [by_key[d.payment_id]]], actor=debits.actor)  # fmt: skip
    receipts.reverse(DocumentSet(Payment, payments, debits.actor, debits.reason), on=on)
    for debit in debits:
        debit.returned_on, debit.return_reason, debit.fee = on, debits.reason, fee
    debits.save_with_state("returned_on", "return_reason", "fee")


def _fee(debit: Debit, payment: Payment, on: date, fee: Decimal, base: Decimal, reason: str) -> EntryDraft:
    """Debit bank charges, credit the bank."""
    return EntryDraft(
        company=payment.company_id,
        journal="general",
        on=on,
        memo=f"Fee for returned {debit.end_to_end}",
        source=(Debit._meta.db_table, debit.pk),
        late_reason=reason,
        lines=(
            LineDraft("bank_charges", base, payment.currency_id, fee),
            LineDraft(payment.account_id or "bank", -base, payment.currency_id, -fee),
        ),
    )

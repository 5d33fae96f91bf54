"""The verbs of payment runs: propose, take out and in, pay a part, submit, send back, release, cancel; and what the bank answers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.payments import disbursing
from fondaco.finance.payments.models import Allocation, BankAccount, Disbursement
from fondaco.finance.remittance import bank_files, queries
from fondaco.finance.remittance.advising import advices
from fondaco.finance.remittance.models import ItemHold, PaymentFile, PaymentRun, PaymentRunLine, Transfer
from fondaco.finance.remittance.proposing import proposals
from fondaco.finance.remittance.refusals import (
    FileNotValid,
    ItemChanged,
    MoreThanOpen,
    NoIban,
    NotCovered,
    NothingToPay,
    OwnPayee,
    OwnRun,
    PayeeNotConfirmed,
    StaysLeftOut,
)
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party, PartyBankAccount
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO, priced

WRITE, RELEASE = "remittance.write_run", "payments.release_payment"
NAMED = 20


@action(PaymentRun, moves={"draft": "draft"}, permission=WRITE, title=_("Propose"), done=_("Proposed"))
def propose(runs: DocumentSet[PaymentRun]) -> None:
    """Fill runs with what is due until their day, and with what would lose its cash discount; what is left out is listed with the
    reason. What was changed by hand before is proposed anew."""
    _read_accounts(runs.rows)
    PaymentRunLine.objects.filter(run__in=runs.ids).delete()
    insert_rows(PaymentRunLine, proposals(runs.rows))


@action(PaymentRun, moves={"draft": "submitted"}, permission=WRITE, title=_("Submit"), done=_("Waits for release"))
def submit(runs: DocumentSet[PaymentRun]) -> None:
    """Hand runs over to be released by somebody who has not prepared them. Nothing can be changed until they are sent back."""
    _read_accounts(runs.rows)
    full = set(PaymentRunLine.objects.filter(run__in=runs.ids, state=PaymentRunLine.PROPOSED).order_by().values_list("run_id", flat=True).distinct())  # fmt: skip
    for run in runs:
        if run.pk not in full:
            raise NothingToPay(run=run, due_until=run.due_until, rows=rows_json([run]))
        if not run.bank_account.iban:
            raise NoIban(account=run.bank_account, rows=rows_json([run]))
    runs.draw_numbers()
    runs.save_with_state("number")


@action(PaymentRun, moves={"submitted": "draft"}, permission=RELEASE, name="send_back", title=_("Send back"), needs_reason=True, done=_("Sent back"))  # fmt: skip
def send_back(runs: DocumentSet[PaymentRun]) -> None:
    """Give runs back to whoever prepared them, to be changed; the reason stays in the history."""


@action(
    PaymentRun,
    moves={"draft": "cancelled", "submitted": "cancelled"},
    permission=WRITE,
    title=_("Cancel"),
    needs_reason=True,
    done=_("Cancelled"),
)
def cancel(runs: DocumentSet[PaymentRun]) -> None:
    """Give up runs that are not released; their items are free for another run."""
    lines = list(PaymentRunLine.objects.filter(run__in=runs.ids, state=PaymentRunLine.PROPOSED).order_by("pk").values_list("pk", flat=True))
    update_rows(PaymentRunLine, {"id": lines, "state": [PaymentRunLine.CANCELLED] * len(lines)})


@action(PaymentRun, moves={"submitted": "released"}, permission=RELEASE, title=_("Release payment"), dangerous=True, done=_("Released"))
def release(runs: DocumentSet[PaymentRun]) -> None:
    """Pay: write one payment and one entry for each vendor and account, settle the items, and make the file for the bank, whose
    fingerprint is kept. Whoever prepared a run, wrote one of its vendors or changed his bank account, cannot release it."""
    own = [r for r in runs if runs.actor.username in r.prepared_by]
    if own:
        raise OwnRun(run=", ".join(str(r) for r in own[:NAMED]), rows=rows_json(own))
    _read_accounts(runs.rows)
    lines = _lines_to_pay(runs.rows)
    _check_items(lines)
    parties = Party.objects.in_bulk({ln.party_id for ln in lines})
    accounts = _confirmed_accounts(runs, lines, parties)
    groups: dict[tuple[int, int, int, int], list[PaymentRunLine]] = defaultdict(list)
    for line in lines:
        groups[line.run_id, line.party_id, line.payee_id or 0, line.item.account_id].append(line)
    _check_credits(groups, parties)
    payments = _pay(runs, groups)
    update_rows(PaymentRunLine, {"id": [ln.pk for ln in lines], "state": [PaymentRunLine.RELEASED] * len(lines)})
    transfers = _transfers(runs.rows, groups, payments, parties, accounts)
    insert_rows(Transfer, transfers)
    companies = Company.objects.in_bulk({r.company_id for r in runs})
    decimals = queries.decimals({t.currency_id for t in transfers})
    files = [
        _file(run, companies[run.company_id], [t for t in transfers if t.run_id == run.pk], decimals[run.bank_account.currency_id or ""])
        for run in runs
    ]
    insert_rows(PaymentFile, files)
    for run, file in zip(runs, files, strict=True):
        run.fingerprint = file.digest
    runs.save_with_state("fingerprint")
    by_transfer = {t.pk: rows for t, rows in zip(transfers, groups.values(), strict=True)}
    insert_rows(OutboxMessage, advices(transfers, by_transfer, parties, companies))


def _read_accounts(runs: Sequence[PaymentRun]) -> None:
    """Read the bank accounts of runs at once."""
    found = BankAccount.objects.in_bulk({r.bank_account_id for r in runs})
    for run in runs:
        run.bank_account = found[run.bank_account_id]


def _lines_to_pay(runs: Sequence[PaymentRun]) -> list[PaymentRunLine]:
    """What is to be paid, with its open items, locked in key order before any number is drawn."""
    of_run = {r.pk: r for r in runs}
    lines = list(PaymentRunLine.objects.filter(run__in=runs, state=PaymentRunLine.PROPOSED).order_by("run_id", "party_id", "position"))
    disbursing.lock([ln.item_id for ln in lines])
    items = queries.open_now([ln.item_id for ln in lines])
    for line in lines:
        line.run, line.item = of_run[line.run_id], items[line.item_id]
    return lines


def _check_items(lines: Sequence[PaymentRunLine]) -> None:
    short = [
        ln
        for ln in lines
        if (
            ln.amount + ln.discount > -ln.item.open_amount if ln.amount > 0 else ln.amount < -ln.item.open_amount or ln.item.open_amount < 0
        )
    ]
    if short:
        names = dict(Party.objects.filter(pk__in={ln.party_id for ln in short}).values_list("pk", "name"))
        first = short[0]
        raise ItemChanged(
            run=first.run,
            vendor=names[first.party_id],
            asked=priced(first.amount + first.discount),
            item=first.item.entry,
            open=priced(-first.item.open_amount, first.item.currency_id),
            rows=rows_json(short[:NAMED]),
        )


def _check_credits(groups: Mapping[tuple[int, int, int, int], Sequence[PaymentRunLine]], parties: Mapping[int, Party]) -> None:
    """Refuse a payment that credit notes leave nothing of."""
    wrong = [rows for rows in groups.values() if sum((ln.amount for ln in rows), ZERO) <= 0]
    if wrong:
        vendors = sorted({parties[rows[0].party_id].name for rows in wrong})
        raise NotCovered(run=wrong[0][0].run, vendors=", ".join(vendors[:NAMED]), rows=rows_json([rows[0] for rows in wrong][:NAMED]))


def _confirmed_accounts(
    runs: DocumentSet[PaymentRun], lines: Sequence[PaymentRunLine], parties: Mapping[int, Party]
) -> dict[int, PartyBankAccount]:
    """The accounts that are paid to, locked: all confirmed, none written by who releases."""
    keys = {ln.payee_id for ln in lines}
    accounts = {a.pk: a for a in PartyBankAccount.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    held = {parties[a.party_id].name for a in accounts.values() if a.state != PartyBankAccount.CONFIRMED or not a.iban}
    if held:
        raise PayeeNotConfirmed(run=", ".join(str(r) for r in runs[:NAMED]), vendors=", ".join(sorted(held)[:NAMED]))
    me = runs.actor.username
    authored = {parties[a.party_id].name for a in accounts.values() if me in a.changed_by or parties[a.party_id].created_by == me}
    if authored:
        raise OwnPayee(run=", ".join(str(r) for r in runs[:NAMED]), vendors=", ".join(sorted(authored)[:NAMED]))
    return accounts


def _pay(runs: DocumentSet[PaymentRun], groups: Mapping[tuple[int, int, int, int], Sequence[PaymentRunLine]]) -> list[Disbursement]:
    """One payment of each vendor and account, posted and applied."""
    payments = [
        Disbursement(
            company_id=rows[0].run.company_id,
            kind=Disbursement.PAID,
            party_id=party,
            on=rows[0].run.on,
            account_id=rows[0].run.bank_account.account_id,
            currency_id=rows[0].run.bank_account.currency_id,
            amount=sum((ln.amount for ln in rows), ZERO),
            reference=f"{rows[0].run.number}",
            control_account_id=account,
        )
        for (_run, party, _payee, account), rows in groups.items()
    ]
    insert_rows(Disbursement, payments)
    insert_rows(
        Allocation,
        [
            Allocation(payment=payment, position=place, item=line.item, amount=line.amount, discount=line.discount)
            for payment, rows in zip(payments, groups.values(), strict=True)
            for place, line in enumerate(rows, start=1)
        ],
    )
    disbursing.post(DocumentSet(Disbursement, payments, runs.actor, runs.reason))
    return payments


def _transfers(
    runs: Sequence[PaymentRun],
    groups: Mapping[tuple[int, int, int, int], Sequence[PaymentRunLine]],
    payments: Sequence[Disbursement],
    parties: Mapping[int, Party],
    accounts: Mapping[int, PartyBankAccount],
) -> list[Transfer]:
    of_run = {r.pk: r for r in runs}
    return [
        Transfer(
            run=of_run[run],
            party_id=party,
            payee_id=payee,
            name=accounts[payee].holder or parties[party].name,
            iban=accounts[payee].iban,
            bic=accounts[payee].bic,
            amount=payment.amount,
            currency_id=payment.currency_id,
            disbursement=payment,
            end_to_end=f"{payment.number}-{payment.pk}",
            text=", ".join(line.item.entry.memo or line.item.entry.number for line in rows),
        )
        for ((run, party, payee, _account), rows), payment in zip(groups.items(), payments, strict=True)
    ]


def _file(run: PaymentRun, company: Company, transfers: Sequence[Transfer], decimals: int) -> PaymentFile:
    account = run.bank_account
    try:
        orders = [bank_files.Ordered(t.end_to_end, t.name, t.iban, t.bic, t.amount, t.text) for t in transfers]
        content = bank_files.transfers(
            f"{run.number}", company.name, account.iban, account.bic, account.currency_id or "", run.on, orders, decimals
        )
        problem = bank_files.problem_of(content, bank_files.TRANSFERS)
    except ValueError as error:
        content, problem = "", str(error)
    if problem:
        raise FileNotValid(run=run, problem=problem, rows=rows_json([run]))
    return PaymentFile(run=run, format=bank_files.TRANSFERS, content=content, digest=bank_files.fingerprint(content))


@action(PaymentRunLine, permission=WRITE, name="take_out", title=_("Take out"), done=_("Taken out"))
def take_out(lines: DocumentSet[PaymentRunLine], *, note: str = "") -> None:
    """Leave lines out of their run, which is not submitted yet."""
    for line in lines:
        if line.state == PaymentRunLine.PROPOSED:
            line.state, line.reason, line.note = PaymentRunLine.LEFT_OUT, PaymentRunLine.TAKEN_OUT, note or line.note
    lines.save("state", "reason", "note")


@action(PaymentRunLine, permission=WRITE, name="take_in", title=_("Take in"), done=_("Taken in"))
def take_in(lines: DocumentSet[PaymentRunLine]) -> None:
    """Pay lines after all that were taken out by hand, or were over the limit. Others stay left out until their reason is gone."""
    for line in lines:
        if line.state != PaymentRunLine.LEFT_OUT:
            continue
        if line.reason not in (PaymentRunLine.TAKEN_OUT, PaymentRunLine.OVER, PaymentRunLine.NOT_COVERED):
            raise StaysLeftOut(line=line, reason=line.get_reason_display(), rows=rows_json([line]))
        line.state, line.reason = PaymentRunLine.PROPOSED, ""
    lines.save("state", "reason")


@action(PaymentRunLine, permission=WRITE, name="pay_part", title=_("Pay a part"), done=_("Changed"))
def pay_part(
    lines: DocumentSet[PaymentRunLine],
    *,
    amount: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=4)],
    discount: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)] = ZERO,
) -> None:
    """Pay so much of an item now, and take so much cash discount beside it; of a credit note, take so much off. What is left stays open."""
    items = queries.open_now([ln.item_id for ln in lines])
    for line in lines:
        item = items[line.item_id]
        if line.amount < 0:  # of a credit note: so much is taken off
            if amount > item.open_amount or discount:
                raise MoreThanOpen(
                    line=item.entry, amount=priced(amount), discount=priced(discount), open=priced(item.open_amount, item.currency_id), rows=rows_json([line]),
                )  # fmt: skip
            line.amount = -amount
            continue
        if amount + discount > -item.open_amount:
            raise MoreThanOpen(
                line=item.entry, amount=priced(amount), discount=priced(discount), open=priced(-item.open_amount, item.currency_id), rows=rows_json([line]),
            )  # fmt: skip
        line.amount, line.discount = amount, discount
    lines.save("amount", "discount")


@action(Transfer, moves={"released": "executed"}, permission="remittance.record_answer", title=_("Executed"), done=_("Executed"))
def execute(transfers: DocumentSet[Transfer], *, on: date) -> None:
    """Say that the bank has carried transfers out."""
    for transfer in transfers:
        transfer.answered_on = on
    transfers.save_with_state("answered_on")


@action(
    Transfer,
    moves={"released": "rejected", "executed": "rejected"},
    permission="remittance.record_answer",
    title=_("Rejected"),
    needs_reason=True,
    dangerous=True,
    done=_("Rejected; the items are open again"),
)
def reject(transfers: DocumentSet[Transfer], *, on: date) -> None:
    """Say that the bank rejected or returned transfers: their payments are reversed, and what they paid is open again."""
    payments = list(Disbursement.objects.select_for_update().filter(pk__in=[t.disbursement_id for t in transfers]).order_by("pk"))
    disbursing.reverse(DocumentSet(Disbursement, payments, transfers.actor, transfers.reason), on=on)
    for transfer in transfers:
        transfer.answered_on, transfer.answer = on, transfers.reason
    transfers.save_with_state("answered_on", "answer")


def carried_out(days: Mapping[int, date]) -> None:
    """Mark released transfers executed, by key and day: the bank's statement shows them. Others are left; two statements."""
    _answer(days, "released", "executed")


def not_carried_out(keys: Sequence[int]) -> None:
    """Take back that transfers were executed: the match with the bank's line was wrong. Two statements."""
    _answer(dict.fromkeys(keys), "executed", "released")


def _answer(days: Mapping[int, date | None], old: str, new: str) -> None:
    if not days:
        return
    found = list(Transfer.objects.select_for_update().filter(pk__in=list(days), state=old).order_by("pk").values_list("pk", flat=True))
    update_rows(Transfer, {"id": found, "state": [new] * len(found), "answered_on": [days[pk] for pk in found]})


@action(ItemHold, permission="remittance.hold_item", name="lift", title=_("Lift"), done=_("Lifted"))
def lift(holds: DocumentSet[ItemHold]) -> None:
    """Let the items be paid again."""
    for hold in holds:
        if hold.lifted_at is None:
            hold.lifted_at, hold.lifted_by = timezone.now(), holds.actor.username
    holds.save("lifted_at", "lifted_by")

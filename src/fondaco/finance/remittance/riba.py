"""The verbs of bank receipts (RiBa): propose, take out, present, cancel; and what the bank says: collected, unpaid."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.payments import actions as receipts_in
from fondaco.finance.payments import disbursing
from fondaco.finance.payments.models import Allocation, BankAccount, Payment
from fondaco.finance.remittance import bank_files, queries, riba_file
from fondaco.finance.remittance.models import BankReceipt, Presentation
from fondaco.finance.remittance.refusals import FileNotValid, ItemChanged, NoSia, NothingToPay
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.masterdata.parties.models import Party, PartyBankAccount
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.documents.series import take_numbers
from fondaco.platform.money import ZERO, priced, rounded

WRITE, PRESENT = "remittance.write_presentation", "remittance.present"


@action(Presentation, moves={"draft": "draft"}, permission=WRITE, name="propose_receipts", title=_("Propose"), done=_("Proposed"))
def propose(runs: DocumentSet[Presentation]) -> None:
    """Fill presentations with what falls due until their day on invoices whose payment term is a bank receipt; what is left out is listed
    with the reason."""
    _read_accounts(runs.rows)
    BankReceipt.objects.filter(presentation__in=runs.ids).delete()
    items = queries.drawable(runs)
    holds = queries.withheld([i.pk for i in items])
    accounts = queries.payees({i.party_id for i in items})
    taken = set(
        BankReceipt.objects.filter(item__in=[i.pk for i in items], state__in=[BankReceipt.PROPOSED, BankReceipt.PRESENTED]).values_list(
            "item_id", flat=True
        )
    )
    made = []
    for run in runs:
        position = 0
        for item in items:
            if (item.company_id, item.currency_id) != (run.company_id, run.bank_account.currency_id) or item.due_on > run.due_until:
                continue
            account = accounts.get(item.party_id)
            abi, cab = _bank(account)
            reason = _left_out(account, abi, item.due_on < run.on, item.pk in holds, item.pk in taken)
            position += 1
            made.append(
                BankReceipt(
                    presentation=run, position=position, state=BankReceipt.LEFT_OUT if reason else BankReceipt.PROPOSED, item=item, party_id=item.party_id,
                    account=account, abi=abi, cab=cab, amount=item.open_amount, due_on=item.due_on, reason=reason,
                    text=item.entry.memo or item.entry.number,
                )
            )  # fmt: skip
            if not reason:
                taken.add(item.pk)
    insert_rows(BankReceipt, made)


def _bank(account: PartyBankAccount | None) -> tuple[str, str]:
    """The customer's bank and branch, of an Italian IBAN."""
    try:
        return riba_file.bank_of(account.iban if account else "")[:2]
    except ValueError:
        return "", ""


def _left_out(account: PartyBankAccount | None, abi: str, is_late: bool, is_held: bool, is_elsewhere: bool) -> str:
    if is_held:
        return BankReceipt.ITEM_HELD
    if is_elsewhere:
        return BankReceipt.ELSEWHERE
    if is_late:
        return BankReceipt.PAST_DUE
    if account is None:
        return BankReceipt.NO_ACCOUNT
    return "" if abi else BankReceipt.FOREIGN


@action(BankReceipt, moves={"proposed": "left_out"}, permission=WRITE, name="leave_receipt_out", title=_("Take out"), done=_("Taken out"))
def leave_out(receipts: DocumentSet[BankReceipt]) -> None:
    """Leave receipts out of their presentation, which is not presented yet."""
    for receipt in receipts:
        receipt.reason = BankReceipt.TAKEN_OUT
    receipts.save_with_state("reason")


@action(Presentation, moves={"draft": "cancelled"}, permission=WRITE, name="cancel_presentation", title=_("Cancel"), needs_reason=True, done=_("Cancelled"))  # fmt: skip
def cancel(runs: DocumentSet[Presentation]) -> None:
    """Give up presentations; their items are free for another one."""
    found = list(
        BankReceipt.objects.filter(presentation__in=runs.ids, state=BankReceipt.PROPOSED).order_by("pk").values_list("pk", flat=True)
    )
    update_rows(BankReceipt, {"id": found, "state": [BankReceipt.CANCELLED] * len(found)})


@action(Presentation, moves={"draft": "presented"}, permission=PRESENT, title=_("Present"), dangerous=True, done=_("Presented"))
def present(runs: DocumentSet[Presentation]) -> None:
    """Present the receipts: number them and make the file for the bank, whose fingerprint is kept. What is credited subject to collection is
    paid at once; what is credited after collection stays open until the bank says that it was collected."""
    _read_accounts(runs.rows)
    of_run = {r.pk: r for r in runs}
    drawn = list(BankReceipt.objects.filter(presentation__in=runs.ids, state=BankReceipt.PROPOSED).order_by("presentation_id", "position"))
    for run in runs:
        if not any(r.presentation_id == run.pk for r in drawn):
            raise NothingToPay(run=run, due_until=run.due_until, rows=rows_json([run]))
        if not run.bank_account.sia_code or not run.bank_account.iban.startswith("IT"):
            raise NoSia(account=run.bank_account, rows=rows_json([run]))
    disbursing.lock([r.item_id for r in drawn])
    items = queries.open_now([r.item_id for r in drawn])
    parties = Party.objects.in_bulk({r.party_id for r in drawn})
    for receipt in drawn:
        receipt.presentation, receipt.item = of_run[receipt.presentation_id], items[receipt.item_id]
        if receipt.amount > receipt.item.open_amount:
            raise ItemChanged(run=receipt.presentation, vendor=parties[receipt.party_id].name, asked=priced(receipt.amount), item=receipt.item.entry, open=priced(receipt.item.open_amount, receipt.item.currency_id))  # fmt: skip
    runs.draw_numbers()
    _number(drawn)
    _receive([(r, r.presentation.on) for r in drawn if r.presentation.credit == Presentation.AT_ONCE], runs)
    update_rows(
        BankReceipt,
        {
            "id": [r.pk for r in drawn],
            "state": [BankReceipt.PRESENTED] * len(drawn),
            "number": [r.number for r in drawn],
            "payment": [r.payment_id for r in drawn],
        },
    )
    companies = Company.objects.in_bulk({r.company_id for r in runs})
    addresses = queries.addresses_of(parties)
    for run in runs:
        run.content = _file(run, companies[run.company_id], [r for r in drawn if r.presentation_id == run.pk], parties, addresses)
        run.fingerprint = bank_files.fingerprint(run.content)
    runs.save_with_state("number", "content", "fingerprint")


def _read_accounts(runs: Sequence[Presentation]) -> None:
    found = BankAccount.objects.in_bulk({r.bank_account_id for r in runs})
    for run in runs:
        run.bank_account = found[run.bank_account_id]


def _number(drawn: Sequence[BankReceipt]) -> None:
    """The number of a receipt is one of its company, never used again."""
    for company in sorted({r.presentation.company_id for r in drawn}):
        of_company = [r for r in drawn if r.presentation.company_id == company]
        for receipt, number in zip(of_company, take_numbers(company, "bank_receipt", 0, len(of_company), prefix="RB"), strict=True):
            receipt.number = int(number.rpartition("-")[2])


def _receive(paid: Sequence[tuple[BankReceipt, date]], documents: DocumentSet) -> None:
    """A receipt of money for each bank receipt, on its day, which settles its item."""
    if not paid:
        return
    payments = [
        Payment(
            company_id=r.presentation.company_id,
            kind=Payment.RECEIVED,
            party_id=r.party_id,
            on=on,
            account_id=r.presentation.bank_account.account_id,
            currency_id=r.presentation.bank_account.currency_id,
            amount=r.amount,
            reference=f"{r.presentation.number} {r.number}",
            control_account_id=r.item.account_id,
        )
        for r, on in paid
    ]
    insert_rows(Payment, payments)
    insert_rows(
        Allocation, [Allocation(payment=p, position=1, item=r.item, amount=r.amount) for p, (r, _on) in zip(payments, paid, strict=True)]
    )
    receipts_in.post(DocumentSet(Payment, payments, documents.actor, documents.reason))
    for payment, (receipt, _on) in zip(payments, paid, strict=True):
        receipt.payment = payment


def _file(
    run: Presentation,
    company: Company,
    drawn: Sequence[BankReceipt],
    parties: Mapping[int, Party],
    addresses: Mapping[int, queries.Address],
) -> str:
    creditor = riba_file.Creditor(
        company.name,
        run.bank_account.sia_code,
        run.bank_account.iban,
        company.vat_number.removeprefix("IT"),
        company.street,
        f"{company.postal_code} {company.city}",
    )
    rows = []
    for receipt in drawn:
        party, address = parties[receipt.party_id], addresses.get(receipt.party_id, queries.NOWHERE)
        rows.append(
            riba_file.Drawn(
                receipt.number or 0, receipt.due_on, receipt.amount, party.name, party.tax_code or party.vat_number.removeprefix("IT"), receipt.abi, receipt.cab,
                party.code, address.street, address.postal_code, address.city, address.region, receipt.text,
            )
        )  # fmt: skip
    try:
        return riba_file.flow((run.number or "").replace("/", "-"), run.on, creditor, rows)
    except ValueError as error:
        raise FileNotValid(run=run, problem=str(error), rows=rows_json([run])) from error


@action(BankReceipt, moves={"presented": "collected"}, permission="remittance.record_answer", title=_("Collected"), done=_("Collected"))
def collected(receipts: DocumentSet[BankReceipt], *, on: date) -> None:
    """Say that the customers' banks paid receipts. What was to be credited after collection is received on that day."""
    _read(receipts)
    _receive([(r, on) for r in receipts if r.payment_id is None], receipts)
    for receipt in receipts:
        receipt.answered_on = on
    receipts.save_with_state("payment", "answered_on")


@action(
    BankReceipt,
    moves={"presented": "unpaid", "collected": "unpaid"},
    permission="payments.reverse_receipt",
    title=_("Unpaid"),
    needs_reason=True,
    dangerous=True,
    done=_("Unpaid; the invoices are open again"),
)
def unpaid(
    receipts: DocumentSet[BankReceipt], *, on: date, fee: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)] = ZERO
) -> None:
    """Say that receipts came back unpaid: what was credited is reversed, the invoices are open again, and the bank's fee for each is an
    expense."""
    _read(receipts)
    payments = list(Payment.objects.select_for_update().filter(pk__in=[r.payment_id for r in receipts if r.payment_id]).order_by("pk"))
    if payments:
        receipts_in.reverse(DocumentSet(Payment, payments, receipts.actor, receipts.reason), on=on)
    if fee:
        companies = Company.objects.in_bulk({r.presentation.company_id for r in receipts})
        tables = {pk: rate_table(c, {r.presentation.bank_account.currency_id or "" for r in receipts}) for pk, c in companies.items()}
        places = queries.decimals({c.currency_id for c in companies.values()})
        ledger.post([_fee(r, on, fee, rounded(fee * tables[r.presentation.company_id].rate(r.presentation.bank_account.currency_id or "", on), places[companies[r.presentation.company_id].currency_id]), receipts.reason) for r in receipts], actor=receipts.actor)  # fmt: skip
    for receipt in receipts:
        receipt.answered_on, receipt.answer, receipt.fee = on, receipts.reason, fee
    receipts.save_with_state("answered_on", "answer", "fee")


def _read(receipts: DocumentSet[BankReceipt]) -> None:
    """Read presentations, bank accounts and items of receipts at once; the items are locked."""
    disbursing.lock([r.item_id for r in receipts])
    runs = Presentation.objects.in_bulk({r.presentation_id for r in receipts})
    _read_accounts(list(runs.values()))
    items = queries.open_now([r.item_id for r in receipts])
    for receipt in receipts:
        receipt.presentation, receipt.item = runs[receipt.presentation_id], items[receipt.item_id]


def _fee(receipt: BankReceipt, on: date, fee: Decimal, base: Decimal, reason: str) -> EntryDraft:
    """Debit bank charges, credit the bank."""
    account = receipt.presentation.bank_account
    return EntryDraft(
        company=receipt.presentation.company_id,
        journal="general",
        on=on,
        memo=f"Fee for unpaid receipt {receipt.number}",
        source=(BankReceipt._meta.db_table, receipt.pk),
        late_reason=reason,
        lines=(LineDraft("bank_charges", base, account.currency_id, fee), LineDraft(account.account_id, -base, account.currency_id, -fee)),
    )

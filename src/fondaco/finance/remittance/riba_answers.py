"""The verb that reads a bank's return file on bank receipts: each is collected or unpaid, as the code means. All or nothing."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.finance.payments.models import BankAccount
from fondaco.finance.remittance import riba, riba_reading
from fondaco.finance.remittance.models import BankReceipt, ReceiptAnswer, ReceiptReturn
from fondaco.finance.remittance.refusals import WHY, AnswerCodeUnknown, OtherSia, ReceiptNotThere, ReturnNotReadable, ReturnTooLarge
from fondaco.platform.bounded import Ended, ask
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import priced

MODULE = "fondaco.finance.remittance.riba_reading"


@action(
    ReceiptReturn,
    moves={"draft": "read"},
    permission="payments.reverse_receipt",
    name="read_return",
    title=_("Read"),
    dangerous=True,
    done=_("Read"),
)
def read_return(returns: DocumentSet[ReceiptReturn]) -> None:
    """Book what the bank answered: receipts that were collected, and those that came back unpaid, whose invoices are open again with the
    bank's fee. What is known already is left alone, so that a file may come twice."""
    accounts = BankAccount.objects.in_bulk({r.bank_account_id for r in returns})
    returns.draw_numbers()
    for row in returns:
        said = _said(row)
        account = accounts[row.bank_account_id]
        if said["sia"] != account.sia_code:
            raise OtherSia(document=row, sia=said["sia"], account=account, ours=account.sia_code, rows=rows_json([row]))
        _book(row, said["receipts"], returns)
    returns.save_with_state("number", "collected", "unpaid", "known")


def _said(row: ReceiptReturn) -> dict[str, Any]:
    """What the file says, read in a bounded child."""
    raw = row.content.encode("latin-1", "replace")
    if len(raw) > riba_reading.LARGEST:
        raise ReturnTooLarge(document=row, rows=rows_json([row]))
    try:
        said = ask(MODULE, (), raw, seconds=2.0 * riba_reading.SECONDS, largest_answer=2 * riba_reading.LARGEST)
    except Ended as error:
        raise ReturnTooLarge(document=row, rows=rows_json([row])) from error
    if "refused" in said:
        raise ReturnNotReadable(document=row, line=said["line"], why=WHY[said["refused"]], rows=rows_json([row]))
    return said


def _book(row: ReceiptReturn, said: Sequence[dict[str, Any]], returns: DocumentSet[ReceiptReturn]) -> None:
    answers = {a.code: a for a in ReceiptAnswer.objects.filter(company=row.company_id)}
    unknown = [one for one in said if one["code"] not in answers]
    if unknown:
        raise AnswerCodeUnknown(document=row, code=unknown[0]["code"], line=unknown[0]["line"], rows=rows_json([row]))
    presented = (
        BankReceipt.objects.select_for_update(of=("self",))
        .filter(
            presentation__company=row.company_id, presentation__bank_account=row.bank_account_id, number__in=[one["number"] for one in said]
        )
        .order_by("pk")
    )
    receipts = {r.number: r for r in presented}
    to_do: dict[tuple[str, str], list[BankReceipt]] = defaultdict(list)
    taken: dict[int, str] = {}
    for one in said:
        receipt, told = receipts.get(one["number"]), answers[one["code"]]
        amount = Decimal(one["cents"]) / 100
        if receipt is None or receipt.amount != amount:
            raise ReceiptNotThere(document=row, line=one["line"], number=one["number"], amount=priced(amount), rows=rows_json([row]))
        if told.meaning == ReceiptAnswer.NOTHING:
            continue
        # Of two answers in a file the last one counts: collected, and then given back.
        if taken.get(receipt.pk, receipt.state) in (told.meaning, BankReceipt.UNPAID):
            row.known += 1
            continue
        if receipt.pk in taken:
            for waiting in to_do.values():
                if receipt in waiting:
                    waiting.remove(receipt)
        taken[receipt.pk] = told.meaning
        to_do[told.meaning, told.text].append(receipt)
    for (meaning, text), rows in sorted(to_do.items(), key=lambda item: item[0]):
        documents = DocumentSet(BankReceipt, sorted(rows, key=lambda r: r.pk), returns.actor, text)
        if not rows:
            continue
        if meaning == ReceiptAnswer.UNPAID:
            riba.unpaid(documents, on=row.on, fee=row.fee)
            row.unpaid += len(rows)
        else:
            riba.collected(documents, on=row.on)
            row.collected += len(rows)

"""What a run pays: due items and those whose discount would be lost, and for each that is left out, why. Pure but for reading."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from fondaco.finance.payments.conceding import grounds_of
from fondaco.finance.remittance.models import PaymentRun, PaymentRunLine
from fondaco.finance.remittance.queries import disputed, is_wanted, owed, owing, payees, withheld
from fondaco.masterdata.parties.models import PartyBankAccount
from fondaco.platform.money import ZERO

#: What a payment is left with at least, where credit notes would take all of it.
SMALLEST = Decimal("0.01")


def proposals(runs: Sequence[PaymentRun]) -> list[PaymentRunLine]:
    """The lines of runs as they would be proposed now, earliest due first; then the credit notes of who is paid, as far as the payment
    stays above zero. An item goes to the first run that wants it.

    Statements: constant, whatever the number of runs and items.
    """
    items = list(owed(runs))
    credits = list(owing(runs))
    grounds = grounds_of(items)
    holds = withheld([i.pk for i in [*items, *credits]])
    parts = disputed([i.pk for i in items])
    accounts = payees({i.party_id for i in items})
    elsewhere = set(
        PaymentRunLine.objects.filter(item__in=[i.pk for i in [*items, *credits]], state=PaymentRunLine.PROPOSED)
        .exclude(run__in=runs)
        .values_list("item_id", flat=True)
    )
    made: list[PaymentRunLine] = []
    for run in runs:
        total = ZERO
        position = 0
        paid: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for item in items:
            if (item.company_id, item.currency_id) != (run.company_id, run.bank_account.currency_id):
                continue
            if (run.vendor_id and item.party_id != run.vendor_id) or not is_wanted(item, run, grounds):
                continue
            in_dispute, note = parts.get(item.pk, (ZERO, ""))
            # Of what is paid in part somebody says himself how much discount is taken.
            discount = grounds.discount(item, run.on) if run.take_discounts and not in_dispute else ZERO
            amount = -item.open_amount - discount - in_dispute
            payee = accounts.get(item.party_id)
            reason = _left_out(payee, item.pk in holds or amount <= 0, item.pk in elsewhere)
            amount = amount if amount > 0 else -item.open_amount
            if not reason and run.most is not None and total + amount > run.most:
                reason = PaymentRunLine.OVER
            position += 1
            made.append(
                PaymentRunLine(
                    run=run,
                    position=position,
                    state=PaymentRunLine.LEFT_OUT if reason else PaymentRunLine.PROPOSED,
                    item=item,
                    party_id=item.party_id,
                    payee=payee,
                    amount=amount,
                    discount=discount,
                    reason=reason,
                    note=f"{holds.get(item.pk, '')} {note}".strip(),
                )
            )
            if not reason:
                total += amount
                paid[item.party_id, item.account_id] += amount
                elsewhere.add(item.pk)
        for item in credits:
            place = (item.party_id, item.account_id)
            if (item.company_id, item.currency_id) != (run.company_id, run.bank_account.currency_id) or place not in paid:
                continue
            reason = _left_out(accounts.get(item.party_id), item.pk in holds, item.pk in elsewhere)
            # What is left of a credit note stays open for the next run; a transfer is never nothing.
            amount = min(item.open_amount, paid[place] - SMALLEST)
            if not reason and amount <= 0:
                reason, amount = PaymentRunLine.NOT_COVERED, item.open_amount
            position += 1
            made.append(
                PaymentRunLine(
                    run=run,
                    position=position,
                    state=PaymentRunLine.LEFT_OUT if reason else PaymentRunLine.PROPOSED,
                    item=item,
                    party_id=item.party_id,
                    payee=accounts.get(item.party_id),
                    amount=-amount,
                    reason=reason,
                    note=holds.get(item.pk, ""),
                )
            )
            if not reason:
                paid[place] -= amount
                elsewhere.add(item.pk)
    return made


def _left_out(payee: PartyBankAccount | None, is_held: bool, is_elsewhere: bool) -> str:
    if is_held:
        return PaymentRunLine.ITEM_HELD
    if is_elsewhere:
        return PaymentRunLine.OTHER_RUN
    if payee is None:
        return PaymentRunLine.NO_ACCOUNT
    if payee.state != PartyBankAccount.CONFIRMED:
        return PaymentRunLine.ACCOUNT_HELD
    return "" if payee.iban else PaymentRunLine.NO_IBAN

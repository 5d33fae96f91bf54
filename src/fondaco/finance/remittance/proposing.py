"""What a run pays: due items and those whose discount would be lost, and for each that is left out, why. Pure but for reading."""

from collections.abc import Sequence

from fondaco.finance.payments.conceding import grounds_of
from fondaco.finance.remittance.models import PaymentRun, PaymentRunLine
from fondaco.finance.remittance.queries import is_wanted, owed, payees, withheld
from fondaco.masterdata.parties.models import PartyBankAccount
from fondaco.platform.money import ZERO


def proposals(runs: Sequence[PaymentRun]) -> list[PaymentRunLine]:
    """The lines of runs as they would be proposed now, earliest due first. An item goes to the first run that wants it.

    Statements: constant, whatever the number of runs and items.
    """
    items = list(owed(runs))
    grounds = grounds_of(items)
    holds = withheld([i.pk for i in items])
    accounts = payees({i.party_id for i in items})
    elsewhere = set(
        PaymentRunLine.objects.filter(item__in=[i.pk for i in items], state=PaymentRunLine.PROPOSED)
        .exclude(run__in=runs)
        .values_list("item_id", flat=True)
    )
    made: list[PaymentRunLine] = []
    for run in runs:
        total = ZERO
        position = 0
        for item in items:
            if (item.company_id, item.currency_id) != (run.company_id, run.bank_account.currency_id):
                continue
            if (run.vendor_id and item.party_id != run.vendor_id) or not is_wanted(item, run, grounds):
                continue
            discount = grounds.discount(item, run.on) if run.take_discounts else ZERO
            amount = -item.open_amount - discount
            payee = accounts.get(item.party_id)
            reason = _left_out(payee, item.pk in holds, item.pk in elsewhere)
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
                    note=holds.get(item.pk, ""),
                )
            )
            if not reason:
                total += amount
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

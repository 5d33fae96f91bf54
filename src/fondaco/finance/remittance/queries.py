"""What runs read of other rooms: what is owed and due, where vendors are paid, what is on hold."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Collection as Collection_
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import AccountBalance, OpenItem
from fondaco.finance.payments.conceding import Grounds
from fondaco.finance.payments.models import BankAccount, Payment
from fondaco.finance.remittance.models import Collection, Debit, ItemHold, Mandate, PaymentFile, PaymentRun, PaymentRunLine, Presentation
from fondaco.finance.remittance.refusals import FileChanged, FileNotYet
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.masterdata.parties.models import Address, PartyBankAccount
from fondaco.platform.access.permissions import standalone
from fondaco.platform.money import ZERO

#: The right to take the file of a released run out of the house.
FETCH_FILE = standalone("remittance.fetch_file")

#: Gives, of open items by key, those that are not to be paid now and why. A room below or beside says what it knows.
Withholding = Callable[[Collection_[int]], Mapping[int, str]]
_withholdings: list[Withholding] = []


def withholds(reader: Withholding) -> Withholding:
    """Register what keeps open items out of runs (a bill in dispute, a match that failed); asked once for a whole set."""
    _withholdings.append(reader)
    return reader


@withholds
def held(items: Collection_[int]) -> Mapping[int, str]:
    """What people put on hold."""
    return dict(ItemHold.objects.filter(item__in=items, lifted_at__isnull=True).values_list("item_id", "reason"))


def withheld(items: Collection_[int]) -> dict[int, str]:
    """Everything that keeps these items from being paid, with the reason."""
    found: dict[int, str] = {}
    for reader in _withholdings:
        found |= reader(items)
    return found


#: Gives, of open items by key, what of them is in dispute: an amount in the item's currency, and why. The rest may be paid.
Disputing = Callable[[Collection_[int]], Mapping[int, tuple[Decimal, str]]]
_disputings: list[Disputing] = []


def disputes(reader: Disputing) -> Disputing:
    """Register what keeps a part of open items out of runs (goods that went back); asked once for a whole set."""
    _disputings.append(reader)
    return reader


def disputed(items: Collection_[int]) -> dict[int, tuple[Decimal, str]]:
    """What of these items is not paid yet, with the reason."""
    found: dict[int, tuple[Decimal, str]] = {}
    for reader in _disputings:
        for key, (amount, reason) in reader(items).items():
            before, said = found.get(key, (ZERO, ""))
            found[key] = (before + amount, f"{said} {reason}".strip())
    return found


def owed(runs: Iterable[PaymentRun]) -> QuerySet[OpenItem]:
    """What the companies of runs owe vendors in the currencies of their accounts and have not paid, earliest due first."""
    wanted = Q(pk__in=[])
    for company, currency in {(r.company_id, r.bank_account.currency_id) for r in runs}:
        wanted |= Q(company=company, currency=currency)
    return (
        OpenItem.objects.filter(wanted, control="payable", closed_on__isnull=True, open_amount__lt=0)
        .select_related("entry")
        .order_by("due_on", "id")
    )


def owing(runs: Iterable[PaymentRun]) -> QuerySet[OpenItem]:
    """What vendors owe the companies of runs, in the currencies of their accounts: credit notes, not payments on account, the oldest first."""
    wanted = Q(pk__in=[])
    for company, currency, until in {(r.company_id, r.bank_account.currency_id, r.due_until) for r in runs}:
        wanted |= Q(company=company, currency=currency, on__lte=until)
    return (
        OpenItem.objects.filter(wanted, control="payable", closed_on__isnull=True, open_amount__gt=0)
        .exclude(entry__source_table=Payment._meta.db_table)
        .select_related("entry")
        .order_by("on", "id")
    )


def receivable(runs: Iterable[Collection]) -> QuerySet[OpenItem]:
    """What customers with a mandate owe the companies of direct debit runs and have not paid, earliest due first."""
    wanted = Q(pk__in=[])
    for company, currency in {(r.company_id, r.bank_account.currency_id) for r in runs}:
        wanted |= Q(company=company, currency=currency)
    return (
        OpenItem.objects.filter(
            wanted, control="receivable", closed_on__isnull=True, open_amount__gt=0, party__in=Mandate.objects.values("party")
        )
        .select_related("entry")
        .order_by("due_on", "id")
    )


def drawable(runs: Iterable[Presentation]) -> list[OpenItem]:
    """What customers owe the companies of presentations on invoices that are paid by bank receipt, earliest due first; one statement."""
    wanted = Q(pk__in=[])
    for company, currency in {(r.company_id, r.bank_account.currency_id) for r in runs}:
        wanted |= Q(company=company, currency=currency)
    invoices = Invoice.objects.filter(payment_term__instrument="riba", kind=Invoice.INVOICE, state="posted")
    return list(
        OpenItem.objects.filter(wanted, control="receivable", closed_on__isnull=True, open_amount__gt=0, entry__in=invoices.values("entry"))
        .select_related("entry")
        .order_by("due_on", "id")
    )


#: For customers without an address.
NOWHERE = Address()


def addresses_of(parties: Iterable[int]) -> dict[int, Address]:
    """Where customers are billed, else their first address; one statement."""
    found: dict[int, Address] = {}
    for address in Address.objects.filter(party__in=list(parties)).order_by("party_id", "position", "pk"):
        kept = found.get(address.party_id)
        if kept is None or (kept.kind != "billing" and address.kind == "billing"):
            found[address.party_id] = address
    return found


def presented_file(run: Presentation) -> str:
    """The file of a presentation. Raises FileChanged, and gives nothing, when it is not what was presented."""
    if run.state != Presentation.PRESENTED:
        raise FileNotYet(run=run)
    found = hashlib.sha256(run.content.encode()).hexdigest()
    if found != run.fingerprint:
        raise FileChanged(run=run, found=found, released=run.fingerprint)
    return run.content


def mandates_of(parties: Collection_[int]) -> dict[tuple[int, int], list[Mandate]]:
    """All mandates of customers, by company and customer."""
    found: dict[tuple[int, int], list[Mandate]] = defaultdict(list)
    for mandate in Mandate.objects.filter(party__in=parties).select_related("account").order_by("pk"):
        found[mandate.company_id, mandate.party_id].append(mandate)
    return found


def spent(mandates: Collection_[int]) -> set[int]:
    """The mandates by which something was collected that did not come back."""
    return set(Debit.objects.filter(mandate__in=mandates, state="collected").values_list("mandate_id", flat=True))


def decimals(currencies: Iterable[str]) -> dict[str, int]:
    """The decimals of currencies."""
    return decimals_of(currencies)


def collected_file(run: Collection) -> str:
    """The file of a direct debit run. Raises FileChanged, and gives nothing, when it is not what was made then."""
    if run.state != Collection.COLLECTED:
        raise FileNotYet(run=run)
    found = hashlib.sha256(run.content.encode()).hexdigest()
    if found != run.fingerprint:
        raise FileChanged(run=run, found=found, released=run.fingerprint)
    return run.content


def open_now(items: Collection_[int]) -> dict[int, OpenItem]:
    """Open items by key, as they stand, with their entries."""
    return {i.pk: i for i in OpenItem.objects.filter(pk__in=items).select_related("entry")}


def payees(parties: Collection_[int]) -> dict[int, PartyBankAccount]:
    """Where each party is paid: its default account, else the latest confirmed, else the latest."""
    found: dict[int, PartyBankAccount] = {}
    for account in PartyBankAccount.objects.filter(party__in=parties).exclude(state=PartyBankAccount.CLOSED).order_by("pk"):
        best = found.get(account.party_id)
        if best is None or _worth(account) >= _worth(best):
            found[account.party_id] = account
    return found


def _worth(account: PartyBankAccount) -> tuple[bool, bool]:
    return (account.is_default, account.state == PartyBankAccount.CONFIRMED)


def is_wanted(item: OpenItem, run: PaymentRun, grounds: Grounds) -> bool:
    """Whether a run pays an item: it is due, or its cash discount would be lost before what is due next is paid."""
    if item.due_on <= run.due_until:
        return True
    return run.take_discounts and grounds.discount(item, run.on) > grounds.discount(item, _next_day(run.due_until))


def _next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def balance_of(account: BankAccount) -> Decimal:
    """What the books say is on a bank account, in its currency."""
    moved = AccountBalance.objects.filter(account=account.account_id, currency=account.currency_id)
    return moved.aggregate(left=Sum(F("currency_debit") - F("currency_credit")))["left"] or ZERO


def waiting_from(run: PaymentRun) -> Decimal:
    """What other runs that are not released yet will take from the same bank account."""
    others = PaymentRunLine.objects.filter(run__bank_account=run.bank_account_id, state=PaymentRunLine.PROPOSED).exclude(run=run)
    return others.aggregate(total=Sum("amount"))["total"] or ZERO


def file_of(run: PaymentRun) -> PaymentFile:
    """The file of a released run. Raises FileChanged, and gives nothing, when it is not what was released."""
    kept = PaymentFile.objects.filter(run=run).first()
    if run.state != PaymentRun.RELEASED or kept is None:
        raise FileNotYet(run=run)
    found = hashlib.sha256(kept.content.encode()).hexdigest()
    if not found == kept.digest == run.fingerprint:
        raise FileChanged(run=run, found=found, released=run.fingerprint)
    return kept

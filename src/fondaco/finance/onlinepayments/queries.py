"""Questions about online payments: what of a customer's items is open and not on its way, which provider a company has."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.onlinepayments.models import OnlinePayment, OnlinePaymentPart, OnlineRefund, PaymentProvider
from fondaco.finance.onlinepayments.providers import stripe, trying  # noqa: F401  providers are declared on import
from fondaco.finance.onlinepayments.providers.declared import PROVIDERS
from fondaco.platform.money import ZERO


def provider_of(company: int) -> PaymentProvider | None:
    """The active provider of a company that can be used at present; one statement."""
    found = PaymentProvider.objects.filter(company=company, is_active=True).select_related("company").first()
    return found if found is not None and not PROVIDERS[found.kind].off_because() else None


def payable(company: int, party: int, items: Iterable[int] | None = None) -> QuerySet[OpenItem]:
    """What a customer owes a company: his open items, the oldest due first."""
    rows = OpenItem.objects.filter(company=company, party=party, control="receivable", closed_on__isnull=True, open_amount__gt=0)
    rows = rows if items is None else rows.filter(pk__in=list(items))
    return rows.order_by("due_on", "pk")


def on_its_way(items: Iterable[int]) -> dict[int, Decimal]:
    """What of items is paid online and not booked yet; one statement."""
    rows = OnlinePaymentPart.objects.filter(item__in=list(items), online_payment__state=OnlinePayment.PAID)
    return dict(rows.order_by().values_list("item_id").annotate(amount=Sum("amount")))


def begun_for(items: Iterable[int]) -> dict[OnlinePayment, dict[int, Decimal]]:
    """The payments that are begun, or failed and may be tried again, for any of items: how much each is for what; two statements."""
    rows = OnlinePayment.objects.filter(
        pk__in=OnlinePaymentPart.objects.filter(item__in=list(items)).values("online_payment"), state__in=[OnlinePayment.OPEN, OnlinePayment.FAILED]
    )  # fmt: skip
    found = {p.pk: p for p in rows.select_related("provider").order_by("pk")}
    parts: dict[OnlinePayment, dict[int, Decimal]] = {p: {} for p in found.values()}
    for key, item, amount in OnlinePaymentPart.objects.filter(online_payment__in=found).values_list(
        "online_payment_id", "item_id", "amount"
    ):
        parts[found[key]][item] = amount
    return parts


def on_account() -> Q:
    """Payments of which more came than was open, as long as it stands on the customer's account."""
    credit = OpenItem.objects.filter(entry=OuterRef("payment__entry"), control="receivable", closed_on__isnull=True, open_amount__lt=0)
    return Q(Exists(credit), excess__gt=0)


def locked_items(items: Iterable[int]) -> dict[int, OpenItem]:
    """Items as they stand; whoever settles them has locked them before. One statement."""
    return OpenItem.objects.in_bulk(list(items))


def credits_of(keys: Iterable[tuple[int, int, str]]) -> dict[tuple[int, int, str], list[tuple[int, Decimal]]]:
    """What companies owe customers (company, party, currency): item and amount, the oldest first; one statement."""
    wanted = set(keys)
    found: dict[tuple[int, int, str], list[tuple[int, Decimal]]] = {key: [] for key in wanted}
    rows = OpenItem.objects.filter(
        company__in={c for c, _p, _y in wanted}, party__in={p for _c, p, _y in wanted}, control="receivable", closed_on__isnull=True, open_amount__lt=0
    ).order_by("on", "pk")  # fmt: skip
    for pk, company, party, currency, amount in rows.values_list("pk", "company_id", "party_id", "currency_id", "open_amount"):
        if (company, party, currency) in wanted:
            found[company, party, currency].append((pk, -amount))
    return found


def items_of_receipts(payments: Iterable[OnlinePayment]) -> dict[int, int]:
    """The open item on the customer's account that the receipt of each booked payment made, by online payment; one statement."""
    entries = {p.payment.entry_id: p.pk for p in payments if p.payment is not None}
    rows = OpenItem.objects.filter(entry__in=list(entries), control="receivable").values_list("entry_id", "pk")
    return {entries[entry]: pk for entry, pk in rows}


def to_give_back(payment: OnlinePayment) -> Decimal:
    """What of a payment came on top of what was open, still stands on the customer's account, and is not asked to go back; three statements."""
    key = items_of_receipts([payment]).get(payment.pk)
    there = -sum(OpenItem.objects.filter(pk=key, open_amount__lt=0).values_list("open_amount", flat=True), ZERO)
    return min(payment.excess, there, payment.amount - given_back([payment.pk])[payment.pk])


def given_back(payments: Iterable[int]) -> dict[int, Decimal]:
    """What of online payments was given back, or is asked to be; one statement."""
    keys = list(payments)
    rows = OnlineRefund.objects.filter(online_payment__in=keys).exclude(state=OnlineRefund.REFUSED)
    return dict.fromkeys(keys, ZERO) | dict(rows.order_by().values_list("online_payment_id").annotate(total=Sum("amount")))

"""What routing asks of the books."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from fondaco.finance.ledger.models import OpenItem
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.masterdata.companies.models import Company


def overdue_of(company: Company, parties: Iterable[int], *, today: date) -> dict[int, Decimal]:
    """What customers owe that was due before today, in company currency; one statement."""
    items = OpenItem.objects.filter(
        company=company, control="receivable", party__in=list(parties), closed_on__isnull=True, due_on__lt=today
    )
    return dict(items.order_by().values_list("party_id").annotate(total=Sum("open_base_amount")))


def with_contract(company: Company, parties: Iterable[int], *, today: date) -> set[int]:
    """Those of the customers that have a contract (subscription) in force on a day; one statement."""
    running = Contract.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), company=company, state="active", starts_on__lte=today)
    return set(running.filter(customer__in=list(parties)).order_by().values_list("customer_id", flat=True).distinct())

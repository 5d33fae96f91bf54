"""Questions to rebate agreements: what they stand at, at which tier, and what was posted that counts for them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.ledger.models import Account
from fondaco.frontoffice.pricing.models import RebateAccrual, RebateAgreement, RebateTier
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.money import ZERO


@dataclass
class Stand:
    """Where an agreement stands: turnover, what was accrued for it, what of that was settled; and its tiers, the highest first."""

    turnover: Decimal
    accrued: Decimal
    settled: Decimal
    expected: Decimal
    tiers: Sequence[tuple[Decimal, Decimal]]

    @property
    def open(self) -> Decimal:
        """What is owed to the customer still."""
        return self.accrued - self.settled

    def percent(self, *, reached_only: bool = False) -> Decimal:
        """The percent of the tier reached, or of that expected where it is higher."""
        turnover = self.turnover if reached_only else max(self.turnover, self.expected)
        return next((percent for least, percent in self.tiers if least <= turnover), ZERO)


def stands(agreements: Iterable[RebateAgreement]) -> dict[int, Stand]:
    """Where agreements stand; two statements."""
    rows = {a.pk: a for a in agreements}
    tiers: dict[int, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for pk, least, percent in (
        RebateTier.objects.filter(agreement__in=rows).order_by("-from_turnover").values_list("agreement_id", "from_turnover", "percent")
    ):
        tiers[pk].append((least, percent))
    settlement = Q(kind=RebateAccrual.SETTLEMENT)
    sums = {
        pk: (turnover, accrued or ZERO, -(settled or ZERO))
        for pk, turnover, accrued, settled in RebateAccrual.objects.filter(agreement__in=rows)
        .values("agreement")
        .annotate(t=Sum("turnover"), a=Sum("amount", filter=~settlement), s=Sum("amount", filter=settlement))
        .values_list("agreement", "t", "a", "s")
    }
    none = (ZERO, ZERO, ZERO)
    return {pk: Stand(*sums.get(pk, none), a.expected_turnover, tiers[pk]) for pk, a in rows.items()}


def in_force(companies: Iterable[int], customers: Iterable[int]) -> list[RebateAgreement]:
    """The agreements in force with customers; one statement."""
    found = RebateAgreement.objects.filter(state="in_force", company__in=set(companies), customer__in=set(customers))
    return list(found.order_by("pk"))


def turnovers(invoices: Sequence[Invoice]) -> dict[int, Decimal]:
    """What posted invoices count as turnover, credit notes below zero: without tax, down payments and rebates, in company currency."""
    counted = [i for i in invoices if i.source_table != RebateAgreement._meta.db_table]
    nets = dict(
        InvoiceLine.objects.filter(invoice__in=[i.pk for i in counted], is_down_payment=False)
        .values("invoice")
        .annotate(total=Sum("net"))
        .values_list("invoice", "total")
    )
    companies = Company.objects.in_bulk({i.company_id for i in counted})
    rates = {pk: rate_table(c, {i.currency_id or "" for i in counted if i.company_id == pk}) for pk, c in companies.items()}
    return {i.pk: i.sign * rates[i.company_id].to_base(nets[i.pk], i.currency_id or "", i.on) for i in counted if nets.get(i.pk)}


def posted_before(agreements: Sequence[RebateAgreement]) -> dict[int, list[Invoice]]:
    """What was posted in the days of agreements before they came into force, by agreement, in order; one statement."""
    of_days = Q()
    for a in agreements:
        of_days |= Q(company=a.company_id, customer=a.customer_id, on__gte=a.valid_from, on__lte=a.valid_to)
    found: dict[int, list[Invoice]] = {a.pk: [] for a in agreements}
    for invoice in Invoice.objects.filter(of_days, state="posted").order_by("on", "pk") if agreements else ():
        for a in agreements:
            if (a.company_id, a.customer_id) == (invoice.company_id, invoice.customer_id) and a.valid_from <= invoice.on <= a.valid_to:
                found[a.pk].append(invoice)
    return found


def accounts_owed(companies: Iterable[int]) -> Mapping[int, int]:
    """The account of accrued rebates of each company; one statement."""
    return dict(Account.objects.filter(company__in=set(companies), purpose="rebates_accrued").values_list("company_id", "id"))

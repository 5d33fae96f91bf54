"""What was credited to whom."""

from datetime import date
from decimal import Decimal

from django.db.models import Sum

from fondaco.frontoffice.crediting.models import SalesCredit
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible

VIEW = "crediting.view_sales_credit"


def credited(actor: Actor, company: Company, *, first: date, last: date) -> dict[int, Decimal]:
    """What was credited to each salesperson between two days, in company currency, what comes on top included, as far as ``actor`` may see it.
    One statement."""
    rows = visible(SalesCredit.objects.filter(company=company, on__range=(first, last)), actor, VIEW).order_by()
    return dict(rows.values_list("salesperson_id").annotate(total=Sum("amount")))

"""What invoicing shows on the page of a customer: what he owes and since when, and what he bought."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.queries import exposure, monthly_sales, open_receivables
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 10
YEAR = timedelta(days=365)


def receivables(actor: Actor, company: Company, party: Party) -> Content | None:
    """What is owed, what is late, what credit is left, and the items longest overdue. Two statements."""
    if not actor.may("invoicing.view_invoice", company.pk):
        return None
    today = timezone.localdate()
    owed = exposure(actor, company, party, on=today)
    currency = company.currency_id
    figures = [Figure(_("Owed"), owed.owed, "amount", currency), Figure(_("Overdue"), owed.overdue, "amount", currency)]
    if owed.oldest_due_on is not None:
        figures.append(Figure(_("Longest overdue, days"), (today - owed.oldest_due_on).days, "number"))
    limit: Decimal | None = getattr(party, "credit_limit", None)
    if limit is not None:
        figures += [Figure(_("Credit limit"), limit, "amount", currency), Figure(_("Credit left"), limit - owed.owed, "amount", currency)]
    late = open_receivables(actor, company, party).filter(due_on__lt=today).exclude(open_amount=0).order_by("due_on", "pk")
    amount = Column("open_amount", currency="currency__code")
    columns = [column_of(late.model, c) for c in [Column("entry__memo", _("Document")), "due_on", amount]]
    return Content(figures, columns, values(late, columns)[:SHOWN])


def sales(actor: Actor, company: Company, party: Party) -> Content | None:
    """Revenue month by month over a year. One statement."""
    if not actor.may("invoicing.view_invoice", company.pk):
        return None
    first = (timezone.localdate() - YEAR).replace(day=1)
    columns = [Column("month", _("Month"), "date"), Column("net", _("Revenue"), "amount", "currency")]
    months = monthly_sales(actor, company, party, since=first)
    return Content(columns=columns, rows=[{"month": m, "net": net, "currency": company.currency_id} for m, net in months.items()])


panels.register(_("Owed and overdue"), 30, receivables)
panels.register(_("Sales of twelve months"), 60, sales)

"""What invoicing shows on the page of a customer: what he owes and since when, and what he bought."""

from datetime import timedelta
from typing import Any

from django.db.models import Case, DateField, DecimalField, F, Min, Sum, Value, When, Window
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.queries import OPEN_ITEM, monthly_sales, open_receivables
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Bars, Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 10
YEAR = timedelta(days=365)


def receivables(actor: Actor, company: Company, party: Party) -> Content | None:
    """What is owed, what is late, and the items longest overdue. One statement."""
    if not actor.may("invoicing.view_invoice", company.pk):
        return None
    today = timezone.localdate()
    late = When(due_on__lt=today, then=F("open_base_amount"))
    owing = When(due_on__lt=today, open_base_amount__gt=0, then=F("due_on"))
    items = open_receivables(actor, company, party).annotate(
        owed=Window(Sum("open_base_amount")),
        overdue=Window(Sum(Case(late, default=Value(ZERO), output_field=DecimalField(max_digits=20, decimal_places=4)))),
        oldest=Window(Min(Case(owing, output_field=DateField()))),
    )
    amount = Column("open_amount", currency="currency__code")
    columns = [column_of(OPEN_ITEM, c) for c in [Column("entry__memo", _("Document")), "due_on", amount]]
    sums = [Column(name) for name in ("owed", "overdue", "oldest")]
    found = list(values(items.order_by("due_on", "pk"), [*columns, *sums])[: 3 * SHOWN])
    first: dict[str, Any] = found[0] if found else {"owed": ZERO, "overdue": ZERO, "oldest": None}
    currency = company.currency_id
    figures = [Figure(_("Owed"), first["owed"], "amount", currency), Figure(_("Overdue"), first["overdue"], "amount", currency)]
    if first["oldest"] is not None:
        figures.append(Figure(_("Longest overdue, days"), (today - first["oldest"]).days, "number"))
    # An adjustment of a revaluation is part of what is owed, but nothing that could be paid.
    shown = [row for row in found if row["due_on"] < today and row["open_amount"]]
    return Content(figures, columns, shown[:SHOWN])


def sales(actor: Actor, company: Company, party: Party) -> Content | None:
    """Revenue month by month over a year. One statement."""
    if not actor.may("invoicing.view_invoice", company.pk):
        return None
    first = (timezone.localdate() - YEAR).replace(day=1)
    columns = [Column("month", _("Month"), "date"), Column("net", _("Revenue"), "amount", "currency")]
    months = monthly_sales(actor, company, [party.pk], since=first)
    rows = [{"month": m, "net": net, "currency": company.currency_id} for m, net in months]
    story = _("Each bar is what he bought in a month, without tax, in {currency}.").format(currency=company.currency_id)
    return Content(columns=columns, rows=rows, bars=Bars("month", "net", story))


panels.register(_("Owed and overdue"), 30, receivables)
panels.register(_("Sales of twelve months"), 60, sales)

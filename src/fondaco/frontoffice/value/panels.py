"""What customer value shows on the page of a customer."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.value import explaining
from fondaco.frontoffice.value.standing import band_of, standings_and_model
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Bars, Content, Figure
from fondaco.operations.inventory.panels import margin
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import worded
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Column

VIEW, VIEW_LEVEL = "value.view_value", "value.view_level"


def value(actor: Actor, company: Company, party: Party) -> Content | None:
    """What was earned with the customer, what is expected, why, and the service due for it; without the right to figures only the last.

    With the right to see cost too it stands for the panel of twelve months: these are what was posted. One statement; one more where something open is in another currency.
    """
    if not actor.may(VIEW_LEVEL, company.pk):
        return None
    today, currency = timezone.localdate(), company.currency_id
    (row,), model = standings_and_model(company, [party.pk], today=today, with_months=True)

    def money(title: object, amount: object) -> Figure:
        return Figure(title, amount, "amount", currency)

    level = Figure(_("Service level"), explaining.level_name(row.level))
    if not actor.may(VIEW, company.pk):
        return Content([level]) if row.level else None
    estimate = row.potential
    if not (row.purchases or row.months or row.margin or estimate):
        return None
    figures = [level, Figure(_("Why this level"), explaining.why_level(row, currency=currency))] if row.level else []
    if row.purchases or row.margin:
        figures += [money(_("Margin so far"), row.margin), money(_("Margin of the last 12 months"), row.margin_year)]
        if row.expected is not None and model is not None:
            figures.append(money(_("Expected in the coming 12 months"), row.expected))
            low, high = band_of(row, model, today=today)
            figures.append(
                Figure(_("In eight of ten cases"), worded(_now("{low} to {high} {currency}"), low=low, high=high, currency=currency))
            )
        figures.append(Figure(_("How that is known"), explaining.expectation(row, today=today, currency=currency)))
    if estimate:
        figures += [
            money(_("Potential"), estimate.amount),
            Figure(_("How it is estimated"), explaining.potential(estimate, currency=currency)),
        ]
    rows = [_month(date.fromisoformat(month), Decimal(revenue), Decimal(costs), currency) for month, revenue, costs in row.months or ()]
    columns = [
        Column("month", _("Month"), "date"), Column("net", _("Revenue"), "amount", "currency"), Column("cost", _("Costs"), "amount", "currency"),
        Column("margin", _("Margin"), "amount", "currency"), Column("percent", _("Margin %"), "percent"),
    ]  # fmt: skip
    return Content(figures, columns, rows, bars=Bars("month", "margin", _told(currency, rows)) if rows else None)


def _month(month: date, net: Decimal, cost: Decimal, currency: str) -> dict[str, Any]:
    percent = rounded((net - cost) * 100 / net, 1) if net else None
    return {"month": month, "net": net, "cost": cost, "margin": net - cost, "percent": percent, "currency": currency}


def _told(currency: str, rows: list[dict[str, Any]]) -> str:
    """What the margins of a year say, in a sentence."""
    net, margin = (sum((row[name] for row in rows), ZERO) for name in ("net", "margin"))
    if not net:
        return _now("Each bar is the margin of a month in {currency}, as posted.").format(currency=currency)
    return worded(
        _now("Each bar is the margin of a month in {currency}, as posted: ({share}%) of the revenue of the year."),
        currency=currency, share=rounded(margin * 100 / net, 1),
    )  # fmt: skip


panels.register(_("Value of the customer"), 12, value, instead_of=margin)

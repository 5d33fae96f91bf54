"""What receivables show on the page of a customer: his credit, part by part, and his promises. What he disputes stands there as tickets."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.finance.receivables.credit import PARTS, standing_of
from fondaco.finance.receivables.models import Promise
from fondaco.finance.receivables.queries import promise_state
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 5
#: So long a promise that was kept or broken is shown.
RECENT = timedelta(days=60)
STANDINGS = {"open": _("open"), "kept": _("kept"), "broken": _("broken")}


def credit(actor: Actor, company: Company, party: Party) -> Content | None:
    """What credit is left, limit, exposure and what it is made of. One statement."""
    if not actor.may("receivables.view_credit", company.pk):
        return None
    standing = standing_of(company.pk, party.pk)
    if standing is None:
        return None
    currency = company.currency_id
    figures = [
        Figure(_("Credit left"), standing.left, "amount", currency),
        Figure(_("Credit limit"), standing.limit.amount, "amount", currency),
        Figure(_("Exposure"), standing.exposure, "amount", currency),
        *(Figure(PARTS[name], amount, "amount", currency) for name, amount in standing.parts.items() if amount),
    ]
    if standing.limit.insured:
        figures.append(Figure(_("Insured"), -standing.limit.insured, "amount", currency))
    if late := standing.overdue_days(timezone.localdate()):
        figures.append(Figure(_("Longest overdue, days"), late, "number"))
    return Content(figures)


def promises(actor: Actor, company: Company, party: Party) -> Content | None:
    """What he promised to pay and has not paid, the first day first, and what became of a promise in the last weeks. One statement."""
    if not actor.may("receivables.view_credit", company.pk):
        return None
    today = timezone.localdate()
    rows = (
        Promise.objects.filter(company=company, party=party, withdrawn_on__isnull=True, pay_by__gte=today - RECENT)
        .annotate(standing=promise_state(today))
        .order_by("pay_by", "pk")
    )
    columns: list[Column | str] = [
        "pay_by",
        Column("amount", currency="currency__code"),
        Column("standing", _("state"), "text"),
        "on",
        "note",
    ]
    shown = [column_of(Promise, c, {"standing": None}) for c in columns]
    found = [row | {"standing": str(STANDINGS[row["standing"]])} for row in values(rows, shown)[:SHOWN]]
    return Content(columns=shown, rows=found, resource="promises" if actor.may("receivables.view_collection", company.pk) else "")


panels.register(pgettext_lazy("of a customer", "Credit"), 31, credit)
panels.register(_("Promises to pay"), 32, promises)

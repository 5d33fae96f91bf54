"""What subscriptions do once a day: renew, end, and invoice what is due."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.subscriptions.actions import bill, end, renew
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.frontoffice.subscriptions.refusals import NothingDue
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import in_batches
from fondaco.platform.documents.performing import perform
from fondaco.platform.jobs.working import Progress, daily

#: So many contracts are invoiced in one transaction.
BATCH = 1000


@daily("subscriptions.work", _("Renew and end contracts, and draft the invoices that are due"))
def work(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Renew and end the contracts whose last day has passed, then invoice what is due by today."""
    day = date.fromisoformat(on)
    return {"renewed": len(renew_due(actor, day)), "ended": len(end_due(actor, day)), "invoices": len(bill_due(actor, day))}


def renew_due(actor: Actor, on: date, companies: Iterable[int] | None = None) -> list[int]:
    """Renew the contracts that renew by themselves and whose last day has passed; their keys."""
    found: list[int] = []
    # A contract that was left for years is renewed term by term.
    while keys := _over(on, companies, renews=True):
        perform(actor, renew, keys)
        found += keys
    return found


def end_due(actor: Actor, on: date, companies: Iterable[int] | None = None) -> list[int]:
    """End the contracts whose last day has passed and that do not renew; their keys."""
    keys = _over(on, companies, renews=False)
    if keys:
        perform(actor, end, keys, {"on": on})
    return keys


def _over(on: date, companies: Iterable[int] | None, *, renews: bool) -> list[int]:
    rows = Contract.objects.filter(state="active", renews=renews, ends_on__lt=on)
    rows = rows if companies is None else rows.filter(company__in=companies)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def bill_due(actor: Actor, on: date, companies: Iterable[int] | None = None) -> list[int]:
    """Invoice every contract of which something is due by a day; the keys of the invoices."""
    rows = Contract.objects.filter(state__in=["active", "ended", "cancelled"], next_on__lte=on)
    rows = rows if companies is None else rows.filter(company__in=companies)
    made: list[int] = []
    for keys in in_batches(list(rows.order_by("pk").values_list("pk", flat=True)), BATCH):
        try:
            made += perform(actor, bill, keys, {"on": on}).made["invoices"]
        except NothingDue:
            # Due, but worth nothing: a paused contract, use within what is included.
            continue
    return made


__all__ = ["bill_due", "end_due", "renew_due"]

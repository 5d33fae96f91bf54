"""What sales does once a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.actions.orders import close_quiet, tell_broken
from fondaco.frontoffice.sales.actions.quotes import expire_due
from fondaco.frontoffice.sales.actions.returns import expire_due as expire_returns_due
from fondaco.frontoffice.sales.blankets import tell_salespeople
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.promising import review
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily


@daily("sales.expire_quotes", _("Expire quotes whose last day has passed"))
def expire_quotes(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Expire every quote whose last day has passed."""
    return {"expired": len(expire_due(actor, date.fromisoformat(on)))}


@daily("sales.review_promises", _("See which promises of orders cannot be kept"))
def review_promises(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Look at the promises of every open order: days pass, and what should have come did not."""
    broken = review(list(Order.objects.filter(state="confirmed", lines__promised_on__isnull=False).distinct().order_by("pk")))
    tell_broken(broken, actor)
    return {"broken": len(broken)}


@daily("sales.close_finished", _("Close orders that are delivered, invoiced and quiet"))
def close_finished(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Close every order of which nothing is left to do and on which nothing happened for a while."""
    return {"closed": len(close_quiet(actor, date.fromisoformat(on)))}


@daily("sales.tell_of_blankets", _("Tell salespeople of blanket orders that end soon or are nearly used up"))
def tell_of_blankets(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Tell each salesperson of his blanket orders that end soon or are nearly used up, each reason once."""
    return {"told": len(tell_salespeople(actor, date.fromisoformat(on)))}


@daily("sales.expire_returns", _("Expire return authorisations whose last day has passed"))
def expire_returns(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Expire every return authorisation whose last day has passed and of which nothing came."""
    return {"expired": len(expire_returns_due(actor, date.fromisoformat(on)))}

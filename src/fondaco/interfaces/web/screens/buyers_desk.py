"""The buyer's desk (SP-02): what is proposed to be bought and why, purchases that are late, goods below their safety stock."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, flash, page
from fondaco.interfaces.web.presenting import table_of
from fondaco.interfaces.web.screens.verbs import today_of, verb_of
from fondaco.masterdata.companies.models import Company
from fondaco.operations.planning.actions import accept, change, propose, skip
from fondaco.operations.planning.models import Proposal, ReorderRule
from fondaco.operations.planning.queries import below_safety
from fondaco.operations.planning.resources import PROPOSED, ProposalResource, ReorderRuleResource
from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.purchasing.queries import awaited
from fondaco.operations.purchasing.resources import PurchaseOrderResource
from fondaco.operations.supply.models import GivenBack
from fondaco.operations.supply.resources import GivenBackResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import Column, Resource, column_of
from fondaco.platform.resources.reading import values

VIEW = ProposalResource.view_permission
HOME = "/buy/desk"
SCREENS.append(Screen("buy", "daily", 1, gettext_lazy("Buyer's desk"), HOME, VIEW))
SHOWN = 200
SHOWN_BELOW = 30
#: The verbs of the desk and the keys that press them.
KEYS = ((accept, "a"), (change, "c"), (skip, "s"))


def _company(request: HttpRequest) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(VIEW, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


@door(VIEW, "GET")
def desk(request: HttpRequest) -> HttpResponse:
    """Proposals, the ones that are needed first on top; they are accepted, changed and skipped in sets."""
    company, actor = _company(request), request.actor  # type: ignore[attr-defined]
    proposals = Proposal.objects.filter(company=company, state=Proposal.OPEN).order_by("needed_on", "vendor__name", "product__sku", "pk")
    late = PurchaseOrder.objects.filter(awaited(), company=company, expected_on__lt=today_of(request)).order_by("expected_on", "pk")
    below = ReorderRuleResource.queryset().filter(below_safety(), company=company).order_by("product__sku", "pk")
    given_back = GivenBack.objects.filter(company=company, is_seen=False).order_by("-pk")
    context = {
        "title": _("Buyer's desk"),
        "proposals": _table(actor, _("Proposals"), ProposalResource, proposals, PROPOSED, SHOWN, selectable=True),
        "count": proposals.count(),
        "verbs": [verb_of(ProposalResource, verb, actor) | {"key": key, "primary": verb is accept} for verb, key in KEYS if actor.may(verb.permission, company.pk)],
        "panels": [
            (_("Purchase orders that are late"), _table(actor, _("Purchase orders that are late"), PurchaseOrderResource, late, ["number", "vendor", "expected_on", "on"], SHOWN_BELOW), _("Nothing is late.")),
            (
                _("Below safety stock"),
                _table(actor, _("Below safety stock"), ReorderRuleResource, below, ["product", "warehouse", Column("free", _("free"), "quantity"), Column("safety", kind="quantity"), Column("reorder_point", kind="quantity")], SHOWN_BELOW),
                _("Everything is above its safety stock."),
            ),
            (
                _("Given back by orders"),
                _table(
                    actor,
                    _("Given back by orders"),
                    GivenBackResource,
                    given_back,
                    ["product", Column("quantity", kind="quantity"), "supply_name", "demand_name", "reason"],
                    SHOWN_BELOW,
                ),
                _("No order wants less than was bought for it."),
            ),
        ],
        "may_propose": actor.may(propose.permission, company.pk),
    }  # fmt: skip
    return page(request, "web/buyers_desk.html", context)


def _table(
    actor: Actor,
    title: str,
    resource: type[Resource],
    rows: Any,
    shown: Sequence[str | Column],
    most: int,
    *,
    selectable: bool = False,
) -> dict[str, Any] | None:
    if not actor.may(resource.view_permission):
        return None
    columns = [column_of(resource.model, c, resource.annotations) for c in shown]
    found = values(visible(rows, actor, resource.view_permission), columns)[:most]
    return table_of(
        resource, columns, found, actor, caption=title, sort="", url_with=lambda **_k: None, selectable=selectable
    )  # fmt: skip


@door("planning.propose", "POST")
def compute(request: HttpRequest) -> HttpResponse:
    """Propose anew for every active rule of the company."""
    company = _company(request)
    try:
        keys = list(ReorderRule.objects.filter(company=company, is_active=True).order_by("pk").values_list("pk", flat=True))
        if keys:
            perform(request.actor, propose, keys)  # type: ignore[attr-defined]
            flash(request, str(propose.done))
        else:
            flash(request, _("There is no reorder rule yet. Enter one for each product that is kept in stock."), tone="wait")
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
    return HttpResponseRedirect(HOME)

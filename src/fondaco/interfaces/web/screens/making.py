"""How something is made: beside the configurator with every click, and as the page and the paper of a line that was ordered (PR-05)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.frontoffice.configurator.choosing import Advisor
from fondaco.frontoffice.configurator.making import chosen_by
from fondaco.frontoffice.configurator.pricing import price
from fondaco.frontoffice.sales.making import gaps_of, whole_of
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.frontoffice.sales.resources import OrderResource
from fondaco.frontoffice.sales.work_papers import work_pdf
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import companies_of, rate_table
from fondaco.operations.engineering.exploding import Costs, Explosion, walked
from fondaco.operations.engineering.queries import Made, Wanted, made, sources_said
from fondaco.operations.engineering.saying import gaps_said, source_said
from fondaco.operations.engineering.scheduling import Timed, all_timed, waited_for
from fondaco.operations.supply.calendars import calendars_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import rounded
from fondaco.platform.resources.reading import one as one_record

#: The documents whose page shows it, and their lines.
SHOWN: dict[type, tuple[Any, str]] = {Quote: (QuoteLine, "quote"), Order: (OrderLine, "order")}
PARTS, COST, MARGIN = "engineering.view_bom", "inventory.see_cost", "sales.see_margin"


def making_of(
    request: HttpRequest,
    product: Product,
    advisor: Advisor,
    choices: Mapping[str, str],
    quantity: Decimal,
    target: Any,
    money: Any,
    *,
    is_whole: bool,
) -> dict[str, Any] | None:
    """What stands beside the price of a configuration: day, cost, margin and parts, each for whom it is; nothing of what has no bill of materials."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    company = companies_of([target.document.company_id])[target.document.company_id] if target is not None else company_of(request)
    if company is None:
        return None
    today = timezone.localdate()
    warehouse = getattr(target.document, "warehouse_id", None) if target is not None else None
    (found,) = made([Wanted(company.pk, product.pk, quantity, chosen_by(advisor, choices), warehouse)], today)
    if found is None:
        return None
    formats = formats_of(request)
    decimals = DECIMALS.get(company.currency_id, 2)
    told: dict[str, Any] = {"currency": company.currency_id, "is_whole": is_whole, **_day(found, company, formats)}
    if actor.may(COST, company.pk):
        told |= {"cost": formats.amount(found.costs.total, decimals), "costs": costs_said(found.costs, formats, decimals), "gaps": gaps_said(found.explosion.gaps)}  # fmt: skip
    if actor.may(MARGIN, company.pk) and actor.may(COST, company.pk):
        priced = price(advisor.shape, choices, base=money.base, rate=money.rate, decimals=money.decimals).price * quantity
        table = rate_table(company, {money.currency or company.currency_id})
        net = table.to_base(priced, money.currency or company.currency_id, today)
        margin = net - found.costs.total
        told["margin"] = {
            "amount": formats.amount(margin, decimals),
            "share": formats.percent(margin / net) if net else "",
            "is_loss": margin < 0,
        }
    if actor.may(PARTS, company.pk):
        told["parts"] = parts_said(found, formats, decimals, sees_cost="cost" in told)
    return told


def _day(found: Made, company: Company, formats: Formatting) -> dict[str, Any]:
    days = found.lead_days
    if found.ready is None or days is None:
        return {"day": "", "lead": "", "reason": found.reason}
    arrives = calendars_of([company.pk])[company.pk].arrives(found.ready)
    return {"day": formats.date(arrives), "lead": ngettext("{count} day", "{count} days", days).format(count=days), "reason": found.reason}


def costs_said(costs: Costs, formats: Formatting, decimals: int) -> list[tuple[str, str]]:
    """The parts of a cost that there are, in words."""
    named = ((_("Material"), costs.material), (_("Labour"), costs.labour), (_("Machine"), costs.machine), (_("Outside"), costs.outside))
    return [(title, formats.amount(amount, decimals)) for title, amount in named if amount]


def parts_said(found: Made, formats: Formatting, decimals: int, *, sees_cost: bool) -> list[dict[str, Any]]:
    """Every part, from where it comes and when; those on the way that decides are marked."""
    looked_at = list(all_timed(found.whole))[1:]
    said = sources_said(looked_at)
    late = {id(t) for t in waited_for(found.whole)}
    rows: list[dict[str, Any]] = []

    def walk(one: Timed, level: int) -> None:
        for t in one.below:
            part = t.part
            rows.append(
                {
                    "level": level, "sku": part.sku, "name": part.name, "quantity": formats.quantity(part.quantity), "unit": part.unit, "is_late": id(t) in late,
                    "source": said[id(t)] or _("made"), "day": formats.date(t.ready) if t.ready else "",
                    "cost": formats.amount(rounded(part.cost, decimals), decimals) if sees_cost else "", "cost_from": source_said(part) if sees_cost else "",
                }
            )  # fmt: skip
            walk(t, level + 1)

    walk(found.whole, 0)
    return rows


def making_url(model: type, actor: Actor, url: str) -> str:
    """Where the page of a quote or order fetches how its lines are made; empty where there is nothing to say."""
    return f"{url}/making" if model in SHOWN and actor.may(PARTS) else ""


@door(PARTS, "GET")
def panel(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """How the configured lines of a quote or order are made, as it was kept with them; costs for whom may see them."""
    resource = resource_called(key, request)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    one_record(resource, actor, pk)
    if resource.model not in SHOWN:
        return HttpResponse()
    model, parent = SHOWN[resource.model]
    lines = [ln for ln in model.objects.filter(**{parent: pk}).select_related(parent).order_by("position", "id") if ln.made_of]
    if not lines:
        return HttpResponse()
    sees_cost = actor.may(COST, getattr(lines[0], parent).company_id)
    rows = [_made_line(ln, formats_of(request), sees_cost=sees_cost) for ln in lines]
    paper = f"{resource.url(pk)}/work" if resource is OrderResource else ""
    return page(request, "web/made_of.html", {"title": _("How it is made"), "rows": rows, "paper": paper, "sees_cost": sees_cost})


@door(PARTS, "GET")
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The work document of an order."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    one_record(OrderResource, actor, pk)
    order = Order.objects.select_related("company").get(pk=pk)
    if not any(order.lines.values_list("made_of", flat=True)):
        raise NotFound(what=_("Work document"))
    answer = HttpResponse(work_pdf(order), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="work-{pk}.pdf"'
    return answer


def _made_line(line: Any, formats: Formatting, *, sees_cost: bool) -> dict[str, Any]:
    whole, told = whole_of(line), line.made_of
    decimals = DECIMALS.get(told["currency"], 2)
    amount = lambda value: formats.amount(rounded(value, decimals), decimals) if sees_cost else ""  # noqa: E731
    costs = Explosion(whole).costs
    levels = [
        {"level": level - 1, "sku": p.sku, "name": p.name, "quantity": formats.quantity(p.quantity), "unit": p.unit, "cost": amount(p.cost), "from": source_said(p)}
        for level, p in walked(whole)
        if level
    ]  # fmt: skip
    works = [
        {"name": w.name, "part": "" if p is whole else p.name, "place": w.place, "setup": formats.quantity(w.setup), "run": formats.quantity(w.run),
         "days": w.days, "is_outside": w.centre is None, "cost": amount(w.cost)}
        for _level, p in walked(whole)
        for w in p.works
    ]  # fmt: skip
    shares = [
        {"title": title, "amount": shown, "share": float(value / costs.total * 100) if costs.total else 0}
        for (title, shown), value in zip(costs_said(costs, formats, decimals), [c for c in (costs.material, costs.labour, costs.machine, costs.outside) if c], strict=True)
    ]  # fmt: skip
    return {
        "product": f"{whole.sku} {whole.name}", "quantity": formats.quantity(line.quantity), "unit": whole.unit, "version": whole.version, "total": amount(costs.total), "currency": told["currency"],
        "each": amount(costs.total / Decimal(told["quantity"])), "on": formats.date(date.fromisoformat(told["on"])), "promised": formats.date(line.promised_on) if line.promised_on else "",
        "reason": line.promise_explanation, "lead": told.get("lead_days"), "levels": levels, "works": works, "shares": shares if sees_cost else [], "gaps": gaps_said(gaps_of(line)) if sees_cost else "",
    }  # fmt: skip

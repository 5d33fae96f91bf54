"""The test bench of routing (SV-03): who calls, about what; which rule fires, why the others do not, and who would get it. Nothing is written."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.routing.asking import agents_of, known_of, policy_of, rules_of
from fondaco.frontoffice.routing.deciding import Outcome, decide
from fondaco.frontoffice.routing.models import HOURS, RoutingPolicy, RoutingRule
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.value.explaining import level_name
from fondaco.frontoffice.value.standing import levels_of
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import choice_word
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.naming import name_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.models import User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound, said

PATH, RIGHT = "/serve/routing-bench", "routing.view_policy"
SCREENS.append(Screen("serve", "set_up", 4, gettext_lazy("Routing test bench"), PATH, RIGHT))
#: Figures that may be typed instead of those that are known.
TYPED = ("value", "potential", "overdue")
HINDERED = {
    "busy": gettext_lazy("is speaking with others"), "declined": gettext_lazy("declined it"), "away": gettext_lazy("away"), "offline": gettext_lazy("offline"), "full": gettext_lazy("has as many as he takes"),
    "skill": gettext_lazy("lacks the skill"), "language": gettext_lazy("does not speak the language"),
}  # fmt: skip


@door(RIGHT, "GET")
def routing_bench(request: HttpRequest) -> HttpResponse:
    """Ask the rules for a caller, a channel and a queue, by the policy in force or a draft; figures may be changed to see what they do."""
    company, actor = company_of(request), request.actor  # type: ignore[attr-defined]
    if company is None or not actor.may(RIGHT, company.pk):
        raise NotFound(what=_("Company"))
    party = visible(Party.objects.filter(pk=whole(request.GET.get("customer", "")) or 0), actor, "parties.view_party").first()
    policies = list(RoutingPolicy.objects.filter(company=company).exclude(state="retired").order_by("state", "-pk"))
    chosen = next((p for p in policies if str(p.pk) == request.GET.get("policy", "")), policies[0] if policies else None)
    channels = dict(Ticket.CHANNELS)
    channel = request.GET.get("channel", "") if request.GET.get("channel", "") in channels else "phone"
    typed = {name: figure for name in TYPED if (figure := _figure(request.GET.get(name, ""))) is not None}
    hours = request.GET.get("hours", "") if request.GET.get("hours", "") in dict(HOURS) else ""
    waited = whole(request.GET.get("waited", "")) or 0
    context: dict[str, Any] = {
        "title": _("Routing test bench"), "path": PATH, "no_policy": chosen is None,
        "fields": [
            {"name": "customer", "label": _("Caller"), "kind": "pick", "url": "/parties/pick", "value": party.pk if party else "", "text": name_of(actor, Party, party) if party else ""},
            {"name": "channel", "label": _("Channel"), "kind": "select", "options": [(k, str(w)) for k, w in channels.items()], "value": channel},
            {"name": "queue", "label": _("Queue"), "kind": "text", "value": request.GET.get("queue", "")[:100]},
            {"name": "policy", "label": _("Policy"), "kind": "select", "options": [(str(p.pk), f"{p.name} ({p.get_state_display()})") for p in policies], "value": str(chosen.pk) if chosen else ""},
            {"name": "subject", "label": _("Subject"), "kind": "text", "value": request.GET.get("subject", "")[:200], "optional": True},
            {"name": "hours", "label": _("Hours of service"), "kind": "select", "options": [("", _("as now")), *((k, str(w)) for k, w in HOURS[1:])], "value": hours},
            {"name": "waited", "label": _("Has waited, seconds"), "kind": "text", "value": request.GET.get("waited", "") if waited else "", "optional": True},
            *({"name": name, "label": label, "kind": "text", "value": request.GET.get(name, "") if name in typed else "", "optional": True} for name, label in
              (("value", _("Value instead")), ("potential", _("Potential instead")), ("overdue", _("Overdue instead")))),
        ],
    }  # fmt: skip
    if chosen is not None and request.GET:
        ticket = Ticket(
            company_id=company.pk,
            party=party,
            channel=channel,
            queue=request.GET.get("queue", "")[:100],
            subject=request.GET.get("subject", "")[:200],
        )
        (inputs,) = known_of(company, [ticket], today=today_of(request))
        inputs |= {name: str(figure) for name, figure in typed.items()} | {"waited": waited} | ({"hours": hours} if hours else {})
        active = policy_of(company.pk)
        rules = active[1] if active is not None and active[0] == chosen.pk else rules_of(chosen.pk)
        agents = agents_of(company)
        context |= _answer(request, company, inputs, rules, agents, decide(inputs, rules, agents))
    return page(request, "web/routing_bench.html", context)


def _figure(text: str) -> Decimal | None:
    try:
        figure = Decimal(text.strip())
    except InvalidOperation:
        return None
    return figure if figure.is_finite() and abs(figure) < 10**15 else None


def _answer(
    request: HttpRequest, company: Company, inputs: dict[str, Any], rules: list[dict[str, Any]], agents: list[dict[str, Any]], made: Outcome
) -> dict[str, Any]:
    formats, levels = formats_of(request), {level.pk: level for level in levels_of(company.pk)}
    names = dict(User.objects.filter(pk__in=[a["user"] for a in agents]).values_list("pk", "name"))
    users = {a["id"]: names.get(a["user"], "") for a in agents}
    money = company.currency_id

    def amount(text: str | None) -> str:
        return "" if text is None else f"{formats.amount(Decimal(text))} {money}"

    asked = [
        (_("Service level"), level_name(levels.get(inputs["level"]))), (_("Value"), amount(inputs["value"])), (_("Potential"), amount(inputs["potential"])),
        (_("Overdue"), amount(inputs["overdue"])), (_("Language"), str(choice_word(RoutingRule, "language", inputs["language"])) if inputs["language"] else ""),
        (_("Other open tickets"), formats.quantity(Decimal(inputs["open_tickets"]))),
        (_("Contract"), str(choice_word(RoutingRule, "contract", inputs["contract"]))), (_("Hours of service"), str(choice_word(RoutingRule, "hours", inputs["hours"]))),
    ]  # fmt: skip
    by_key = {rule["id"]: rule for rule in rules}
    answer = [
        (_("Rule"), by_key[made.rule]["name"] if made.rule else _("none fits")), (_("Queue"), made.queue or _("none")),
        (_("Priority"), str(choice_word(Ticket, "priority", made.priority))), (_("Goes to"), users[made.agent] if made.agent else _("nobody: it waits in its queue")),
    ]  # fmt: skip
    verdicts = {rule: (fits, misses) for rule, fits, misses in made.reasons}
    shown = []
    for rule in rules:
        fits, misses = verdicts.get(rule["id"], (None, ()))
        state = (
            {"word": _("fires"), "tone": "done"}
            if fits
            else {"word": _("does not fit"), "tone": "open"}
            if fits is not None
            else {"word": _("not asked"), "tone": "ended"}
        )
        why = [_missed(levels, *miss) for miss in misses] or ([] if fits is not None else [_("An earlier rule fires first.")])
        shown.append({"name": rule["name"], "fired": bool(fits), "state": state, "why": why})
    loads = {a["id"]: a for a in agents}
    candidates = [
        {"name": users[key], "load": f"{loads[key]['load']} / {loads[key]['capacity']}", "chosen": key == made.agent, "why": str(HINDERED.get(why, why)) or _("could take it")}
        for key, why in made.candidates
    ]  # fmt: skip
    return {"asked": asked, "answer": answer, "rules": shown, "candidates": candidates}


def _missed(levels: dict[int, Any], name: str, wanted: str, found: str) -> str:
    title = str(RoutingRule._meta.get_field(name).verbose_name)
    if name == "level":
        wanted, found = (level_name(levels.get(int(key))) if key else "" for key in (wanted, found))
    elif name.endswith("_from"):
        wanted, found = (str(said(Decimal(text))) if text else "" for text in (wanted, found))
    elif name in {"channel", "language", "contract", "hours"}:
        wanted, found = (str(choice_word(RoutingRule, name, text)) for text in (wanted, found))
    return _("{what}: asks for {wanted}, found {found}").format(what=title, wanted=wanted, found=found or _("nothing"))

"""The agent's desk (SV-02, SV-08): what waits, one conversation with its answer, and the customer, side by side and by keys."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.invoicing.crediting import credited_so_far
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.receivables.models import Dispute
from fondaco.frontoffice.crm.models import Activity
from fondaco.frontoffice.quality.actions import solve_with_reason
from fondaco.frontoffice.quality.queries import has_reasons
from fondaco.frontoffice.sales.actions.returns import Reason, Wanted
from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.sales.queries import coming_back, is_goods, measured_lines
from fondaco.frontoffice.service import actions, remedies
from fondaco.frontoffice.service.authority import left_of, limits_of
from fondaco.frontoffice.service.caller import SEE_PARTY, Caller, Held, caller, goods_of
from fondaco.frontoffice.service.filling import filled
from fondaco.frontoffice.service.models import AnswerTemplate, Concession, Remedy, Ticket
from fondaco.frontoffice.service.queries import VIEW, Conversation, arrive, conversation, macros_of, templates_of, waiting
from fondaco.frontoffice.service.resources import TicketResource
from fondaco.interfaces.doors.files import download
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, state_of
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.customers import _event as event_of
from fondaco.interfaces.web.screens.verbs import asks, choice_of, fields_of, given_parameters, reason_field, today_of
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.performing import perform
from fondaco.platform.files.attaching import attach
from fondaco.platform.files.models import Attachment
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import RESOURCES

HOME = "/desk"
SCREENS.append(Screen("serve", "daily", 1, gettext_lazy("Agent's desk"), HOME, VIEW))
#: What an agent does with one key, and what is asked for in a sheet first: verb, key, icon.
AT_ONCE: tuple[tuple[Action, str, str], ...] = (
    (actions.solve, "s", "done"), (actions.wait, "w", "clock"), (actions.reopen, "o", "undo"), (actions.close, "", "lock"), (actions.separate, "", "undo"),
)  # fmt: skip
ASKED: tuple[tuple[Action, str, str], ...] = (
    (actions.assign, "g", "user"), (remedies.concern, "d", "link"), (remedies.plan_visit, "v", "calendar"), (remedies.object_to, "", "warning"),
    (actions.identify, "", "party"), (actions.merge, "", "group"),
)  # fmt: skip
#: What is given line by line: its verb, of which document, and the key.
GIVEN: dict[str, tuple[Action, type[Any], str]] = {
    "return": (remedies.return_goods, Order, "b"), "replacement": (remedies.replace_goods, Order, "p"), "credit": (remedies.credit, Invoice, "c"),
}  # fmt: skip
VERBS = {a.verb: a for a, _key, _icon in (*AT_ONCE, *ASKED)} | {a.verb: a for a in (actions.apply_macro, solve_with_reason)}
#: The kinds of documents that a ticket names, as their pages are found.
PAGES = {
    model._meta.db_table: key
    for model, key in (
        (Order, "orders"), (Invoice, "invoices"), (GoodsIssue, "deliveries"), (ReturnAuthorisation, "return-authorisations"), (Dispute, "disputes"),
        (Activity, "activities"), (Concession, "concessions"),
    )
}  # fmt: skip
STATES: dict[str, type[Any]] = {
    ReturnAuthorisation._meta.db_table: ReturnAuthorisation,
    Dispute._meta.db_table: Dispute,
    Concession._meta.db_table: Concession,
}
DONE = {"planned": ("going", gettext_lazy("planned")), "done": ("done", gettext_lazy("done"))}
CHOSEN = 12


def _company(request: HttpRequest) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(VIEW, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


def ticket_of(request: HttpRequest, pk: int) -> Ticket:
    """The ticket of an address, as far as the reader may see it, in whatever company of his it is."""
    rows = Ticket.objects.select_related("party", "product", "assignee", "merged_into", "company")
    found = visible(rows.filter(pk=pk), request.actor, VIEW).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=f"{_('Ticket')} {pk}")
    return found


@door(VIEW, "GET")
def desk(request: HttpRequest) -> HttpResponse:
    """The desk with the first ticket that waits for the agent; with nothing before him it says so."""
    company, actor = _company(request), request.actor  # type: ignore[attr-defined]
    rows = waiting(actor, company)
    first = next((t for t in rows if t.assignee_id == actor.user_id and t.state != "waiting"), None) or next(
        (t for t in rows if t.assignee_id is None), None
    )
    if first is not None:
        return HttpResponseRedirect(f"{HOME}/{first.pk}")
    return page(
        request,
        "web/agent_desk.html",
        {"title": _("Agent's desk"), "queue": _queue(rows, actor, 0, None, formats_of(request)), "ticket": None, "verbs": [], "more": []},
    )


@door(VIEW, "GET")
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket at the desk: the queue, the conversation with the answer, and who the customer is."""
    found, actor = ticket_of(request, pk), request.actor  # type: ignore[attr-defined]
    formats = formats_of(request)
    rows = waiting(actor, found.company, found.party_id)
    said = conversation(found.pk, actor.user_id)
    queue = _queue(rows, actor, pk, found.party_id, formats)
    context = {
        "title": found.number, "ticket": found, "queue": queue, "next_url": _next(queue, pk), "ticket_state": state_of(Ticket, "state", found.state),
        **_talk(request, found, said),
        **_verbs(actor, found, said),
        "who": _who(request, found, rows, formats),
        "about": _about(request, found, said, formats),
        "done": _done(actor, said, formats),
        "macros": macros_of(found.company_id) if actor.may(actions.apply_macro.permission, found.company_id) else [],
    }  # fmt: skip
    return page(request, "web/agent_desk.html", context)


def _queue(rows: Sequence[Ticket], actor: Actor, at: int, party: int | None, formats: Formatting) -> list[dict[str, Any]]:
    """What waits, by whose it is."""

    def shown(chosen: Sequence[Ticket]) -> list[dict[str, Any]]:
        return [
            {
                "url": f"{HOME}/{t.pk}", "pk": t.pk, "current": t.pk == at, "name": t.party.name if t.party else t.contact_name or t.contact_email,
                "subject": t.subject, "state": state_of(Ticket, "state", t.state), "priority": t.priority if t.priority in ("high", "urgent") else "",
                "word": t.get_priority_display(), "who": t.assignee.name if t.assignee and t.assignee_id != actor.user_id else "",
            }
            for t in chosen
        ]  # fmt: skip

    mine = [t for t in rows if t.assignee_id == actor.user_id]
    groups = [
        (_("Mine"), [t for t in mine if t.state != "waiting"]),
        (_("Nobody's"), [t for t in rows if t.assignee_id is None]),
        (_("Waiting for the customer"), [t for t in mine if t.state == "waiting"]),
    ]
    return [{"title": title, "count": len(chosen), "tickets": shown(chosen[:40])} for title, chosen in groups if chosen]


def _next(queue: Sequence[Mapping[str, Any]], at: int) -> str:
    """The ticket after this one, the first where this is none of the queue or the last."""
    urls = [t["url"] for group in queue for t in group["tickets"]]
    keys = [t["pk"] for group in queue for t in group["tickets"]]
    place = keys.index(at) + 1 if at in keys else 0
    return urls[place] if place < len(urls) else next((u for u in urls if u != f"{HOME}/{at}"), "")


def _talk(
    request: HttpRequest, found: Ticket, said: Conversation, *, draft: str = "", problem: str = "", as_note: bool = False
) -> dict[str, Any]:
    """The conversation and its answer box."""
    actor = request.actor  # type: ignore[attr-defined]
    numbers = {m["id"]: m["number"] for m in said.merged}
    return {
        "ticket": found,
        "messages": [
            {
                **m, "at": datetime.fromisoformat(m["at"]), "from_ticket": numbers.get(m["ticket_id"], ""),
                "files": [{**f, "url": f"{HOME}/{found.pk}/files/{f['id']}"} for f in m["files"] or []],
            }
            for m in said.messages
        ],
        "merged": said.merged, "here": said.here, "last": said.last, "files": said.files,
        "templates": templates_of(found.company_id, found.queue),
        "may_answer": actor.may(actions.reply.permission, found.company_id) and actions.reply.accepts(found.state),
        "may_note": actor.may(actions.note.permission, found.company_id),
        "draft": draft, "problem": problem, "as_note": as_note,
    }  # fmt: skip


def _verbs(actor: Actor, found: Ticket, said: Conversation) -> dict[str, Any]:
    here = f"{HOME}/{found.pk}"

    def made(action: Action, key: str, icon: str, *, sheet: bool) -> dict[str, Any] | None:
        if not actor.may(action.permission, found.company_id) or not action.accepts(found.state):
            return None
        shown: dict[str, Any] = {"label": action.title, "url": f"{here}/do/{action.verb}", "key": key, "icon": icon}
        return shown | ({"sheet_url": f"{here}/do/{action.verb}"} if sheet else {})

    verbs: list[dict[str, Any]] = []
    if (
        actor.user_id is not None
        and found.assignee_id != actor.user_id
        and actor.may(actions.assign.permission, found.company_id)
        and actions.assign.accepts(found.state)
    ):
        verbs.append({"label": _("Take it"), "url": f"{here}/take", "key": "a", "icon": "user", "primary": True})
    for action, key, icon in AT_ONCE:
        if action is actions.solve and has_reasons(found.company_id):
            verbs += filter(None, [made(solve_with_reason, key, icon, sheet=True)])
            continue
        if (action is actions.separate and found.merged_into_id is None) or (action is actions.reopen and found.merged_into_id is not None):
            continue
        verbs += filter(None, [made(action, key, icon, sheet=False)])
    given = [
        {
            "label": action.title,
            "sheet_url": f"{here}/give/{kind}",
            "url": "",
            "key": key,
            "icon": "undo" if kind == "return" else "sell" if kind == "replacement" else "books",
        }
        for kind, (action, model, key) in GIVEN.items()
        if found.party_id is not None and actor.may(action.permission, found.company_id) and action.accepts(found.state)
    ]
    asked = list(filter(None, [made(action, key, icon, sheet=True) for action, key, icon in ASKED]))
    return {
        "verbs": verbs,
        "given": given,
        "more": [*asked, {"label": _("Whole record"), "url": TicketResource.url(found.pk), "method": "get"}],
    }


def _who(request: HttpRequest, found: Ticket, rows: Sequence[Ticket], formats: Formatting) -> dict[str, Any] | None:
    """The customer as the reader may see him; None while nobody has said who it is."""
    actor = request.actor  # type: ignore[attr-defined]
    if found.party_id is None or not actor.may(SEE_PARTY):
        return None
    try:
        seen: Caller = caller(actor, found.company, found.party_id)
    except NotFound:
        return None
    currency, today = found.company.currency_id, today_of(request)
    tiles = []

    def tile(title: str, value: Decimal | None, *, tone: str = "", story: str = "") -> None:
        if value is not None:
            tiles.append(
                {"title": title, "figure": formats.amount(value, DECIMALS.get(currency, 2)), "unit": currency, "tone": tone, "story": story}
            )

    if seen.money is not None:
        late = _("since {day}").format(day=formats.date(seen.money.since)) if seen.money.since else ""
        tile(_("Overdue"), seen.money.overdue, tone="bad" if seen.money.overdue > 0 else "", story=late)
        if seen.money.credit is not None:
            tile(_("Exposure"), seen.money.credit.exposure)
            tile(_("Credit left"), seen.money.credit.left, tone="wait" if seen.money.credit.left < 0 else "")
        else:
            tile(_("Owed"), seen.money.owed)
    tile(_("Value of the customer"), seen.worth)
    tile(_("Expected in the coming 12 months"), seen.expected)
    party = seen.party
    return {
        "name": party.name, "url": f"/customers/{party.pk}", "level": seen.level, "phone": party.phone, "email": party.email, "tiles": tiles,
        "facts": [(label, text) for label, text in ((_("Salesperson"), str(party.salesperson or "")), (_("Where"), f"{party.city} {party.country_id or ''}".strip()), (_("Language"), party.get_language_display()), (_("Why this level"), seen.why_level)) if text],
        "papers": [
            {"url": RESOURCES[r["resource"]].url(r["pk"]), "number": r["number"], "kind": r["kind"], "state": r["state"], "late": r["late_goods"], "on": r["on"],
             "total": formats.amount(r["total"], DECIMALS.get(r["currency"], 2)) + " " + r["currency"] if r["total"] is not None else ""}
            for r in (seen.papers.rows if seen.papers else [])
        ],
        "contracts": [{"url": f"/contracts/{r['pk']}", "number": r["number"], "ends_on": r["ends_on"], "brings": f"{formats.amount(r['brings'], DECIMALS.get(r['currency'], 2))} {r['currency']}"} for r in (seen.contracts.rows if seen.contracts else [])],
        "tickets": [{"url": f"{HOME}/{t.pk}", "number": t.number, "subject": t.subject, "state": state_of(Ticket, "state", t.state)} for t in rows if t.party_id == party.pk and t.pk != found.pk],
        "goods": [_held(g, today, found) for g in seen.goods],
        "happened": [event_of(i, actor, formats) for i in seen.happened],
    }  # fmt: skip


def _held(held: Held, today: Any, found: Ticket) -> dict[str, Any]:
    return {
        "name": f"{held.sku} {held.name}", "serial": held.serial, "product": held.product, "lot_url": f"/lots/{held.lot}", "delivery": held.delivery_number,
        "delivery_url": f"/deliveries/{held.delivery}", "delivered_on": held.delivered_on, "until": held.warranty_until, "covered": held.is_covered(today),
        "this": held.product == found.product_id and held.serial == found.serial,
    }  # fmt: skip


def _about(request: HttpRequest, found: Ticket, said: Conversation, formats: Formatting) -> dict[str, Any]:
    """What the ticket is about: documents with their pages, product, serial number and warranty."""
    actor = request.actor  # type: ignore[attr-defined]
    sources = []
    for s in said.sources:
        key = PAGES.get("invoicing_invoice" if s["of"] else s["table"])
        resource = RESOURCES.get(key or "")
        may = resource is not None and actor.may(resource.view_permission)
        sources.append(
            {
                "label": s["label"] or f"{s['table']} {s['id']}",
                "url": resource.url(s["of"] or s["id"]) if may and resource is not None else "",
            }
        )
    warranty = ""
    if found.product_id and found.serial and found.party_id:
        held = next(iter(goods_of(found.company, found.party_id, product=found.product_id, serial=found.serial, limit=1)), None)
        if held is None:
            warranty = _("This serial number is not with this customer, as far as our deliveries tell.")
        elif held.warranty_until is None:
            warranty = _("Delivered on {day}; no warranty term is set for it.").format(day=formats.date(held.delivered_on))
        elif held.is_covered(today_of(request)):
            warranty = _("Under warranty until {day}.").format(day=formats.date(held.warranty_until))
        else:
            warranty = _("Out of warranty since {day}.").format(day=formats.date(held.warranty_until))
    return {
        "sources": sources, "warranty": warranty,
        "product": {"name": str(found.product.name), "url": f"/products/{found.product_id}", "serial": found.serial} if found.product else None,
    }  # fmt: skip


def _done(actor: Actor, said: Conversation, formats: Formatting) -> list[dict[str, Any]]:
    """What was done for the customer, how it stands, and what the agent can do about what was not granted yet: the first of them by key."""
    rows: list[dict[str, Any]] = []
    keys = iter("y")
    for r in said.remedies:
        resource = RESOURCES.get(PAGES.get(r["table"], ""))
        may = resource is not None and actor.may(resource.view_permission)
        model = STATES.get(r["table"])
        tone, said_state = DONE.get(r["state"], ("", r["state"]))
        state = state_of(model, "state", r["state"]) if model is not None else {"tone": tone, "word": str(said_state)}
        made, facts = r["made"] or {}, []
        word = dict(Concession.KINDS)[made["kind"]] if made else dict(Remedy.KINDS)[r["kind"]]
        label = f"{capfirst(str(word))} {r['label']}"
        if made:
            if r["state"] == "proposed" and made["request"] == "waiting":
                state = {"tone": "wait", "word": _("waits for approval")}
            elif r["state"] == "proposed" and made["request"] == "approved":
                state = {"tone": "going", "word": _("approved")}
            elif r["state"] == "proposed" and made["request"] == "rejected":
                state = {"tone": "bad", "word": _("approval refused")}
            facts += [{"text": made["note_number"], "url": f"/invoices/{made['note']}"}] if made["note"] else []
            facts += [{"text": made["order_number"], "url": f"/orders/{made['order']}"}] if made["order"] else []
        if r["on"]:
            facts.append({"text": formats.moment(datetime.fromisoformat(r["on"])), "url": ""})
        rows.append(
            {
                "label": label if not r["number"] else f"{label}, {r['number']}", "url": resource.url(r["id"]) if may and resource is not None else "",
                "state": state, "facts": facts, "amount": Decimal(made["amount"]) if made else None,
                "decide": _decisions(actor, r["id"], made["request"], keys) if made and r["state"] == "proposed" else [],
            }
        )  # fmt: skip
    return rows


def _decisions(actor: Actor, key: int, request: str | None, keys: Iterator[str]) -> list[dict[str, Any]]:
    """Grant what was approved; take back what was not granted."""
    grants = [remedies.grant] if request == "approved" else []
    return [
        {"verb": a.verb, "label": a.title, "concession": key, "key": next(keys, "") if a is remedies.grant else ""}
        for a in (*grants, remedies.withdraw)
        if actor.may(a.permission)
    ]


# ------------------------------------------------------------------ answering


@door(VIEW, "POST")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the answer, or keep it as a note; the conversation as it stands then. Refused, the words stay in the box."""
    found, actor = ticket_of(request, pk), request.actor  # type: ignore[attr-defined]
    body, as_note = request.POST.get("body", ""), request.POST.get("as") == "note"
    problem = ""
    try:
        if as_note:
            perform(actor, actions.note, [pk], {"body": body})
        else:
            uploads = [(f.name or "", f.chunks()) for f in request.FILES.getlist("upload")]
            files = [a.pk for a in attach(actor, TicketResource, pk, uploads)] if uploads else []
            chosen = [key for text in request.POST.getlist("files") if (key := whole(text)) is not None]
            seen = whole(request.POST.get("seen", ""))
            perform(actor, actions.reply, [pk], {"body": body, "seen": {pk: seen} if seen is not None else {}, "files": [*files, *chosen]})
        body = ""
        found = ticket_of(request, pk)
    except UserError as refusal:
        problem = refusal.sentence()
    context = _talk(request, found, conversation(pk, actor.user_id), draft=body, problem=problem, as_note=as_note)
    if not request.headers.get("HX-Request"):
        if problem:
            flash(request, problem, tone="bad")
        return HttpResponseRedirect(f"{HOME}/{pk}")
    return page(request, "web/agent_talk.html", context, status=422 if problem else 200)


@door(VIEW, "POST")
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that one has the ticket open, and hear who else has, and which message is the last."""
    ticket_of(request, pk)
    actor = request.actor  # type: ignore[attr-defined]
    if actor.user_id is not None:
        arrive(pk, actor.user_id, writing=request.POST.get("writing") == "1")
    said = conversation(pk, actor.user_id)
    return JsonResponse({"here": _said_here(said.here), "last": said.last})


def _said_here(here: Sequence[Mapping[str, Any]]) -> str:
    writing = ", ".join(h["name"] for h in here if h["writing"])
    if writing:
        return _("{name} is writing an answer.").format(name=writing)
    return _("{name} has this ticket open too.").format(name=", ".join(h["name"] for h in here)) if here else ""


@door(VIEW, "GET")
def talk(request: HttpRequest, pk: int) -> HttpResponse:
    """The conversation as it stands now, with what the agent had written."""
    found, actor = ticket_of(request, pk), request.actor  # type: ignore[attr-defined]
    return page(request, "web/agent_talk.html", _talk(request, found, conversation(pk, actor.user_id)))


@door(VIEW, "GET")
def text(request: HttpRequest, pk: int, template: int) -> HttpResponse:
    """A template's text to this ticket, in the customer's language."""
    found = ticket_of(request, pk)
    row = AnswerTemplate.objects.filter(pk=template, company=found.company_id).first()
    if row is None:
        raise NotFound(what=_("Answer template"))
    return JsonResponse({"text": filled(row, [found], request.actor)[pk]})  # type: ignore[attr-defined]


@door(VIEW, "GET")
def file(request: HttpRequest, pk: int, key: int) -> FileResponse:
    """A file of a message of this ticket, or of one merged into it, to be saved."""
    found = ticket_of(request, pk)
    own = {f["id"] for m in conversation(found.pk, None).messages for f in m["files"] or []}
    if key not in own:
        raise NotFound(what=_("File {key}").format(key=key))
    return download(Attachment.objects.get(pk=key))


# ------------------------------------------------------------------ verbs


@door(VIEW, "POST")
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the ticket to oneself."""
    actor = request.actor  # type: ignore[attr-defined]
    try:
        perform(actor, actions.assign, [pk], {"user": actor.user_id})
        flash(request, str(actions.assign.done))
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
    return HttpResponseRedirect(f"{HOME}/{pk}")


@door(VIEW, "GET", "POST")
def do(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Carry a verb out on the ticket and stay at the desk; asked by GET, the form of what it wants to know."""
    found, action = ticket_of(request, pk), VERBS.get(verb)
    if action is None:
        raise Http404
    asked = {
        "action": f"{HOME}/{pk}/do/{verb}", "verb_label": action.title, "danger": action.dangerous, "help": action.summary, "hidden": [], "by_line": None,
    }  # fmt: skip
    if request.method == "GET":
        return page(
            request, "web/sheet.html", asked | {"sheet_title": action.title, "fields": fields_of(action, request, {}, {}), "errors": []}
        )
    actor = request.actor  # type: ignore[attr-defined]
    try:
        given = given_parameters(action, request) if any(k.startswith("p-") for k in request.POST) else {}
        perform(actor, action, [pk], given, reason=request.POST.get("reason", ""))
    except UserError as refusal:
        if not asks(action) or action.verb in {a.verb for a, _key, _icon in AT_ONCE}:
            flash(request, refusal.sentence(), tone="bad")
            return HttpResponseRedirect(f"{HOME}/{pk}")
        values = {k.removeprefix("p-"): v for k, v in request.POST.items()}
        fields = fields_of(action, request, values, refusal.fields)
        context = asked | {
            "title": action.title,
            "back": f"{HOME}/{pk}",
            "back_title": str(found.number),
            "fields": fields,
            "errors": [{"text": refusal.sentence()}],
        }
        return page(request, "web/ask.html", context, status=refusal.status)
    flash(request, f"{found.number}: {action.done}", url=f"{HOME}/{pk}", url_label=_("Open"))
    # What is over makes room for the next one.
    if action.verb in {a.verb for a in (actions.solve, solve_with_reason, actions.close, actions.merge)}:
        return HttpResponseRedirect(HOME)
    return HttpResponseRedirect(f"{HOME}/{pk}")


@door(VIEW, "POST")
def decide(request: HttpRequest, pk: int, key: int, verb: str) -> HttpResponse:
    """Grant a concession of this ticket, or take it back, and stay at the desk."""
    found = ticket_of(request, pk)
    action = {a.verb: a for a in (remedies.grant, remedies.withdraw)}.get(verb)
    if action is None or not Concession.objects.filter(pk=key, ticket=found).exists():
        raise Http404
    try:
        perform(request.actor, action, [key])  # type: ignore[attr-defined]
        flash(request, str(action.done))
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
    return HttpResponseRedirect(f"{HOME}/{pk}")


@door(VIEW, "GET", "POST")
def give(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Return, replacement or credit note of the customer's own documents, line by line: first which document, then how much of each line."""
    found = ticket_of(request, pk)
    if kind not in GIVEN:
        raise Http404
    action, model, _key = GIVEN[kind]
    key = whole(request.POST.get("document", "") or request.GET.get("document", ""))
    url = f"{HOME}/{pk}/give/{kind}"
    documents = _documents(request, found, model)
    if key is None:
        named = [s["of"] or s["id"] for s in conversation(pk, None).sources if s["table"].startswith(model._meta.db_table)]
        key = named[0] if len(set(named)) == 1 else None
    document = next((d for d in documents if d.pk == key), None) or (
        visible(_of_customer(model, found), request.actor, _right(model)).filter(pk=key).first() if key else None
    )  # type: ignore[attr-defined]
    if document is None:
        formats = formats_of(request)
        rows = [
            {
                "url": f"{url}?document={d.pk}",
                "number": str(d),
                "on": d.on,
                "total": f"{formats.amount(d.gross, DECIMALS.get(d.currency_id, 2))} {d.currency_id}",
            }
            for d in documents
        ]
        return page(request, "web/agent_documents.html", {"sheet_title": f"{action.title}: {_('of which document?')}", "rows": rows})
    lines = _lines(document)
    asked = {
        "action": url,
        "verb_label": action.title,
        "danger": False,
        "help": action.summary,
        "hidden": [("document", document.pk)],
        "by_line": None,
    }
    if request.method == "GET":
        fields = _given_fields(request, action, lines, {}, {}, found)
        return page(request, "web/sheet.html", asked | {"sheet_title": f"{action.title}, {document}", "fields": fields, "errors": []})
    formats = formats_of(request)
    try:
        quantities = {}
        for line in lines:
            typed = request.POST.get(f"q-{line['pk']}", "").strip()
            if typed:
                try:
                    quantities[line["pk"]] = formats.parse_number(typed)
                except ValueError as error:
                    raise InvalidInput(
                        record=line["label"], problems=typed, fields={f"q-{line['pk']}": _("“{text}” is not a number.").format(text=typed)}
                    ) from error
        quantities = {k: q for k, q in quantities.items() if q}
        if not quantities:
            raise InvalidInput(record=str(document), problems=_("say how much of which line"), fields={})
        given: dict[str, Any] = {"invoice" if model is Invoice else "order": document.pk, "quantities": quantities}
        for name in ("reason_code", "wanted"):
            if name in action.parameters.model_fields:
                given[name] = request.POST.get(name, "")
        if not action.needs_reason:
            given["note"] = request.POST.get("reason", "")
        perform(request.actor, action, [pk], given, reason=request.POST.get("reason", ""))  # type: ignore[attr-defined]
    except UserError as refusal:
        fields = _given_fields(request, action, lines, request.POST, refusal.fields, found)
        context = asked | {
            "title": f"{action.title}, {document}",
            "back": f"{HOME}/{pk}",
            "back_title": str(found.number),
            "fields": fields,
            "errors": [{"text": refusal.sentence()}],
        }
        return page(request, "web/ask.html", context, status=refusal.status)
    flash(request, f"{document}: {action.done}")
    return HttpResponseRedirect(f"{HOME}/{pk}")


def _right(model: type[Any]) -> str:
    return "invoicing.view_invoice" if model is Invoice else "sales.view_order"


def _of_customer(model: type[Any], found: Ticket) -> Any:
    rows = model.objects.filter(company=found.company_id, customer=found.party_id)
    return rows.filter(kind=Invoice.INVOICE, state="posted") if model is Invoice else rows.filter(state__in=("confirmed", "closed"))


def _documents(request: HttpRequest, found: Ticket, model: type[Any]) -> list[Any]:
    return list(visible(_of_customer(model, found), request.actor, _right(model)).order_by("-on", "-pk")[:CHOSEN])  # type: ignore[attr-defined]


def _lines(document: Any) -> list[dict[str, Any]]:
    """The lines of a document of which something is left to give, and how much."""
    if isinstance(document, Invoice):
        rows = list(InvoiceLine.objects.filter(invoice=document, net__gt=0).select_related("product").order_by("position", "id"))
        so_far = credited_so_far([ln.pk for ln in rows])
        made = [(ln, ln.quantity - so_far[ln.pk][0]) for ln in rows]
    else:
        goods = [ln for ln in measured_lines([document.pk])[document.pk] if is_goods(ln)]
        authorised = coming_back(ln.pk for ln in goods)
        made = [(ln, ln.delivered - ln.returned - authorised[ln.pk]) for ln in goods]
    return [{"pk": ln.pk, "label": str(ln.product or ln.description), "left": left} for ln, left in made if left > 0]


def _given_fields(
    request: HttpRequest,
    action: Action,
    lines: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    found: Ticket,
) -> list[dict[str, Any]]:
    formats = formats_of(request)
    fields: list[dict[str, Any]] = [
        {
            "name": f"q-{ln['pk']}", "label": ln["label"], "kind": "quantity", "value": values.get(f"q-{ln['pk']}"), "error": errors.get(f"q-{ln['pk']}"),
            "hint": _("at most {left}").format(left=formats.quantity(ln["left"])), "autofocus": n == 0, "optional": True,
        }
        for n, ln in enumerate(lines)
    ]  # fmt: skip
    for name, kind in (("reason_code", Reason), ("wanted", Wanted)):
        if name in action.parameters.model_fields:
            options = [(v, choice_of(v)) for v in kind.__args__]  # type: ignore[attr-defined]
            fields.append(
                {
                    "name": name,
                    "label": _("Why they come back") if name == "reason_code" else _("The customer wants"),
                    "kind": "select",
                    "options": options,
                    "value": values.get(name),
                }
            )
    reason = reason_field(str(values.get("reason", "")), errors) | {"required": action.needs_reason}
    if action.permission == remedies.credit.permission:
        limits = limits_of(request.actor, [found.company_id])  # type: ignore[attr-defined]
        on_ticket, altogether = left_of(limits, [found])[found.pk]
        left = max(min(on_ticket, altogether), ZERO)
        currency = found.company.currency_id
        reason["hint"] = _("You may grant {amount} {currency} on this ticket; beyond that somebody is asked.").format(
            amount=formats.amount(left, DECIMALS.get(currency, 2)), currency=currency
        )
    return [*fields, reason]

"""Verbs in the browser: buttons, the sheet that asks for their parameters, and carrying them out."""

import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from pydantic_core import PydanticUndefined

from fondaco.frontoffice.quality.queries import has_reasons
from fondaco.frontoffice.service.actions import solve
from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import formatting_for
from fondaco.interfaces.web.frame import companies_of, company_of, flash, page
from fondaco.interfaces.web.screens import by_line
from fondaco.interfaces.web.screens.asked import query_of, resource_called, whole
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import InvalidInput, UserError
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.reading import filtered

SIMPLE = (str, int, Decimal, bool, date)
#: What a parameter is called where its name is not the word that people use, or has none in the catalogue (tests/interfaces/web/test_words.py).
LABELS = {
    "evidence": gettext_lazy("Proof"),
    "text_it": gettext_lazy("Italian text"),
    "access_token": gettext_lazy("Access token"),
    "agent": gettext_lazy("Program"),
    "appearance": gettext_lazy("Appearance of the goods"),
    "assignee": gettext_lazy("Assigned to"),
    "at_most": gettext_lazy("Discount at most %"),
    "body": gettext_lazy("Text"),
    "by": gettext_lazy("Who gave it"),
    "caller": gettext_lazy("Caller's number"),
    "carried_by": gettext_lazy("Carried by"),
    "carrier": gettext_lazy("Carrier"),
    "collects": gettext_lazy("The carrier collects"),
    "comment": gettext_lazy("Comment"),
    "commodity_code": gettext_lazy("Commodity code"),
    "confirmation": gettext_lazy("How it was confirmed"),
    "consent": gettext_lazy("What was agreed to"),
    "corrects_on": gettext_lazy("Corrects the period of"),
    "counted": gettext_lazy("Counted"),
    "credit": gettext_lazy("Write the credit note"),
    "declare_customs": gettext_lazy("Declare for customs in any case"),
    "deliveries": gettext_lazy("Deliveries"),
    "delivery_terms": gettext_lazy("Delivery terms"),
    "direction": gettext_lazy("Direction"),
    "documents": gettext_lazy("Documents"),
    "down_payments": gettext_lazy("Down payments to take off"),
    "due_on": gettext_lazy("Due on"),
    "ends": gettext_lazy("Ends at once"),
    "enquiries": gettext_lazy("Enquiries"),
    "event": gettext_lazy("What happens"),
    "every": gettext_lazy("Repeated"),
    "every_months": gettext_lazy("Invoiced every"),
    "everything": gettext_lazy("All that is open in it"),
    "expected_close": gettext_lazy("Expected close"),
    "expires_on": gettext_lazy("Expires on"),
    "found": gettext_lazy("Found"),
    "freight": gettext_lazy("Carriage"),
    "from_bin": gettext_lazy("From bin"),
    "from_repair": gettext_lazy("They come from repair"),
    "gross_kg": gettext_lazy("Gross weight kg"),
    "height_cm": gettext_lazy("Height cm"),
    "hour": gettext_lazy("Hour"),
    "incoterm": gettext_lazy("Delivery terms"),
    "insured": gettext_lazy("Insured at its value"),
    "into": gettext_lazy("Merge into"),
    "item": gettext_lazy("Item"),
    "keep_rest": gettext_lazy("Keep the rest on account"),
    "kind": gettext_lazy("Kind"),
    "leave_out": gettext_lazy("Leave out what was not counted"),
    "left_out": gettext_lazy("Left out, because"),
    "length_cm": gettext_lazy("Length cm"),
    "lost_to": gettext_lazy("Lost to"),
    "lowers_price": gettext_lazy("It gives back a part of the price"),
    "macro": gettext_lazy("Which macro"),
    "method": gettext_lazy("Picked"),
    "most_deliveries": gettext_lazy("Deliveries on a list, at most"),
    "nature": gettext_lazy("Nature of the transaction"),
    "needed_on": gettext_lazy("Expected on"),
    "net_mass": gettext_lazy("Net mass kg"),
    "notes": gettext_lazy("Notes"),
    "on": gettext_lazy("Date"),
    "order_table": gettext_lazy("Kind of order"),
    "origin": gettext_lazy("Country of origin"),
    "other": gettext_lazy("The other party"),
    "other_place": gettext_lazy("From another place"),
    "outcome": gettext_lazy("Outcome"),
    "package": gettext_lazy("Package"),
    "packages": gettext_lazy("Packages"),
    "password": gettext_lazy("Password at the server"),
    "pay_by": gettext_lazy("Will pay by"),
    "payment": gettext_lazy("Paid by"),
    "per_months": gettext_lazy("Price for a"),
    "percent": gettext_lazy("Share %"),
    "post": gettext_lazy("Post at once"),
    "proposal": gettext_lazy("Proposal"),
    "protocol": gettext_lazy("Protocol of the authority"),
    "reason_code": gettext_lazy("Why they come back"),
    "reason_for_transport": gettext_lazy("Reason for transport"),
    "region": gettext_lazy("Region or province"),
    "rejected": gettext_lazy("Rejected"),
    "rise_percent": gettext_lazy("Rise of prices %"),
    "second_quantity": gettext_lazy("Quantity in the second unit"),
    "resolution": gettext_lazy("Solution"),
    "restocking_percent": gettext_lazy("Restocking fee %"),
    "secret": gettext_lazy("Secret"),
    "serial": gettext_lazy("Serial number"),
    "service": gettext_lazy("Service"),
    "service_code": gettext_lazy("Service code (CPA)"),
    "starts_on": gettext_lazy("First day"),
    "statistical_percent": gettext_lazy("Statistical value, plus or minus %"),
    "subject": gettext_lazy("Subject"),
    "supply": gettext_lazy("Mode of supply"),
    "table": gettext_lazy("Table"),
    "technician": gettext_lazy("Technician"),
    "tell_customer": gettext_lazy("Write to the customer"),
    "their_balance": gettext_lazy("Balance that they state"),
    "through": gettext_lazy("Up to the period of"),
    "title": gettext_lazy("Title"),
    "to_address": gettext_lazy("Another address than on the delivery"),
    "to_all": gettext_lazy("To everybody who had it"),
    "to_bin": gettext_lazy("To bin"),
    "to_place": gettext_lazy("To place"),
    "tracking": gettext_lazy("Tracking number"),
    "transport": gettext_lazy("Mode of transport"),
    "until": gettext_lazy("Not before"),
    "valid_from": gettext_lazy("Valid from"),
    "vendor_date": gettext_lazy("Vendor's date"),
    "vendor_number": gettext_lazy("Vendor's number"),
    "vendor_reference": gettext_lazy("Vendor's return number (RMA)"),
    "vendor_wanted": gettext_lazy("What the vendor is to do"),
    "wanted": gettext_lazy("The customer wants"),
    "why_closed": gettext_lazy("Reason, to be counted"),
    "why_sent_back": gettext_lazy("Why they go back"),
    "width_cm": gettext_lazy("Width cm"),
    "write_off_rest": gettext_lazy("Write off the rest"),
    "person": gettext_lazy("Name of the person"),
    "email": gettext_lazy("Mail address"),
    "is_buyer": gettext_lazy("Buys"),
    "is_approver": gettext_lazy("Approves orders"),
    "is_accounts": gettext_lazy("Sees and pays invoices"),
    "is_administrator": gettext_lazy("Administers colleagues"),
    "order_limit": gettext_lazy("Orders alone up to"),
    "colleague": gettext_lazy("Which colleague"),
    "ticket": gettext_lazy("Which ticket"),
}
#: Choices likewise.
CHOICES = {
    "rings_on": gettext_lazy("rings on"),
    "sms": gettext_lazy("text message"),
    1: pgettext_lazy("a stretch of time", "month"),
    3: gettext_lazy("quarter"),
    6: gettext_lazy("half-year"),
    12: pgettext_lazy("a stretch of time", "year"),
    "commit": gettext_lazy("commit"),
    "best_case": gettext_lazy("best case"),
    "pipeline": gettext_lazy("in pipeline"),
    "omitted": gettext_lazy("left out"),
    "call": gettext_lazy("call"),
    "meeting": gettext_lazy("meeting"),
    "task": gettext_lazy("task"),
    "visit": gettext_lazy("visit"),
    "in": gettext_lazy("incoming"),
    "out": gettext_lazy("outgoing"),
    "all": gettext_lazy("all that is left"),
    "in_proportion": gettext_lazy("in proportion"),
    "none": gettext_lazy("none"),
    "once": gettext_lazy("once"),
    "week": gettext_lazy("every week"),
    "two_weeks": gettext_lazy("every two weeks"),
    "month": gettext_lazy("every month"),
    "price": gettext_lazy("price"),
    "export": gettext_lazy("export control"),
    "fraud": gettext_lazy("suspicion of fraud"),
    "other": gettext_lazy("other"),
    "defective": gettext_lazy("defective"),
    "damaged": gettext_lazy("damaged in transport"),
    "wrong": gettext_lazy("wrong goods sent"),
    "unwanted": gettext_lazy("not wanted"),
    "late": gettext_lazy("came too late"),
    "refund": gettext_lazy("refund"),
    "replace": gettext_lazy("replacement"),
    "nothing": gettext_lazy("nothing"),
    "batch": gettext_lazy("together, sorted afterwards"),
    "cluster": gettext_lazy("together, sorted into totes"),
    "zone": gettext_lazy("by zone"),
    "order": gettext_lazy("one by one"),
    "sender": gettext_lazy("sender"),
    "recipient": gettext_lazy("recipient"),
    "carrier": gettext_lazy("carrier"),
    "paid": gettext_lazy("carriage paid"),
    "collect": gettext_lazy("carriage forward"),
    "sale": gettext_lazy("sale"),
    "transfer": gettext_lazy("transfer between own places"),
    "consignment": gettext_lazy("consignment stock"),
    "to_vendor": gettext_lazy("return to vendor"),
    "on_approval": gettext_lazy("on approval"),
    "processing": gettext_lazy("for processing"),
    "repair": gettext_lazy("for repair"),
    "replacement": gettext_lazy("replacement under warranty"),
    "sample": gettext_lazy("sample"),
    "gift": gettext_lazy("gift"),
    "abandoned": gettext_lazy("the caller gives up"),
    "voicemail": gettext_lazy("the caller leaves a message"),
    "answered": gettext_lazy("the agent answers"),
    "unanswered": gettext_lazy("the agent lets it ring"),
    "held": gettext_lazy("the agent puts it on hold"),
    "resumed": gettext_lazy("the agent takes it up again"),
    "consent_given": gettext_lazy("the caller agrees to be recorded"),
    "consent_refused": gettext_lazy("the caller does not agree to be recorded"),
    "ended": gettext_lazy("the call ends"),
    "reached": gettext_lazy("reached"),
    "no_answer": gettext_lazy("no answer"),
    "busy": gettext_lazy("busy"),
    "wrong_number": gettext_lazy("wrong number"),
}


def today_of(request: HttpRequest) -> date:
    """The company's local date."""
    company = company_of(request)
    return datetime.now(ZoneInfo(company.time_zone if company else "UTC")).date()


def asks(action: Action) -> list[tuple[str, Any, Any]]:
    """The parameters a person is asked for: name, plain type, field; those a form cannot show are left to programs."""
    found = []
    for name, field in action.parameters.model_fields.items():
        kind = _plain_type(field.annotation)
        if kind in SIMPLE or typing.get_origin(kind) is typing.Literal:
            found.append((name, kind, field))
    return found


def _plain_type(annotation: Any) -> Any:
    """The type under what is said about it; what names a record (``Reference``) is asked for as text, or picked."""
    if annotation is typing.Any:
        return str
    if typing.get_origin(annotation) is typing.Annotated:
        return _plain_type(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [a for a in typing.get_args(annotation) if a is not type(None)]
        return _plain_type(parts[0]) if len(parts) == 1 else annotation
    return annotation


def said_of(declared: Any) -> dict[str, Any]:
    """What a parameter says of itself (``resource``, ``label``, ``words`` ...): the field, or the type that may be left out."""
    if declared is None:
        return {}
    if isinstance(declared.json_schema_extra, dict):
        return declared.json_schema_extra
    parts = [a for a in typing.get_args(declared.annotation) if typing.get_origin(a) is typing.Annotated]
    found = [m.json_schema_extra for a in parts for m in a.__metadata__ if isinstance(getattr(m, "json_schema_extra", None), dict)]
    return found[0] if found else {}


def needs_program(action: Action) -> bool:
    """Whether a parameter without a default cannot be asked for on a form."""
    asked = {name for name, _kind, _field in asks(action)}
    return any(f.is_required() and name not in asked for name, f in action.parameters.model_fields.items())


def verbs_for(request: HttpRequest, resource: type[Resource]) -> list[Action]:
    """The verbs on rows of a resource that the reader may do by hand. A plain *Solve* stands aside where all his companies keep reasons: it would
    be refused, and *Solve with reason* asks for one."""
    actor = request.actor  # type: ignore[attr-defined]
    found = [a for a in resource.actions() if not a.hidden and actor.may(a.permission)]
    if any(a is solve for a in found) and all(has_reasons(c.pk) for c in companies_of(request)):
        found = [a for a in found if a is not solve]
    return found


def verb_of(resource: type[Resource], action: Action, actor: Actor, *, row: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A verb as the button component takes it; closed with a reason when the record's state does not allow it."""
    made: dict[str, Any] = {"label": action.title, "url": f"/{resource.key}/do/{action.verb}", "danger": action.dangerous}
    if asks(action) or action.needs_reason:
        made["sheet_url"] = f"/{resource.key}/sheet/{action.verb}"
        made["sheet_posts"] = True
        if row is not None:
            made["sheet_url"] += "?" + urlencode({"ids": row["pk"]})
            made["sheet_posts"] = False
    elif action.dangerous:
        made["confirm"] = _("{verb}: are you sure?").format(verb=action.title)
    if row is not None:
        made["url"] += f"?ids={row['pk']}"
        state = row.get("_state", row.get("state"))
        if not action.accepts(state):
            words = dict(action.model._meta.get_field("state").choices)
            made["closed"] = _("Not now: this needs the state {needed}.").format(
                needed=f" {_('or')} ".join(str(words[s]) for s in action.moves)
            )
    return made


def chosen_ids(request: HttpRequest, resource: type[Resource]) -> list[int]:
    """The records a verb is asked for: those chosen, or the whole set behind the list's filters."""
    if request.POST.get("whole") == "1":
        given = {k: v for k, v in request.POST.items() if k not in {"whole", "csrfmiddlewaretoken", "ids", "reason"}}
        given = {k: v for k, v in given.items() if not k.startswith("p-")}
        return list(
            filtered(resource, request.actor, query_of(request, resource, given)).order_by("pk").values_list("pk", flat=True)[:50_001]
        )  # type: ignore[attr-defined]
    texts = [*request.POST.getlist("ids"), *request.GET.getlist("ids")]
    return sorted({int(t) for text in texts for t in text.split(",") if t.isdecimal() and len(t) < 19})


def action_called(resource: type[Resource], verb: str) -> Action:
    found = next((a for a in resource.actions() if a.verb == verb), None)
    if found is None:
        raise Http404
    return found


def label_of(name: str, declared: Any) -> str:
    """What a parameter is called on a form; by another word of ours than its name where it says so (``label``)."""
    return str(LABELS.get(str(said_of(declared).get("label", name))) or _(name.replace("_", " ").capitalize()))


def choice_of(value: Any, declared: Any = None) -> str:
    """What one choice of a parameter is called; as the choices of a field (``words``: room.table.field) where it is asked for as that is."""
    extra = said_of(declared)
    if "words" in extra:
        room, table, name = str(extra["words"]).split(".")
        words = {key: str(word) for key, word in apps.get_model(room, table)._meta.get_field(name).choices}
        return words.get(value, str(value))
    return str(CHOICES.get(value) or _(str(value).replace("_", " ")))


def fields_of(action: Action, request: HttpRequest, values: Mapping[str, Any], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """The form of a verb's parameters; of the reason too, where the verb needs one or a refusal asked for one."""
    fields = []
    for name, kind, declared in asks(action):
        extra = said_of(declared)
        default = None if declared.default is PydanticUndefined else declared.default
        field: dict[str, Any] = {
            "name": f"p-{name}",
            "label": label_of(name, declared),
            "required": declared.is_required(),
            "value": values.get(name, default),
            "error": errors.get(name),
            "hint": declared.description,
        }
        if "resource" in extra:
            asking = extra.get("asking")
            field |= {"kind": "pick", "url": f"/{extra['resource']}/pick" + (f"?{urlencode(asking)}" if isinstance(asking, dict) else "")}
        elif extra.get("secret"):
            field |= {"kind": "password", "value": None, "autocomplete": "off"}
        elif kind is bool:
            field |= {"kind": "check"}
        elif kind is date:
            field |= {"kind": "date", "value": values.get(name) or default or (None if extra.get("empty") else today_of(request))}
        elif kind in (Decimal, int):
            field |= {"kind": "amount" if kind is Decimal else "number"}
        elif typing.get_origin(kind) is typing.Literal:
            field |= {"kind": "select", "options": [(v, choice_of(v, declared)) for v in typing.get_args(kind)]}
        fields.append(field)
    own = any(name == "reason" for name, _kind, _declared in asks(action))  # a verb may ask for a reason of another kind, by that name
    if action.needs_reason or (not own and ("reason" in errors or values.get("reason"))):
        fields.append(reason_field(values.get("reason", ""), errors))
    return fields


def reason_field(value: str, errors: Mapping[str, Any]) -> dict[str, Any]:
    """Where somebody says why."""
    return {
        "name": "reason", "label": _("Reason"), "kind": "textarea", "rows": 2, "required": True, "value": value, "error": errors.get("reason"), "wide": True,
    }  # fmt: skip


def given_parameters(action: Action, request: HttpRequest) -> dict[str, Any]:
    """The parameters as the reader wrote them, read by his locale."""
    formats = formatting_for(request.actor.language)  # type: ignore[attr-defined]
    given: dict[str, Any] = {}
    for name, kind, field in asks(action):
        text = request.POST.get(f"p-{name}", "")
        if kind is bool:
            given[name] = f"p-{name}" in request.POST
        elif text.strip() == "":
            if field.is_required():
                raise InvalidInput(record=str(action.title), problems=_("fill in what is missing"), fields={name: _("Fill this in.")})
        elif kind in (Decimal, int):
            try:
                given[name] = formats.parse_number(text)
            except ValueError as error:
                raise InvalidInput(
                    record=str(action.title), problems=text, fields={name: _("“{text}” is not a number.").format(text=text)}
                ) from error
        else:
            given[name] = text
    return given


@door(SIGNED_IN, "GET", "POST")
def sheet(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    """The form a verb asks for before it is carried out."""
    resource = resource_called(key, request)
    action = action_called(resource, verb)
    # A page may fill in what it knows, as it would be posted.
    given = {k.removeprefix("p-"): v for k, v in request.GET.items() if k.startswith("p-")}
    return _sheet(request, resource, action, chosen_ids(request, resource), given, {})


def _sheet(
    request: HttpRequest,
    resource: type[Resource],
    action: Action,
    ids: Sequence[int],
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    return page(
        request,
        "web/sheet.html",
        {
            "sheet_title": action.title if len(ids) == 1 else f"{action.title} ({len(ids)})",
            "action": f"/{resource.key}/do/{action.verb}",
            "verb_label": action.title,
            "danger": action.dangerous,
            "help": action.summary,
            "fields": fields_of(action, request, values, errors),
            "by_line": by_line.table_of(resource, action, request.actor, ids, values, errors),  # type: ignore[attr-defined]
            "hidden": [("ids", ",".join(map(str, ids)))],
            "errors": [{"text": sentence}] if sentence else [],
        },
        status=status,
    )


@door(SIGNED_IN, "POST")
def do(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    """Carry a verb out on the chosen records, then show what came of it."""
    resource = resource_called(key, request)
    action = action_called(resource, verb)
    ids = chosen_ids(request, resource)
    version = whole(request.POST.get("version", ""))
    versions = {ids[0]: version} if version is not None and len(ids) == 1 else None
    try:
        parameters = given_parameters(action, request) | by_line.given(action, request)
        outcome = perform(
            request.actor,
            action,
            ids,
            parameters,
            versions=versions,
            reason=request.POST.get("reason", ""),
            idempotency_key=request.POST.get("key", ""),  # type: ignore[attr-defined]
        )
    except UserError as refusal:
        if asks(action) or action.needs_reason or "reason" in refusal.fields or request.POST.get("reason"):
            values = {k.removeprefix("p-"): v for k, v in request.POST.items()}
            return page(
                request,
                "web/ask.html",
                {
                    "title": action.title, "back": resource.url(ids[0]) if len(ids) == 1 else resource.url(), "back_title": resource.title,
                    "action": request.path, "verb_label": action.title, "danger": action.dangerous, "help": action.summary,
                    "by_line": by_line.table_of(resource, action, request.actor, ids, values, refusal.fields),  # type: ignore[attr-defined]
                    "fields": fields_of(action, request, values, refusal.fields), "hidden": [("ids", ",".join(map(str, ids))), *([("version", version)] if versions else [])],
                    "errors": [{"text": refusal.sentence()}],
                },
                status=refusal.status,
            )  # fmt: skip
        flash(request, refusal.sentence(), tone="bad")
        return HttpResponseRedirect(_back(request, resource, ids))
    if outcome.told:
        return told_page(request, str(action.title), outcome.told, resource.url(ids[0]) if len(ids) == 1 else resource.url())
    made = next(((k, v) for k, v in outcome.made.items() if v and k in RESOURCES), None)
    said = str(action.done or _("Done: {verb}").format(verb=action.title))
    text = f"{said} ({len(outcome.ids)})" if len(outcome.ids) > 1 else said
    if made and len(made[1]) == 1:
        flash(request, text)
        return HttpResponseRedirect(RESOURCES[made[0]].url(made[1][0]))
    flash(request, text)
    return HttpResponseRedirect(_back(request, resource, ids))


def told_page(request: HttpRequest, title: str, told: Mapping[str, str], back: str) -> HttpResponse:
    """What a verb tells once: shown with the answer itself, for nothing keeps it. Paths become addresses that others can open."""
    items = [{"name": name, "secret": absolute(request, text) if text.startswith("/") else text} for name, text in told.items()]
    response = page(request, "web/told.html", {"title": title, "items": items, "back": back})
    response["Cache-Control"] = "no-store"
    return response


def _back(request: HttpRequest, resource: type[Resource], ids: Sequence[int]) -> str:
    came_from = request.headers.get("Referer", "")
    here = f"{request.scheme}://{request.get_host()}/"
    if came_from.startswith(here) and "/sheet/" not in came_from and "/do/" not in came_from:
        return came_from[len(here) - 1 :]
    return resource.url(ids[0]) if len(ids) == 1 else resource.url()

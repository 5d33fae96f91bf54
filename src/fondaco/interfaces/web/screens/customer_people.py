"""What a customer's administrator keeps himself (SS-03): colleagues with their roles and limits, and delivery addresses."""

from decimal import InvalidOperation
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.printing import country_name
from fondaco.frontoffice.portal.actions import people as verbs
from fondaco.frontoffice.portal.models import CustomerAccess, DeliveryAddress
from fondaco.frontoffice.portal.people import PEOPLE, say
from fondaco.frontoffice.portal.queries import colleagues, own_addresses
from fondaco.frontoffice.portal.refusals import NotYours
from fondaco.interfaces.web.screens.customer_portal import Desk, at_desk, refused
from fondaco.masterdata.companies.models import Country
from fondaco.platform.database.refusals import InvalidInput, UserError


def _role_words() -> list[tuple[str, str]]:
    return [(name, str(CustomerAccess._meta.get_field(name).verbose_name)) for name in CustomerAccess.ROLES]


def _role_fields(desk: Desk, row: CustomerAccess | None) -> list[dict[str, Any]]:
    key = row.pk if row else "new"
    boxes = [
        {"name": name, "id": f"id_{name}_{key}", "kind": "check", "label": word[:1].upper() + word[1:], "value": getattr(row, name) if row else name == "is_buyer"}
        for name, word in _role_words()
    ]  # fmt: skip
    limit = {
        "name": "order_limit", "id": f"id_limit_{key}", "kind": "amount", "label": _("Orders alone up to"), "optional": True, "unit": desk.access.company.currency_id,
        "value": row.order_limit if row else "", "hint": _("With tax. Empty: without limit."),
    }  # fmt: skip
    return [*boxes, limit]


@at_desk("GET", part=PEOPLE)
def people(desk: Desk) -> HttpResponse:
    """The customer's people, and where goods may go."""
    return _people(desk)


def _people(desk: Desk, **wrong: Any) -> HttpResponse:
    rows = list(colleagues(desk.access).select_related("user").order_by("person", "pk")[:200])
    shown = [
        [
            {"text": r.person, "url": f"{desk.base}/people/{r.pk}", "note": r.email}, ", ".join(word for name, word in _role_words() if getattr(r, name)),
            desk.money(r.order_limit, None) if r.order_limit is not None else _("without limit"),
            # Whoever has set no password yet, and whoever the house has still to look at, are told alike.
            {"state": {"word": _("invited"), "tone": "wait"} if r.user is None or r.user.password.startswith("!") else {"word": _("signs in"), "tone": "done"}},
        ]
        for r in rows
    ]  # fmt: skip
    heads = [_("Name"), _("May"), _("Orders alone up to"), _("State")]
    invite = [
        {"name": "person", "label": _("Name"), "required": True, "value": desk.request.POST.get("person", "")},
        {"name": "email", "kind": "email", "label": _("Mail address"), "required": True, "value": desk.request.POST.get("email", "")},
        *_role_fields(desk, None),
    ]
    places = [
        [
            {"text": a.label, "url": f"{desk.base}/addresses/{a.pk}"},
            f"{a.street}, {a.postal_code} {a.city}",
            country_name(a.country, translation.get_language() or "en"),
        ]
        for a in own_addresses(desk.access).order_by("label")
    ]
    blocks = [
        {"kind_of": "table", "title": _("Colleagues"), "heads": heads, "rows": shown, "num": [2]},
        {"kind_of": "form", "title": _("Invite a colleague"), "action": f"{desk.base}/people/invite", "fields": invite, "button": _("Invite")},
        {"kind_of": "table", "title": _("Delivery addresses"), "heads": [_("Called"), _("Address"), _("Country")], "rows": places, "empty": _("None is kept yet.")},
        {"kind_of": "form", "action": f"{desk.base}/addresses", "fields": _address_fields(None, desk), "button": _("Keep address"), "kind": ""},
    ]  # fmt: skip
    return desk.page("/people", _("Colleagues and addresses"), blocks, **wrong)


def _given(desk: Desk) -> dict[str, Any]:
    """Roles and limit as they were typed. Raises InvalidInput."""
    post = desk.request.POST
    given: dict[str, Any] = {name: post.get(name) == "on" for name in CustomerAccess.ROLES}
    typed = post.get("order_limit", "").strip()
    try:
        given["order_limit"] = str(desk.formats.parse_number(typed)) if typed else None
    except (ValueError, InvalidOperation) as error:
        raise InvalidInput(record=_("Orders alone up to"), problems=_("This is not a number.")) from error
    return given


def _done(desk: Desk, verb: Any, given: dict[str, Any], done: str) -> HttpResponse:
    """Do what the administrator wants, and show it; what is refused stands above the page."""
    try:
        say(desk.access, verb, given)
    except NotYours:
        raise
    except UserError as refusal:
        return _people(desk, **refused(refusal))
    return HttpResponseRedirect(f"{desk.base}/people?done={done}")


@at_desk("POST", part=PEOPLE, page="/people")
def invite(desk: Desk) -> HttpResponse:
    """Let a colleague in."""
    post = desk.request.POST
    try:
        given = {"person": post.get("person", ""), "email": post.get("email", "").strip().lower(), **_given(desk)}
    except UserError as refusal:
        return _people(desk, **refused(refusal))
    return _done(desk, verbs.invite_colleague, given, "invited")


@at_desk("GET", "POST", part=PEOPLE)
def person(desk: Desk, pk: int) -> HttpResponse:
    """A colleague's roles and limit; POST keeps them, or shuts him out."""
    row = colleagues(desk.access).filter(pk=pk).first()
    if row is None:
        raise NotYours
    if desk.request.method == "POST":
        if desk.request.POST.get("verb") == "out":
            return _done(desk, verbs.shut_colleague_out, {"colleague": pk}, "out")
        try:
            given = _given(desk)
        except UserError as refusal:
            return _people(desk, **refused(refusal))
        return _done(desk, verbs.change_colleague, {"colleague": pk, **given}, "kept")
    form = {
        "kind_of": "form", "action": desk.request.path, "fields": _role_fields(desk, row), "button": _("Keep"),
        "more": [{"label": _("Shut out"), "name": "verb", "value": "out", "kind": "danger"}] if pk != desk.access.pk else [],
    }  # fmt: skip
    return desk.page("/people", row.person, [{"kind_of": "facts", "facts": [(_("Mail address"), row.email)]}, form])


def _address_fields(row: DeliveryAddress | None, desk: Desk) -> list[dict[str, Any]]:
    italian = translation.get_language() == "it"
    lands = sorted(
        ((c.pk, c.name_it if italian and getattr(c, "name_it", "") else c.name) for c in Country.objects.all()), key=lambda land: land[1]
    )
    usual = row.country_id if row else (desk.access.customer.country_id or desk.access.company.country_id)
    return [
        {"name": "label", "label": _("Called"), "required": True, "value": row.label if row else ""},
        {"name": "street", "label": _("Street and number"), "required": True, "value": row.street if row else ""},
        {"name": "postal_code", "label": _("Postal code"), "optional": True, "value": row.postal_code if row else ""},
        {"name": "city", "label": _("City"), "required": True, "value": row.city if row else ""},
        {"name": "country", "kind": "select", "label": _("Country"), "options": lands, "value": usual},
    ]


@at_desk("POST", part=PEOPLE, page="/people")
def addresses(desk: Desk) -> HttpResponse:
    """Keep one more place where goods may go."""
    return _done(desk, verbs.keep_address, _address(desk), "kept")


def _address(desk: Desk) -> dict[str, Any]:
    return {name: desk.request.POST.get(name, "") for name in ("label", "street", "postal_code", "city", "country")}


@at_desk("GET", "POST", part=PEOPLE)
def address(desk: Desk, pk: int) -> HttpResponse:
    """One place; POST changes it, or offers it no more."""
    row = own_addresses(desk.access).filter(pk=pk).first()
    if row is None:
        raise NotYours
    if desk.request.method == "POST":
        if desk.request.POST.get("verb") == "drop":
            return _done(desk, verbs.drop_address, {"address": pk}, "kept")
        return _done(desk, verbs.keep_address, {"address": pk, **_address(desk)}, "kept")
    form = {
        "kind_of": "form", "action": desk.request.path, "fields": _address_fields(row, desk), "button": _("Keep"),
        "more": [{"label": _("Drop"), "name": "verb", "value": "drop", "kind": "plain"}],
    }  # fmt: skip
    return desk.page("/people", row.label, [form])

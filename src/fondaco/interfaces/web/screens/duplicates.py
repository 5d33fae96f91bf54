"""Suspected doubles, pair by pair, by keyboard: the same (and which one remains), not the same, or later (SA-02)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, flash, formats_of, page
from fondaco.interfaces.web.screens.asked import whole
from fondaco.masterdata.parties.actions import merge, tell_apart
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.queries import Pair, pairs
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.performing import perform

PATH, RIGHT = "/sell/duplicates", "parties.merge_party"
SCREENS.append(Screen("sell", "customers", 9, gettext_lazy("Duplicates"), PATH, RIGHT))


@door(RIGHT, "GET")
def duplicates(request: HttpRequest) -> HttpResponse:
    """The next pair side by side, what speaks for it, and what can be done by one key."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = pairs(actor)
    at = _place(request, found)
    context: dict[str, Any] = {"title": _("Duplicates"), "count": len(found), "at": at + 1}
    if at < len(found):
        pair = found[at]
        query = urlencode({"first": pair.first.pk, "second": pair.second.pk, "at": at})
        context |= {
            "score": pair.score, "reasons": pair.reasons, "first": pair.first, "second": pair.second, "rows": _compared(pair, request),
            "verbs": [
                {"label": _("Keep the left one"), "url": f"{PATH}/left?{query}", "key": "1", "primary": True},
                {"label": _("Keep the right one"), "url": f"{PATH}/right?{query}", "key": "2"},
                {"label": _("Not the same"), "url": f"{PATH}/apart?{query}", "key": "n"},
                {"label": _("Later"), "url": f"{PATH}?{urlencode({'at': at + 1})}", "method": "get", "key": "s"},
            ],
        }  # fmt: skip
    return page(request, "web/duplicates.html", context)


def _place(request: HttpRequest, found: list[Pair]) -> int:
    """Where one is in the list: at the pair that is asked for by name, else by place."""
    named = request.GET.get("pair", "")
    if named:
        return next((n for n, p in enumerate(found) if f"{p.first.pk}-{p.second.pk}" == named), 0)
    return whole(request.GET.get("at", "")) or 0


@door(RIGHT, "POST")
def decide(request: HttpRequest, what: str) -> HttpResponse:
    """Merge one into the other, or say that they are not the same; then the next pair."""
    keys = [whole(request.GET.get(name, "")) for name in ("first", "second")]
    if what not in {"left", "right", "apart"} or None in keys:
        raise NotFound(what=_("Pair"))
    first, second = keys
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if what == "apart":
        perform(actor, tell_apart, [first], {"other": second})
        flash(request, _("Told apart."))
    else:
        stays, goes = (first, second) if what == "left" else (second, first)
        perform(actor, merge, [goes], {"into": stays})
        name = Party.objects.values_list("name", flat=True).get(pk=stays)
        flash(
            request,
            _("Merged into {party}. Its page takes it back with Undo merge.").format(party=name),
            url=f"/parties/{goes}",
            url_label=_("The merged one"),
        )
    return HttpResponseRedirect(f"{PATH}?{urlencode({'at': whole(request.GET.get('at', '')) or 0})}")


def _compared(pair: Pair, request: HttpRequest) -> list[tuple[str, str, str, bool]]:
    """Field by field: title, left, right, and whether they agree."""
    formats = formats_of(request)

    def said(party: Party) -> list[str]:
        roles = [
            word
            for held, word in (
                (party.is_customer, _("customer")), (party.is_vendor, _("vendor")), (party.is_lead, _("lead")), (party.is_competitor, _("competitor")),
            )
            if held
        ]  # fmt: skip
        points = sorted({p.value for p in party.contact_points.all()})
        return [
            party.name, party.code, str(party.get_kind_display()), ", ".join(roles), party.vat_number, party.tax_code, party.email, party.phone, ", ".join(points),
            "; ".join(str(a) for a in party.addresses.all()), f"{party.city} {party.country_id or ''}".strip(), str(party.salesperson or ""), formats.date(party.created_at.date()),
        ]  # fmt: skip

    titles = [
        _("Name"), _("Code"), _("Kind"), _("Roles"), _("VAT number"), _("Tax code"), _("Email"), _("Phone"), _("Contact points"), _("Addresses"), _("Where"), _("Salesperson"),
        _("Written down on"),
    ]  # fmt: skip
    return [
        (t, a, b, bool(a) and a.casefold() == b.casefold())
        for t, a, b in zip(titles, said(pair.first), said(pair.second), strict=True)
        if a or b
    ]

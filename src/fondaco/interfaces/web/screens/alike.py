"""Who is there already, said while somebody writes a new party or lead down (SA-02): a quiet line under the field, and nothing more."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import page
from fondaco.masterdata.parties import normalising
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.queries import VIEW, duplicates
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotAllowed

#: The forms that ask, with the right to write there and the fields that are asked about.
FORMS = {"parties": ("parties.write_party", ("name", "vat_number", "email")), "leads": ("crm.write_lead", ("email",))}
#: From this score on somebody is named, and so many of them; shorter words say nothing.
WORTH_SAYING, MOST, SHORTEST = 50, 3, 3


def asked_about(key: str, name: str) -> dict[str, str]:
    """What a field of the form of a new record has beside it; nothing for most."""
    if key not in FORMS or name not in FORMS[key][1]:
        return {}
    return {"alike": f"/-/alike/{key}?by={name}", "alike_with": "#id_name, #id_vat_number, #id_email, #id_city, [name=country]"}


@door(SIGNED_IN, "GET")
def alike(request: HttpRequest, key: str) -> HttpResponse:
    """Who may be the one whose name, VAT number or address is being typed, as far as the reader may see him. Seven statements at most."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    right, names = FORMS.get(key, ("", ()))
    if not right or not actor.may(right) or not actor.may(VIEW):
        raise NotAllowed(verb=_("see"), what=Party._meta.verbose_name_plural, permission=right or VIEW)
    by = request.GET.get("by", "")
    asks = by in names and len(request.GET.get(by, "").strip()) >= SHORTEST
    found = next((f for given in _asked(request, by) if (f := duplicates(**given, limit=10))), []) if asks else []
    seen = (
        set(visible(Party.objects.filter(pk__in=[d.party.pk for d in found]), actor, VIEW).values_list("pk", flat=True)) if found else set()
    )
    said = _("There already, {score} of 100 ({reasons}):")
    shown = [
        {"text": said.format(score=d.score, reasons=", ".join(d.reasons)), "name": d.party.name, "url": f"/customers/{d.party.pk}"}
        for d in found if d.score >= WORTH_SAYING and d.party.pk in seen
    ][:MOST]  # fmt: skip
    answer = page(request, "web/alike.html", {"alike": shown})
    answer["Cache-Control"] = "no-store"
    return answer


def _asked(request: HttpRequest, by: str) -> list[dict[str, Any]]:
    """What is compared for a field, in the form in which it is kept, one after the other; what is not complete yet is compared with nothing."""
    given = {name: request.GET.get(name, "")[:500].replace("\x00", "") for name in ("name", "vat_number", "email", "city", "country")}
    if by == "name":
        return [{"name": given["name"], "city": given["city"]}]
    if by == "email":
        address, wrong = normalising.mail_address(given["email"])
        return [] if wrong else [{"email": address}]
    number, wrong = normalising.vat_number(given["vat_number"], given["country"])
    # A number is kept as it was written: with its country before it, or without.
    country = given["country"][:2]
    other = number.removeprefix(country) if country and number.startswith(country) else f"{country}{number}"
    return [] if wrong else [{"vat_number": spelling} for spelling in dict.fromkeys((number, other))]

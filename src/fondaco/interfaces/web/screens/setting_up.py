"""Setting up an installation in the browser: five short steps, then everything is founded at once.

What was typed waits in the session of whoever brought the set-up key; nothing is written before the last step.
"""

from collections.abc import Callable, Mapping
from typing import Any

from babel.dates import get_month_names
from django.contrib.auth.hashers import make_password
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.doors.policy import PUBLIC, door, sign_in
from fondaco.interfaces.web.formatting import REGIONS
from fondaco.interfaces.web.frame import page
from fondaco.localizations import founding
from fondaco.localizations.founding import AlreadySetUp, Founding, KeyNotValid, Person
from fondaco.platform.access.links import link_behind, path_of
from fondaco.platform.access.models import OneTimeLink, User
from fondaco.platform.access.passwords import new_password_problems

Problems = dict[str, str]

#: The steps in their order; the last one has nothing to ask.
STEPS = {
    "you": gettext_lazy("You"),
    "company": gettext_lazy("Company"),
    "books": gettext_lazy("Books"),
    "people": gettext_lazy("People"),
    "summary": gettext_lazy("Summary"),
}
EMPTY_ROWS = 3


@door(PUBLIC, "GET", "POST")
def begin(request: HttpRequest) -> HttpResponse:
    """Ask for the set-up key, or take the one in the address, and begin."""
    _refuse_when_founded()
    given = (request.POST.get("key") or request.GET.get("key") or "").strip()
    kept = _kept(request)
    if given:
        link = link_behind(given, OneTimeLink.Purpose.SET_UP)
        if link is not None:
            request.session["set_up"] = {**kept, "link": link.pk}  # type: ignore[attr-defined]
            return HttpResponseRedirect(_address(_next_open(kept)))
    elif founding.key_is_open(kept.get("link")):
        return HttpResponseRedirect(_address(_next_open(kept)))
    problem = KeyNotValid().sentence() if given else ""
    return page(request, "web/set_up_key.html", {"title": _("Set up Fondaco"), "error": problem}, status=403 if given else 200)


@door(PUBLIC, "GET", "POST")
def step(request: HttpRequest, step: str) -> HttpResponse:
    """One step: draw it, or check what was typed and go on."""
    _refuse_when_founded()
    if step not in STEPS:
        raise Http404
    kept = _kept(request)
    if not founding.key_is_open(kept.get("link")):
        return HttpResponseRedirect("/-/set-up")
    first = _next_open(kept)
    if list(STEPS).index(step) > list(STEPS).index(first):
        return HttpResponseRedirect(_address(first))
    with translation.override(kept.get("you", {}).get("language") or translation.get_language()):
        if step == "summary":
            return _found(request, kept) if request.method == "POST" else _summary(request, kept)
        if request.method == "GET":
            return _draw(request, step, kept, kept.get(step, {}), {})
        values, problems = CHECKS[step](request, kept)
        if problems or "more" in request.POST:
            return _draw(request, step, kept, values, problems, status=422 if problems else 200)
        _keep(request, kept, step, values)
        return HttpResponseRedirect(_address(_following(step)))


def _refuse_when_founded() -> None:
    if founding.is_founded():
        raise AlreadySetUp()


def _kept(request: HttpRequest) -> dict[str, Any]:
    return dict(request.session.get("set_up", {}))  # type: ignore[attr-defined]


def _keep(request: HttpRequest, kept: Mapping[str, Any], step: str, values: Mapping[str, Any]) -> None:
    changed = {**kept, step: values}
    if step == "company" and kept.get("company", {}).get("country_id") not in (None, values["country_id"]):
        changed.pop("books", None)  # chart, taxes and time zones are those of the country
    request.session["set_up"] = changed  # type: ignore[attr-defined]


def _address(step: str) -> str:
    return f"/-/set-up/{step}"


def _following(step: str) -> str:
    keys = list(STEPS)
    return keys[keys.index(step) + 1]


def _next_open(kept: Mapping[str, Any]) -> str:
    return next((key for key in STEPS if key != "summary" and key not in kept), "summary")


def _check_you(request: HttpRequest, kept: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    given, wrong = founding.check_person(request.POST.dict())
    values: dict[str, Any] = dict(given)
    languages = dict(User._meta.get_field("language").choices or ())
    language = request.POST.get("language", "")
    values["language"] = language if language in languages else "en"
    password, again = request.POST.get("password", ""), request.POST.get("again", "")
    before = kept.get("you", {}).get("password", "")
    if before and not password and not again:
        values["password"] = before  # typed on an earlier visit of this step
    else:
        about = {name: values[name] for name in ("username", "name", "email")}
        wrong |= new_password_problems(password, again, **about)
        if not wrong:
            values["password"] = make_password(password)
    return values, wrong


def _check_company(request: HttpRequest, kept: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    return founding.check_company(request.POST.dict())


def _check_books(request: HttpRequest, kept: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    return founding.check_books(request.POST.dict(), kept["company"])


def _check_people(request: HttpRequest, kept: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    offered = {r["code"] for r in founding.roles()}
    own = [code for code in request.POST.getlist("own") if code in offered]
    wrong: Problems = {}
    people: list[dict[str, str]] = []
    taken = {kept["you"]["username"]}
    for place in range(founding.MOST_COLLEAGUES):
        given = {name: request.POST.get(f"{name}-{place}", "").strip() for name in ("name", "email", "role")}
        if not given["name"] and not given["email"]:
            continue
        at = len(people)
        values, problems = founding.check_person(given, taken)
        if "username" in problems:
            problems["name"] = problems.pop("username")
        if given["role"] not in offered:
            problems["role"] = _("Choose a role.")
        taken.add(values["username"])
        people.append({**values, "role": given["role"]})
        wrong |= {f"{name}-{at}": sentence for name, sentence in problems.items()}
    return {"own": own, "people": people}, wrong


CHECKS: dict[str, Callable[[HttpRequest, Mapping[str, Any]], tuple[dict[str, Any], Problems]]] = {
    "you": _check_you,
    "company": _check_company,
    "books": _check_books,
    "people": _check_people,
}


def _draw(
    request: HttpRequest, step: str, kept: Mapping[str, Any], values: Mapping[str, Any], problems: Problems, status: int = 200
) -> HttpResponse:
    drawn = DRAWN[step](kept, values, problems)
    labels = {f["name"]: f["label"] for f in drawn.get("fields", [])} | drawn.get("labels", {})
    # "Another row" is no mistake: what is wrong is said when the step is left.
    errors = [] if "more" in request.POST else [
        {"text": f"{labels[n]}: {s}" if n in labels else s, "field": f"id_{n}"} for n, s in problems.items()
    ]  # fmt: skip
    context = {
        "title": STEPS[step],
        "steps": _steps(step, kept),
        "step": step,
        "action": _address(step),
        "back": _address(list(STEPS)[list(STEPS).index(step) - 1]) if step != "you" else None,
        "errors": errors,
        **drawn,
    }
    return page(request, "web/set_up.html", context, status=status)


def _steps(current: str, kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"title": title, "current": key == current, "done": key in kept, "url": _address(key) if key in kept and key != current else None}
        for key, title in STEPS.items()
    ]


def _fields(declared: list[dict[str, Any]], values: Mapping[str, Any], problems: Problems) -> list[dict[str, Any]]:
    """Fields with their values and what is wrong; the first one that is wrong, else the first, takes the focus."""
    focus = next((f["name"] for f in declared if f["name"] in problems), declared[0]["name"])
    return [
        {"value": values.get(f["name"]), **f, "error": problems.get(f["name"]), "autofocus": f["name"] == focus and not problems}
        for f in declared
    ]


def _you(kept: Mapping[str, Any], values: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    has_password = bool(values.get("password") or kept.get("you", {}).get("password"))
    declared = [
        {"name": "name", "label": _("Your name"), "required": True, "autocomplete": "name"},
        {"name": "email", "kind": "email", "label": _("Email"), "required": True, "autocomplete": "email"},
        {"name": "username", "label": _("User name"), "optional": True, "autocomplete": "username", "hint": _("Left empty, it is made from the name: anna.rossi. It stands in the history and never changes."), "attrs": {"autocapitalize": "none"}},
        {"name": "language", "kind": "select", "label": _("Language"), "options": list(User._meta.get_field("language").choices or ()), "value": values.get("language") or translation.get_language()},
        {"name": "password", "kind": "password", "label": _("Password"), "required": not has_password, "value": None, "autocomplete": "new-password", "hint": _("Left empty, the one you typed before is kept.") if has_password else _("At least 12 characters; three or four words are good.")},
        {"name": "again", "kind": "password", "label": _("Password again"), "required": not has_password, "value": None, "autocomplete": "new-password"},
    ]  # fmt: skip
    return {
        "fields": _fields(declared, values, problems),
        "lead": _("You will be the administrator: you invite colleagues and decide what each of them may do."),
    }


def _named(rows: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Codes with their names in the reader's language, by name."""
    name = "name_it" if translation.get_language() == "it" else "name_en"
    return sorted(((code, row[name]) for code, row in rows.items()), key=lambda choice: choice[1].casefold())


def _company(kept: Mapping[str, Any], values: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    country = {"it": "IT"}.get(kept["you"]["language"], "")
    currencies = [(code, f"{code} · {name}") for code, name in _named(founding.currencies())]
    declared = [
        {"name": "name", "label": _("Name of the company"), "required": True, "autocomplete": "organization"},
        {"name": "country_id", "kind": "select", "label": _("Country"), "required": True, "options": _named(founding.countries()), "empty": _("Choose"), "value": values.get("country_id", country)},
        {"name": "vat_number", "label": _("VAT number"), "optional": True, "hint": _("Its check digits are checked.")},
        {"name": "currency_id", "kind": "select", "label": _("Currency of the books"), "options": sorted(currencies), "empty": _("that of the country")},
        {"name": "code", "label": _("Short name"), "optional": True, "hint": _("A word for lists and files, such as ACME; left empty, it is made from the name.")},
        {"name": "street", "label": _("Street"), "optional": True, "autocomplete": "street-address"},
        {"name": "postal_code", "label": _("Postal code"), "optional": True, "autocomplete": "postal-code"},
        {"name": "city", "label": _("City"), "optional": True, "autocomplete": "address-level2"},
    ]  # fmt: skip
    return {
        "fields": _fields(declared, values, problems),
        "lead": _("The legal entity whose books are kept here. More can be added later."),
    }


def _months() -> list[tuple[int, str]]:
    names = get_month_names("wide", "stand-alone", REGIONS[translation.get_language() if translation.get_language() in REGIONS else "en"])
    return [(number, names[number]) for number in range(1, 13)]


def _books(kept: Mapping[str, Any], values: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    company = kept["company"]
    proposals = founding.proposals(company["country_id"])
    zones = founding.zones_of(company["country_id"])
    registered = values.get("vat_registered", bool(company["vat_number"]) or not founding.vat_is_checked(company["country_id"]))
    declared = [
        {"name": "vat_registered", "kind": "select", "label": _("Registered for VAT"), "options": [("yes", _("yes")), ("no", _("no"))], "value": "yes" if registered else "no", "hint": _("Without registration no tax is charged.")},
        {"name": "start_month", "kind": "select", "label": _("The fiscal year starts in"), "options": _months(), "value": values.get("start_month", 1)},
        {"name": "first_year", "label": _("First fiscal year"), "required": True, "value": values.get("first_year") or founding.year_now(values.get("start_month") or 1), "hint": _("The year in which it starts. It is opened with all years until now."), "attrs": {"inputmode": "numeric", "maxlength": "4"}},
        {"name": "time_zone", "kind": "select", "label": _("Time zone"), "options": [(z, z.replace("_", " ")) for z in zones], "value": values.get("time_zone", zones[0])},
    ]  # fmt: skip
    chosen = values.get("chart") or proposals[0].chart
    return {
        "fields": _fields(declared, values, problems),
        "lead": _("What a company in {country} starts with. Accounts and tax codes can be added and renamed at any time.").format(
            country=dict(_named(founding.countries()))[company["country_id"]]
        ),
        "charts": [
            {
                "key": p.chart,
                "title": _chart_title(p.chart, company["country_id"]),
                "accounts": p.accounts,
                "headings": p.headings,
                "chosen": p.chart == chosen,
            }
            for p in proposals
        ],
        "tax_codes": _tax_codes(proposals[0]),
        "labels": {"chart": _("Chart of accounts")},
    }


def _chart_title(chart: str, country: str) -> str:
    if chart == "generic":
        return _("General chart of accounts")
    return _("Chart of accounts of {country}").format(country=dict(_named(founding.countries()))[country])


def _tax_codes(proposal: founding.Proposal) -> list[dict[str, str]]:
    name = "name_it" if translation.get_language() == "it" else "name_en"
    return [{"code": r["code"], "name": r[name], "rate": r["rate"]} for r in proposal.tax_codes]


def _roles() -> list[dict[str, str]]:
    it = "_it" if translation.get_language() == "it" else "_en"
    return [{"code": r["code"], "name": r["name" + it], "what": r["description" + it]} for r in founding.roles()]


def _people(kept: Mapping[str, Any], values: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    people = [*values.get("people", []), *({} for _empty in range(EMPTY_ROWS))][: founding.MOST_COLLEAGUES]
    options = [(r["code"], r["name"]) for r in _roles()]
    rows = []
    for place, person in enumerate(people):
        declared = [
            {"name": f"name-{place}", "label": _("Name"), "value": person.get("name")},
            {"name": f"email-{place}", "kind": "email", "label": _("Email"), "value": person.get("email")},
            {"name": f"role-{place}", "kind": "select", "label": _("Role"), "options": options, "empty": _("Choose"), "value": person.get("role")},
        ]  # fmt: skip
        rows.append([f | {"error": problems.get(f["name"]), "autocomplete": "off"} for f in declared])
    own = values.get("own", ["controller"] if "people" not in values else [])
    return {
        "rows": rows,
        "own": [{**r, "chosen": r["code"] in own} for r in _roles()],
        "lead": _(
            "Each colleague gets a link to set a password; you will see the links at the end. You can also invite them later: leave the rows empty."
        ),
        "labels": {f["name"]: f["label"] for row in rows for f in row},
    }


DRAWN: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Problems], dict[str, Any]]] = {
    "you": _you,
    "company": _company,
    "books": _books,
    "people": _people,
}


def _summary(request: HttpRequest, kept: Mapping[str, Any]) -> HttpResponse:
    """Everything once more, each part with the way back to its step."""
    you, company, books, people = (kept[key] for key in ("you", "company", "books", "people"))
    country = dict(_named(founding.countries()))[company["country_id"]]
    names = {r["code"]: r["name"] for r in _roles()}
    proposal = next(
        p for p in founding.proposals(company["country_id"], vat_registered=books["vat_registered"]) if p.chart == books["chart"]
    )
    now = founding.year_now(books["start_month"])
    parts = [
        ("you", [(_("Administrator"), you["name"]), (_("Email"), you["email"]), (_("User name"), you["username"]), (_("Your own work"), ", ".join(names[r] for r in people["own"]) or _("administration only"))]),
        ("company", [(_("Company"), company["name"]), (_("Short name"), company["code"]), (_("Country"), country), (_("VAT number"), company["vat_number"] or "–"), (_("Currency"), company["currency_id"]), (_("Address"), ", ".join(p for p in (company["street"], f"{company['postal_code']} {company['city']}".strip()) if p) or "–")]),
        ("books", [(_("Chart of accounts"), _("{name}: {count} accounts").format(name=_chart_title(books["chart"], company["country_id"]), count=proposal.accounts)), (_("Tax codes"), str(len(proposal.tax_codes)) if books["vat_registered"] else _("not registered for VAT: no tax is charged")), (_("Fiscal years"), str(books["first_year"]) if books["first_year"] >= now else f"{books['first_year']}–{now}"), (_("Start of the fiscal year"), dict(_months())[books["start_month"]]), (_("Time zone"), books["time_zone"].replace("_", " "))]),
        ("people", [(p["name"], f"{names[p['role']]} · {p['email']}") for p in people["people"]] or [(_("Colleagues"), _("none yet"))]),
    ]  # fmt: skip
    context = {
        "title": STEPS["summary"],
        "steps": _steps("summary", kept),
        "action": _address("summary"),
        "back": _address("people"),
        "parts": [{"title": STEPS[key], "url": _address(key), "facts": facts} for key, facts in parts],
    }
    return page(request, "web/set_up_summary.html", context)


def _found(request: HttpRequest, kept: Mapping[str, Any]) -> HttpResponse:
    """Found everything, sign the administrator in, and show the colleagues' links, which nobody can show again."""
    you, company, books, people = (kept[key] for key in ("you", "company", "books", "people"))
    language = you["language"]
    administrator = Person(you["name"], you["username"], you["email"], language, people["own"], you["password"])
    colleagues = [Person(p["name"], p["username"], p["email"], language, [p["role"]]) for p in people["people"]]
    habits = {"language": language, "time_zone": books["time_zone"], "fiscal_year_start_month": books["start_month"]}
    wanted = Founding(administrator, {**company, **habits}, books["first_year"], books["chart"], books["vat_registered"], colleagues)
    founded = founding.found(wanted, kept["link"])
    sign_in(request, founded.administrator)
    if not founded.links:
        return HttpResponseRedirect("/")
    context = {
        "title": _("{company} is set up").format(company=founded.company.name),
        "links": [{"name": u.name, "what": u.email, "secret": absolute(request, path_of(s))} for u, s in founded.links],
    }
    response = page(request, "web/founded.html", context)
    response["Cache-Control"] = "no-store"
    return response

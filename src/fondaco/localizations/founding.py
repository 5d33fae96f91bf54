"""Founding an installation: what is asked, what is proposed, and one transaction that makes all of it or nothing."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.core import get_global
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.localizations.loading import HERE, MASTERDATA, found_company, localization_of, rows_of, taxes_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.normalising import mail_address, vat_number
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.links import make_password_links
from fondaco.platform.access.models import Membership, OneTimeLink, Role, User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

ADMINISTRATOR = "administrator"
#: Roles that nobody is given while founding: the first is the founder's, the second is for programs.
NOT_OFFERED = {ADMINISTRATOR, "integration"}
USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,60}")
#: The first fiscal year lies at most so many years before the present one; each is opened.
YEARS_BACK = 10
MOST_COLLEAGUES = 50


class AlreadySetUp(UserError):
    code, status = "setup.already_set_up", 404
    message = gettext_lazy("This installation is set up already. Sign in; an administrator invites colleagues under Set up > Users.")


class KeyNotValid(UserError):
    code, status = "setup.key_not_valid", 403
    message = gettext_lazy(
        "This key does not set up the installation (any more). Take the address that “./fondaco serve” printed when it last started."
    )


@dataclass(frozen=True)
class Person:
    """Someone who will work here. ``password`` is a hash, empty for those who get a link to set it."""

    name: str
    username: str
    email: str
    language: str
    roles: Sequence[str]
    password: str = ""


@dataclass(frozen=True)
class Founding:
    """All that the wizard has asked for."""

    administrator: Person
    company: Mapping[str, Any]
    first_year: int
    chart: str = ""
    vat_registered: bool = True
    colleagues: Sequence[Person] = ()


@dataclass(frozen=True)
class Founded:
    company: Company
    administrator: User
    #: (colleague, secret of the link by which the password is set)
    links: list[tuple[User, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Proposal:
    """A chart of accounts that a company may start with, and the taxes of its country."""

    chart: str
    headings: int
    accounts: int
    tax_codes: Sequence[Mapping[str, str]]


def is_founded() -> bool:
    """Whether there is a company."""
    return Company.objects.exists()


def key_is_open(link: int | None) -> bool:
    """Whether the set-up key ``link`` can still be used."""
    return link is not None and OneTimeLink.objects.filter(pk=link, purpose=OneTimeLink.Purpose.SET_UP, used_at__isnull=True).exists()


def found(founding: Founding, link: int) -> Founded:
    """Make company, books, administrator and colleagues, and use up the set-up key ``link``; all or nothing."""
    person = founding.administrator
    with unit_of_work(person.username, "setup.found"):
        key = OneTimeLink.objects.select_for_update(of=("self",)).filter(pk=link, purpose=OneTimeLink.Purpose.SET_UP).first()
        if is_founded():
            raise AlreadySetUp()
        if key is None or key.used_at is not None:
            raise KeyNotValid()
        years = range(founding.first_year, max(founding.first_year, year_now(founding.company["fiscal_year_start_month"])) + 1)
        actor = Actor(username=person.username, name=person.name, channel="setup", everything=True)
        company = found_company(actor, founding.company, years, chart=founding.chart, vat_registered=founding.vat_registered)
        people = [person, *founding.colleagues]
        users = [User(username=p.username, name=p.name, email=p.email, language=p.language, password=p.password or "!") for p in people]
        insert_rows(User, users)
        roles = dict(Role.objects.values_list("key", "id"))
        held = [(users[0], ADMINISTRATOR, None), *((u, r, company.pk) for u, p in zip(users, people, strict=True) for r in p.roles)]
        insert_rows(Membership, [Membership(user=user, role_id=roles[role], company_id=where) for user, role, where in held])
        secrets = make_password_links(users[1:])
        key.used_at = timezone.now()
        key.save(update_fields=["used_at"])
    return Founded(company, users[0], [(user, secrets[user.username]) for user in users[1:]])


def year_now(start_month: int, today: date | None = None) -> int:
    """The year in which the present fiscal year started."""
    today = today or timezone.now().date()
    return today.year if today.month >= start_month else today.year - 1


def countries() -> dict[str, Mapping[str, str]]:
    """Countries by code, before the database knows them."""
    return {r["alpha2"]: r for r in rows_of(MASTERDATA / "companies" / "data" / "countries.csv")}


def currencies() -> dict[str, Mapping[str, str]]:
    """Currencies by code, before the database knows them."""
    return {r["code"]: r for r in rows_of(MASTERDATA / "companies" / "data" / "currencies.csv")}


def roles() -> list[Mapping[str, Any]]:
    """The standard roles that may be given while founding."""
    standard = tomllib.loads((HERE / "generic" / "roles.toml").read_text(encoding="utf-8"))["role"]
    return [r for r in standard if r["code"] not in NOT_OFFERED]


def zones_of(country: str) -> list[str]:
    """The time zones of a country, its capital's not always first; ``UTC`` where none is known."""
    return sorted(zone for zone, territory in get_global("zone_territories").items() if territory == country) or ["UTC"]


def proposals(country: str, *, vat_registered: bool = True) -> list[Proposal]:
    """The charts a company in ``country`` may start with, its country's own first."""
    in_eu = countries()[country]["eu"] == "true"
    _rules, rows = taxes_of(country, in_eu=in_eu, vat_registered=vat_registered)
    codes = list({r["code"]: r for r in rows}.values())
    made = []
    for name in dict.fromkeys([localization_of(country).name, "generic"]):
        chart = rows_of(HERE / name / "chart.csv")
        accounts = sum(1 for r in chart if r["posting"] == "true")
        made.append(Proposal(name, len(chart) - accounts, accounts, codes))
    return made


def username_from(name: str) -> str:
    """A username from a name: ``Anna Rossi`` becomes ``anna.rossi``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return ".".join(re.findall(r"[a-z0-9]+", plain))[:60].lstrip("0123456789.")


def company_code_from(name: str) -> str:
    """A short code from a company's name: ``Officine Bruni S.r.l.`` becomes ``OFFICINE``."""
    words = re.findall(r"[A-Z0-9]+", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper())
    return (words[0] if words else "")[:10]


def check_person(values: Mapping[str, str], taken: Iterable[str] = ()) -> tuple[dict[str, str], dict[str, str]]:
    """Name, username, mail address as they will be kept, and what is wrong, by field."""
    name = " ".join(values.get("name", "").split())
    email, mail_problem = mail_address(values.get("email", ""))
    username = values.get("username", "").strip().lower() or username_from(name)
    wrong = {}
    if not name:
        wrong["name"] = _("Fill this in.")
    elif not USERNAME.fullmatch(username):
        wrong["username"] = _("A user name has small letters, digits, dots and dashes, and begins with a letter, such as anna.rossi.")
    elif username in taken or User.objects.filter(username=username).exists():
        wrong["username"] = _("The user name {name} is taken. Choose another one.").format(name=username)
    if not email:
        wrong["email"] = _("Fill this in.")
    elif mail_problem:
        wrong["email"] = mail_problem
    return {"name": name, "username": username, "email": email}, wrong


def check_company(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The company as it will be kept, and what is wrong, by field."""
    kept: dict[str, Any] = {
        k: " ".join(values.get(k, "").split()) for k in ("name", "code", "country_id", "currency_id", "street", "postal_code", "city")
    }
    wrong: dict[str, str] = {}
    if not kept["name"]:
        wrong["name"] = _("Fill this in.")
    country = countries().get(kept["country_id"])
    if country is None:
        wrong["country_id"] = _("Choose the country.")
    kept["currency_id"] = kept["currency_id"] or (country or {}).get("currency", "")
    if country is not None and kept["currency_id"] not in currencies():
        wrong["currency_id"] = _("Choose the currency in which the books are kept.")
    kept["code"] = kept["code"].upper() or company_code_from(kept["name"])
    if kept["name"] and not re.fullmatch(r"[A-Z0-9][A-Z0-9._-]{0,19}", kept["code"]):
        wrong["code"] = _("Take up to 20 letters, digits, dots and dashes, such as ACME.")
    kept["vat_number"], problem = vat_number(values.get("vat_number", ""), kept["country_id"] if country else "")
    if problem:
        wrong["vat_number"] = problem
    return kept, wrong


def check_books(values: Mapping[str, str], company: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Chart, tax habit, fiscal year and time zone as they will be kept, and what is wrong, by field."""
    wrong: dict[str, str] = {}
    chart = values.get("chart", "")
    if chart not in {p.chart for p in proposals(company["country_id"])}:
        wrong["chart"] = _("Choose a chart of accounts.")
    registered = values.get("vat_registered") == "yes"
    if registered and not company["vat_number"] and vat_is_checked(company["country_id"]):
        wrong["vat_registered"] = _("A company registered for VAT has a VAT number. Go back one step and give it, or choose “no”.")
    month = int(values["start_month"]) if values.get("start_month", "").isdecimal() else 0
    if not 1 <= month <= 12:
        wrong["start_month"] = _("Choose the month in which the fiscal year starts.")
        month = 1
    now = year_now(month)
    text = values.get("first_year", "").strip()
    year = int(text) if re.fullmatch(r"\d{4}", text) else 0
    if not now - YEARS_BACK <= year <= now + 1:
        wrong["first_year"] = _("Give a year from {first} to {last}.").format(first=now - YEARS_BACK, last=now + 1)
    zone = values.get("time_zone", "")
    if zone not in zones_of(company["country_id"]):
        wrong["time_zone"] = _("Choose the time zone.")
    return {"chart": chart, "vat_registered": registered, "start_month": month, "first_year": year, "time_zone": zone}, wrong


def vat_is_checked(country: str) -> bool:
    """Whether companies of ``country`` have VAT numbers whose form is known: members of the EU VAT area."""
    return countries()[country]["eu"] == "true"

"""An installation without a company is founded in the browser by whoever has the key, once, whole or not at all."""

import re
from datetime import date

import pytest
from django.test import Client

from fondaco.finance.ledger.models import Account, FiscalYear
from fondaco.finance.tax.models import TaxCode, TaxRule
from fondaco.interfaces.cli.inviting import invitation
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.links import make_set_up_key
from fondaco.platform.access.models import Membership, OneTimeLink, SignIn, User
from fondaco.platform.database.unit import unit_of_work

PASSWORD = "drei graue Kutter"
YEAR = date.today().year  # noqa: DTZ011  the wizard proposes the present year
YOU = {"name": "Anna Rossi", "email": "Anna@example.com", "language": "en", "password": PASSWORD, "again": PASSWORD}
COMPANY = {"name": "Officine Bruni S.r.l.", "country_id": "IT", "vat_number": "IT 00743110157", "city": "Milano"}
BOOKS = {"chart": "it", "vat_registered": "yes", "start_month": "1", "first_year": str(YEAR - 1), "time_zone": "Europe/Rome"}
PEOPLE = {
    "own": ["controller", "sales_manager"],
    "name-0": "Bruno Neri",
    "email-0": "bruno@example.com",
    "role-0": "accountant",
    "name-2": "Carla Blu",
    "email-2": "carla@example.com",
    "role-2": "receivables_clerk",
}


@pytest.fixture
def key(db):
    with unit_of_work("test", "test"):
        return make_set_up_key()


def walk(visitor, **changed):
    """Fill in all steps; the answers, the last being the summary's page."""
    steps = {"you": YOU, "company": COMPANY, "books": BOOKS, "people": PEOPLE}
    return [visitor.post(f"/-/set-up/{step}", {**values, **changed.get(step, {})}) for step, values in steps.items()]


def opened(key):
    visitor = Client()
    assert visitor.get(f"/-/set-up?key={key}").headers["Location"] == "/-/set-up/you"
    return visitor


def test_founding_makes_company_books_and_people_at_once(key):
    visitor = opened(key)
    answers = walk(visitor)
    assert [a.headers.get("Location") for a in answers] == [f"/-/set-up/{s}" for s in ("company", "books", "people", "summary")]
    assert not Company.objects.exists(), "nothing is written before the last step"
    summary = visitor.get("/-/set-up/summary").content.decode()
    assert "Officine Bruni" in summary
    assert "IT00743110157" in summary
    assert "181 accounts" in summary
    done = visitor.post("/-/set-up/summary")
    assert done.status_code == 200
    company = Company.objects.get()
    assert (company.code, company.currency_id, company.time_zone) == ("OFFICINE", "EUR", "Europe/Rome")
    assert Account.objects.filter(company=company, is_posting=True).count() == 181
    assert TaxCode.objects.filter(company=company).count() == 40
    assert list(FiscalYear.objects.filter(company=company).order_by("starts_on").values_list("name", flat=True)) == [
        str(YEAR - 1),
        str(YEAR),
    ]
    held = set(Membership.objects.values_list("user__username", "role__key", "company_id"))
    assert held == {
        ("anna.rossi", "administrator", None),
        ("anna.rossi", "controller", company.pk),
        ("anna.rossi", "sales_manager", company.pk),
        ("bruno.neri", "accountant", company.pk),
        ("carla.blu", "receivables_clerk", company.pk),
    }
    assert set(User.objects.values_list("created_by", flat=True)) == {"anna.rossi"}
    assert visitor.get("/").status_code == 200
    assert SignIn.objects.get().user.username == "anna.rossi"
    assert actor_of(User.objects.get(username="anna.rossi"), channel="web").may("access.set_roles")


def test_a_colleague_sets_a_password_once_by_the_link(key):
    visitor = opened(key)
    walk(visitor)
    page = visitor.post("/-/set-up/summary").content.decode()
    links = re.findall(r"/-/welcome/[\w-]+", page)
    assert len(links) == 2
    bruno = Client()
    assert "bruno.neri" in bruno.get(links[0]).content.decode()
    short = bruno.post(links[0], {"password": "kurz", "again": "kurz"})
    assert short.status_code == 422
    assert "at least 12 characters" in short.content.decode()
    assert bruno.post(links[0], {"password": PASSWORD, "again": PASSWORD}).headers["Location"] == "/"
    assert bruno.get("/").status_code == 200
    assert Client().get(links[0]).status_code == 404
    assert Client().post(links[0], {"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert Client().post("/-/sign-in", {"username": "bruno@example.com", "password": PASSWORD}).status_code == 302


def test_without_the_key_nobody_gets_in(key):
    stranger = Client()
    assert stranger.get("/-/sign-in").headers["Location"] == "/-/set-up"
    assert stranger.get("/-/set-up").status_code == 200
    assert stranger.post("/-/set-up", {"key": "guess"}).status_code == 403
    for step in ("you", "summary"):
        assert stranger.post(f"/-/set-up/{step}", YOU).headers["Location"] == "/-/set-up"
    assert not User.objects.exists()


def test_a_newer_key_ends_the_older_one(key):
    visitor = opened(key)
    walk(visitor)
    newer = re.search(r"key=([\w-]+)", invitation("http://127.0.0.1:8765/"))
    assert visitor.post("/-/set-up/summary").headers["Location"] == "/-/set-up"
    assert not Company.objects.exists()
    # What was typed is kept; with the new key the same visitor goes on where he was.
    assert visitor.get(f"/-/set-up?key={newer[1]}").headers["Location"] == "/-/set-up/summary"


def test_afterwards_the_wizard_is_closed(key):
    visitor = opened(key)
    walk(visitor)
    visitor.post("/-/set-up/summary")
    for client in (visitor, Client()):
        assert client.get("/-/set-up").status_code == 404
        assert client.post("/-/set-up/summary").status_code == 404
        assert "set up already" in client.get("/-/set-up/you").content.decode()
    assert OneTimeLink.objects.get(purpose="set_up").used_at is not None
    assert invitation("http://127.0.0.1:8765/") == ""
    assert Company.objects.count() == 1


@pytest.mark.parametrize(
    ("step", "wrong", "sentence"),
    [
        ("you", {"email": "anna"}, "is not a mail address"),
        ("you", {"password": "anna.rossi12", "again": "anna.rossi12"}, "nearly your own name"),
        ("you", {"again": "another"}, "The two passwords differ"),
        ("you", {"name": "", "username": ""}, "Fill this in"),
        ("you", {"username": "Anna Rossi"}, "A user name has small letters"),
        ("company", {"vat_number": "IT00743110158"}, "is not a valid VAT number of IT"),
        ("company", {"country_id": "XX"}, "Choose the country"),
        ("company", {"currency_id": "ABC"}, "Choose the currency"),
        ("company", {"vat_number": ""}, ""),
        ("books", {"first_year": "1850"}, "Give a year from"),
        ("books", {"chart": "../../etc"}, "Choose a chart of accounts"),
        ("books", {"start_month": "13"}, "Choose the month"),
        ("people", {"name-2": "Bruno Neri"}, "bruno.neri is taken"),
        ("people", {"role-0": "administrator"}, "Choose a role"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_the_step_stays(key, step, wrong, sentence):
    visitor = opened(key)
    answers = dict(zip(("you", "company", "books", "people"), walk(visitor, **{step: wrong}), strict=True))
    if sentence:
        assert answers[step].status_code == 422
        assert sentence in answers[step].content.decode()
    else:
        assert answers[step].status_code == 302


def test_a_registered_company_has_a_number_and_an_unregistered_one_charges_no_tax(key):
    visitor = opened(key)
    refused = walk(visitor, company={"vat_number": ""})[2]
    assert refused.status_code == 422
    assert "has a VAT number" in refused.content.decode()
    visitor.post("/-/set-up/books", {**BOOKS, "vat_registered": "no"})
    visitor.post("/-/set-up/people", {"own": ["controller"]})
    assert visitor.post("/-/set-up/summary").headers["Location"] == "/"
    assert list(TaxRule.objects.values_list("tax_code__code", flat=True)) == ["IT-N22"]


def test_a_refusal_at_the_end_leaves_nothing(key):
    with unit_of_work("test", "test"):
        visitor = opened(key)
        walk(visitor)
        User.objects.create(username="carla.blu", name="Another Carla")
    answer = visitor.post("/-/set-up/summary")
    assert answer.status_code == 409
    assert "already a record" in answer.content.decode()
    assert not Company.objects.exists()
    assert list(User.objects.values_list("username", flat=True)) == ["carla.blu"]
    assert OneTimeLink.objects.get().used_at is None


@pytest.mark.parametrize(("country", "currency", "chart"), [("DE", "EUR", "generic"), ("US", "USD", "generic"), ("CH", "CHF", "generic")])
def test_any_country_can_be_founded(key, country, currency, chart):
    visitor = opened(key)
    answers = walk(
        visitor, company={"country_id": country, "vat_number": ""}, books={"chart": chart, "time_zone": "UTC", "vat_registered": "no"}
    )
    assert answers[2].status_code == 422, "the time zone is one of the country"
    zone = {"DE": "Europe/Berlin", "US": "America/New_York", "CH": "Europe/Zurich"}[country]
    visitor.post(
        "/-/set-up/books",
        {**BOOKS, "chart": chart, "time_zone": zone, "vat_registered": "no", "start_month": "7", "first_year": str(YEAR - 1)},
    )
    visitor.post("/-/set-up/people", {})
    assert visitor.post("/-/set-up/summary").headers["Location"] == "/"
    company = Company.objects.get()
    assert (company.currency_id, company.fiscal_year_start_month) == (currency, 7)

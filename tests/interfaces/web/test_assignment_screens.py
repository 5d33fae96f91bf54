"""SA-08 and SA-10 as a sales manager and a seller see them."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from fondaco.frontoffice.assignment.models import Assignment
from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.crm.resources import OpportunityResource
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.frontoffice.assignment.test_assignment import enquire, market, people, rule  # noqa: F401  fixtures


def signed_in(name, *patterns, scope="company"):
    with unit_of_work("t", "t"):
        user = User.objects.create(username=name, name=name.title(), password=make_password(name), language="it")
        role = Role.objects.create(key=name, name=name)
        RolePermission.objects.bulk_create([RolePermission(role=role, pattern=p, scope=scope) for p in patterns])
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.post("/-/sign-in", {"username": name, "password": name})
    return client


@pytest.fixture
def manager(books):
    return signed_in("roberta", "crm.*", "parties.*", "companies.*", "access.view_user", "assignment.*", "scoring.*")


def text(answer):
    assert answer.status_code == 200, answer
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_who_gets_it_why_and_what_would_change_hands(books, people, market, manager):  # noqa: F811
    place = {"country": "IT", "postal_code": "39100"}
    asked = text(manager.get("/sell/who-gets-it", {"kind": "lead", "amount": "1.200,50", **place}))
    assert "Anna ha il carico minore per la sua capacità" in asked and "1.200,50 EUR" in asked
    assert "valore da: chiede 50.000, trovato 1.200,50" in asked
    assert not Lead.objects.exists() and not Assignment.objects.exists()
    assert "Boss" in text(manager.get("/sell/who-gets-it", {"amount": "50000"}))
    assert (
        manager.get("/sell/who-gets-it", {"score": "x", "amount": "?", "party": "99999999999999999999", "group": "-1"}).status_code == 200
    )
    leads = enquire(books, *({"name": f"L{n}", **place} for n in range(3)))
    given = Assignment.objects.filter(lead=leads[0]).get()
    page = manager.get(f"/leads/{leads[0].pk}").content.decode()
    assert f"/sell/assignments/{given.pk}" in page
    assert "Rifatta da ciò che è stato conservato: stesso risultato." in text(manager.get(f"/sell/assignments/{given.pk}"))
    # A draft that would turn the work round is compared before it decides.
    rule(books, 1, "Alles Rosa", market["rest"], in_force=False)
    compared = text(manager.get("/sell/compare-rules", {"last": "50"}))
    assert "Sarebbero di un altro 3" in compared and "Alles Rosa" in compared
    edit(ACTOR, RESOURCES["territories"], {market["south"]: {"members": [{"salesperson": people["luca"].pk}]}})
    assert "2 contatti e trattative del territorio sono di persone che non ne fanno parte." in text(
        manager.get(f"/territories/{market['south']}")
    )
    shown = text(manager.get("/sell/hand-over", {"territory": market["south"]}))
    assert leads[0].number in shown and leads[1].number not in shown
    assert Lead.objects.get(pk=leads[0].pk).salesperson == people["anna"]
    refused = manager.post("/sell/hand-over", {"territory": market["south"], "reason": ""}, follow=True)
    assert "motivo" in text(refused).lower() and Lead.objects.get(pk=leads[0].pk).salesperson == people["anna"]
    manager.post("/sell/hand-over", {"territory": market["south"], "reason": "Anna va a Vienna"})
    assert set(Lead.objects.values_list("salesperson__username", flat=True)) == {"luca"}
    seller = signed_in("seller", "crm.view_lead", "assignment.view_assignment", "companies.*", scope="own")
    assert seller.get(f"/sell/assignments/{given.pk}").status_code == 404
    assert seller.get("/sell/who-gets-it").status_code == 403
    assert seller.post("/sell/hand-over", {"territory": market["south"], "reason": "x"}).status_code == 403


def test_scores_on_the_pages_and_whether_they_were_right(books, manager):
    assert "Non c’è ancora un modello di punteggio" in text(manager.get("/sell/score-check"))
    lines = [{"signal": "calls", "points": "40", "high": "2"}, {"signal": "margin", "points": "20", "high": "50"}]
    (key,) = create(ACTOR, RESOURCES["scoring-models"], [{"company": books.company.pk, "lines": lines}]).ids
    books.do("scoring.put_in_force", key)
    (lead,) = enquire(books, {"name": "Bar"})
    with unit_of_work("t", "t"):
        Interaction.objects.create(party=lead.party, on=timezone.localdate(), kind="call", title="Call")
    create(ACTOR, OpportunityResource, [{"company": books.company.pk, "party": lead.party_id, "name": "Macinini", "amount": "10"}])
    told = text(manager.get(f"/leads/{lead.pk}/score"))
    assert "Punteggio 40 / 100" in told and "chiamate" in told and "non visibile" in told  # the margin is for others
    assert "Punteggio 40" in text(manager.get("/opportunities/board"))
    assert "40" in text(manager.get("/leads")) and "Punteggio 40 / 100" in text(manager.get(f"/customers/{lead.party_id}/score"))
    checked = text(manager.get("/sell/score-check", {"age": "0"}))
    assert re.search(r"40–59 1 1 (0|–) (0|–)", checked), checked[-3000:]
    stranger = signed_in("clerk", "crm.*", "parties.*", "companies.*")
    assert stranger.get(f"/leads/{lead.pk}/score").content == b""
    assert "Punteggio" not in text(stranger.get("/leads")) and "Punteggio" not in text(stranger.get("/opportunities/board"))
    assert stranger.get("/sell/score-check").status_code == 403

"""SA-02: who is there already is said while a new party or lead is typed."""

import re

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work


def typist(name, *patterns, scope="company"):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=name, name=name.title(), password=make_password(name))
        role = Role.objects.create(key=f"{name}s", name=name)
        RolePermission.objects.bulk_create([RolePermission(role=role, pattern=p, scope=scope) for p in patterns])
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.post("/-/sign-in", {"username": name, "password": name})
    return user, client


def said(client, key, by, **given):
    answer = client.get(f"/-/alike/{key}", {"by": by, **given})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode())).strip()


def test_SA_02_who_is_there_is_said_under_the_field_while_it_is_typed(books):
    bar = books.customer("Bar Duomo", vat_number="IT00743110157", email="info@duomo.example", city="Milano")
    gone = books.customer("Bar Duomo vecchio", email="old@duomo.example")
    with unit_of_work("test", "test"):
        type(bar).objects.filter(pk=gone.pk).update(merged_into=bar)
    _user, client = typist("anna", "parties.*", "crm.*", "companies.*")
    form = client.get("/parties/new").content.decode()
    assert form.count('hx-get="/-/alike/parties?by=') == 3 and "delay:600ms" in form and "hx-sync" in form
    assert client.get("/leads/new").content.decode().count('hx-get="/-/alike/leads?by=') == 1
    assert "alike" not in client.get(f"/parties/{bar.pk}/edit").content.decode()
    assert "Bar Duomo" in said(client, "parties", "name", name="bar duomo") and "name alike by 100%" in said(
        client, "parties", "name", name="bar duomo"
    )
    for number in ("IT 00743110157", "00743110157"):
        assert "100 of 100 (same VAT number)" in said(client, "parties", "vat_number", vat_number=number, country="IT")
    # An address of one that was merged names the survivor; what is not complete yet names nobody.
    assert said(client, "leads", "email", email=" OLD@duomo.example ").endswith("Bar Duomo")
    for by, given in (
        ("name", "ba"),
        ("vat_number", "0123"),
        ("email", "info@"),
        ("name", "Completely other"),
        ("city", "Milano"),
        ("name", "\x00\x00\x00x"),
    ):
        assert said(client, "parties", by, **{by: given}) == "", (by, given)
    with CaptureQueriesContext(connection) as one:
        said(client, "parties", "name", name="Bar Duomo")
    for n in range(20):
        books.customer(f"Bar Duomo {n}")
    with CaptureQueriesContext(connection) as many:
        assert said(client, "parties", "name", name="Bar Duomo").count("There already") == 3
    assert len(many) <= len(one)


def test_SA_02_nobody_learns_by_typing_of_parties_he_may_not_see(books):
    books.customer("Bar Duomo", email="info@duomo.example")
    _user, own = typist("luca", "parties.*", "crm.*", scope="own")
    assert said(own, "parties", "name", name="Bar Duomo") == "" and said(own, "leads", "email", email="info@duomo.example") == ""
    _user, reader = typist("carla", "parties.view_party")
    for path in (
        "/-/alike/parties?by=name&name=Bar+Duomo",
        "/-/alike/leads?by=email&email=info@duomo.example",
        "/-/alike/invoices?by=name",
    ):
        assert reader.get(path).status_code == 403
    assert Client().get("/-/alike/parties?by=name&name=Bar+Duomo").status_code in {302, 401, 403}

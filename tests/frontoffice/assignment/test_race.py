"""SA-08: leads that come in at the same moment are shared out as if they had come one after the other."""

from collections import Counter

import pytest

from fondaco.frontoffice.assignment.assigning import agrees, replayed
from fondaco.frontoffice.assignment.models import Assignment
from fondaco.frontoffice.crm.capturing import capture
from fondaco.frontoffice.crm.entrusting import entrust
from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.crm.resources import LeadResource
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.clerks import Slow, at_once

PEOPLE = 4


@pytest.fixture(scope="module")
def market(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        books = open_books()
        with unit_of_work("t", "t"):
            users = [User.objects.create(username=f"p{n}", name=f"P{n}") for n in range(PEOPLE)]
        members = [{"salesperson": u.pk} for u in users]
        (ground,) = create(
            ACTOR, RESOURCES["territories"], [{"company": books.company.pk, "name": "All", "members": members, "parts": [{}]}]
        ).ids
        given = {"company": books.company.pk, "position": 1, "name": "Least", "territory": ground}
        books.do("assignment.put_in_force", create(ACTOR, RESOURCES["assignment-rules"], [given]).ids)
        yield books


def test_leads_of_one_moment_are_shared_evenly(market):
    """Forty enquiries through forms, and forty leads written by another program, at once: ten and ten each."""

    def come(n):
        if n % 2:
            return capture(ACTOR, market.company, [{"name": f"Form {n}"}])
        return create(ACTOR, LeadResource, [{"company": market.company.pk, "party": parties[n]}])

    parties = {n: market.customer(f"Known {n}").pk for n in range(0, 80, 2)}
    answers = at_once(come, range(80))
    assert not [a for a in answers if isinstance(a, Exception)]
    with unit_of_work("t", "t"):
        assert Counter(Lead.objects.values_list("salesperson__username", flat=True)) == {f"p{n}": 80 // PEOPLE for n in range(PEOPLE)}
        assert all(agrees(a, replayed(a)) for a in Assignment.objects.select_related("rulebook"))
    market.assert_checks_hold()


def test_the_verb_gives_out_evenly_while_others_do_the_same(market):
    with unit_of_work("t", "t"):
        keys = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
    sets = [keys[n::5] for n in range(5)]
    answers = at_once(lambda some: market.do("crm.assign_lead", some), sets)
    assert not [a for a in answers if isinstance(a, Exception)]
    with unit_of_work("t", "t"):
        held = Counter(Lead.objects.values_list("salesperson", flat=True))
        assert max(held.values()) - min(held.values()) <= 1
    market.assert_checks_hold()


def test_who_gives_out_meanwhile_waits_and_counts_what_was_given(market):
    """Two leads of nobody, two people with room for one: the second clerk waits for the first, and gives to the other."""
    with unit_of_work("t", "t"):
        first, second = (Lead.objects.filter(salesperson__username=name).earliest("pk").pk for name in ("p0", "p1"))
        entrust(Lead, {first: None, second: None})
    slow = Slow(lambda: unit_of_work("slow", "test"), lambda: market.do("crm.assign_lead", first))
    other = Slow.begun(lambda: market.do("crm.assign_lead", second))
    slow.somebody_waits()
    slow.end()
    other()
    with unit_of_work("t", "t"):
        assert sorted(Lead.objects.filter(pk__in=[first, second]).values_list("salesperson__username", flat=True)) == ["p0", "p1"]
    market.assert_checks_hold()

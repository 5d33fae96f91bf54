"""SA-08: territories and rules say who gets a lead or a deal, loads are shared out, and each assignment says why and can be made again."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.assignment.assigning import agrees, replayed
from fondaco.frontoffice.assignment.deciding import Facts, Ground, Member, Part, People, Rule, decide
from fondaco.frontoffice.assignment.models import Assignment, AssignmentRule, Rulebook, Territory
from fondaco.frontoffice.assignment.refusals import (
    AbsentTwice,
    AssignmentUntrue,
    MemberTwice,
    NobodyToGiveTo,
    NoRules,
    NothingToHandOver,
    OrderTwice,
)
from fondaco.frontoffice.crm.capturing import capture
from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.frontoffice.crm.resources import LeadResource, OpportunityResource
from fondaco.masterdata.approvals.models import Deputy
from fondaco.masterdata.parties.models import Address, Interaction, Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.documents.refusals import ReasonMissing
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books

TODAY = timezone.localdate()


@pytest.fixture
def people(db, books):
    with unit_of_work("t", "t"):
        return {name: User.objects.create(username=name, name=name.title()) for name in ("anna", "luca", "boss", "rosa")}


def territory(books, name, members, *parts, manager=None, company=None):
    rows = [{"salesperson": user.pk, "capacity": capacity} for user, capacity in members]
    given = {
        "company": (company or books.company).pk,
        "name": name,
        "members": rows,
        "parts": list(parts),
        "manager": manager.pk if manager else None,
    }
    return create(ACTOR, RESOURCES["territories"], [given]).ids[0]


def rule(books, position, name, where, *, in_force=True, **values):
    given = {"company": books.company.pk, "position": position, "name": name, "territory": where, **values}
    (key,) = create(ACTOR, RESOURCES["assignment-rules"], [given]).ids
    if in_force:
        books.do("assignment.put_in_force", key)
    return key


def enquire(books, *rows, **common):
    made = capture(books.actor, books.company, [{"name": f"Bar {n}", "source": "web", **common, **row} for n, row in enumerate(rows)])
    return [Lead.objects.select_related("salesperson").get(pk=key) for key in made.ids]


def who(leads):
    return [x.salesperson.username if x.salesperson else None for x in leads]


def away(person, days=5):
    with unit_of_work("t", "t"):
        return create(
            ACTOR,
            RESOURCES["absences"],
            [{"salesperson": person.pk, "valid_from": TODAY.isoformat(), "valid_to": (TODAY + timedelta(days=days)).isoformat()}],
        ).ids[0]


@pytest.fixture
def market(books, people):
    """South Tyrol is Anna's and, at half capacity, Luca's; whatever is worth more than 50,000 goes to the boss; the rest to Rosa."""
    south = territory(
        books,
        "South Tyrol",
        [(people["anna"], "100"), (people["luca"], "50")],
        {"country": "IT", "postal_from": "39", "postal_to": "39"},
        {"country": "IT", "regions": "BZ, TN"},
        manager=people["boss"],
    )
    large = territory(books, "Large", [(people["boss"], "100")], {"amount_from": "50000"})
    rest = territory(books, "Everywhere", [(people["rosa"], "100")], {})
    rule(books, 10, "Large deals", large, method="fixed", person=people["boss"].pk)
    rule(books, 20, "South Tyrol", south)
    rule(books, 30, "The rest", rest)
    return {"south": south, "large": large, "rest": rest}


def test_a_morning_of_enquiries(books, people, market):
    """A hundred and fifty of capacity: of six leads of South Tyrol, Anna gets four and Luca two; each says why, and why not another rule."""
    leads = enquire(books, *({"country": "IT", "postal_code": "39100"} for _n in range(6)))
    assert who(leads) == ["anna", "luca", "anna", "anna", "luca", "anna"]
    large, far, near = enquire(
        books,
        {"name": "Grand Hotel", "estimated_amount": "50000"},
        {"name": "Wien", "country": "AT"},
        {"name": "Trento", "country": "IT", "region": "tn"},
    )
    assert who([large, far, near]) == ["boss", "rosa", "anna"]
    assert Address.objects.get(party=near.party).region == "tn"
    told = {a.lead_id: a.reason for a in Assignment.objects.all()}
    assert told[leads[1].pk] == (
        "“South Tyrol”: Luca has the least for his capacity. Asked were Anna: 1 open, capacity 100%; Luca: 0 open, capacity 50%. "
        "Passed over: “Large deals” (worth from: asks for 50,000, found nothing)."
    )
    assert "“South Tyrol” (country: asks for IT, found AT, postal code: asks for 39 – 39, found nothing)" in told[far.pk]
    for a in Assignment.objects.select_related("rulebook"):
        assert agrees(a, replayed(a))
    assert Rulebook.objects.count() == 1
    books.assert_checks_hold()


def test_what_was_decided_is_made_again_whatever_became_of_the_rules(books, people, market):
    (lead,) = enquire(books, {"country": "IT", "postal_code": "39100"})
    edit(ACTOR, RESOURCES["territories"], {market["south"]: {"members": [{"salesperson": people["rosa"].pk}], "name": "South"}})
    again = Assignment.objects.select_related("rulebook").get(lead=lead)
    assert agrees(again, replayed(again))
    (second,) = enquire(books, {"name": "Other", "country": "IT", "postal_code": "39100"})
    assert who([second]) == ["rosa"] and Rulebook.objects.count() == 2
    books.assert_checks_hold()


def test_who_is_away_gets_nothing_then_the_manager_then_nobody(books, people, market):
    place = {"country": "IT", "postal_code": "39100"}
    away(people["anna"])
    with unit_of_work("t", "t"):
        Deputy.objects.create(user=people["luca"], deputy=people["anna"], valid_from=TODAY, valid_to=TODAY)
    assert who(enquire(books, place)) == ["boss"]
    assert Assignment.objects.latest("pk").how == "manager"
    with unit_of_work("t", "t"):
        User.objects.filter(pk=people["boss"].pk).update(is_active=False)
    (lead,) = enquire(books, {"name": "Second", **place})
    last = Assignment.objects.latest("pk")
    assert who([lead]) == [None] and last.how == "queue"
    assert "nobody is there, nor a manager; it waits to be given out" in last.reason and "Anna: away until" in last.reason
    assert LeadResource.queryset().filter(LeadResource.conditions["unassigned"][1]()).count() == 1
    with pytest.raises(AbsentTwice):
        away(people["anna"], 1)
    books.assert_checks_hold()


def test_a_customer_keeps_his_salesperson_unless_he_is_away(books, people, market):
    known = books.customer("Bar Duomo", email="duomo@bar.it", salesperson=people["luca"])
    enquiry = {"name": "Bar Duomo", "email": "duomo@bar.it"}
    (lead,) = enquire(books, enquiry)
    assert who([lead]) == ["luca"] and Assignment.objects.get(lead=lead).how == "own"
    books.do("crm.disqualify", lead.pk, reason="Over")
    absence = away(people["luca"])
    (lead,) = enquire(books, enquiry)
    assert who([lead]) == ["rosa"] and "own salesperson is not there" in Assignment.objects.get(lead=lead).reason
    (named,) = enquire(books, {"name": "Named", "salesperson": people["boss"].pk})
    assert who([named]) == ["boss"] and not Assignment.objects.filter(lead=named).exists()
    assert absence and known.pk == lead.party_id


def test_in_turn_goes_round_across_sets(books, people):
    all_of = territory(books, "All", [(people["anna"], "100"), (people["luca"], "10"), (people["rosa"], "100")], {})
    rule(books, 1, "Round", all_of, method="in_turn")
    assert who(enquire(books, *({"name": f"A{n}"} for n in range(4)))) == ["anna", "luca", "rosa", "anna"]
    assert who(enquire(books, *({"name": f"B{n}"} for n in range(3)))) == ["luca", "rosa", "anna"]
    for a in Assignment.objects.select_related("rulebook"):
        assert agrees(a, replayed(a))


def test_rules_ask_for_the_score(books, people):
    (model,) = create(
        ACTOR,
        RESOURCES["scoring-models"],
        [{"company": books.company.pk, "base": "10", "lines": [{"signal": "calls", "points": "50", "high": "1"}]}],
    ).ids
    books.do("scoring.put_in_force", model)
    all_of = territory(books, "All", [(people["rosa"], "100")], {})
    rule(books, 1, "Warm", all_of, method="fixed", person=people["anna"].pk, score_from=50)
    rule(books, 2, "Cold", all_of)
    warm = books.customer("Warm", email="warm@bar.it")
    with unit_of_work("t", "t"):
        Interaction.objects.create(party=warm, on=TODAY, kind="call", title="Call")
    assert who(enquire(books, {"email": "warm@bar.it"}, {"email": "cold@bar.it"})) == ["anna", "rosa"]
    assert Assignment.objects.earliest("pk").inputs["facts"]["score"] == 60


def test_leads_written_down_by_a_seller_are_his_and_by_others_go_by_the_rules(books, people, market):
    party = books.customer("Somebody", "AT")
    other = books.customer("Another", "AT")
    seller = Actor("luca", user_id=people["luca"].pk, everything=True)
    clerk = Actor("clerk", user_id=None, everything=True)
    keys = [
        create(actor, LeadResource, [{"company": books.company.pk, "party": p.pk}]).ids[0] for actor, p in ((seller, party), (clerk, other))
    ]
    assert who(Lead.objects.filter(pk__in=keys).order_by("pk")) == ["luca", "rosa"]
    assert [a.lead_id for a in Assignment.objects.all()] == [keys[1]]


def test_by_the_rules_and_by_hand_for_leads_and_deals(books, people, market):
    party = books.customer("Wien", "AT")
    (deal,) = create(
        ACTOR,
        OpportunityResource,
        [{"company": books.company.pk, "party": party.pk, "name": "Grinders", "amount": "60000", "salesperson": people["anna"].pk}],
    ).ids
    (lead,) = enquire(books, {"country": "AT"})
    books.do("crm.assign_opportunity", deal)
    assert Opportunity.objects.get(pk=deal).salesperson == people["boss"]
    with pytest.raises(ReasonMissing):
        books.do("crm.reassign_lead", lead.pk, salesperson=people["luca"].pk)
    with pytest.raises(NobodyToGiveTo):
        books.do("crm.reassign_lead", lead.pk, reason="x", salesperson=0)
    books.do("crm.reassign_lead", lead.pk, reason="Knows him from school", salesperson=people["luca"].pk)
    last = Assignment.objects.latest("pk")
    assert (last.before, last.salesperson, last.how, last.reason) == (people["rosa"], people["luca"], "by_hand", "Knows him from school")
    lead.refresh_from_db()
    assert lead.salesperson == people["luca"]
    anna = Actor(
        "anna", user_id=people["anna"].pk, patterns=(("assignment.view_assignment", None, "own"),), team_ids=frozenset({people["anna"].pk})
    )
    assert not visible(Assignment.objects.all(), anna, "assignment.view_assignment").exists()
    books.assert_checks_hold()


def test_without_rules_it_is_as_it_was_and_the_verb_says_so(books, people):
    mine = Actor("anna", user_id=people["anna"].pk, everything=True)
    (key,) = capture(mine, books.company, [{"name": "Bar"}]).ids
    assert who([Lead.objects.get(pk=key)]) == ["anna"] and not Assignment.objects.exists()
    with pytest.raises(NoRules):
        books.do("crm.assign_lead", key)
    nowhere = territory(books, "Nowhere", [(people["rosa"], "100")])
    rule(books, 1, "Nothing", nowhere)
    books.do("crm.assign_lead", key)
    last = Assignment.objects.get()
    assert (last.how, last.salesperson, last.reason) == (
        "no_rule", people["anna"], "No rule fits; it stays with Anna. Passed over: “Nothing” (nothing belongs to the territory yet).",
    )  # fmt: skip


def test_a_territory_handed_over(books, people, market):
    """Anna leaves South Tyrol for Rosa: what she had there is given out anew, what Luca has stays, a customer of Anna's included."""
    place = {"country": "IT", "postal_code": "39100"}
    leads = enquire(books, *({"name": f"L{n}", **place} for n in range(3)))
    (abroad,) = enquire(books, {"name": "Wien", "country": "AT", "salesperson": people["anna"].pk})
    with unit_of_work("t", "t"):
        Party.objects.filter(pk=leads[0].party_id).update(salesperson=people["anna"].pk)
    with pytest.raises(NothingToHandOver):
        books.do("assignment.hand_over", market["south"], reason="Nothing yet")
    edit(
        ACTOR,
        RESOURCES["territories"],
        {market["south"]: {"members": [{"salesperson": people["rosa"].pk}, {"salesperson": people["luca"].pk}]}},
    )
    done = books.do("assignment.hand_over", market["south"], reason="Anna goes to Vienna")
    assert who(Lead.objects.filter(pk__in=[x.pk for x in leads]).order_by("pk")) == ["rosa", "luca", "rosa"]
    assert len(done.made["assignments"]) == 2 and who([Lead.objects.get(pk=abroad.pk)]) == ["anna"]
    away(people["luca"])
    books.do("assignment.hand_over", market["south"], reason="All of it", everything=True)
    assert who(Lead.objects.filter(pk__in=[x.pk for x in leads])) == ["rosa"] * 3
    books.assert_checks_hold()


def test_rules_are_drafted_compared_and_put_in_force_instead_of_all_others(books, people, market):
    first = AssignmentRule.objects.get(position=10)
    with pytest.raises(OrderTwice):
        rule(books, 10, "Same place", market["rest"])
    (copy,) = books.do("assignment.draft_copy", first.pk).made["assignment-rules"]
    edit(ACTOR, RESOURCES["assignment-rules"], {copy: {"person": people["anna"].pk}})
    books.do("assignment.replace_all", copy)
    assert dict(AssignmentRule.objects.values_list("pk", "state"))[copy] == "in_force"
    assert AssignmentRule.objects.filter(state="in_force").count() == 1
    assert who(enquire(books, {"estimated_amount": "70000"})) == ["anna"]
    books.do("assignment.end", copy)
    assert who(enquire(books, {"name": "After", "estimated_amount": "70000"})) == [None]


def test_the_database_keeps_what_was_assigned_against_the_program(books, people, market):
    (lead,) = enquire(books, {"country": "AT"})
    row = Assignment.objects.get(lead=lead)
    for statement in (
        "update assignment_assignment set salesperson_id = 1",
        "delete from assignment_assignment",
        "truncate assignment_assignment",
        "update assignment_rulebook set digest = 'x'",
        "delete from assignment_rulebook",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    other = open_books(code="OTHER")
    same = {
        "company_id": row.company_id,
        "on": row.on,
        "lead_id": lead.pk,
        "salesperson_id": people["rosa"].pk,
        "how": row.how,
        "rule_id": row.rule_id,
        "rulebook_id": row.rulebook_id,
        "reason": "x",
    }
    for change, refusal in (
        ({"company_id": other.company.pk}, AssignmentUntrue), ({"reason": ""}, Exception), ({"salesperson_id": None}, Exception), ({"rule_id": None}, Exception),
        ({"how": "by_hand"}, Exception), ({"lead_id": None}, Exception), ({"how": "guess"}, Exception),
    ):  # fmt: skip
        with pytest.raises(refusal), refusals_translated(), unit_of_work("t", "t"):
            Assignment.objects.create(**same | change)
    with pytest.raises(AssignmentUntrue), refusals_translated(), unit_of_work("t", "t"):
        Territory.objects.filter(pk=market["south"]).update(company=other.company)
    abroad = territory(books, "Abroad", [], company=other.company)
    with pytest.raises(NotFound):
        rule(books, 99, "Wrong", abroad)
    with pytest.raises(AssignmentUntrue), refusals_translated(), unit_of_work("t", "t"):
        AssignmentRule.objects.create(company=books.company, position=99, name="Wrong", territory_id=abroad)
    with pytest.raises(MemberTwice):
        territory(books, "Twice", [(people["anna"], "100"), (people["anna"], "50")], {})
    books.assert_checks_hold()


def test_assigning_costs_the_same_for_one_and_for_many(books, people, market):
    def counted(work):
        with CaptureQueriesContext(connection) as statements:
            done = work()
        found.append(len(statements))
        return done

    enquire(books, {"name": "First", "country": "IT", "postal_code": "39100"})  # its rulebook is kept
    abroad = territory(books, "Abroad", [(people["luca"], "100")], {"country": "AT"})
    rule(books, 25, "Abroad", abroad)
    (second,) = enquire(books, {"name": "Second", "country": "IT", "postal_code": "39100"})
    deal = {"company": books.company.pk, "party": second.party_id, "name": "D", "amount": "1", "salesperson": people["rosa"].pk}
    create(ACTOR, OpportunityResource, [deal])
    counts = []
    for many in (1, 25):
        found: list[int] = []
        rows = [{"name": f"N{many}.{n}", "country": "AT" if n % 2 else "IT", "postal_code": "39100"} for n in range(many)]
        keys = counted(lambda rows=rows: capture(books.actor, books.company, rows)).ids
        counted(lambda keys=keys: books.do("crm.assign_lead", keys))
        counted(lambda keys=keys: books.do("crm.reassign_lead", keys, reason="Counted", salesperson=people["rosa"].pk))
        grounds = [market["south"], abroad][:many]
        counted(lambda grounds=grounds: books.do("assignment.hand_over", grounds, reason="Counted"))
        parties = Lead.objects.filter(pk__in=keys).values_list("party_id", flat=True)
        given_ = [{"company": books.company.pk, "party": p, "name": "D", "amount": "1"} for p in parties]
        deals = create(ACTOR, OpportunityResource, given_).ids
        counted(lambda deals=deals: books.do("crm.assign_opportunity", deals))
        counted(lambda deals=deals: books.do("crm.reassign_opportunity", deals, reason="Counted", salesperson=people["rosa"].pk))
        rules = list(AssignmentRule.objects.filter(state="in_force").order_by("pk").values_list("pk", flat=True))[:many]
        drafts = counted(lambda rules=rules: books.do("assignment.draft_copy", rules)).made["assignment-rules"]
        counted(lambda drafts=drafts: books.do("assignment.end", drafts))
        counts.append(found)
    assert counts[0] == counts[1]
    drafted = [
        books.do("assignment.draft_copy", list(AssignmentRule.objects.filter(state="in_force").values_list("pk", flat=True))).made[
            "assignment-rules"
        ]
        for _n in range(2)
    ]
    found = []
    books.do("assignment.end", list(AssignmentRule.objects.filter(state="in_force").values_list("pk", flat=True)))
    counted(lambda: books.do("assignment.put_in_force", drafted[0][:1]))
    counted(lambda: books.do("assignment.put_in_force", drafted[0][1:]))
    counted(lambda: books.do("assignment.replace_all", drafted[1][:1]))
    counted(lambda: books.do("assignment.replace_all", drafted[1][1:]))
    assert found[0] == found[1] and found[2] == found[3]


@settings(max_examples=200, deadline=None)
@given(
    capacities=st.lists(st.sampled_from([10, 50, 100, 200]), min_size=1, max_size=5), loads=st.lists(st.integers(0, 9), min_size=5, max_size=5), many=st.integers(1, 60),
    away=st.sets(st.integers(0, 4)), method=st.sampled_from(["least_loaded", "in_turn"]),
)  # fmt: skip
def test_nobody_gets_more_than_his_share_and_the_same_is_decided_again(capacities, loads, many, away, method):
    """Given out one by one: whoever got one would, without it, not have been above anybody else who was there."""
    ground = Ground(1, "T", None, (Part(),), tuple(Member(n, Decimal(c)) for n, c in enumerate(capacities)))
    rules = (Rule(1, 1, "R", ground, "both", "any", None, None, True, method, None),)
    people = People(dict(enumerate(loads)), {}, dict.fromkeys(away, "2026-01-01"))
    got: Counter[int] = Counter()
    for turn in range(1, many + 1):
        found = decide(rules, Facts("lead"), {1: people})
        there = [c for c in found.candidates if not c.away]
        if not there:
            assert (found.how, found.person) == ("queue", None)
            return
        chosen = next(c for c in there if c.person == found.person)
        if method == "least_loaded":
            assert all(chosen.weighed <= c.weighed for c in there)
        got[chosen.person] += 1
        people.loads[chosen.person] += 1
        people.turns[chosen.person] = turn
        if method == "in_turn":
            assert max(got.values()) - min(got[c.person] for c in there) <= 1


@pytest.mark.parametrize(
    ("least", "most", "code", "within"),
    [
        ("39", "39", "39100", True), ("39", "39", "I-39012", False), ("39", "39", "", False), ("390", "392", "39299", True), ("390", "392", "39300", False),
        ("SW1", "SW1", "sw1a 1aa", True), ("10000", "", "20121", True), ("", "19999", "20121", False),
    ],
)  # fmt: skip
def test_postal_codes_are_compared_as_far_as_the_bound_is_written(least, most, code, within):
    assert (not Part(postal_from=least, postal_to=most).misses(Facts("lead", postal_code=code))) is within


def test_days_of_rules_and_members(books, people):
    grounds = territory(books, "All", [(people["anna"], "100"), (people["luca"], "100")], {})
    edit(
        ACTOR,
        RESOURCES["territories"],
        {
            grounds: {
                "members": [
                    {"salesperson": people["anna"].pk, "valid_to": (TODAY - timedelta(days=1)).isoformat()},
                    {"salesperson": people["luca"].pk, "valid_from": TODAY.isoformat()},
                ]
            }
        },
    )
    rule(books, 1, "Over", grounds, valid_to=date(2026, 1, 1).isoformat(), method="fixed", person=people["boss"].pk)
    rule(books, 2, "Now", grounds)
    assert who(enquire(books, {"name": "Bar"})) == ["luca"]

"""The CRM from the first enquiry to a deal won or lost, and the page of a customer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.crm.actions import move
from fondaco.frontoffice.crm.capturing import capture
from fondaco.frontoffice.crm.models import Activity, Lead, Opportunity, Stage, StageChange
from fondaco.frontoffice.crm.people import told
from fondaco.frontoffice.crm.queries import customer_360, pipeline, visit_brief
from fondaco.frontoffice.crm.refusals import DoneAlready, LeadAlreadyOpen, NobodyNamed, NoSuchCriterion, ReasonForLoss
from fondaco.frontoffice.crm.resources import ActivityResource, LeadResource, OpportunityResource, StageResource
from fondaco.masterdata.catalog.models import PriceList, PriceListMember, PriceRule
from fondaco.masterdata.parties.models import ContactPoint, Interaction, Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import InvalidInput, NotAllowed, NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import ReasonMissing, WrongState
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create, edit
from tests.operations.inventory.test_goods import Store


def person(username, *patterns):
    """A user, and the actor he is with ``patterns``: pairs of permission and scope."""
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title())
    actor = Actor(username, user_id=user.pk, patterns=tuple((p, None, s) for p, s in patterns), team_ids=frozenset({user.pk}))
    return user, actor


def enquire(books, *rows):
    return capture(books.actor, books.company, rows)


def opportunity(books, party=None, **values):
    party = party or books.customer()
    (key,) = create(books.actor, OpportunityResource, [{"company": books.company.pk, "party": party.pk, "name": "Grinders", **values}]).ids
    return Opportunity.objects.select_related("stage").get(pk=key)


def stage(books, name):
    return Stage.objects.get(company=books.company, name=name)


def interactions(party):
    return list(Interaction.objects.filter(party=party).order_by("pk").values_list("title", flat=True))


def test_an_enquiry_becomes_a_party_a_lead_and_a_line_of_the_timeline(books):
    outcome = enquire(books, {"name": "Bar Sport", "email": " Anna@Bar.IT ", "interest": "Two grinders", "source": "web"})
    lead = Lead.objects.get(pk=outcome.ids[0])
    assert (lead.state, lead.email, lead.party.name, lead.number[:5]) == ("new", "anna@bar.it", "Bar Sport", "LEAD/")
    assert interactions(lead.party) == [f"Enquiry {lead.number}"]
    assert outcome.made == {"parties": [lead.party_id], "leads": [lead.pk]}


def test_the_same_sender_never_makes_a_second_party(books):
    first = enquire(books, {"name": "Bar Sport", "email": "anna@bar.it", "vat_number": "IT 012 3456 7890"})
    again = enquire(
        books,
        {"name": "Sport Bar", "email": "ANNA@bar.it", "interest": "Cups"},
        {"email": "other@bar.it", "vat_number": "it01234567890", "interest": "Filters"},
        {"email": "anna@bar.it", "interest": "Cups"},
    )
    assert again.ids == first.ids * 3 and again.made == {"parties": [], "leads": []}
    assert Lead.objects.get(pk=first.ids[0]).interest == "Cups\nFilters"
    assert len(interactions(Lead.objects.get(pk=first.ids[0]).party)) == 4


def test_a_party_known_by_a_contact_point_or_merged_away_is_found(books):
    held, survivor = books.customer("Held", email="old@bar.it"), books.customer("Survivor")
    with unit_of_work("test", "test"):
        ContactPoint.objects.create(party=survivor, kind="email", value="Second@bar.it", normalised="second@bar.it")
    books.do("parties.merge", held.pk, into=survivor.pk)
    ids = enquire(books, {"email": "second@bar.it"}, {"email": "old@bar.it"}).ids
    assert set(Lead.objects.filter(pk__in=ids).values_list("party_id", flat=True)) == {survivor.pk}


def test_an_italian_number_is_the_same_with_and_without_its_prefix(books):
    party = books.customer("Bar", vat_number="IT00743110157")
    ids = enquire(books, {"vat_number": "007 431 101 57", "country": "IT"}, {"vat_number": "IT00743110157"}).ids
    assert set(Lead.objects.filter(pk__in=ids).values_list("party_id", flat=True)) == {party.pk}


def test_a_new_enquiry_of_a_lead_that_is_over_opens_a_lead_of_the_same_party(books):
    first = enquire(books, {"name": "Bar Sport", "email": "anna@bar.it"})
    books.do("crm.disqualify", first.ids, reason="No budget")
    again = enquire(books, {"email": "anna@bar.it"})
    assert again.ids != first.ids and again.made["parties"] == []
    assert len(set(Lead.objects.values_list("party_id", flat=True))) == 1


def test_capture_repeats_its_answer_and_names_every_bad_row(books):
    row = {"name": "Bar", "email": "a@b.it"}
    first = capture(books.actor, books.company, [row], idempotency_key="k")
    assert capture(books.actor, books.company, [row], idempotency_key="k").ids == first.ids
    with pytest.raises(InvalidInput) as refused:
        enquire(books, {"name": "x", "email": "nobody"}, {"name": "ok"}, {"name": "y", "estimated_amount": "-1"}, {"name": "z\x00"})
    assert [r["row"] for r in refused.value.rows] == [0, 2, 3]
    with pytest.raises(NobodyNamed, match="Enquiry 1 names nobody"):
        enquire(books, {"interest": "hello"})
    assert Lead.objects.count() == 1


def test_capture_costs_the_same_for_one_and_three_hundred(books):
    counts = []
    for number in (1, 300):
        rows = [{"name": f"Bar {number}/{i}", "email": f"b{number}.{i}@x.it", "vat_number": f"IT{number}{i:08}"} for i in range(number)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            enquire(books, *rows)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_lead_is_contacted_qualified_and_converted_once(books):
    (key,) = enquire(books, {"name": "Bar Sport", "email": "a@b.it", "interest": "Grinders", "estimated_amount": "1200"}).ids
    books.do("crm.contact", key, outcome="Wants a visit")
    books.do("crm.qualify", key)
    made = books.do("crm.convert", key).made["opportunities"]
    deal = Opportunity.objects.select_related("stage").get(pk=made[0])
    assert (deal.name, deal.amount, deal.currency_id, deal.stage.name, deal.probability) == (
        "Grinders",
        Decimal(1200),
        "EUR",
        "Qualification",
        10,
    )
    assert deal.number.startswith("OPP/") and deal.lead_id == key
    assert books.do("crm.convert", key).made["opportunities"] == made
    assert Opportunity.objects.count() == 1
    titles = interactions(deal.party)
    assert titles[1:] == ["Contacted", "Lead qualified", "Opportunity “Grinders”"]


def test_a_lead_is_not_given_up_without_a_reason(books):
    (key,) = enquire(books, {"name": "Bar"}).ids
    with pytest.raises(ReasonMissing):
        books.do("crm.disqualify", key)
    assert Lead.objects.get(pk=key).state == "new"
    books.do("crm.disqualify", key, reason="A student")
    with pytest.raises(WrongState, match="is disqualified"):
        books.do("crm.convert", key)
    assert not Opportunity.objects.exists()


def test_a_second_open_lead_by_hand_is_refused_in_words(books):
    (key,) = enquire(books, {"name": "Bar", "email": "a@b.it"}).ids
    party = Lead.objects.get(pk=key).party_id
    with pytest.raises(LeadAlreadyOpen, match="already an open lead"):
        create(books.actor, LeadResource, [{"company": books.company.pk, "party": party}])
    assert Lead.objects.count() == 1


def test_moving_records_days_criteria_and_follows_the_stage(books):
    deal = opportunity(books, amount="1000")
    with unit_of_work("test", "test"):
        Opportunity.objects.filter(pk=deal.pk).update(stage_since=timezone.localdate() - timedelta(days=9))
    books.do("crm.move", deal.pk, stage=stage(books, "Proposal").pk, criteria=["Need is understood"])
    deal.refresh_from_db()
    assert (deal.stage.name, deal.probability, deal.stage_since) == ("Proposal", 50, timezone.localdate())
    change = StageChange.objects.get(opportunity=deal, from_stage__isnull=False)
    assert (change.days, change.criteria_met, change.criteria_open) == (9, ["Need is understood"], ["Budget is plausible"])
    assert interactions(deal.party)[-1] == "Grinders: Qualification → Proposal"
    with pytest.raises(NoSuchCriterion, match="“Nonsense” is not an exit criterion"):
        books.do("crm.move", deal.pk, stage="Negotiation", criteria=["Nonsense"])


def test_own_probability_stays_until_it_is_taken_back(books):
    deal = opportunity(books, probability="35")
    assert deal.probability_is_own
    books.do("crm.move", deal.pk, stage="Proposal")
    assert Opportunity.objects.get(pk=deal.pk).probability == 35
    edit(books.actor, OpportunityResource, {deal.pk: {"probability": None}})
    deal.refresh_from_db()
    assert (deal.probability, deal.probability_is_own) == (50, False)
    edit(books.actor, OpportunityResource, {deal.pk: {"stage": stage(books, "Analysis").pk, "probability": "50"}})
    deal.refresh_from_db()
    assert (deal.stage.name, deal.probability, deal.probability_is_own) == ("Analysis", 25, False)
    assert StageChange.objects.filter(opportunity=deal).count() == 3
    with pytest.raises(InvalidInput):
        edit(books.actor, OpportunityResource, {deal.pk: {"probability": "101"}})


def test_won_lost_and_open_again(books):
    deal = opportunity(books)
    books.do("crm.move", deal.pk, stage="Negotiation")
    books.do("crm.win", deal.pk)
    deal.refresh_from_db()
    assert (deal.state, deal.stage.name, deal.probability, deal.closed_on) == ("won", "Won", 100, timezone.localdate())
    with pytest.raises(WrongState):
        books.do("crm.lose", deal.pk, reason="no")
    books.do("crm.reopen", deal.pk)
    deal.refresh_from_db()
    assert (deal.state, deal.stage.name, deal.closed_on) == ("open", "Negotiation", None)
    with pytest.raises(ReasonForLoss, match="say why it was lost"):
        books.do("crm.move", deal.pk, stage="Lost")
    books.do("crm.move", deal.pk, reason="Too dear", stage="Lost")
    deal.refresh_from_db()
    assert (deal.state, deal.lost_reason, deal.stage.name) == ("lost", "Too dear", "Lost")
    books.assert_checks_hold()


def test_moving_to_won_needs_the_right_to_win(books):
    deal = opportunity(books)
    _user, mover = person("mover", ("crm.move_opportunity", "company"))
    with pytest.raises(NotAllowed, match=r"crm\.win_opportunity"):
        perform(mover, move, [deal.pk], {"stage": "Won"})
    assert Opportunity.objects.get(pk=deal.pk).state == "open"


def test_a_stage_of_another_company_is_refused(books):
    from tests.books import open_books

    deal, other = opportunity(books), open_books(code="OTHER", years=[2026])
    foreign = opportunity(other, other.customer("Elsewhere")).stage
    with pytest.raises(NotFound):
        books.do("crm.move", deal.pk, stage=foreign.pk)
    with pytest.raises(NotFound):
        edit(books.actor, OpportunityResource, {deal.pk: {"stage": foreign.pk}})
    assert Opportunity.objects.get(pk=deal.pk).stage_id == deal.stage_id


def test_moving_costs_the_same_for_one_and_three_hundred(books):
    party = books.customer()
    rows = [{"company": books.company.pk, "party": party.pk, "name": f"Deal {i}"} for i in range(301)]
    keys = create(books.actor, OpportunityResource, rows).ids
    counts = []
    for part in (keys[:1], keys[1:]):
        with CaptureQueriesContext(connection) as queries:
            books.do("crm.move", part, stage="Proposal")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_pipeline_sums_by_stage_in_company_currency(books):
    books.rate("USD", "0.90", "2026-01-01")
    party = books.customer()
    opportunity(books, party, amount="1000")
    opportunity(books, party, amount="500", currency="USD")
    opportunity(books, party, amount="70", currency="CHF")
    with CaptureQueriesContext(connection) as queries:
        totals = pipeline(books.actor, books.company)
    assert len(queries) == 3
    first = totals[0]
    assert (first.stage.name, first.count, first.amount, first.weighted) == ("Qualification", 3, Decimal("1450.00"), Decimal("145.00"))
    assert first.without_rate == {"CHF": Decimal(70)}
    assert [t.stage.name for t in totals][-2:] == ["Won", "Lost"]


def test_activities_are_done_once_and_moved_while_they_wait(books):
    party = books.customer()
    (key,) = create(
        books.actor, ActivityResource, [{"company": books.company.pk, "party": party.pk, "subject": "Ring back", "kind": "call"}]
    ).ids
    books.do("crm.reschedule", key, due_at="2026-03-01T10:00:00Z")
    assert Activity.objects.get(pk=key).due_at.isoformat() == "2026-03-01T10:00:00+00:00"
    books.do("crm.complete", key, outcome="Buys in May")
    assert interactions(party) == ["Ring back"]
    with pytest.raises(DoneAlready, match="was done on"):
        books.do("crm.reschedule", key, due_at="2026-04-01T10:00:00Z")


def test_a_salesperson_sees_and_moves_only_his_own(books):
    own = (("crm.*", "own"), ("parties.view_party", "own"))
    anna, annas = person("anna", *own)
    _bruno, brunos = person("bruno", *own)
    hers = opportunity(books, books.customer("Hers", salesperson=anna))
    assert hers.salesperson == anna
    assert [r["pk"] for r in page(OpportunityResource, annas, Query()).rows] == [hers.pk]
    assert page(OpportunityResource, brunos, Query()).rows == []
    with pytest.raises(NotFound):
        perform(brunos, move, [hers.pk], {"stage": "Proposal"})
    with pytest.raises(NotFound):
        customer_360(brunos, books.company, hers.party_id)
    assert customer_360(annas, books.company, hers.party_id).party == hers.party
    assert Opportunity.objects.get(pk=hers.pk).stage.name == "Qualification"


def test_board_list_and_stages_are_served(books):
    deal = opportunity(books, amount="200")
    row = page(OpportunityResource, books.actor, Query()).rows[0]
    assert (row["pk"], row["age"], row["weighted"]) == (deal.pk, 0, Decimal(20))
    assert OpportunityResource.board.move.key == "crm.move"
    with pytest.raises(InvalidInput, match="list of sentences"):
        edit(books.actor, StageResource, {deal.stage_id: {"exit_criteria": "no list"}})


def test_the_page_of_a_customer_with_ten_thousand_interactions(books):
    party = books.customer()
    invoice = books.invoice(party, [{"quantity": "1", "unit_price": "100"}], "2025-12-01")
    deal = opportunity(books, party, amount="500")
    create(books.actor, ActivityResource, [{"company": books.company.pk, "party": party.pk, "subject": "Visit", "kind": "visit"}])
    with unit_of_work("test", "test"):
        from fondaco.masterdata.parties.actions import record

        record([told(deal, books.actor, kind="note", title=f"Note {i}") for i in range(10_000)])
    for show in (customer_360, visit_brief):
        with CaptureQueriesContext(connection) as queries:
            found = show(books.actor, books.company, party.pk)
        assert len(queries) <= 15
        assert len(found.timeline) == 30
        content = {str(f.panel.title): f.content for f in found.panels}
        assert [r["name"] for r in content["Opportunities"].rows] == ["Grinders"]
        assert [r["subject"] for r in content["Next activities"].rows] == ["Visit"]
        figures = {str(f.title): f.value for f in content["Owed and overdue"].figures}
        assert figures["Owed"] == figures["Overdue"] == Decimal(122)
        assert content["Owed and overdue"].rows[0]["entry__memo"] == f"invoice {invoice.number}"
        assert [r["net"] for r in content["Value of the customer"].rows] == [100]


def test_usual_goods_margin_and_agreed_prices_stand_on_the_page(books):
    store = Store(books)
    store.receive("10", "6")
    on = timezone.localdate().isoformat()
    store.paper("deliveries", "post_issue", [{"product": store.bolt.pk, "quantity": "4"}], customer=store.customer.pk, on=on)
    books.invoice(store.customer, [{"product": store.bolt.pk, "quantity": "4", "unit_price": "10"}], on)
    with unit_of_work("test", "test"):
        agreed = PriceList.objects.create(
            company=books.company, code="BAR", name="Bars", currency=books.company.currency, for_members_only=True
        )
        PriceRule.objects.create(price_list=agreed, product=store.bolt, price=Decimal(9))
        PriceListMember.objects.create(price_list=agreed, party=store.customer)
    with CaptureQueriesContext(connection) as queries:
        found = visit_brief(books.actor, books.company, store.customer.pk)
    assert len(queries) <= 15, [q["sql"][:90] for q in queries]
    content = {str(f.panel.title): f.content.rows for f in found.panels}
    (usual,) = content["Usual goods in stock"]
    assert (usual["product"][1], usual["quantity"], usual["free"]) == ("BOLT Bolt", Decimal(4), Decimal(6))
    (month,) = content["Value of the customer"]
    assert (month["net"], month["cost"], month["margin"], month["percent"]) == (Decimal(40), Decimal(24), Decimal(16), Decimal("40.0"))
    assert [r["price"] for r in content["Price agreements"]] == [Decimal(9)]
    _user, without = person("clerk", ("parties.view_party", "company"), ("invoicing.view_invoice", "company"))
    seen = {str(f.panel.title) for f in visit_brief(without, books.company, store.customer.pk).panels}
    assert seen == {"Owed and overdue", "Sales of twelve months"}


def test_SA_02_another_program_captures_enquiries_and_nobody_is_made_twice(books):
    """By the API's verb: all or none, a sender who is known or writes again joins his lead, one set costs what one enquiry costs."""

    def captured(*names):
        enquiries = [{"name": n, "email": f"{n}@example.com", "interest": "A machine", "source": "web"} for n in names]
        with CaptureQueriesContext(connection) as queries:
            done = books.do("companies.capture_leads", books.company.pk, enquiries=enquiries)
        return done.made["leads"], len(queries)

    (first,), one = captured("anna")
    (again, other), _two = captured("anna", "berta")
    assert first == again != other and Lead.objects.count() == Party.objects.filter(is_lead=True).count() == 2
    many, twenty = captured(*(f"guest{n}" for n in range(20)))
    assert len(set(many)) == 20 and twenty <= one + 2
    with pytest.raises(NobodyNamed):
        books.do("companies.capture_leads", books.company.pk, enquiries=[{"name": "Carla"}, {"interest": "nobody"}])
    assert not Party.objects.filter(name="Carla").exists()

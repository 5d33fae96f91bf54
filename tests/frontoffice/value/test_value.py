"""KP-01, KP-02: what customers are worth is what was posted for them, at every moment; what is expected of them, and what winning them cost."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import Journal
from fondaco.frontoffice.value import explaining
from fondaco.frontoffice.value.fitting import fit
from fondaco.frontoffice.value.models import CustomerMargin, LevelOverride, ServiceLevel, ValueModel
from fondaco.frontoffice.value.panels import value as value_panel
from fondaco.frontoffice.value.queries import acquisition
from fondaco.frontoffice.value.refusals import LevelThreshold, NoExpense, OtherCompany, OverrideTwice, TooFewCustomers
from fondaco.frontoffice.value.standing import band_of, everybody, standings, standings_and_model
from fondaco.insight.statements.queries import profit_and_loss
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError, translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.frontoffice.sales.shop import Shop

TODAY = date(2026, 11, 27)


def now(books, party, today=TODAY):
    return standings(books.company, [party.pk], today=today)[party.pk]


def figures(row):
    return tuple(int(v) for v in (row.purchases, row.revenue, row.cost, row.other, row.margin))


def test_KP_01_a_customer_is_worth_what_was_posted_for_him(books):
    """Sold from stock, rebated, partly returned, paid with a discount, an invoice reversed: after each paper the margin is the ledger's."""
    shop = Shop(books)
    customer = shop.customer
    shop.receive(shop.machine, "10", "800.00")
    order = shop.order((shop.machine, 5))
    shop.did("deliver", order, on="2026-02-10")
    assert figures(now(books, customer)) == (0, 0, 4000, 0, -4000), "what was delivered is cost before it is invoiced"
    shop.did("invoice", order, on="2026-02-28", post=True)
    assert figures(now(books, customer)) == (1, 6000, 4000, 0, 2000)
    shop.did("take_back", order, on="2026-03-05", reason="Scratched", quantities={order.lines.get().pk: 1}, post=True)
    assert figures(now(books, customer)) == (1, 4800, 3200, 0, 1600), "returned and credited"
    wrong = books.invoice(customer, [{"quantity": "1", "unit_price": "500"}], "2026-03-10")
    same_day = books.invoice(customer, [{"quantity": "1", "unit_price": "100"}], "2026-03-10")
    assert figures(now(books, customer)) == (2, 5400, 3200, 0, 2200), "two invoices of one day are one purchase"
    books.do("invoicing.reverse", wrong.pk, reason="Wrong", on="2026-04-02")
    assert figures(now(books, customer)) == (2, 4900, 3200, 0, 1700)
    books.do("invoicing.reverse", same_day.pk, reason="Wrong too", on="2026-04-02")
    row = now(books, customer)
    assert figures(row) == (1, 4800, 3200, 0, 1600)
    assert (row.first_on, row.last_on) == (date(2026, 2, 28), date(2026, 2, 28))
    # What a voucher books for him counts too, whichever account it is on; a draft never does.
    given = {
        "company": books.company.pk, "journal": books_journal(books), "on": "2026-05-02", "memo": "Bank charges of his cheque",
        "lines": [{"account": books.account("bank_charges").pk, "debit": "50"}, {"account": books.account("receivable").pk, "credit": "50", "party": customer.pk, "due_on": "2026-05-02"}],
    }  # fmt: skip
    (voucher,) = create(ACTOR, RESOURCES["vouchers"], [given]).ids
    books.invoice(customer, [{"quantity": "1", "unit_price": "9999"}], "2026-05-03", post=False)
    assert figures(now(books, customer)) == (1, 4800, 3200, 0, 1600)
    books.do("ledger.post", voucher)
    assert figures(now(books, customer)) == (1, 4800, 3200, 50, 1550)
    (row,), _model = standings_and_model(books.company, [customer.pk], today=TODAY, with_months=True)
    found = [(month, Decimal(revenue) - Decimal(costs)) for month, revenue, costs in row.months]
    assert found == [("2026-02-01", 2000), ("2026-03-01", 200), ("2026-04-01", -600), ("2026-05-01", -50)]
    books.assert_checks_hold()


def books_journal(books):
    return Journal.objects.get(company=books.company, purpose="general").pk


def test_KP_01_in_company_currency_and_with_who_was_merged_into_him(books):
    books.rate("USD", "0.9137", "2026-01-01")
    one, other = books.customer("Bar Uno"), books.customer("Bar Due")
    books.invoice(one, [{"quantity": "1", "unit_price": "100.01"}], "2026-02-01", currency="USD")
    books.invoice(other, [{"quantity": "1", "unit_price": "10"}], "2026-03-01")
    assert now(books, one).revenue == Decimal("91.38")
    books.do("parties.merge", other.pk, into=one.pk)
    row = now(books, one)
    assert (row.purchases, row.revenue, row.last_on) == (2, Decimal("101.38"), date(2026, 3, 1))
    assert everybody(books.company, today=TODAY) == [row]
    books.assert_checks_hold()


def crowd(books, count=40, seed=7):
    """Customers who buy now and then over two years, some of them no longer."""
    chance = random.Random(seed)
    with unit_of_work("t", "t"):
        parties = [
            Party.objects.create(name=f"Bar {n}", sort_name=f"bar {n}", code=f"B{n}", country_id="IT", is_customer=True)
            for n in range(count)
        ]
    given = []
    for party in parties:
        day, until = date(2025, 1, 2) + timedelta(days=chance.randrange(400)), TODAY if chance.random() < 0.6 else date(2026, 3, 1)
        while day <= until:
            lines = [{"description": "Coffee", "quantity": "1", "unit_price": f"{chance.gammavariate(4, 60):.2f}"}]
            given.append({"company": books.company.pk, "customer": party.pk, "on": day.isoformat(), "lines": lines})
            day += timedelta(days=1 + int(chance.expovariate(1 / 60)))
    books.do("invoicing.post", create(ACTOR, RESOURCES["invoices"], given).ids)
    return parties


def test_KP_01_expected_value_follows_the_next_paper_and_explains_itself(books):
    customers = crowd(books)
    levels = [
        {"company": books.company.pk, "code": "gold", "name": "Gold", "name_it": "Oro", "rank": 1, "top_percent": "10"},
        {"company": books.company.pk, "code": "silver", "name": "Silver", "rank": 2, "basis": "year", "from_amount": "100"},
    ]
    create(ACTOR, RESOURCES["service-levels"], levels)
    assert now(books, customers[0]).expected is None
    model = fit(books.company, on=TODAY)
    assert (model.customers, model.log_likelihood < 0, model.margin_share) == (40, True, 1)
    everyone = everybody(books.company, today=TODAY)
    assert sum(row.level is not None and row.level.code == "gold" for row in everyone) == 4, "the best tenth"
    best = max(everyone, key=lambda row: row.expected)
    silent = min(everyone, key=lambda row: row.alive)
    assert silent.alive < best.alive
    low, high = band_of(best, model, today=TODAY)
    assert low <= best.expected <= high
    party = Party.objects.get(pk=best.party)
    words = explaining.expectation(best, today=TODAY, currency="EUR")
    assert words.startswith(f"Bought on {best.purchases} days in ") and "Still a customer with a probability of" in words
    # A paper of this minute counts at once, with the parameters that are kept; a day of silence counts too.
    assert now(books, party, TODAY + timedelta(days=60)).alive < best.alive
    books.invoice(party, [{"quantity": "1", "unit_price": "5000"}], TODAY.isoformat())
    after = now(books, party)
    assert after.expected > best.expected
    assert after.purchases == best.purchases + 1
    # The same parameters, the same papers: the same figures, in whatever set they are asked for.
    again = {row.party: row for row in everybody(books.company, today=TODAY)}
    assert again[party.pk] == after
    shown = value_panel(ACTOR, books.company, party)
    titles = {str(f.title): f.value for f in shown.figures}
    assert titles["Service level"] == "Gold"
    books.assert_checks_hold()


def test_KP_01_levels_by_hand_hold_their_days_and_say_why(books):
    customer = books.customer()
    (gold,) = create(
        ACTOR,
        RESOURCES["service-levels"],
        [{"company": books.company.pk, "code": "gold", "name": "Gold", "rank": 1, "from_amount": "1000"}],
    ).ids
    given = {"company": books.company.pk, "party": customer.pk, "level": gold, "valid_from": "2026-11-01", "valid_to": "2026-11-30"}
    with pytest.raises(UserError):
        create(ACTOR, RESOURCES["service-level-overrides"], [given])
    create(ACTOR, RESOURCES["service-level-overrides"], [given | {"reason": "Promised by the owner"}])
    with pytest.raises(OverrideTwice):
        create(
            ACTOR, RESOURCES["service-level-overrides"], [given | {"reason": "Again", "valid_from": "2026-11-30", "valid_to": "2026-12-30"}]
        )
    assert now(books, customer).level.code == "gold"
    assert now(books, customer, date(2026, 12, 1)).level is None
    with pytest.raises(LevelThreshold):
        edit(ACTOR, RESOURCES["service-levels"], {gold: {"top_percent": "5"}})
    other = open_books(code="OTHER")
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("t", "t"):
        LevelOverride.objects.update(company=other.company)
    assert isinstance(translated(refused.value), OtherCompany)
    # Who may not see figures sees the level, and nothing else.
    agent = Actor("nina", user_id=1, patterns=(("value.view_level", None, "company"),), team_ids=frozenset({1}))
    with unit_of_work("t", "t"):
        LevelOverride.objects.update(valid_from=timezone.localdate(), valid_to=timezone.localdate())
    shown = value_panel(agent, books.company, customer)
    assert [str(f.value) for f in shown.figures] == ["Gold"]


def test_KP_01_what_a_prospect_may_become_is_an_estimate(books):
    customers = crowd(books)
    with unit_of_work("t", "t"):
        deal, lead = (Party.objects.create(name=n, sort_name=n, code=n, country_id="IT", is_lead=True) for n in ("deal", "lead"))
    leads = [{"company": books.company.pk, "party": p.pk, "on": "2026-06-01", "source": "event"} for p in (*customers[:8], lead)]
    keys = create(ACTOR, RESOURCES["leads"], leads).ids
    books.do("crm.contact", keys[:8], outcome="Talked")
    books.do("crm.disqualify", keys[:6], reason="No interest")
    books.do("crm.qualify", keys[6:8])
    books.do("crm.convert", keys[6:8], on="2026-06-10", expected_close="2026-12-10")
    create(
        ACTOR,
        RESOURCES["opportunities"],
        [{"company": books.company.pk, "party": deal.pk, "name": "Machines", "amount": "1000", "probability": "30"}],
    )
    assert now(books, deal).potential is None
    model = fit(books.company, on=TODAY)
    found = {key: row.potential for key, row in standings(books.company, [deal.pk, lead.pk, customers[0].pk], today=TODAY).items()}
    assert found[deal.pk].amount == 300 * model.margin_share
    assert found[lead.pk].lead_chance == Decimal("0.2500"), "two of eight"
    assert found[lead.pk].amount == pytest.approx(Decimal(model.first_year["IT"]) / 4, abs=Decimal("0.01"))
    assert explaining.potential(found[lead.pk], currency="EUR").startswith("Estimate: of such leads 25% become deals")
    assert found[customers[0].pk] is None, "his lead was closed"


def test_KP_02_acquisition_cost_is_the_income_statements_and_says_when_it_is_paid_back(books):
    marketing = books.account("expense")
    create(ACTOR, RESOURCES["acquisition-accounts"], [{"company": books.company.pk, "account": marketing.pk}])
    vendor = books.vendor()
    for on, amount_ in (("2026-01-15", "300"), ("2026-02-15", "500")):
        books.bill(vendor, [{"quantity": "1", "unit_price": amount_, "account": "expense"}], on)
    early, late = books.customer("Bar Uno"), books.customer("Bar Due")
    for customer, on, price in ((early, "2026-01-20", "100"), (early, "2026-02-25", "250"), (late, "2026-02-10", "400")):
        books.invoice(customer, [{"quantity": "1", "unit_price": price}], on)
    first, second = acquisition(books.company, first=date(2026, 1, 1), last=date(2026, 2, 28), months=1, today=TODAY)
    assert (first.spent, first.customers, first.cost, first.payback_months(seen=9)) == (300, 1, 300, 1)
    assert (second.spent, second.customers, second.cost, second.payback_months(seen=9)) == (500, 1, 500, None)
    (both,) = acquisition(books.company, first=date(2026, 1, 1), last=date(2026, 3, 31), months=3, today=TODAY)
    assert (both.spent, both.customers, both.margin) == (800, 2, 750)
    statement = profit_and_loss(books.company.pk, first=date(2026, 1, 1), last=date(2026, 3, 31))
    line = next(row for row in statement.rows if row.accounts == [marketing.pk])
    assert both.by_account == {marketing.pk: abs(line.amount)}
    with pytest.raises(NoExpense):
        create(ACTOR, RESOURCES["acquisition-accounts"], [{"company": books.company.pk, "account": books.account("receivable").pk}])
    books.assert_checks_hold()


def test_KP_01_the_database_alone_writes_margins_and_models_stay(books):
    invoice = books.invoice(books.customer(), [{"quantity": "1", "unit_price": "10"}], "2026-02-01")
    row = CustomerMargin.objects.get(entry=invoice.entry_id)
    same = {f.attname: getattr(row, f.attname) for f in CustomerMargin._meta.concrete_fields if f.name != "id"}
    for work in (
        lambda: CustomerMargin.objects.create(**same | {"party_id": books.vendor().pk}), lambda: CustomerMargin.objects.update(revenue=1),
        lambda: CustomerMargin.objects.all().delete(), lambda: connection.cursor().execute("select value_record(array[%s]::bigint[])", [invoice.entry_id]),
        lambda: ValueModel.objects.update(r=1),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
            work()
    assert ServiceLevel.objects.count() == 0
    with pytest.raises(TooFewCustomers) as refused:
        books.do("companies.fit_customer_value", books.company.pk)
    assert "1 bought, 0 of them again" in refused.value.sentence()


def test_KP_01_statements_do_not_grow(books):
    parties = [p.pk for p in crowd(books)]
    fit(books.company, on=TODAY)
    counts = []
    for some in (parties[:1], parties):
        with CaptureQueriesContext(connection) as statements:
            standings(books.company, some, today=TODAY)
        counts.append(len(statements))
    assert counts == [1, 1]
    other = open_books(code="OTHER")
    for party in Party.objects.filter(pk__in=parties)[:35]:
        for on in ("2026-02-01", "2026-03-01"):
            other.invoice(party, [{"quantity": "1", "unit_price": "10"}], on)
    fitted = []
    for companies in ([books.company.pk], [books.company.pk, other.company.pk]):
        with CaptureQueriesContext(connection) as statements:
            books.do("companies.fit_customer_value", companies)
        fitted.append(len(statements))
    assert fitted[1] < 2 * fitted[0] + 10, "a fit a company: companies are few"
    assert Invoice.objects.filter(company=other.company).count() == 70

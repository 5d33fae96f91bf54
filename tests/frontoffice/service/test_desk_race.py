"""SV-06: two agents at once do not spend one limit twice."""

from decimal import Decimal

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.service.models import AuthorityLimit, Concession, Ticket
from fondaco.frontoffice.service.refusals import BeyondAuthority
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.clerks import at_once
from tests.frontoffice.service.test_desk import Desk


def test_SV_06_two_agents_at_once_spend_a_limit_once(live_database):
    """Of a total of 80 for all agents, 33.30 is asked six times on six tickets of six invoices: twice it is granted. On one ticket of 50 once."""
    desk = Desk(open_books(code="LIVE"))
    sold = [desk.sold("10")[1] for _n in range(6)]
    tickets = [desk.ticket() for _n in range(6)]

    def credits(given):
        number, ticket, invoice = given
        return desk.acts(("vera", "walter")[number % 2], "service.credit", ticket, "Broken", invoice=invoice)

    made = at_once(credits, [(n, t.pk, i.pk) for n, (t, i) in enumerate(zip(tickets, sold, strict=True))])
    assert sum(not isinstance(m, Exception) for m in made) == 2, made
    assert all(isinstance(m, BeyondAuthority) for m in made if isinstance(m, Exception)), made
    granted = Concession.objects.filter(state="granted")
    assert sum(granted.values_list("amount", flat=True)) == Decimal("66.60")
    assert Invoice.objects.filter(kind="credit_note", state="posted").count() == 2
    with unit_of_work("test", "test"):
        AuthorityLimit.objects.update(total=None, days=None)
    one = desk.ticket()
    left = [i for i in sold if not Invoice.objects.filter(credits=i).exists()]
    made = at_once(credits, [(n, one.pk, i.pk) for n, i in enumerate(left)])
    assert sum(not isinstance(m, Exception) for m in made) == 1, made
    assert Ticket.objects.get(pk=one.pk).concessions.filter(state="granted").count() == 1
    with unit_of_work("test", "checks"):
        desk.books.assert_checks_hold()

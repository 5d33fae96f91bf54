"""The demo's customer portal: a customer with a year behind him lets two people in; a quote, an order to approve, a ticket and open invoices wait there."""

from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from fondaco.connectors.demo.founding import ACTOR, document
from fondaco.connectors.demo.life import Life
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.onlinepayments.resources import PaymentProviderResource
from fondaco.finance.payments.resources import BankAccountResource
from fondaco.finance.receivables.credit import standings
from fondaco.finance.receivables.models import CreditLimit
from fondaco.frontoffice.portal.actions.house import open_access
from fondaco.frontoffice.portal.actions.ordering import place_order
from fondaco.frontoffice.portal.actions.people import keep_address
from fondaco.frontoffice.portal.actions.talking import open_ticket
from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.frontoffice.portal.people import say
from fondaco.frontoffice.portal.queries import history, seats_of
from fondaco.frontoffice.portal.resources import CustomerAccessResource, PortalRuleResource
from fondaco.frontoffice.sales.actions.quotes import send
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.resources import QuoteResource
from fondaco.masterdata.users.models import OutsideUser
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

#: The account for cards and online payments.
ACCOUNT = "170104"
#: What is to be left of the customer's credit, so that a quote and an order go through.
ROOM = 6000


def welcome(life: Life, on: date) -> None:
    """Set up the portal and paying by the test provider, let the customer's people in, and let them do something there."""
    company = {"company": life.house.company.pk}
    create(ACTOR, PortalRuleResource, [{**company, "shows_stock": "words", "few_below": 5}])
    _take_payments(life)
    customer = _chosen(life)
    given = [
        {**company, "customer": customer, "person": r["name"], "email": r["email"], "on": on, "is_buyer": False, **dict.fromkeys(r["roles"], True), "order_limit": r.get("order_limit")}
        for r in document("company")["customer_user"]
    ]  # fmt: skip
    made = create(ACTOR, CustomerAccessResource, given).ids
    perform(ACTOR, open_access, made)
    _live(life, on, customer)


def _take_payments(life: Life) -> None:
    company = life.house.company
    name = "Incassi online" if company.language == "it" else "Online payments"
    bank = {"company": company.pk, "name": name, "account_number": "test", "account": life.house.accounts[ACCOUNT], "currency": "EUR"}
    (held,) = create(ACTOR, BankAccountResource, [bank]).ids
    create(ACTOR, PaymentProviderResource, [{"company": company.pk, "name": name, "kind": "test", "bank_account": held}])


def _chosen(life: Life) -> int:
    """The customer with most orders in force of the last half-year among those who owe something
    and have credit left, in euro."""
    owes = OpenItem.objects.filter(
        company=life.house.company, party=OuterRef("customer"), control="receivable", closed_on__isnull=True, open_amount__gt=0
    )
    rows = Order.objects.filter(company=life.house.company, currency="EUR", customer__language="it").exclude(customer=life.silent)
    lately = Q(on__gte=life.last - timedelta(days=180), state__in=["confirmed", "closed"])
    found = rows.values("customer").annotate(owes=Exists(owes), count=Count("pk", filter=lately)).order_by("-owes", "-count", "customer")
    customers = [row["customer"] for row in found[:100]]
    limits = standings(CreditLimit.objects.filter(company=life.house.company, party__in=customers).select_related("party", "company"))
    stopped = {key[1] for key, s in limits.items() if s.left < ROOM or s.is_too_late(life.last) or s.limit.is_blocked}
    return int(next((c for c in customers if c not in stopped), customers[0]))


def _live(life: Life, on: date, customer: int) -> None:
    """A quote to answer, an order above the buyer's limit, a ticket, and a place for goods."""
    seats = {s.email: s for r in document("company")["customer_user"] for s in _seats(r["email"])}
    owner, buyer = (seats[r["email"]] for r in document("company")["customer_user"])
    say(
        owner,
        keep_address,
        {"label": "Magazzino", "street": "Via del Mulino, 4", "postal_code": "20090", "city": "Segrate", "country": "IT"},
    )
    bought = history(buyer, limit=5)
    dear = max(bought, key=lambda b: (b.product.kind == "goods", b.product.sale_price or 0))
    quantity = max(2, int(700 / (dear.product.sale_price or 1)) + 1)
    say(buyer, place_order, {"quantities": {dear.product.pk: quantity}, "reference": "Ord. 118"})
    lines = [{"product": dear.product.pk, "quantity": 3}, *({"product": b.product.pk, "quantity": 10} for b in bought[:1] if b is not dear)]
    quote = {"company": life.house.company.pk, "customer": customer, "on": on, "valid_until": on + timedelta(days=30), "lines": lines}
    perform(ACTOR, send, create(ACTOR, QuoteResource, [quote]).ids, {"on": on})
    words = "Dall'ultima consegna manca un collo. Potete verificare?"
    say(buyer, open_ticket, {"subject": "Manca un collo", "body": words})


def _seats(email: str) -> list[CustomerAccess]:
    return seats_of(OutsideUser.objects.get(email=email).pk)

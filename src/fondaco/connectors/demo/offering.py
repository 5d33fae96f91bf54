"""Quotes of the last days: some want somebody's approval (PR-07), of which some wait, one is agreed to, one with less discount, one is refused; one recurs (PR-09)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fondaco.connectors.demo.founding import table
from fondaco.connectors.demo.life import Life
from fondaco.finance.receivables.models import CreditLimit
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.sales.actions.quotes import ask_approval, send
from fondaco.frontoffice.sales.models import OrderLine
from fondaco.frontoffice.sales.resources import QuoteResource
from fondaco.masterdata.approvals.actions import approve, counter, reject
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.masterdata.approvals.resources import ApprovalPolicyResource
from fondaco.platform.access.models import Role
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

OFFERS, AGREES, CONTROLS = "luca.ferrari", "roberta.galli", "giorgio.ferrante"
#: What is asked of whom: name, roles, conditions. Orders that come without a quote are asked the same.
POLICIES: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    ("Margine basso", ("sales_manager",), {"margin_under": "20"}),
    ("Sconto alto su una riga", ("sales_manager",), {"line_discount_over": "18"}),
    ("Sconto alto sul totale", ("sales_manager", "controller"), {"discount_over": "28"}),
    ("Oltre il fido", ("controller",), {"over_limit_by": "1000"}),
    ("Pagamento più lungo del concordato", ("controller",), {"terms_over": 15}),
)
#: Discount of the first line, and what the seller says to it. What becomes of each is said in ``offer``.
QUOTES = (
    ("24", "Aprono altri due locali a primavera: con questo prezzo prendono tutte le macchine da noi."),
    ("32", "Il concorrente ha offerto il 30 per cento; la gara si chiude venerdì."),
    ("22", "Cliente storico, ordina ogni trimestre e paga puntuale."),
    ("27", "Chiede lo stesso sconto dell'anno scorso sulla fornitura grande."),
    ("36", "Vorrebbe provare il modello nuovo a metà prezzo."),
    ("26", ""),
)


def offer(life: Life, on: date) -> None:
    """Policies, and quotes for customers of one salesperson: of six, two wait (one for its second step), one is sent after a yes, one has a
    counter-proposal, one is refused, and one was not asked for yet."""
    company, roles = life.house.company.pk, dict(Role.objects.values_list("key", "pk"))
    create(
        life.house.people[CONTROLS],
        ApprovalPolicyResource,
        [
            {
                "company": company, "kind": kind, "priority": 10 * place, "name": name,
                "steps": [{"role": roles[r], "days": 2} for r in asked], **conditions,
            }
            for kind in ("sales.quote", "sales.order")
            for place, (name, asked, conditions) in enumerate(POLICIES, start=1)
        ],
    )  # fmt: skip
    house = life.house
    luca, roberta = house.people[OFFERS], house.people[AGREES]
    customers = [c for c in table("customers") if c["salesperson"] == OFFERS and c["currency"] == "EUR" and c["price_list"] != "consumer"]
    dear = [p for p in table("products") if p["kind"] == "goods" and Decimal(p["sale_price"]) > 400]
    cheap = [p for p in table("products") if p["kind"] == "goods" and Decimal(p["sale_price"]) < 100]
    deals = {
        d.party_id: d.pk for d in Opportunity.objects.filter(company=company, state="open", salesperson=house.users[OFFERS]).order_by("pk")
    }
    # What each bought before that is dearest; who has a deal that is open comes first, then who has a credit limit.
    rows = OrderLine.objects.filter(
        order__company=company, order__state__in=["confirmed", "closed"], product__kind="goods", unit_price__gte=100
    )
    bought = dict(
        rows.order_by("order__customer", "-unit_price", "pk").distinct("order__customer").values_list("order__customer", "product")
    )
    limited = set(CreditLimit.objects.filter(company=company).values_list("party", flat=True))
    customers.sort(key=lambda c: ((p := house.parties[c["code"]]) not in deals, p not in bought, p not in limited))
    given = []
    for place, ((percent, _words), customer) in enumerate(zip(QUOTES, customers, strict=False)):
        party = house.parties[customer["code"]]
        lines = [
            {"product": bought.get(party) or house.products[dear[place % len(dear)]["sku"]], "quantity": 2, "discount_percent": percent},
            {"product": house.products[cheap[place % len(cheap)]["sku"]], "quantity": 6},
        ]
        given.append({"company": company, "customer": party, "on": on, "opportunity": deals.get(party), "lines": lines})
    keys = create(luca, QuoteResource, given).ids
    for key, (_percent, words) in list(zip(keys, QUOTES, strict=False))[:5]:
        perform(luca, ask_approval, [key], {"words": words})
    asked = dict(ApprovalRequest.objects.filter(table_name="sales_quote", row_id__in=keys).values_list("row_id", "pk"))
    second, third, fourth, fifth = (asked[k] for k in keys[1:5])
    perform(roberta, approve, [second, third], {"comment": "D'accordo"})
    perform(roberta, counter, [fourth], {"at_most": Decimal(20), "comment": "Il 20 basta, l'anno scorso era un lancio"})
    perform(roberta, reject, [fifth], reason="Sotto costo non si vende: proponiamo il modello usato")
    if ApprovalRequest.objects.get(pk=third).state == ApprovalRequest.APPROVED:
        perform(luca, send, keys[2:3], {"on": on})
    _offer_care(life, on, house.parties[customers[len(QUOTES)]["code"]])


def _offer_care(life: Life, on: date, party: int) -> None:
    """A quote that recurs, sent: its customer signs installation and two years of care with one name."""
    house = life.house
    luca = house.people[OFFERS]
    lines = [
        {"product": house.products["SRV-INST"], "quantity": 1},
        {"product": house.products["SRV-TOT"], "quantity": 2, "per_months": 1},
    ]
    given = {
        "company": house.company.pk,
        "customer": party,
        "on": on,
        "starts_on": on + timedelta(days=30),
        "term_months": 24,
        "lines": lines,
    }
    perform(luca, send, create(luca, QuoteResource, [given]).ids, {"on": on})

"""The demo company lives: half month by half month, through the verbs its people use, in sets. All chance comes from one seed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import F, Sum

from fondaco.connectors.demo import books, buying, chasing, ending, filing, money, sending, stocking, subscribing
from fondaco.connectors.demo.founding import ACTOR, House, document
from fondaco.connectors.demo.life import ORDERS_A_WEEK, WEEK, Half, Life, halves
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.receivables.credit import standings
from fondaco.finance.receivables.models import CreditLimit
from fondaco.frontoffice.crm.actions import contact, convert, lose, qualify
from fondaco.frontoffice.crm.forecasting import take_snapshots
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.crm.resources import LeadResource
from fondaco.frontoffice.sales.actions.orders import close_quiet, confirm, deliver, invoice, take_back
from fondaco.frontoffice.sales.actions.quotes import accept, decline, expire_due, send
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote
from fondaco.frontoffice.sales.queries import DEMAND
from fondaco.frontoffice.sales.resources import OrderResource, QuoteResource
from fondaco.frontoffice.service.actions import assign, reply, solve
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.operations.inventory.actions import post_transfer
from fondaco.operations.inventory.models import Reservation, StockLevel, StockMove
from fondaco.operations.inventory.resources import StockTransferResource
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

DAY = timedelta(days=1)
#: The share of orders that begins with a quote.
QUOTED = 0.4
RETURNED, TICKETS_A_WEEK = 0.02, 6
SOURCES = {
    "trade_fair": "event",
    "website": "web",
    "referral": "referral",
    "cold_call": "phone",
    "roaster": "other",
    "newsletter": "campaign",
}


def live(house: House, scale: float, first: date, last: date, seed: int, progress: Any) -> None:
    """Live from ``first`` to ``last``, both within."""
    life = Life(house, scale, last, Random(seed), Random(seed + 1))
    books.set_up(house, first, last, life.size)
    life.people = house.people
    life.silent = chasing.silent(life)
    months = 0
    for half in halves(first, last):
        if half.is_first_of_month or not half.number:
            if months:
                close_month(life, months, half)
            months += 1
            stocking.fill_up(life, half.begin, opening=not half.number)
            move_to_port(life, half.begin)
            subscribing.month(life, months, half)
            progress(f"{half.first:%B %Y}")
        work(life, half)
    money.month(life, last - DAY, last=True)
    chasing.month(life, months, last, last=True)
    chasing.promises(life, last)
    ending.end(life)
    sending.send(life)
    filing.close_old(life)


def close_month(life: Life, number: int, half: Half) -> None:
    """The first days of a month: the bank's statements of the one before, foreign items at its last rate, reminders; orders that are done are closed."""
    until = half.first - DAY
    money.month(life, until)
    filing.revalue(life, until)
    chasing.month(life, number, half.begin + DAY)
    with unit_of_work(ACTOR.username, "sales.close_finished"):
        close_quiet(ACTOR, half.begin)


def keep_forecasts(life: Life, half: Half) -> None:
    """How the deals stood in the middle of the half month."""
    with unit_of_work(ACTOR.username, "crm.take_snapshots"):
        take_snapshots([life.house.company.pk], half.middle)


def work(life: Life, half: Half) -> None:
    """Half a month: answers to earlier quotes, new ones, orders, deliveries and invoices, returns, tickets, bills and payments."""
    season = sum(life.weights(half.first.month)) / sum(int(p["popularity"]) for p in life.products)
    count = life.many(ORDERS_A_WEEK * half.weeks * season * life.scale)
    answer_quotes(life, half.begin)
    offer(life, half, life.many(count * QUOTED * 1.6))
    keep_forecasts(life, half)
    order(life, half.middle, count - round(count * QUOTED))
    ship_and_invoice(life, half)
    go_back(life, half.end)
    help_people(life, half)
    buying.work(life, half)
    chasing.object_to(life, half)
    filing.einvoices(life, half)
    if half.is_first_of_month:
        if timedelta(days=14) <= life.last - half.end < timedelta(days=45):
            money.come_back(life, half.end)
        money.debit(life, half.end)
        money.draw(life, half.end)
    else:
        filing.vat(life, half.begin)
        filing.trade(life, half.begin)


def move_to_port(life: Life, on: date) -> None:
    """A lorry a month brings from Milano to Trieste a tenth of what is free of the ten largest stocks."""
    main, port = (life.house.warehouses[w["code"]] for w in document("company")["warehouse"])
    rows = (
        StockLevel.objects.filter(location__warehouse=main, location__kind="internal")
        .annotate(free=F("on_hand") - F("reserved"))
        .filter(free__gte=20)
        .order_by("-free", "product_id")[:10]
    )
    lines = [{"product": r.product_id, "quantity": int(r.free) // 10} for r in rows]
    if lines:
        given = {
            "company": life.house.company.pk,
            "warehouse": main,
            "to_warehouse": port,
            "on": on,
            "memo": "Rifornimento Trieste",
            "lines": lines,
        }
        perform(ACTOR, post_transfer, create(ACTOR, StockTransferResource, [given]).ids)


def offer(life: Life, half: Half, count: int) -> None:
    """Leads become opportunities, and these get a quote; a part of the quotes goes to customers without a lead."""
    if not count:
        return
    on = half.middle
    texts = document("texts")
    buyers = life.draw_customers(count)
    # A party has one open lead at a time.
    led = list({c["code"]: c for c in buyers[: count // 3]}.values())
    buyers = [*led, *buyers[count // 3 :]]
    opportunities: list[int] = []
    if led:
        sources = life.chance.choices([s["code"] for s in texts["lead_source"]], [s["weight"] for s in texts["lead_source"]], k=len(led))
        leads = create(
            ACTOR,
            LeadResource,
            [
                {
                    "company": life.house.company.pk,
                    "party": life.house.parties[c["code"]],
                    "on": on - timedelta(days=life.chance.randint(0, 5)),
                    "source": SOURCES[source],
                    "interest": _filled(life, life.chance.choice(texts["opportunity_title"]), c),
                    "contact_name": life.contact.get(c["code"], ""),
                    "email": c["email"],
                    "currency": c["currency"],
                    "estimated_amount": life.chance.randint(4, 90) * 100,
                    "salesperson": life.house.users[c["salesperson"]],
                }
                for c, source in zip(led, sources, strict=True)
            ],
        ).ids
        perform(
            ACTOR,
            contact,
            leads,
            {"outcome": life.chance.choice(texts["activity"])["it"].format(contact="il cliente", customer="lui", product="la macchina")},
        )
        perform(ACTOR, qualify, leads)
        made = perform(ACTOR, convert, leads, {"on": on, "expected_close": on + timedelta(days=life.makers.randint(10, 70))}).made[
            "opportunities"
        ]
        by_lead = dict(Opportunity.objects.filter(pk__in=made).values_list("lead_id", "pk"))
        opportunities = [by_lead[key] for key in leads]
    given = [life.document(c, on) for c in buyers]
    for values, key in zip(given, opportunities, strict=False):
        values["opportunity"] = key
    keys = create(ACTOR, QuoteResource, given).ids
    # The newest ones keep some drafts, for whoever tries the demo.
    perform(ACTOR, send, keys if not half.is_last else keys[: max(1, len(keys) * 2 // 3)], {"on": on})


def answer_quotes(life: Life, on: date) -> None:
    """Customers accept six quotes of ten of the half month before and decline two; the rest runs out."""
    waiting = list(
        Quote.objects.filter(company=life.house.company, state="sent", on__lt=on, on__gte=on - 2 * WEEK)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    accepted, declined = [], []
    for key in waiting:
        drawn = life.chance.random()
        if drawn < 0.62:
            accepted.append(key)
        elif drawn < 0.82:
            declined.append(key)
    if accepted:
        perform(ACTOR, accept, accepted, {"name": "Ufficio acquisti", "on": on}, reason="Ordine firmato ricevuto per e-mail")
    if declined:
        reasons = document("texts")["lost_reason"]
        drawn_reason = life.chance.choices(reasons, [r["weight"] for r in reasons])[0]
        reason = drawn_reason["name_it"]
        perform(ACTOR, decline, declined, {"on": on}, reason=reason)
        lost = Opportunity.objects.filter(state="open", pk__in=Quote.objects.filter(pk__in=declined).values("opportunity"))
        if keys := list(lost.values_list("pk", flat=True)):
            perform(ACTOR, lose, keys, {"on": on, "why": drawn_reason["reason"], "to": drawn_reason.get("to", "")}, reason=reason)
    expire_due(ACTOR, on)


def order(life: Life, on: date, count: int) -> None:
    given = []
    for c in life.draw_customers(count):
        values = life.document(c, on)
        warehouse = life.served.get(c["country"], life.served["*"])
        days = life.chance.randint(4, 15)
        given.append(
            {
                **values,
                "warehouse": warehouse,
                "reserve_partly": True,
                "requested_on": on + timedelta(days=days),
                "reference": f"PO-{life.chance.randint(1000, 9999)}",
            }
        )
    if given:
        perform(ACTOR, confirm, create(ACTOR, OrderResource, given).ids, {"on": on})


def ship_and_invoice(life: Life, half: Half) -> None:
    """Ship what is reserved for orders of earlier days, and invoice what left; services are invoiced at once."""
    house, on = life.house, half.end
    open_orders = Order.objects.filter(company=house.company, state="confirmed", confirmed_on__lt=on)
    held = Reservation.objects.filter(demand_table=DEMAND, quantity__gt=0).values("demand_line")
    # Who owes too much, or for too long, gets nothing more until he has paid.
    stopped = [
        s.limit.party_id for s in standings(CreditLimit.objects.filter(company=house.company)).values() if s.left < 0 or s.is_too_late(on)
    ]
    waiting = open_orders.filter(lines__pk__in=held).exclude(customer__in=stopped)
    ready = list(waiting.distinct().order_by("pk").values_list("pk", flat=True))
    if half.is_last:
        # It is not finished: a third of the orders still stands on the bench.
        ready = ready[: len(ready) * 2 // 3]
    if ready:
        perform(ACTOR, deliver, ready, {"on": on, "carrier": "Corriere Adriatico"})
    services = open_orders.exclude(pk__in=ready).exclude(lines__product__kind="goods")
    billed = Invoice.objects.filter(company=house.company, source_table=Order._meta.db_table).values("source_id")
    due = sorted({*ready, *services.exclude(pk__in=billed).values_list("pk", flat=True)})
    if due:
        money.expect(life, perform(ACTOR, invoice, due, {"on": on, "post": True}).made["invoices"])


def go_back(life: Life, on: date) -> None:
    """Now and then a customer sends a piece of a delivery back, and gets a credit note."""
    lines = list(
        OrderLine.objects.filter(
            order__company=life.house.company,
            order__state__in=["confirmed", "closed"],
            product__kind="goods",
            order__confirmed_on__range=(on - 4 * WEEK, on - 2 * WEEK),
        )
        .order_by("pk")
        .values_list("order_id", "pk")
    )
    from_delivered = _delivered([key for _o, key in lines])
    chosen: dict[int, int] = {}
    for document_key, key in lines:
        if from_delivered.get(key, 0) >= 1 and document_key not in chosen and life.chance.random() < RETURNED:
            chosen[document_key] = key
    if chosen:
        reasons = document("texts")["return_reason"]
        drawn_reason = life.chance.choices(reasons, [r["weight"] for r in reasons])[0]
        reason = drawn_reason["name_it"]
        perform(ACTOR, take_back, list(chosen), {"on": on, "quantities": dict.fromkeys(chosen.values(), 1), "post": True}, reason=reason)


def _delivered(lines: Sequence[int]) -> dict[int, Decimal]:
    """What is still with the customer, by order line."""
    moves = StockMove.objects.filter(demand_table=DEMAND, demand_line__in=lines)
    gone = dict(moves.filter(returns__isnull=True).values_list("demand_line").annotate(total=Sum("quantity")).order_by())
    back = dict(
        StockMove.objects.filter(returns__demand_table=DEMAND, returns__demand_line__in=lines)
        .values_list("returns__demand_line")
        .annotate(total=Sum("quantity"))
        .order_by()
    )
    return {key: quantity - back.get(key, 0) for key, quantity in gone.items()}


def help_people(life: Life, half: Half) -> None:
    """Customers write, the desk answers; most tickets are solved, the newest wait."""
    on = half.end
    texts = document("texts")
    agents = [u["login"] for u in document("company")["user"] if u.get("team") == "service"]
    customers = life.draw_customers(life.many(TICKETS_A_WEEK * half.weeks * life.scale))
    parties = [life.house.parties[c["code"]] for c in customers]
    newest = Invoice.objects.filter(customer__in=parties, state="posted").order_by("customer", "-pk").distinct("customer")
    latest = {i["customer"]: i for i in newest.values("customer", "number", "gross", "currency_id", "reference")}
    openings: list[Opening] = []
    answers: list[str] = []
    for c in customers:
        kind = life.chance.choices(texts["ticket"], [t["weight"] for t in texts["ticket"]])[0]
        language = "it" if c["language"] == "it" else "en"
        product = life.chance.choice([p for p in life.products if p["category"].endswith("machines")])
        words = {
            "product": product[f"name_{language}"],
            "contact": life.contact.get(c["code"]) or c["name"],
            "agent": "Nina",
            "date": f"{on:%d.%m.%Y}",
            "order": "SO",
            "invoice": "",
            "amount": "",
            "customer": c["name"],
        }
        last = latest.get(life.house.parties[c["code"]])
        if last:
            words |= {"invoice": last["number"], "amount": f"{last['gross']:.2f} {last['currency_id']}", "order": last["reference"]}
        values = {
            "company": life.house.company.pk,
            "party": life.house.parties[c["code"]],
            "subject": kind[f"subject_{language}"].format(**words),
            "contact_name": words["contact"],
            "contact_email": c["email"],
            "channel": "web",
            "priority": kind["priority"],
            "product": life.house.products[product["sku"]],
        }
        openings.append(Opening(values, kind[f"message_{language}"].format(**words)))
        answers.append(kind[f"reply_{language}"].format(**words))
    if not openings:
        return
    keys = open_tickets(ACTOR, openings).ids
    replies = {key: body for key, body in zip(keys, answers, strict=True) if not half.is_last or life.chance.random() < 0.5}
    of_agent: dict[str, list[int]] = defaultdict(list)
    for key in replies:
        of_agent[life.chance.choice(agents)].append(key)
    for agent, theirs in of_agent.items():
        perform(ACTOR, assign, theirs, {"user": life.house.users[agent]})
    if replies:
        perform(ACTOR, reply, list(replies), {"bodies": replies})
    if not half.is_last:
        perform(ACTOR, solve, list(replies), {"resolution": "Risolto con il cliente"})


def _filled(life: Life, text: dict[str, str], customer: dict[str, str]) -> str:
    product = life.chance.choice(life.products)
    return text["it"].format(customer=customer["name"], product=product["name_it"], contact=life.contact.get(customer["code"], ""))

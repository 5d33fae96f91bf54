"""A year in the life of the demo company, week by week, through the verbs that people use - never by inserting rows.

Deterministic: the same scale and the same last day give the same year.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fondaco.connectors.demo.setting_up import ACTOR, exchange_rates, know_parties, open_house, price, stock_the_catalog, table, texts
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import OpenItem
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.frontoffice.service.opening import open_ticket
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.models import StockLevel, Warehouse
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

SEED = 1499  # the year of Pacioli's pupils
ORDERS_A_WEEK = 14
DELAYS = {"prompt": (-3, 2), "late": (5, 25), "very_late": (30, 75), "over": (0, 6)}
SEASONS = {"spring": {3, 4, 5}, "summer": {6, 7, 8}, "autumn": {9, 10, 11}, "christmas": {11, 12}, "winter": {12, 1, 2}}

Progress = Callable[[str, float], None]


def build(scale: int, today: date, progress: Progress, *, weeks: int = 52) -> tuple[Company, dict[str, str]]:
    """Set the company up and let it live ``weeks`` weeks until ``today``; returns it with the passwords of its users.

    ``scale`` multiplies the number of orders. ``progress`` is told what is being done and which share is done.
    """
    first = today - timedelta(weeks=weeks)
    progress("Opening the house", 0)
    company, passwords = open_house(sorted({first.year, today.year}))
    exchange_rates()
    products = stock_the_catalog()
    customers, suppliers = know_parties(company)
    price(company, products, customers)
    year = Year(company, products, customers, suppliers, scale, today)
    for week in range(weeks):
        monday = first + timedelta(weeks=week)
        progress(f"Living week {week + 1} of {weeks}", (week + 1) / (weeks + 1))
        year.live(monday)
    progress("Done", 1)
    return company, passwords


class Year:
    """The state of the story: who buys what, what is to be paid when."""

    def __init__(
        self,
        company: Company,
        products: dict[str, Product],
        customers: dict[str, Party],
        suppliers: dict[str, Party],
        scale: int,
        today: date,
    ) -> None:
        self.random = random.Random(SEED)
        self.company, self.products, self.scale, self.today = company, products, scale, today
        self.rows = {r["sku"]: r for r in table("products")}
        self.customers = [(customers[r["code"]], r, int(r["size"])) for r in table("customers")]
        self.suppliers = list(suppliers.values())
        self.warehouses = list(Warehouse.objects.filter(company=company).order_by("code"))
        self.payments: dict[date, list[tuple[int, str]]] = defaultdict(list)
        self.payer = {customers[r["code"]].pk: r["payer"] for r in table("customers")}

    def live(self, monday: date) -> None:
        """One week: goods come, people call, orders are taken, shipped, invoiced; what is due is paid, or not."""
        days = [min(monday + timedelta(days=d), self.today) for d in range(5)]
        self.receive(days[0])
        self.court(days[0])
        orders = self.sell(days)
        self.ship(orders, days[3])
        self.invoice(orders, days[4])
        self.collect(days[4])
        if orders and self.random.random() < 0.5:
            self.take_back(orders, days[4])
        self.answer(days[2])

    def do(self, key: str, ids: Sequence[int], reason: str = "", **parameters: Any) -> Any:
        return perform(ACTOR, ACTIONS[key], list(ids), parameters, reason=reason) if ids else None

    def receive(self, on: date) -> None:
        """Bring every product that runs low back to its level, from one supplier a warehouse."""
        free = {
            (p, w): h - r
            for p, w, h, r in StockLevel.objects.filter(company=self.company, location__kind="internal").values_list(
                "product_id", "location__warehouse", "on_hand", "reserved"
            )
        }
        receipts = []
        for warehouse in self.warehouses:
            lines = []
            for sku, row in self.rows.items():
                if row["kind"] != "goods":
                    continue
                level = (10 + 8 * int(row["popularity"])) * max(1, self.scale)
                there = free.get((self.products[sku].pk, warehouse.pk), Decimal(0))
                if there < level:
                    drift = Decimal(self.random.randint(97, 104)) / 100
                    lines.append(
                        {
                            "product": self.products[sku].pk,
                            "quantity": str(int(level * 3 - there)),
                            "unit_cost": str((Decimal(row["cost"]) * drift).quantize(Decimal("0.01"))),
                        }
                    )
            if lines:
                receipts.append(
                    {
                        "company": self.company.pk,
                        "vendor": self.random.choice(self.suppliers).pk,
                        "warehouse": warehouse.pk,
                        "on": str(on),
                        "lines": lines,
                    }
                )
        if receipts:
            self.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], receipts).ids)

    def court(self, on: date) -> None:
        """Opportunities appear; some of the older ones are won or lost."""
        title = self.random.choice(texts("texts")["opportunity_title"])
        customer = self.customer()
        sku = self.random.choice([s for s, r in self.rows.items() if r["category"] == "professional_machines"])
        name = title["it" if customer.language == "it" else "en"].format(customer=customer.name, product=self.products[sku].name)
        created = create(ACTOR, RESOURCES["opportunities"], [{
            "company": self.company.pk, "party": customer.pk, "name": name, "amount": str(self.random.randint(15, 180) * 100), "currency": "EUR", "salesperson": customer.salesperson_id,
            "expected_close": str(on + timedelta(days=self.random.randint(20, 90))), "next_step": "Call" if customer.language == "en" else "Telefonare", "next_step_on": str(on + timedelta(days=7)),
        }])  # fmt: skip
        del created
        old = list(Opportunity.objects.filter(company=self.company, state="open").order_by("pk").values_list("pk", flat=True))
        if len(old) > 18:
            if self.random.random() < 0.55:
                self.do("crm.win", old[:1])
            else:
                self.do("crm.lose", old[:1], reason=self.random.choice(texts("texts")["lost_reason"])["name_en"])

    def customer(self) -> Party:
        return self.random.choices([c for c, _r, _w in self.customers], [w for _c, _r, w in self.customers])[0]

    def basket(self, month: int) -> list[dict[str, Any]]:
        weights = [int(r["popularity"]) * (2 if month in SEASONS.get(r["seasonality"], set()) else 1) for r in self.rows.values()]
        chosen = dict.fromkeys(self.random.choices(list(self.rows), weights, k=self.random.randint(1, 5)))
        small = {"spare_parts", "cleaning", "accessories", "water_treatment"}
        return [
            {
                "product": self.products[s].pk,
                "quantity": str(self.random.randint(1, 12) if self.rows[s]["category"] in small else self.random.choice((1, 1, 1, 2))),
            }
            for s in chosen
        ]

    def sell(self, days: list[date]) -> list[int]:
        """A third of the week's business comes as quotes that are accepted, the rest as orders."""
        season = 1.3 if days[0].month in {3, 4, 5, 11} else 0.6 if days[0].month == 8 else 1.0
        number = max(2, round(ORDERS_A_WEEK * self.scale * season))
        quotes, orders = [], []
        for n in range(number):
            customer = self.customer()
            given = {
                "company": self.company.pk,
                "customer": customer.pk,
                "on": str(days[n % 3]),
                "salesperson": customer.salesperson_id,
                "lines": self.basket(days[0].month),
            }
            if n % 3 == 0:
                quotes.append({**given, "valid_until": str(days[0] + timedelta(days=30))})
            else:
                orders.append(
                    {
                        **given,
                        "warehouse": self.warehouses[n % len(self.warehouses)].pk,
                        "reference": f"PO {self.random.randint(1000, 9999)}",
                    }
                )
        made = create(ACTOR, RESOURCES["quotes"], quotes).ids
        self.do("sales.send", made, on=days[2])
        answered = made[: max(1, (3 * len(made)) // 4)]
        self.do("sales.accept", answered, reason="Accepted by telephone", name="Customer", on=days[3])
        if len(made) > len(answered) and self.random.random() < 0.5:
            self.do("sales.decline", made[len(answered) : len(answered) + 1], reason="Too expensive", on=days[3])
        direct = create(ACTOR, RESOURCES["orders"], orders).ids
        self.do("sales.confirm", direct, on=days[3])
        return sorted([*direct, *Order.objects.filter(quote__in=Quote.objects.filter(pk__in=answered)).values_list("pk", flat=True)])

    def ship(self, orders: list[int], on: date) -> None:
        goods = list(
            Order.objects.filter(pk__in=orders, lines__product__kind="goods").distinct().order_by("pk").values_list("pk", flat=True)
        )
        self.do("sales.deliver", goods, on=on, carrier="Corriere Adriatico")

    def invoice(self, orders: list[int], on: date) -> None:
        outcome = self.do("sales.invoice", orders, on=on, post=True)
        for invoice in Invoice.objects.filter(pk__in=outcome.made.get("invoices", []) if outcome else []):
            low, high = DELAYS[self.payer[invoice.customer_id]]
            paid_on = (invoice.due_on or on) + timedelta(days=self.random.randint(low, high))
            self.payments[max(paid_on, on)].append((invoice.pk, "pay"))

    def collect(self, friday: date) -> None:
        """Payments that arrived this week, each for one invoice; some customers pay in two parts, some pay too much."""
        due = [key for day in sorted(d for d in self.payments if d <= friday) for key, what in self.payments.pop(day) if what]
        items = {
            i.entry_id: i
            for i in OpenItem.objects.filter(
                control="receivable", closed_on__isnull=True, entry__in=Invoice.objects.filter(pk__in=due).values("entry")
            )
        }
        payments = []
        for invoice in Invoice.objects.filter(pk__in=due).order_by("pk"):
            item = items.get(invoice.entry_id)
            if item is None or item.open_amount <= 0:
                continue
            amount = item.open_amount
            if self.random.random() < 0.06 and amount > 200:
                amount = (amount / 2).quantize(Decimal("1"))
                self.payments[friday + timedelta(days=28)].append((invoice.pk, "pay"))
            extra = Decimal(self.random.randint(1, 40)) if self.payer[invoice.customer_id] == "over" else Decimal(0)
            payments.append({
                "company": self.company.pk, "party": invoice.customer_id, "on": str(friday), "currency": invoice.currency_id, "amount": str(amount + extra),
                "reference": str(invoice.number), "allocations": [{"item": item.pk, "amount": str(amount)}],
            })  # fmt: skip
        if payments:
            self.do("payments.post", create(ACTOR, RESOURCES["payments"], payments).ids)

    def take_back(self, orders: list[int], on: date) -> None:
        """A customer sends goods back and gets a credit note."""
        shipped = list(
            Order.objects.filter(pk__in=orders, lines__product__kind="goods").distinct().order_by("pk").values_list("pk", flat=True)
        )
        reason = self.random.choices(texts("texts")["return_reason"], [r["weight"] for r in texts("texts")["return_reason"]])[0]
        self.do("sales.take_back", shipped[:1], reason=reason["name_en"], on=on, post=True)

    def answer(self, on: date) -> None:
        """Customers write; the service desk answers most of them."""
        for _n in range(max(1, self.scale)):
            customer = self.customer()
            given = self.random.choices(texts("texts")["ticket"], [t["weight"] for t in texts("texts")["ticket"]])[0]
            language = "it" if customer.language == "it" else "en"
            words = defaultdict(
                str,
                customer=customer.name,
                contact=customer.name,
                product="Rialto 2",
                order="",
                invoice="",
                amount="",
                agent="",
                date=f"{on:%m/%Y}",
            )
            values = {
                "company": self.company.pk,
                "party": customer.pk,
                "subject": given[f"subject_{language}"].format_map(words),
                "contact_email": customer.email,
            }
            outcome = open_ticket(ACTOR, values, body=given[f"message_{language}"].format_map(words))
            ticket = outcome.ids[0]
            if self.random.random() < 0.8:
                self.do("service.reply", [ticket], body=given[f"reply_{language}"].format_map(words))
                if self.random.random() < 0.7:
                    self.do("service.solve", [ticket], resolution="Answered")

"""Service contracts of the demo company: care and hire by the month, hours of technicians by use; signed, amended, invoiced and paid month by month."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from fondaco.connectors.demo.founding import ACTOR, table
from fondaco.connectors.demo.life import Due, Half, Life
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import OpenItem
from fondaco.frontoffice.subscriptions.actions import activate, cancel, change, give_notice, pause, resume, take_usage
from fondaco.frontoffice.subscriptions.background import bill_due, end_due, renew_due
from fondaco.frontoffice.subscriptions.models import Contract, ContractLine, Meter
from fondaco.frontoffice.subscriptions.pricing import months_after
from fondaco.frontoffice.subscriptions.resources import ContractResource, MeterResource
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

#: Its chance is apart: contracts change nothing of what else happens in the demo.
SEED = 1906
#: Two are signed a month, at this SKU and quantity, with hours by use or without, and what is special about them.
SIGNED: tuple[tuple[int, str, int, bool, dict[str, Any]], ...] = (
    (1, "SRV-TOT", 3, True, {"rise_percent": 2}),
    (1, "SRV-PLU", 2, False, {"in_advance": False}),
    (2, "SRV-RENT", 1, True, {"term_months": 24, "renewal_months": 24}),
    (2, "SRV-BAS", 4, False, {"every_months": 3}),
    (3, "SRV-PLU", 1, True, {"notice_days": 90}),
    (3, "SRV-RENT", 2, False, {"every_months": 3, "calendar": "anniversary"}),
    (4, "SRV-BAS", 1, False, {"term_months": 6, "renewal_months": 6, "rise_percent": 3}),
)


def month(life: Life, number: int, half: Half) -> None:
    """The first working day of the ``number``-th month: sign, tell what was used, amend, renew, invoice what is due."""
    chance = Random(SEED + number)
    on = half.begin
    _sign(life, number, half.first)
    _use(life, half.first, chance)
    _amend(life, number, half.first)
    company = life.house.company.pk
    renew_due(ACTOR, on, [company])
    end_due(ACTOR, on, [company])
    made = bill_due(ACTOR, on, [company])
    entries = Invoice.objects.filter(pk__in=made, state="posted").values("entry")
    for item in OpenItem.objects.filter(entry__in=entries, amount__gt=0).order_by("pk"):
        life.coming[max(item.on, item.due_on + timedelta(days=chance.randint(-3, 9)))].append(Due(item.pk, item.amount, item.amount))


def _sign(life: Life, number: int, first: date) -> None:
    house = life.house
    left_out = house.debited | house.drawn | {life.silent}
    customers = [
        house.parties[c["code"]] for c in table("customers")
        if c["currency"] == "EUR" and c["price_list"] != "consumer" and house.parties[c["code"]] not in left_out
    ]  # fmt: skip
    drafts = []
    for place, (month_number, sku, quantity, by_use, more) in enumerate(SIGNED):
        if month_number != number:
            continue
        customer = customers[place * 3]
        lines: list[dict[str, Any]] = [{"product": house.products[sku], "quantity": quantity}]
        steps, tiers = [], []
        if sku == "SRV-RENT":
            lines.append({"product": house.products["SRV-INST"], "kind": "one_off", "quantity": quantity})
            steps = [{"product": house.products[sku], "from_on": months_after(first, 6), "quantity": quantity, "unit_price": "139.00"}]
        if by_use:
            given = {
                "company": house.company.pk,
                "code": f"ORE-{place + 1:02}",
                "name": "Ore di assistenza",
                "customer": customer,
                "unit": "HUR",
            }
            (meter,) = create(ACTOR, MeterResource, [given]).ids
            lines.append(
                {"product": house.products["SRV-HOUR"], "kind": "usage", "unit_price": "58.00", "meter": meter, "included_quantity": 1}
            )
            lines.append({"product": house.products["SRV-CALL"], "kind": "price", "unit_price": "38.00"})
            tiers = [{"product": house.products["SRV-HOUR"], "from_quantity": 4, "unit_price": "52.00"}]
        drafts.append(
            {
                "company": house.company.pk, "customer": customer, "starts_on": first, "term_months": 12, "currency": "EUR", "posts_at_once": True,
                "lines": lines, "steps": steps, "tiers": tiers, **more,
            }
        )  # fmt: skip
    if drafts:
        perform(ACTOR, activate, create(ACTOR, ContractResource, drafts).ids)


def _use(life: Life, first: date, chance: Random) -> None:
    """Technicians wrote down their hours of the month before, a visit at a time."""
    before = months_after(first, -1)
    meters = Meter.objects.filter(company=life.house.company).order_by("pk").values_list("code", flat=True)
    records = [
        {
            "key": f"{before:%Y-%m}/{code}/{n}", "meter": code, "on": before + timedelta(days=chance.randint(0, 27)),
            "quantity": Decimal(chance.randint(2, 9)) / 2,
        }
        for code in meters
        for n in range(chance.randint(1, 3))
    ]  # fmt: skip
    if records:
        perform(ACTOR, take_usage, [life.house.company.pk], {"source": "interventi", "records": records})


def _amend(life: Life, number: int, first: date) -> None:
    contracts = list(Contract.objects.filter(company=life.house.company, state="active").order_by("pk").values_list("pk", flat=True))
    if number == 6:
        line = ContractLine.objects.get(contract=contracts[0], position=1)
        perform(
            ACTOR,
            change,
            [line.pk],
            {"on": first + timedelta(days=14), "quantity": 4},
            reason="Nuovo punto vendita con una quarta macchina",
        )
    elif number == 7:
        perform(ACTOR, pause, [contracts[1]], {"on": first}, reason="Locale chiuso per lavori")
    elif number == 9:
        perform(ACTOR, resume, [contracts[1]], {"on": first})
    elif number == 10:
        perform(ACTOR, cancel, [contracts[3]], {"on": first + timedelta(days=13)}, reason="Il bar cambia gestione")
    elif number == 11:
        perform(ACTOR, give_notice, [contracts[4]], {"on": first})


__all__ = ["month"]

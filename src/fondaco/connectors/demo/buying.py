"""What the demo company buys: goods that came are billed, services too; what is due is paid twice a month by two people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef

from fondaco.connectors.demo.books import SERVICES
from fondaco.connectors.demo.founding import ACTOR, document, table
from fondaco.connectors.demo.life import Half, Life
from fondaco.connectors.demo.statements import Movement
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payables.actions import credit, match
from fondaco.finance.payables.actions import post as post_bills
from fondaco.finance.payables.models import Bill
from fondaco.finance.payables.resources import BillResource
from fondaco.finance.payments.disbursing import post as post_disbursements
from fondaco.finance.payments.resources import DisbursementResource
from fondaco.finance.remittance.actions import execute, propose, reject, release, submit
from fondaco.finance.remittance.models import PaymentRun, Transfer
from fondaco.finance.remittance.resources import PaymentRunResource
from fondaco.masterdata.companies.queries import rate_table
from fondaco.operations.inventory.models import GoodsReceiptLine, StockLevel
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine, VendorReturnLine, VendorReturnReason
from fondaco.operations.purchasing.queries import waits_for_credit
from fondaco.operations.purchasing.returning import ask_return_of_receipt, authorise, send
from fondaco.people.expenses.actions import ask_approval as ask_for_claims
from fondaco.people.expenses.actions import book
from fondaco.people.expenses.models import ExpenseKind
from fondaco.people.expenses.resources import ExpenseClaimResource
from fondaco.platform.documents.performing import perform
from fondaco.platform.files.attaching import attach
from fondaco.platform.money import rounded
from fondaco.platform.resources.writing import create, delete

ENTERS, RELEASES, BOOKS = "silvia.rota", "paolo.cattaneo", "chiara.valsecchi"
#: A lorry's freight at scale 1, and how many there are in half a month.
FREIGHT, PARCELS = ("180.00", "620.00"), 6
#: In every so many half months something goes back to its maker.
RETURNED_EVERY = 3
#: In this half month of the demo's life the bank rejects a transfer.
REJECTED_IN = 9
#: The bank's rate is so much worse than the books'.
WORSE = Decimal("1.004")


def work(life: Life, half: Half) -> None:
    """Half a month of those who buy: bills, claims at the end of the month, and the payment run."""
    on = half.end
    bill_goods(life, on)
    if not half.is_last:
        credit_returns(life, on)
    if half.number % RETURNED_EVERY == 1 or half.is_last:
        send_back(life, on, "replacement" if half.is_last else "credit")
    enter(life, [*_of_services(life, half), *_of_carriers(life, half)])
    if half.number % 4 == 2:
        give_back(life, on)
    if not half.is_first_of_month and not half.is_last:
        claim(life, on)
    pay(life, half)
    pay_abroad(life, on)


def enter(life: Life, bills: Sequence[Mapping[str, Any]]) -> None:
    """Enter bills and post them."""
    if bills:
        perform(ACTOR, post_bills, create(ACTOR, BillResource, bills).ids)


def paper(life: Life, vendor: int, on: date) -> dict[str, Any]:
    """The head of a bill: his number, his date, ours. His numbers count up, and begin anew each year."""
    life.papers[vendor] += life.chance.randint(3, 19)
    return {
        "company": life.house.company.pk,
        "vendor": vendor,
        "vendor_number": f"{on:%Y}/{life.papers[vendor]}",
        "vendor_date": on - timedelta(days=life.chance.randint(0, 3)) if on.day > 3 else on,
        "on": on,
    }


def bill_goods(life: Life, on: date) -> None:
    """Bills of what came into the warehouse some days before, in the vendor's money, matched to what was ordered of him."""
    due = [key for day, key in life.to_bill if day <= on]
    life.to_bill = [(day, key) for day, key in life.to_bill if day > on]
    orders = PurchaseOrder.objects.in_bulk(due)
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in PurchaseOrderLine.objects.filter(order__in=due).order_by("order_id", "position", "id"):
        lines[line.order_id].append({"product": line.product_id, "quantity": line.quantity, "unit_price": line.unit_price})
    bills = [
        {
            **paper(life, orders[key].vendor_id, on),
            "currency": orders[key].currency_id,
            "duplicate_reason": "Carico di altro magazzino",
            "lines": lines[key],
        }
        for key in due
    ]
    if bills:
        keys = create(ACTOR, BillResource, bills).ids
        perform(ACTOR, match, keys)
        perform(ACTOR, post_bills, keys)


def send_back(life: Life, on: date, wanted: str) -> None:
    """Two pieces of what came some weeks before are broken, and go back to their maker."""
    there = StockLevel.objects.filter(
        location__kind="internal", location__warehouse=OuterRef("receipt__warehouse"), product=OuterRef("product")
    )
    free = there.filter(on_hand__gte=F("reserved") + 2)
    lines = GoodsReceiptLine.objects.filter(
        Exists(free), demand_table=PurchaseOrderLine._meta.db_table, receipt__company=life.house.company, receipt__state="posted", quantity__gte=2,
        receipt__on__range=(on - timedelta(weeks=8), on - timedelta(days=3)),
    ).exclude(sent_back__isnull=False)  # fmt: skip
    line = lines.order_by("-receipt__on", "pk").first()
    if line is None:
        return
    told = {"reason_code": VendorReturnReason.objects.get(code="DEFECT").pk, "wanted": wanted, "quantities": {line.pk: 2}}
    made = perform(ACTOR, ask_return_of_receipt, [line.receipt_id], told).made["vendor-returns"]
    perform(ACTOR, authorise, made)
    perform(ACTOR, send, made, {"on": on, "carrier": "Corriere Adriatico"})


def credit_returns(life: Life, on: date) -> None:
    """The makers' credit notes for what went back half a month ago and was billed."""
    waiting = VendorReturnLine.objects.filter(
        waits_for_credit(), vendor_return__company=life.house.company, vendor_return__on__lt=on - timedelta(days=7)
    )
    orders = PurchaseOrderLine.objects.select_related("order").in_bulk(waiting.values_list("demand_line", flat=True))
    notes = [
        {
            **paper(life, row.vendor_return.vendor_id, on),
            "kind": "credit_note",
            "currency": orders[row.demand_line].order.currency_id,
            "memo": f"Reso {row.vendor_return}",
            "duplicate_reason": "Nota di credito per merce resa",
            "lines": [{"product": row.product_id, "quantity": row.quantity, "unit_price": orders[row.demand_line].unit_price}],
        }
        for row in waiting.select_related("vendor_return").order_by("pk")
        if row.demand_line
    ]
    if notes:
        keys = create(ACTOR, BillResource, notes).ids
        perform(ACTOR, match, keys)
        perform(ACTOR, post_bills, keys)


def _of_services(life: Life, half: Half) -> list[dict[str, Any]]:
    """Bills of rent, energy, advisers and the like, each in its half of the month, some of them once a quarter."""
    on, bills = half.end, []
    for r in table("overheads"):
        if (int(r["week"]) < 3) != half.is_first_of_month or (r["every"] == "quarter" and on.month % 3 != 2):
            continue
        amount = rounded(life.money(r["net_from"], r["net_to"]) * life.size, 2)
        same = r["net_from"] == r["net_to"]
        bills.append(
            {
                **paper(life, life.house.parties[r["code"]], on),
                **({"duplicate_reason": "Canone periodico"} if same else {}),
                "lines": [{"description": f"{r['text_it']} {on:%m/%Y}", "quantity": 1, "unit_price": amount}],
            }
        )
    return bills


def _of_carriers(life: Life, half: Half) -> list[dict[str, Any]]:
    """Carriers bill twice a month, the maker of boxes once."""
    on, bills = half.end, []
    for r in table("suppliers"):
        account = SERVICES.get(r["categories"])
        if account is None or (r["categories"] == "packaging" and half.is_first_of_month):
            continue
        amount = sum((life.money(*FREIGHT) for _ in range(PARCELS)), Decimal(0)) * life.size
        text = "Spedizioni della quindicina" if r["categories"] == "freight" else "Imballaggi"
        bills.append(
            {
                **paper(life, life.house.parties[r["code"]], on),
                "lines": [{"description": f"{text} {on:%d/%m/%Y}", "quantity": 1, "unit_price": rounded(amount, 2)}],
            }
        )
    return bills


def give_back(life: Life, on: date) -> None:
    """A carrier billed something twice, and gives a credit note for it."""
    carriers = [life.house.parties[r["code"]] for r in table("suppliers") if r["categories"] == "freight"]
    bill = (
        Bill.objects.filter(company=life.house.company, vendor__in=carriers, state="posted", kind=Bill.BILL, on__lt=on, net__lt=5000)
        .order_by("-on", "pk")
        .first()
    )
    if bill is not None:
        told = {"vendor_number": f"NC {on:%m}/{on:%Y}", "on": on}
        made = perform(ACTOR, credit, [bill.pk], told, reason="Spedizioni fatturate due volte").made["bills"]
        perform(ACTOR, post_bills, made)


# ------------------------------------------------------------------ paying


def pay(life: Life, half: Half) -> None:
    """The payment run of the half month: prepared by who enters bills, released by the treasurer, booked by the bank the next working day."""
    enters, releases, on = life.house.people[ENTERS], life.house.people[RELEASES], half.end
    run = {
        "company": life.house.company.pk,
        "bank_account": life.house.banks["EUR"],
        "on": on,
        "due_until": on + timedelta(days=14),
        "memo": f"Pagamenti {on:%d/%m/%Y}",
    }
    keys = create(enters, PaymentRunResource, [run]).ids
    perform(enters, propose, keys)
    if not PaymentRun.objects.filter(pk__in=keys, lines__state="proposed").exists():
        delete(enters, PaymentRunResource, keys)
        return
    perform(enters, submit, keys)
    if half.is_last:
        return  # This run still waits for the second person.
    perform(releases, release, keys)
    transfers = list(Transfer.objects.filter(run__in=keys).order_by("pk"))
    if half.number == REJECTED_IN and len(transfers) > 2:
        refused = transfers.pop()
        perform(
            life.house.people[BOOKS], reject, [refused.pk], {"on": on + timedelta(days=1)}, reason="AC04: conto del beneficiario chiuso"
        )
    (run_number,) = PaymentRun.objects.filter(pk__in=keys).values_list("number", flat=True)
    booked = on + timedelta(days=3 if on.weekday() == 4 else 1)
    life.movements["EUR"].append(
        Movement(
            booked,
            -sum((t.amount for t in transfers), Decimal(0)),
            text=f"BONIFICI A FORNITORI DISTINTA {run_number} N. {len(transfers)} DISPOSIZIONI",
            payment=run_number or "",
            code="PMNT",
        )
    )


def executed(life: Life, until: date) -> None:
    """The bank has carried out what was released before the day."""
    gone = Transfer.objects.filter(run__company=life.house.company, state="released", run__on__lt=until)
    if keys := list(gone.order_by("pk").values_list("pk", flat=True)):
        perform(life.house.people[BOOKS], execute, keys, {"on": until})


def pay_abroad(life: Life, on: date) -> None:
    """Vendors who bill in dollars or pounds are paid one by one from the accounts that hold them; who bills in francs, by the bank's rate."""
    items = OpenItem.objects.filter(
        company=life.house.company, control="payable", closed_on__isnull=True, due_on__lte=on, open_amount__lt=0
    ).exclude(currency="EUR")
    given = []
    rates = rate_table(life.house.company, {"CHF", "USD", "GBP"})
    for item in items.order_by("pk").select_related("party"):
        amount = -item.open_amount
        if item.currency_id not in life.house.banks and item.pk not in life.ordered:
            life.ordered.add(item.pk)
            told = (amount, item.currency_id)
            taken = rounded(amount * rates.rate(item.currency_id, on) * WORSE, 2)
            life.movements["EUR"].append(Movement(on, -taken, item.party.name, text=f"BONIFICO ESTERO {item.party.name}", original=told))
        if item.currency_id in life.house.banks:
            given.append(
                {
                    "company": life.house.company.pk,
                    "kind": "paid",
                    "party": item.party_id,
                    "on": on,
                    "currency": item.currency_id,
                    "amount": amount,
                    "reference": f"Bonifico estero {item.party.name}",
                    "allocations": [{"item": item.pk, "amount": amount}],
                }
            )
            life.movements[item.currency_id].append(
                Movement(on + timedelta(days=3), -amount, item.party.name, text=f"BONIFICO ESTERO {item.party.name}")
            )
    if given:
        perform(life.house.people[RELEASES], post_disbursements, create(life.house.people[RELEASES], DisbursementResource, given).ids)


# ------------------------------------------------------------------ expenses


def claim(life: Life, on: date) -> None:
    """People who travelled claim what they spent; the accountant books it, and it is paid with the vendors' bills."""
    travellers = [u["login"] for u in document("company")["user"] if u.get("team") == "sales"]
    keys = [key for login in life.sample(travellers, 3) for key in spend(life, login, on)]
    bills = perform(life.house.people[BOOKS], book, keys).made["bills"]
    perform(life.house.people[ENTERS], post_bills, bills)


def spend(life: Life, login: str, on: date, *, asks: bool = False) -> list[int]:
    """One claim of one person with its receipts; ``asks`` for approval where a policy wants it."""
    actor, kinds = life.house.people[login], _kinds(life)
    city, nights = life.chance.choice(("Bologna", "Torino", "Verona", "Genova", "München", "Wien", "Ljubljana")), life.chance.randint(1, 2)
    lines: list[dict[str, Any]] = [
        {
            "on": on - timedelta(days=5),
            "kind": kinds["KM"],
            "description": f"Milano – {city} a/r",
            "quantity": life.chance.randint(180, 620),
        },
        {"on": on - timedelta(days=5), "kind": kinds["MEAL"], "description": city, "amount": life.money("11.50", "24.90")},
        {
            "on": on - timedelta(days=4),
            "kind": kinds["HOTEL"],
            "description": f"Albergo {city}, {nights} notti",
            "amount": life.money("84.00", "158.00"),
        },
    ]
    given = {
        "company": life.house.company.pk,
        "employee": life.house.parties[f"@{login}"],
        "on": on,
        "purpose": f"Visita clienti {city}",
        "lines": lines,
    }
    keys = create(actor, ExpenseClaimResource, [given]).ids
    receipt = f"HOTEL {city.upper()}\nRICEVUTA {life.chance.randint(100, 999)}\n{on - timedelta(days=4):%d/%m/%Y}\nTOTALE EUR {lines[2]['amount']}\n"
    for key in keys:
        attach(actor, ExpenseClaimResource, key, [(f"ricevuta-albergo-{city}.txt", [receipt.encode()])])
    if asks:
        perform(actor, ask_for_claims, keys)
    return keys


def _kinds(life: Life) -> dict[str, int]:
    return dict(ExpenseKind.objects.filter(company=life.house.company).values_list("code", "pk"))

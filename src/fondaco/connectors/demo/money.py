"""What the demo's bank does: customers' money comes, statements are imported month by month, matched by themselves, and by hand what is left."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from fondaco.connectors.demo.buying import executed
from fondaco.connectors.demo.founding import document
from fondaco.connectors.demo.identities import iban_of
from fondaco.connectors.demo.life import Due, Life
from fondaco.connectors.demo.statements import Movement, Statement, camt
from fondaco.finance.banking.actions import match, match_automatically
from fondaco.finance.banking.importing import import_statements
from fondaco.finance.banking.models import BankLine
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import JournalLine, OpenItem
from fondaco.finance.remittance import riba
from fondaco.finance.remittance.collecting import collect, propose, return_debit
from fondaco.finance.remittance.models import BankReceipt, Collection, Debit, Presentation
from fondaco.finance.remittance.resources import CollectionResource, PresentationResource
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import rounded
from fondaco.platform.resources.writing import create, delete

MATCHES, COLLECTS = "chiara.valsecchi", "paolo.cattaneo"
ZERO, DAY = Decimal(0), timedelta(days=1)
#: Of how many payments the text tells the invoice, and in the last month; how many come through a foreign bank that keeps a fee; what it keeps.
TELLING, UNCLEAR, CHARGED, FEE = 0.93, 0.6, 0.12, Decimal(15)
#: Of payments in pounds or dollars so many come to the account in euro, at the bank's rate.
CONVERTED, MARGIN = 0.1, Decimal("0.994")
RETURN_FEE = Decimal("3.50")
#: For how long nothing has come from the customer who does not pay any more.
SILENT = timedelta(days=240)


def expect(life: Life, invoices: Sequence[int]) -> None:
    """Draw the day on which each instalment will be paid, by the habit of its customer. Who is debited, or drawn on, pays nothing
    himself."""
    habits = document("company")["payer"]
    entries = Invoice.objects.filter(pk__in=invoices).values("entry")
    for item in OpenItem.objects.filter(entry__in=entries, amount__gt=0).order_by("pk"):
        if item.party_id in life.house.debited | life.house.drawn or (item.party_id == life.silent and life.last - item.on < SILENT):
            continue
        habit = habits[life.payer[item.party_id]]
        day = max(item.on, item.due_on + timedelta(days=life.chance.randint(*habit["days_late"])))
        if habit.get("partial_payments") and life.chance.random() < 0.5:
            half = rounded(item.amount / 2, 2)
            life.coming[day].append(Due(item.pk, half, half))
            life.coming[day + timedelta(days=life.chance.randint(20, 40))].append(Due(item.pk, item.amount - half, item.amount - half))
        else:
            life.coming[day].append(Due(item.pk, item.amount, rounded(item.amount * Decimal(habit.get("share_paid", "1")), 2)))


def month(life: Life, until: date, *, last: bool = False) -> None:
    """Import the statements of all accounts up to a day, and match them. Of the last ones a part is left to whoever tries the demo."""
    _outflows(life, until)
    truth = _arrivals(life, until, telling=UNCLEAR if last else TELLING)
    if last:
        _oddities(life, until)
    _import(life, until)
    waiting = BankLine.objects.filter(company=life.house.company, state="open").order_by("booked_on", "pk")
    if lines := list(waiting.values_list("pk", flat=True)):
        perform(life.house.people[MATCHES], match_automatically, lines)
    if not last:
        _by_hand(life, truth)
    executed(life, until)


def _outflows(life: Life, until: date) -> None:
    """Wages, contributions and charges of the month, and what the authority gets of withheld tax."""
    first = until.replace(day=1)
    for r in document("company")["outflow"]:
        day = first.replace(day=r["day"])
        if day <= until:
            amount = Decimal(r["amount"]) * (life.size if r["account"] != "320714" else 1)
            life.movements["EUR"].append(Movement(day, -rounded(amount, 2), text=r["text"], code="PMNT"))
    if first.replace(day=16) <= until:
        account = life.house.accounts["231207"]
        withheld = JournalLine.objects.filter(company=life.house.company, account=account, on__lt=first, amount__lt=0)
        paid = life.withheld_paid
        owed = -sum(withheld.values_list("amount", flat=True), ZERO) - paid
        if owed > 0:
            life.withheld_paid += owed
            life.movements["EUR"].append(Movement(first.replace(day=16), -owed, text="DELEGA F24 RITENUTE COD. 1040"))


def _arrivals(life: Life, until: date, *, telling: float) -> dict[str, list[Due]]:
    """Customers' money up to a day as the bank will tell it. What was credited meanwhile is not paid."""
    days = sorted(day for day in life.coming if day <= until)
    dues = [(day, due) for day in days for due in life.coming.pop(day)]
    items = {i.pk: i for i in OpenItem.objects.filter(pk__in=[d.item for _day, d in dues]).select_related("party", "entry")}
    codes = {life.house.parties[c["code"]]: c for c in life.customers}
    rates = rate_table(life.house.company, {"USD", "GBP", "CHF"})
    together: dict[tuple[date, int, str], list[Due]] = defaultdict(list)
    for day, due in dues:
        item = items[due.item]
        due.settled = min(due.settled, item.open_amount)
        if due.settled <= 0:
            continue
        item.open_amount -= due.settled
        due.paid = max(due.paid, due.settled) if due.paid > item.amount else due.settled
        together[day, item.party_id, item.currency_id].append(due)
    truth: dict[str, list[Due]] = {}
    for (day, party, currency), some in together.items():
        life.transfers += 1
        name, mark = f"CT{life.transfers:07d}", items[some[0].item].party.name
        numbers = " ".join((items[d.item].entry.memo or items[d.item].entry.number).split()[-1] for d in some)
        text = (
            f"SALDO {numbers}"
            if life.chance.random() < telling
            else life.chance.choice(("SALDO FATTURE", "PAGAMENTO", "ACCONTO FORNITURA"))
        )
        customer = codes[party]
        paid = sum((d.paid for d in some), ZERO)
        account, amount, charges, original = currency, paid, ZERO, None
        if currency not in life.house.banks or (currency != "EUR" and life.chance.random() < CONVERTED):
            account, original = "EUR", (paid, currency)
            amount = rounded(paid * rates.rate(currency, day) * MARGIN, 2)
        elif currency != "EUR" and paid > 10 * FEE and life.chance.random() < CHARGED:
            charges, amount = FEE, paid - FEE
        known = telling == TELLING or life.chance.random() < telling
        life.movements[account].append(
            Movement(
                day,
                amount,
                mark if known else mark.upper()[:11],
                iban_of(customer["country"], int(customer["code"][1:])) if known else "",
                text,
                name,
                charges=charges,
                original=original,
            )
        )
        truth[name] = some
    return truth


def _oddities(life: Life, until: date) -> None:
    """What no invoice and no rule explains."""
    life.movements["EUR"] += [
        Movement(until - 2 * DAY, Decimal("312.40"), text="ACCREDITO POS ES. 00187 FIERA"),
        Movement(until - 3 * DAY, Decimal("-120.00"), text="COMM. FIDEIUSSIONE 2026/114"),
        Movement(until - 4 * DAY, Decimal("-86.90"), "Autostrade Serenissima S.p.A.", text="TELEPASS RATA"),
        Movement(until - DAY, Decimal("1250.00"), "GASTRONOMIA FRATELLI B", text="ACCONTO ORDINE"),
    ]


def _import(life: Life, until: date) -> None:
    """Let the bank write the statements of all accounts in one file, and import it."""
    given = []
    for row in document("company")["bank_account"]:
        currency = row["currency"]
        waiting = sorted((m for m in life.movements[currency] if m.on <= until), key=lambda m: (m.on, m.end_to_end, m.text, m.amount))
        life.movements[currency] = [m for m in life.movements[currency] if m.on > until]
        if waiting:
            opening = life.balances.get(currency, Decimal(row["opening_balance"]))
            given.append(Statement(f"{currency}{until:%y%m}", row["iban"], currency, opening, waiting, until))
            life.balances[currency] = given[-1].closing
    if given:
        import_statements(life.house.people[MATCHES], f"estratti-conto-{until:%Y-%m}.xml", camt(f"NAV{until:%y%m%d}", given))


def _by_hand(life: Life, truth: dict[str, list[Due]]) -> None:
    """The accountant matches what no rule and no reference told: she knows whose money it is."""
    chiara = life.house.people[MATCHES]
    lines = list(BankLine.objects.filter(company=life.house.company, state="open").order_by("booked_on", "pk"))
    items = OpenItem.objects.in_bulk({d.item for ln in lines for d in truth.get(ln.end_to_end_id, ())})
    for line in lines:
        dues = truth.get(line.end_to_end_id, [])
        wanted: dict[int, Decimal] = defaultdict(Decimal)
        for due in dues:
            wanted[due.item] += due.settled
        fitting = {key: min(amount, items[key].open_amount) for key, amount in wanted.items() if items[key].open_amount > 0}
        if fitting:
            told = {"items": fitting, "fee": line.charges, "keep_rest": not line.original_currency}
            perform(chiara, match, [line.pk], told)
            for key, amount in fitting.items():
                items[key].open_amount -= amount


# ------------------------------------------------------------------ direct debit


def debit(life: Life, on: date) -> None:
    """Debit once a month what customers with a mandate owe until the middle of the next one."""
    paolo = life.house.people[COLLECTS]
    run = {
        "company": life.house.company.pk,
        "bank_account": life.house.banks["EUR"],
        "scheme": "CORE",
        "on": on,
        "due_until": on,
        "memo": f"SDD {on:%m/%Y}",
    }
    keys = create(paolo, CollectionResource, [run]).ids
    perform(paolo, propose, keys)
    if not Collection.objects.filter(pk__in=keys, lines__state="proposed").exists():
        delete(paolo, CollectionResource, keys)
        return
    perform(paolo, collect, keys)
    for d in Debit.objects.filter(collection__in=keys).order_by("pk").select_related("payment"):
        life.movements["EUR"].append(Movement(on, d.amount, d.name, d.iban, "SDD CORE", d.end_to_end, code="PMNT"))


def come_back(life: Life, on: date) -> None:
    """The bank gives a debit of the month before back; its line is matched with what took the receipt back."""
    found = (
        Debit.objects.filter(collection__company=life.house.company, state="collected", collection__on__lt=on.replace(day=1))
        .order_by("-pk")
        .first()
    )
    if found is None:
        return
    perform(life.house.people[COLLECTS], return_debit, [found.pk], {"on": on, "fee": RETURN_FEE}, reason="AM04: fondi insufficienti")
    life.movements["EUR"] += [
        Movement(on, -found.amount, found.name, found.iban, f"SDD INSOLUTO {found.end_to_end} AM04", f"R{found.end_to_end}"[:35]),
        Movement(on, -RETURN_FEE, text=f"COMMISSIONI INSOLUTO {found.end_to_end}"),
    ]
    life.returned = found.pk


# ------------------------------------------------------------------ bank receipts (RiBa)


def draw(life: Life, on: date) -> None:
    """Present once a month what falls due until the end of the next one, credited at once; of an earlier presentation one comes back unpaid,
    and the rest is known to be collected."""
    paolo, company = life.house.people[COLLECTS], life.house.company
    due = BankReceipt.objects.filter(presentation__company=company, state=BankReceipt.PRESENTED, due_on__lt=on - 5 * DAY).order_by("pk")
    known = list(due)
    if known and on.month % 3 == 0:
        back = known.pop()
        perform(paolo, riba.unpaid, [back.pk], {"on": on, "fee": RETURN_FEE}, reason="Insoluto: fondi insufficienti")
        life.movements["EUR"] += [
            Movement(on, -back.amount, text=f"RIBA INSOLUTA N. {back.number}"),
            Movement(on, -RETURN_FEE, text=f"COMMISSIONI RIBA INSOLUTA N. {back.number}"),
        ]
    if known:
        perform(paolo, riba.collected, [r.pk for r in known], {"on": on})
    run = {
        "company": company.pk, "bank_account": life.house.banks["EUR"], "credit": Presentation.AT_ONCE, "on": on,
        "due_until": on + 45 * DAY, "memo": f"Ri.Ba. {on:%m/%Y}",
    }  # fmt: skip
    keys = create(paolo, PresentationResource, [run]).ids
    perform(paolo, riba.propose, keys)
    proposed = BankReceipt.objects.filter(presentation__in=keys, state=BankReceipt.PROPOSED)
    others = list(proposed.exclude(party__in=life.house.drawn).values_list("pk", flat=True))
    if others:
        perform(paolo, riba.leave_out, others)
    if not proposed.exists():
        delete(paolo, PresentationResource, keys)
        return
    perform(paolo, riba.present, keys)
    for r in BankReceipt.objects.filter(presentation__in=keys, state=BankReceipt.PRESENTED).order_by("pk").select_related("presentation"):
        life.movements["EUR"].append(Movement(on, r.amount, text=f"RIBA SBF {r.presentation.number} {r.number}"))

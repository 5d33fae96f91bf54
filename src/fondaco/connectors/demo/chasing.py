"""How the demo company looks after what customers owe: reminders each month, charges waived, claims given up, disputes, balances confirmed."""

from datetime import date, timedelta
from decimal import Decimal

from fondaco.connectors.demo.founding import table
from fondaco.connectors.demo.life import WEEK, Due, Half, Life
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payments.actions import write_off_items
from fondaco.finance.payments.models import WriteOffReason
from fondaco.finance.receivables.actions import propose, send, waive
from fondaco.finance.receivables.collecting import assign_collector, follow_up, promise
from fondaco.finance.receivables.disputes import credit_dispute, dispute, reject
from fondaco.finance.receivables.models import CustomerStatement, Dispute, DunningRun, Reminder
from fondaco.finance.receivables.resources import DunningRunResource, StatementRunResource
from fondaco.finance.receivables.statements import agree, differ, prepare, send_statements
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

CHASES, GIVES_UP = "marta.brambilla", "giorgio.ferrante"
#: Of the charges of reminders so many are paid; so many reminders a month are let off theirs, when they are so old.
PAID, WAIVED, OLD = 0.55, 3, timedelta(days=60)
#: In which month of the demo's life a claim is given up.
GIVEN_UP_IN = 8
#: In which half months customers object to an invoice: one is credited, one is not.
CREDITED_IN, DEFENDED_IN = 6, 12


def month(life: Life, number: int, on: date, *, last: bool = False) -> None:
    """Remind everybody who is late, once the bank's statements are in. The last run waits to be looked through and sent."""
    marta = life.house.people[CHASES]
    run = {"company": life.house.company.pk, "on": on, "memo": f"Solleciti {on:%m/%Y}"}
    keys = create(marta, DunningRunResource, [run]).ids
    perform(marta, propose, keys)
    if last:
        return
    if DunningRun.objects.filter(pk__in=keys, reminders__state="proposed").exists():
        perform(marta, send, keys)
    _charges(life, keys, on)
    _let_off(life, on)
    if number == GIVEN_UP_IN:
        _give_up(life, on)
    if on.month == 1:
        confirm_balances(life, on)


def _charges(life: Life, runs: list[int], on: date) -> None:
    """What was charged is paid by some, weeks later."""
    entries = Reminder.objects.filter(run__in=runs, entry__isnull=False).values("entry")
    for item in OpenItem.objects.filter(entry__in=entries, amount__gt=0).order_by("pk"):
        if item.party_id != life.silent and life.chance.random() < PAID:
            life.coming[on + timedelta(days=life.chance.randint(12, 40))].append(Due(item.pk, item.amount, item.amount))


def _let_off(life: Life, on: date) -> None:
    """The controller lets a few customers off old charges that they did not pay."""
    old = Reminder.objects.filter(company=life.house.company, entry__isnull=False, on__lt=on - OLD, state="sent").order_by("pk")
    untouched = {
        i.entry_id
        for i in OpenItem.objects.filter(entry__in=old.values("entry"), closed_on__isnull=True)
        if i.open_amount == i.amount and i.party_id != life.silent
    }
    keys = [r.pk for r in old if r.entry_id in untouched][:WAIVED]
    if keys:
        perform(life.house.people[GIVES_UP], waive, keys, {"on": on}, reason="Buon cliente, spese abbuonate")


def _give_up(life: Life, on: date) -> None:
    """A customer that closed its doors will not pay what is oldest."""
    oldest = OpenItem.objects.filter(
        company=life.house.company,
        party=life.silent,
        control="receivable",
        closed_on__isnull=True,
        open_amount__gt=0,
        due_on__lt=on - 2 * OLD,
    )
    reason = WriteOffReason.objects.get(company=life.house.company, code="BADDEBT").pk
    if keys := list(oldest.order_by("pk").values_list("pk", flat=True)):
        perform(
            life.house.people[GIVES_UP], write_off_items, keys, {"on": on, "code": reason}, reason="Attività cessata, recupero impossibile"
        )


def confirm_balances(life: Life, on: date) -> None:
    """At the end of the year customers are asked to confirm what they owe; most agree."""
    marta = life.house.people[CHASES]
    run = {
        "company": life.house.company.pk,
        "kind": "confirmation",
        "on": on.replace(day=1) - timedelta(days=1),
        "reply_to": "contabilita@sbuffavapore.example",
    }
    keys = create(marta, StatementRunResource, [run]).ids
    perform(marta, prepare, keys)
    perform(marta, send_statements, keys)
    sent = list(CustomerStatement.objects.filter(run__in=keys, state="sent").order_by("pk"))
    agreeing = [s.pk for s in sent if life.chance.random() < 0.6]
    if agreeing:
        perform(marta, agree, agreeing, {"on": on + 2 * WEEK, "answer": "Concordiamo"})
    other = next((s for s in sent if s.pk not in agreeing and s.balance > 100), None)
    if other is not None:
        told = {
            "on": on + 2 * WEEK,
            "their_balance": other.balance - Decimal("48.80"),
            "answer": "Ci risulta una nota di credito non contabilizzata",
        }
        perform(marta, differ, [other.pk], told)


def object_to(life: Life, half: Half) -> None:
    """Now and then a customer objects to an invoice: one gets a credit note, one does not, one still waits for an answer."""
    marta, on = life.house.people[CHASES], half.end
    if half.number in (CREDITED_IN, DEFENDED_IN) or half.is_ending:
        recent = Invoice.objects.filter(
            company=life.house.company, state="posted", kind="invoice", on__range=(half.first - 2 * WEEK, on), currency="EUR", gross__gt=150
        ).exclude(customer__in=life.house.debited | life.house.drawn)
        items = OpenItem.objects.filter(entry__in=recent.values("entry"), closed_on__isnull=True, open_amount__gt=150).values("entry")
        found = recent.filter(entry__in=items).order_by("pk").first()
        if found is not None:
            told = {"kind": "quality" if half.number == CREDITED_IN else "price", "amount": "61.00", "on": on}
            perform(marta, dispute, [found.pk], told, reason="La merce non corrisponde a quanto ordinato")
    waiting = list(
        Dispute.objects.filter(company=life.house.company, state="open", on__lt=on - WEEK).order_by("pk").values_list("pk", flat=True)
    )
    if waiting and not half.is_ending and not half.is_last:
        if half.number < DEFENDED_IN:
            perform(marta, credit_dispute, waiting, {"on": on}, reason="Riconosciuto il difetto")
        else:
            perform(marta, reject, waiting, {"on": on}, reason="Prezzo come da ordine firmato")


def promises(life: Life, on: date) -> None:
    """The collector has called: some promised, one asks for time, all overdue customers are hers."""
    marta = life.house.people[CHASES]
    rows = OpenItem.objects.filter(
        company=life.house.company, control="receivable", closed_on__isnull=True, due_on__lt=on, open_amount__gt=0, currency="EUR"
    )
    items = list(rows.order_by("pk").values_list("party_id", "due_on", "open_amount"))

    def owed(day: date) -> dict[int, Decimal]:
        """What was overdue on a day, by customer, the largest first."""
        late: dict[int, Decimal] = {}
        for party, due_on, amount in items:
            if due_on < day:
                late[party] = late.get(party, Decimal(0)) + amount
        return dict(sorted(late.items(), key=lambda row: (-row[1], row[0])))

    largest = list(owed(on))
    if not largest:
        return
    company = {"company": life.house.company.pk}
    perform(marta, assign_collector, sorted(largest), {"collector": life.house.users[CHASES], **company})
    asked = {largest[0]}
    for place, days in enumerate((24, 18, 9, 6, 2, 1)):
        called = on - timedelta(days=days)
        party, amount = next(((p, a) for p, a in owed(called).items() if p not in asked), (0, Decimal(0)))
        if not party:
            continue
        asked.add(party)
        told = {
            "amount": amount,
            "pay_by": called + timedelta(days=10 if place < 2 else 14),
            "note": ("Bonifico promesso al telefono", "Paga metà subito, metà a fine mese", "In attesa di un loro incasso")[place % 3],
            "on": called,
            **company,
        }
        perform(marta, promise, [party], told)
    if len(largest) > 8:
        perform(marta, follow_up, [largest[8]], {"on": on + WEEK, **company})


def silent(life: Life) -> int:
    """The customer who will not pay any more: the smallest of those who always paid last."""
    last = [c for c in table("customers") if c["payer"] == "very_late"]
    return life.house.parties[min(last, key=lambda c: (int(c["size"]), c["code"]))["code"]]

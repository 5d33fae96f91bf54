"""A month at the bank, made by chance: customers who pay in all the ways they do, and what each line truly is."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from fondaco.finance.banking.models import BankRule
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payments.models import BankAccount
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books
from tests.finance.banking import files

WORDS = [
    ["Caffè", "Bar", "Trattoria", "Osteria", "Pasticceria", "Torrefazione", "Ristorante", "Albergo", "Locanda", "Gelateria", "Enoteca", "Panificio"],
    ["Bianchi", "Rossi", "Colombo", "Ferrari", "Esposito", "Ricci", "Marino", "Greco", "Conti", "Giordano", "Mancini", "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro", "Mariani", "Rinaldi", "Caruso", "Ferrara"],
    ["Duomo", "Stazione", "Ponte", "Brera", "Marco", "Vecchia", "Navigli", "Garibaldi", "Centrale", "Castello", "Fiera", "Lago", "Monte", "Porto", "Sole", "Luna"],
    ["S.r.l.", "S.p.A.", "S.n.c.", "& Figli", "di Mario", "Group"],
]  # fmt: skip
#: The ways of paying and how often each happens, in a hundred.
WAYS = {
    "reference": 48,
    "short_reference": 6,
    "several": 12,
    "name": 10,
    "iban": 6,
    "fees": 5,
    "interest": 2,
    "recorded": 4,
    "part": 3,
    "stranger": 2,
    "vague": 2,
}


@dataclass
class Town:
    """The entries of a file with, for each end-to-end id, the open items that the line truly settles (none: another kind of line)."""

    entries: list[str] = field(default_factory=list)
    amounts: list[str] = field(default_factory=list)
    truth: dict[str, set[int]] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return files.statement(self.entries, self.amounts)


def name_of(chance: random.Random) -> str:
    return " ".join(chance.choice(w) for w in WORDS)


def build(books: Books, account: BankAccount, size: int, seed: int) -> Town:
    """Customers with posted invoices, rules for fees and interest, some receipts in the books already, and a bank file of ``size`` lines."""
    chance = random.Random(seed)
    count = max(20, size // 8)
    names = sorted({name_of(chance) for _ in range(count * 2)})[:count]
    chance.shuffle(names)
    with unit_of_work("test", "test"):
        parties = [
            Party(name=n, sort_name=sort_name(n), code=f"TOWN{seed}-{i}", country_id="IT", is_customer=True) for i, n in enumerate(names)
        ]
        insert_rows(Party, parties)
        for name, words, direction, purpose in (
            ("Fees", "commissioni", "out", "bank_charges"), ("Interest", "interessi creditori", "in", "interest_income"),
        ):  # fmt: skip
            BankRule.objects.create(company=books.company, name=name, words=words, direction=direction, account=books.account(purpose))
    first = date(2026, 1, 1)
    rows = [
        {
            "company": books.company.pk, "customer": parties[n % count].pk, "on": (first + timedelta(chance.randrange(28))).isoformat(),
            "lines": [{"description": "Goods", "quantity": "1", "unit_price": f"{chance.randrange(500, 400_000) / 100:.2f}"}],
        }
        for n in range(int(size * 1.4) + count)
    ]  # fmt: skip
    invoices = create(ACTOR, RESOURCES["invoices"], rows).ids
    for start in range(0, len(invoices), 5000):
        books.do("invoicing.post", invoices[start : start + 5000])
    free: dict[int, list[tuple[OpenItem, str]]] = {p.pk: [] for p in parties}
    for item in OpenItem.objects.filter(company=books.company, control="receivable").select_related("entry").order_by("pk"):
        free[item.party_id].append((item, item.entry.memo.split()[-1]))
    town = Town()
    ibans = {p.pk: f"DE{n + 10:020d}" for n, p in enumerate(parties)}
    ways = [w for w, often in WAYS.items() for _ in range(often)]
    recorded: list[tuple[OpenItem, str]] = []
    for n in range(size):
        _line(town, chance, chance.choice(ways), f"E{seed}-{n}", parties, free, ibans, recorded)
    _record(books, account, recorded)
    return town


def _line(town, chance, way, key, parties, free, ibans, recorded):  # type: ignore[no-untyped-def]
    on = (date(2026, 2, 1) + timedelta(chance.randrange(27))).isoformat()
    having = [p for p in chance.sample(parties, min(40, len(parties))) if len(free[p.pk]) > (2 if way == "several" else 0)]
    if not having and way not in {"fees", "interest", "stranger"}:
        way = "fees"
    town.ways[key] = way
    town.truth[key] = set()
    if way in {"fees", "interest", "stranger"}:
        amount = Decimal(chance.randrange(50, 3000)) / 100
        text = {
            "fees": "Commissioni su bonifico",
            "interest": "Interessi creditori maturati",
            "stranger": f"Rimborso pratica {chance.randrange(10**6)}",
        }[way]
        _add(town, f"{-amount if way == 'fees' else amount:.2f}", on, key, text=text, name="Ente Sconosciuto" if way == "stranger" else "")
        return
    party = chance.choice(having)
    taken = [free[party.pk].pop(0) for _ in range(chance.choice((2, 3)) if way == "several" else 1)]
    amount = sum((i.open_amount for i, _n in taken), Decimal(0))
    numbers = [number for _i, number in taken]
    town.truth[key] = {i.pk for i, _n in taken}
    iban = ibans[party.pk]
    name = party.name.upper().replace("S.R.L.", "SRL")
    if way in {"reference", "several"}:
        text = chance.choice(("Saldo fatture {}", "{}", "Pagamento {} grazie", "FATT. {}")).format(" + ".join(numbers))
        if chance.random() < 0.3:
            text = text.replace("/", chance.choice((" ", "-", "")))
        _add(town, f"{amount:.2f}", on, key, text=text, name=chance.choice((name, name, "")), iban=chance.choice((iban, "")))
    elif way == "short_reference":
        number = int(numbers[0].rsplit("/", 1)[1])
        _add(town, f"{amount:.2f}", on, key, text=f"Fattura n. {number}", name=name, iban=iban)
    elif way == "name":
        _add(town, f"{amount:.2f}", on, key, text="Saldo", name=name)
    elif way == "iban":
        _add(town, f"{amount:.2f}", on, key, text="Pagamento", name=name.split()[0], iban=iban)
    elif way == "recorded":
        recorded.append((taken[0][0], key))
        _add(town, f"{amount:.2f}", on, key, text=f"Bonifico {key}", name=name)
    elif way == "part":
        part = (amount / 2).quantize(Decimal("0.01"))
        _add(town, f"{part:.2f}", on, key, text=f"Acconto {numbers[0]}", name=name)
    else:
        _add(town, f"{amount + 1:.2f}", on, key, text="Vari", name="")


def _add(town, amount, on, key, **values):  # type: ignore[no-untyped-def]
    town.entries.append(files.entry(amount, on, end_to_end=key, reference=f"B{key}", **values))
    town.amounts.append(amount)


def _record(books, account, recorded):  # type: ignore[no-untyped-def]
    """The cashier wrote these receipts down before the bank told of them, with the reference of the transfer."""
    rows = [
        {
            "company": books.company.pk, "party": item.party_id, "amount": str(item.open_amount), "on": "2026-02-01", "account": account.account_id,
            "reference": key, "allocations": [{"item": item.pk, "amount": str(item.open_amount)}],
        }
        for item, key in recorded
    ]  # fmt: skip
    if rows:
        books.do("payments.post", create(ACTOR, RESOURCES["payments"], rows).ids)

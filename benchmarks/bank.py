"""A bank file of 10,000 lines: read in its child process, hung behind the last statement, and matched without a person."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, IBAN, House, cut, do
from fondaco.finance.banking.importing import import_statements
from fondaco.finance.banking.models import BankLine, BankRule
from fondaco.finance.ledger.models import Account, OpenItem
from fondaco.finance.payments.models import BankAccount
from fondaco.platform.database.unit import unit_of_work

PROMISE = Promise("< 20 s for 10,000 lines", value=20)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Nine lines of ten name an invoice, one is a fee that a rule posts."""
    account = _account(house)
    opening = Decimal(0)
    _run(house, account, 50, opening)  # the first of everything is slower
    opening = _closing(account)
    size = 2_000 if quick else 10_000
    say(f"a file of {size:,} lines")
    content = _file(house, size, opening)
    read, written = floor.written_by(lambda: import_statements(ACTOR, "bench.xml", content))
    by_insert, by_copy = floor.floor_of(written)
    yield Figure(f"read a bank file of {size:,} lines", "s", read, by_insert, bulk=by_copy)
    keys = list(BankLine.objects.filter(bank_account=account, state="open").order_by("pk").values_list("pk", flat=True))
    matched, posted = floor.written_by(lambda: do("banking.match_automatically", keys))
    plain = floor.floor_of(posted)
    left = BankLine.objects.filter(bank_account=account, state="open").count()
    yield Figure(f"match {size - left:,} of its lines, posted and settled", "s", matched, plain[0], bulk=plain[1])
    promise = PROMISE if size == 10_000 else Promise(PROMISE.text, value=20, scaled=True)
    yield Figure(
        f"bank file of {size:,} lines read and matched", "s", read + matched, by_insert + plain[0], promise, bulk=by_copy + plain[1]
    )


def _account(house: House) -> BankAccount:
    with unit_of_work(ACTOR.username, "setup.bench"):
        charges = Account.objects.get(company=house.company, purpose="bank_charges")
        BankRule.objects.create(company=house.company, name="Fees", words="commissioni", direction="out", account=charges)
    return house.bank_account()


def _run(house: House, account: BankAccount, size: int, opening: Decimal) -> None:
    import_statements(ACTOR, "warm.xml", _file(house, size, opening))
    do("banking.match_automatically", list(BankLine.objects.filter(bank_account=account, state="open").values_list("pk", flat=True)))


def _closing(account: BankAccount) -> Decimal:
    return sum(BankLine.objects.filter(bank_account=account).values_list("amount", flat=True), Decimal(0))


def _file(house: House, size: int, opening: Decimal) -> bytes:
    """A camt.053 of payments of fresh invoices and of fees."""
    invoices = house.draft_invoices(size - size // 10)
    for some in cut(invoices, 10_000):
        do("invoicing.post", some)
    items = OpenItem.objects.filter(entry__source_table="invoicing_invoice", entry__source_id__in=invoices).select_related("entry", "party")
    entries = [_entry(i.open_amount, i.party.name, f"Saldo {i.entry.memo}") for i in items.order_by("pk")]
    amounts = [i.open_amount for i in items]
    for n in range(size // 10):
        entries.append(_entry(Decimal("-1.50"), "", f"Commissioni {size}-{n}"))
        amounts.append(Decimal("-1.50"))
    house.chance.shuffle(entries)
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>B</Id>'
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{_balance('OPBD', opening)}{_balance('CLBD', opening + sum(amounts, Decimal(0)))}"
        + "\n".join(entries)
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(code: str, amount: Decimal) -> str:
    side = "DBIT" if amount < 0 else "CRDT"
    return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd></Bal>'


def _entry(amount: Decimal, name: str, text: str) -> str:
    side = "DBIT" if amount < 0 else "CRDT"
    return (
        f'<Ntry><Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-06-30</Dt></BookgDt>'
        f"<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )

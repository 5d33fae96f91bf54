"""What the demo's books need before its first day: bank accounts and what lay on them, vendors' terms and accounts, mandates, limits, rules."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fondaco.connectors.demo.founding import ACTOR, HUNDRED, House, document, table
from fondaco.connectors.demo.identities import iban_of
from fondaco.finance.banking.resources import BankRuleResource, PlannedFlowResource
from fondaco.finance.einvoicing.resources import RecipientResource, SenderResource
from fondaco.finance.invoicing.models import PaymentTerm
from fondaco.finance.ledger.actions import post_voucher
from fondaco.finance.ledger.models import Account, Journal
from fondaco.finance.ledger.resources import AccountResource, VoucherResource
from fondaco.finance.payables.models import WithholdingKind
from fondaco.finance.payables.resources import VendorTermsResource
from fondaco.finance.payments.models import BankAccount
from fondaco.finance.payments.resources import BankAccountResource
from fondaco.finance.receivables.models import DunningProcedure
from fondaco.finance.receivables.resources import CreditLimitResource, DunningProcedureResource
from fondaco.finance.remittance.resources import MandateResource
from fondaco.finance.tax.actions import file, prepare_returns
from fondaco.finance.tax.models import TaxCode, TaxReturn
from fondaco.masterdata.parties.actions import confirm
from fondaco.masterdata.parties.models import PartyBankAccount
from fondaco.masterdata.parties.resources import PartyBankAccountResource, PartyResource
from fondaco.operations.intrastat.models import TradeDefaults
from fondaco.operations.intrastat.resources import TradeDefaultsResource
from fondaco.people.expenses.resources import ExpenseKindResource
from fondaco.platform.access.actors import actors_by_username
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create, edit

DAY = timedelta(days=1)
#: The account that a category of suppliers is booked on; goods of the warehouse have none.
SERVICES = {"packaging": "310604", "freight": "320702"}
#: How many of the largest customers may owe only so much, and how many pay by direct debit.
LIMITED, DEBITED, DRAWN = 24, 8, 6
#: By which the banks know the company in files of receipts (RiBa).
SIA = "A1B2C"
ENTERS, CONFIRMS, SELLS = "silvia.rota", "giorgio.ferrante", "marta.brambilla"


def set_up(house: House, first: date, last: date, size: Decimal) -> None:
    """Bring the books to the evening before the first day. ``size`` is the company's own: what it spends grows with its business."""
    house.people = actors_by_username(house.users)
    _accounts(house)
    _opening(house, first - DAY)
    _vendors(house)
    _employees(house)
    _payees(house)
    _kinds(house)
    _rules(house, size, last)
    _customers(house, first)
    _einvoicing(house)
    _taxes(house, first, last)


def _accounts(house: House) -> None:
    """The accounts of the books by number, and the accounts at the bank that some of them stand for."""
    company = house.company.pk
    parent = Account.objects.get(company=company, number="17")
    sterling = {
        "company": company,
        "number": "170105",
        "name": "Bank account in pounds sterling",
        "name_it": "Banca c/sterline",
        "kind": "asset",
        "is_posting": True,
        "parent": parent.pk,
        "control": "bank",
        "statement_line": "A.C.IV.1",
    }
    create(ACTOR, AccountResource, [sterling])
    house.accounts = dict(Account.objects.filter(company=company).values_list("number", "pk"))
    given = document("company")["company"]
    rows = [
        {
            "company": company,
            "bank_name": "Banca del Naviglio",
            "creditor_identifier": given["creditor_identifier"] if r["currency"] == "EUR" else "",
            "sia_code": SIA if r["currency"] == "EUR" else "",
            **{n: r[n] for n in ("name", "iban", "bic", "currency")},
            "account": house.accounts[r["account"]],
        }
        for r in document("company")["bank_account"]
    ]
    create(house.people[CONFIRMS], BankAccountResource, rows)
    house.banks = dict(BankAccount.objects.filter(company=company).values_list("currency_id", "pk"))


def _opening(house: House, on: date) -> None:
    """What the owners paid in lies at the bank, and a deposit is with the landlord."""
    banks = [(house.accounts[r["account"]], Decimal(r["opening_balance"])) for r in document("company")["bank_account"]]
    capital = Decimal(document("company")["company"]["share_capital"])
    lines = [{"account": account, "debit": amount, "credit": 0} for account, amount in banks if amount]
    deposit = capital - sum((amount for _a, amount in banks), Decimal(0))
    lines += [
        {"account": house.accounts["130201"], "debit": deposit, "credit": 0},
        {"account": house.accounts["200101"], "debit": 0, "credit": capital},
    ]
    journal = Journal.objects.get(company=house.company, purpose="opening").pk
    voucher = {"company": house.company.pk, "journal": journal, "on": on, "memo": "Bilancio di apertura", "lines": lines}
    perform(ACTOR, post_voucher, create(ACTOR, VoucherResource, [voucher]).ids)


def _vendors(house: House) -> None:
    """Those who sell services, as vendors; and on which terms everybody is paid."""
    rows = table("overheads")
    names = ("kind", "code", "name", "country", "city", "vat_number", "tax_code", "email", "phone", "language", "currency")
    address = ("street", "postal_code", "city", "region", "country")
    given = [
        {**{n: r[n] for n in names}, "is_vendor": True, "addresses": [{"kind": "billing", **{n: r[n] for n in address}}]} for r in rows
    ]
    house.parties |= dict(zip([r["code"] for r in rows], create(ACTOR, PartyResource, given).ids, strict=True))
    terms = dict(PaymentTerm.objects.values_list("code", "pk"))
    codes = dict(TaxCode.objects.filter(company=house.company).values_list("code", "pk"))
    kinds = dict(WithholdingKind.objects.filter(company=house.company).values_list("code", "pk"))

    def agreed(r: Mapping[str, str], account: str) -> dict[str, Any]:
        return {
            "company": house.company.pk,
            "vendor": house.parties[r["code"]],
            "payment_term": terms[r["payment_terms"]],
            **({"account": house.accounts[account]} if account else {}),
            **({"tax_code": codes[r["tax"]]} if r.get("tax") else {}),
            **({"withholding": kinds[r["withholding"]]} if r.get("withholding") else {}),
        }

    goods = [agreed(r, SERVICES.get(r["categories"], "")) for r in table("suppliers")]
    create(house.people[ENTERS], VendorTermsResource, [*goods, *(agreed(r, r["account"]) for r in rows)])


def _employees(house: House) -> None:
    """People of the house get back what they spend: each is a party too."""
    rows = [u for u in document("company")["user"] if u.get("team")]
    given = [
        {
            "kind": "person",
            "code": f"E{4000 + n}",
            "name": f"{r['first_name']} {r['last_name']}",
            "is_vendor": True,
            "country": "IT",
            "city": "Milano",
            "language": r["language"],
            "currency": "EUR",
        }
        for n, r in enumerate(rows, start=1)
    ]
    house.parties |= {
        f"@{r['login']}": key for r, key in zip(rows, create(ACTOR, PartyResource, given).ids, strict=True)
    }  # fmt: skip


def _payees(house: House) -> None:
    """Where vendors and employees are paid: entered by one person, confirmed with each by another. The newest one waits."""
    vendors = [*table("suppliers"), *table("overheads")]
    places = [(house.parties[r["code"]], r["country"], int(r["code"][1:])) for r in vendors]
    places += [(key, "IT", 4000 + n) for n, (code, key) in enumerate(house.parties.items()) if code.startswith("@")]
    rows = [
        {"party": key, "iban": iban} if (iban := iban_of(country, number)) else {"party": key, "account_number": f"99-{number:08d}"}
        for key, country, number in places
    ]
    keys = create(house.people[ENTERS], PartyBankAccountResource, rows).ids
    told = {"channel": "phone_call", "confirmation": "Ufficio contabilità, numero in anagrafica"}
    perform(house.people[CONFIRMS], confirm, keys, told)


def _kinds(house: House) -> None:
    codes = dict(TaxCode.objects.filter(company=house.company).values_list("code", "pk"))
    rows = [
        {
            "company": house.company.pk,
            "code": r["code"],
            "name": r["name_en"],
            "name_it": r["name_it"],
            "paid": r.get("paid", "receipt"),
            "account": house.accounts[r["account"]],
            "tax_code": codes[r["tax_code"]],
            **{n: Decimal(r[n]) for n in ("limit", "rate", "receipt_from") if n in r},
        }
        for r in document("company")["expense_kind"]
    ]
    create(house.people[CONFIRMS], ExpenseKindResource, rows)


def change_account(house: House, vendor: str) -> None:
    """A letter says that a vendor has another account from now on. It is entered, and waits for a call."""
    row = {"party": house.parties[vendor], "iban": iban_of("IT", 990000 + int(vendor[1:])), "bank_name": "Cassa Rurale del Brenta"}
    create(house.people[ENTERS], PartyBankAccountResource, [row])


def _rules(house: House, size: Decimal, last: date) -> None:
    """What the bank takes every month goes to its account by rule, and is expected in the forecast."""
    company, people = house.company.pk, house.people
    outflows = document("company")["outflow"]
    taxes = (("F24 IVA", "DELEGA IVA", "231204"), ("F24 ritenute", "DELEGA RITENUTE", "231207"))
    rules = [(r["name_it"], r["words"], r["account"]) for r in outflows] + list(taxes)
    create(
        people["chiara.valsecchi"],
        BankRuleResource,
        [
            {
                "company": company,
                "name": name,
                "position": 10 * place,
                "direction": "out",
                "words": words,
                "does": "account",
                "account": house.accounts[account],
            }
            for place, (name, words, account) in enumerate(rules, start=1)
        ],
    )
    month = last.replace(day=1)
    create(
        people["chiara.valsecchi"],
        PlannedFlowResource,
        [
            {
                "company": company,
                "name": r["name_it"],
                "amount": -(Decimal(r["amount"]) * (size if r["account"] != "320714" else 1)),
                "currency": "EUR",
                "every": "month",
                "starts_on": month.replace(day=r["day"]),
            }
            for r in outflows
        ],
    )


def _customers(house: House, first: date) -> None:
    """The largest customers may owe so much and no more; some in Italy are debited, and signed for it; on some receipts are drawn."""
    largest = sorted((c for c in table("customers") if c["kind"] == "organisation"), key=lambda c: (-int(c["size"]), c["code"]))
    create(
        house.people[SELLS],
        CreditLimitResource,
        [
            {
                "company": house.company.pk,
                "party": house.parties[c["code"]],
                "amount": Decimal(c["size"]) * 100 * HUNDRED,
                "memo": "Fido annuale",
            }
            for c in largest[:LIMITED]
        ],
    )
    prompt = [c for c in largest if c["country"] == "IT" and c["payment_terms"].startswith("RIBA") and c["payer"] == "prompt"]
    debited, drawn = prompt[:DEBITED], prompt[DEBITED : DEBITED + DRAWN]
    actor = house.people[SELLS]
    keys = create(
        actor,
        PartyBankAccountResource,
        [{"party": house.parties[c["code"]], "iban": iban_of("IT", int(c["code"][1:]))} for c in [*debited, *drawn]],
    ).ids
    perform(house.people[CONFIRMS], confirm, keys, {"channel": "letter", "confirmation": "Mandato firmato"})
    accounts = dict(PartyBankAccount.objects.filter(pk__in=keys).values_list("party_id", "pk"))
    create(
        actor,
        MandateResource,
        [
            {
                "company": house.company.pk,
                "party": house.parties[c["code"]],
                "scheme": "CORE",
                "account": accounts[house.parties[c["code"]]],
                "signed_on": first,
                "is_recurrent": True,
            }
            for c in debited
        ],
    )
    house.debited = frozenset(house.parties[c["code"]] for c in debited)
    house.drawn = frozenset(house.parties[c["code"]] for c in drawn)
    procedure = DunningProcedure.objects.get(company=house.company, is_default=True)
    edit(house.people[CONFIRMS], DunningProcedureResource, {procedure.pk: {"minimum_amount": Decimal(20)}})


def _einvoicing(house: House) -> None:
    """How the company and its Italian customers exchange e-invoices."""
    given = document("company")["company"]
    (defaults,) = TradeDefaults.objects.filter(company=house.company).values_list("pk", flat=True)
    edit(house.people[CONFIRMS], TradeDefaultsResource, {defaults: {"region": "MI", "transport": "3", "delivery_terms": "DAP"}})
    create(
        house.people[CONFIRMS],
        SenderResource,
        [
            {
                "company": house.company.pk,
                "format": "fatturapa",
                "channel": "folder",
                "tax_code": given["tax_code"],
                "province": given["region"],
                "register_office": given["region"],
                "register_number": "990316",
                "share_capital": Decimal(given["share_capital"]),
                "sole_member": "SM",
            }
        ],
    )
    firms = [c for c in table("customers") if c["country"] == "IT" and c["kind"] == "organisation"]
    create(
        house.people[SELLS],
        RecipientResource,
        [{"party": house.parties[c["code"]], "code": _recipient_code(int(c["code"][1:]))} for c in firms],
    )


def _recipient_code(number: int) -> str:
    """Seven signs by which a customer's e-invoices find him; programs that serve many customers share one."""
    return ("SBV0001", "NVGL002", "BRR4XY9", "M5PP7K2")[number % 4]


def _taxes(house: House, first: date, last: date) -> None:
    """The returns of the years; the months before the first day were declared on paper."""
    for year in range(first.year, last.year + 1):
        perform(ACTOR, prepare_returns, [house.company.pk], {"year": year})
    before = TaxReturn.objects.filter(company=house.company, ends_on__lt=first).order_by("starts_on")
    if keys := list(before.values_list("pk", flat=True)):
        perform(house.people[CONFIRMS], file, keys, {"on": first})


def payees(parties: Iterable[int]) -> dict[int, str]:
    """The account of each party as the bank prints it, where it has one here."""
    return dict(PartyBankAccount.objects.filter(party__in=parties, is_default=True).values_list("party_id", "iban"))

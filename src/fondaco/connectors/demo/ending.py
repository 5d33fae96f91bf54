"""The last days before somebody opens the demo: what came in and waits, for each desk something to decide."""

import contextlib
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count

from fondaco.connectors.demo import (
    admitting,
    answering,
    assigning,
    books,
    buying,
    calling,
    configured,
    offering,
    planned,
    serving,
    stocking,
    talking,
    welcoming,
)
from fondaco.connectors.demo.founding import ACTOR, document, table
from fondaco.connectors.demo.identities import iban_of
from fondaco.connectors.demo.life import WEEK, Life
from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.actions import draft_bill, set_aside
from fondaco.finance.einvoicing.formats.declared import FORMATS, Naming
from fondaco.finance.einvoicing.receiving import bring
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payables.actions import ask_approval
from fondaco.finance.payables.actions import post as post_bills
from fondaco.finance.payables.models import Bill
from fondaco.finance.payables.resources import BillResource, VendorStatementResource
from fondaco.finance.payables.statements import compare_statements
from fondaco.finance.receivables.models import CreditLimit
from fondaco.finance.receivables.resources import CreditLimitResource
from fondaco.finance.remittance.models import ItemHold
from fondaco.finance.remittance.resources import ItemHoldResource
from fondaco.frontoffice.crm.resources import QuotaResource
from fondaco.frontoffice.routing.actions import activate, be_available
from fondaco.frontoffice.routing.resources import AgentResource, RoutingPolicyResource
from fondaco.frontoffice.sales.actions.orders import approve_credit, confirm
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.resources import OrderResource
from fondaco.frontoffice.value.fitting import fit
from fondaco.frontoffice.value.models import ServiceLevel
from fondaco.frontoffice.value.refusals import NotFitted, TooFewCustomers
from fondaco.frontoffice.value.resources import AcquisitionAccountResource, ServiceLevelResource
from fondaco.masterdata.approvals.actions import approve, reject
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.masterdata.approvals.resources import ApprovalPolicyResource, DeputyResource
from fondaco.operations.purchasing.actions import confirm as confirm_purchase
from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.purchasing.resources import PurchaseOrderResource
from fondaco.operations.sourcing.actions import send as send_request
from fondaco.operations.sourcing.portal import open_access
from fondaco.operations.sourcing.resources import QuoteRequestResource, VendorAccessResource
from fondaco.platform.access.models import Role
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import rounded
from fondaco.platform.resources.writing import create, edit

ENTERS, APPROVES, SELLS = "silvia.rota", "giorgio.ferrante", "roberta.galli"
#: From this amount on a bill needs the controller's approval; claims always need somebody's.
APPROVED_FROM = Decimal(2500)
#: Advertising and trade fairs, entertainment: what is spent to win customers.
ACQUISITION = ("320704", "320706")
TWENTY_TWO, HUNDRED = Decimal(22), Decimal(100)
#: Bills that came in the last days: vendor, what for, amount at scale 1. What becomes of each is said in ``_bills_to_approve``.
BILLS = (
    ("S3108", "Allestimento stand fiera Host", "7850.00"),
    ("S3109", "Revisione compressore e linea aria", "3290.00"),
    ("S3107", "Migrazione server e licenze annuali", "4980.00"),
    ("S3102", "Conguaglio energia elettrica", "2870.00"),
    ("S3105", "Assistenza contratto di distribuzione Germania", "3600.00"),
    ("S3101", "Lavori di adeguamento capannone", "12400.00"),
)
#: E-invoices that lie in the inbox: vendor, what for, amount at scale 1.
INBOX = (
    ("S3102", "Energia elettrica e gas", "1985.40"),
    ("S3103", "Telefonia e connettività", "431.20"),
    ("S3111", "Carta, toner e cancelleria", "286.75"),
    ("S3109", "Manutenzione carrelli elevatori", "742.00"),
    ("S3014", "Scatole e imballi su misura", "1120.00"),
    ("S3015", "Spedizioni Trieste - Lubiana", "864.50"),
    ("S3104", "Onorario dichiarazione annuale", "1850.00"),
    ("S3110", "Carburante autovetture, fattura riepilogativa", "918.30"),
)
#: Another maker who is asked for the same offer.
ASKED_TOO = "S3002"
DRAFTED, ASIDE = ("S3111", "S3103"), "S3110"
#: A firm that nobody here knows yet.
UNKNOWN = semantic.TradeParty(
    name="Vetrerie Laguna Nord S.r.l.",
    vat_number="IT99471220158",
    place=semantic.Place("Fondamenta dei Vetri, 12", "30141", "Venezia", "VE", "IT"),
    email="fatture@vetrerie-laguna-nord.example",
)


def _let_vendors_in(life: Life, on: date) -> None:
    """People of vendors sign in to the portal: an order waits there for their word, and a request for their offer."""
    company = {"company": life.house.company.pk}
    people = document("company")["portal_user"]
    given = [{**company, "vendor": life.house.parties[r["vendor"]], "person": r["name"], "email": r["email"], "on": on} for r in people]
    perform(ACTOR, open_access, create(ACTOR, VendorAccessResource, given).ids)
    vendors = [life.house.parties[r["vendor"]] for r in people]
    last = (
        PurchaseOrderLine.objects.filter(order__vendor__in=vendors, product__isnull=False).select_related("order").order_by("-pk").first()
    )
    if last is not None:
        line = {"product": last.product_id, "quantity": 4, "unit_price": last.unit_price}
        order = {
            **company,
            "vendor": last.order.vendor_id,
            "warehouse": last.order.warehouse_id,
            "on": on,
            "expected_on": on + 2 * WEEK,
            "lines": [line],
        }
        perform(ACTOR, confirm_purchase, create(ACTOR, PurchaseOrderResource, [order]).ids)
    asked = {
        **company, "subject": "Caldaie in acciaio da 3 litri", "on": on, "answer_by": on + WEEK, "conditions": "Resa franco nostro magazzino.",
        "lines": [{"description": "Caldaia in acciaio inox 3 l, collaudata", "quantity": 40, "needed_on": on + 6 * WEEK}],
        "invitations": [{"vendor": v} for v in dict.fromkeys([*vendors, life.house.parties[ASKED_TOO]])],
    }  # fmt: skip
    perform(ACTOR, send_request, create(ACTOR, QuoteRequestResource, [asked]).ids)


def end(life: Life) -> None:
    """What the newcomer finds."""
    on = life.last
    _inbox(life, on)
    _policies(life, on)
    _bills_to_approve(life, on)
    _claims_to_approve(life, on)
    _holds(life, on)
    _vendors_lists(life, on)
    _quotas(life, on)
    planned.plan(life, on)
    assigning.begin(life)
    _values(life, on)
    _routing(life)
    welcoming.welcome(life)
    serving.begin(life, on)
    calling.begin(life)
    stocking.on_order(life, on)
    books.change_account(life.house, "S3109")
    _let_vendors_in(life, on)
    configured.quotes(life, on)
    answering.serve(life, on)
    offering.offer(life, on)
    talking.talk(life)
    admitting.welcome(life, on)


def _values(life: Life, on: date) -> None:
    """What customers are worth, by a model of their year; whom service comes first for; what winning them cost."""
    company = life.house.company
    levels = (("platinum", "Platinum", "Platino", "5"), ("gold", "Gold", "Oro", "15"), ("silver", "Silver", "Argento", "40"))
    create(
        ACTOR,
        ServiceLevelResource,
        [
            {"company": company.pk, "code": code, "name": name, "name_it": name_it, "rank": rank, "top_percent": top}
            for rank, (code, name, name_it, top) in enumerate(levels, start=1)
        ],
    )
    accounts = [life.house.accounts[number] for number in ACQUISITION]
    create(ACTOR, AcquisitionAccountResource, [{"company": company.pk, "account": account} for account in accounts])
    with contextlib.suppress(TooFewCustomers, NotFitted), unit_of_work(ACTOR.username, "value.fit"):  # a small demo has too few customers
        fit(company, on=on)


def _routing(life: Life) -> None:
    """Who answers, and by which rules: whoever owes much comes to accounts, the dearest first, all others by language and load."""
    company = life.house.company.pk
    desk = [u["login"] for u in document("company")["user"] if u.get("team") == "service"]
    skills = [("accounts", 4), ("machines", 5)]
    given = [
        {"company": company, "user": life.house.users[login], "capacity": 12, "skills": [{"skill": skill, "level": level}]}
        for login, (skill, level) in zip(desk, skills * len(desk), strict=False)
    ]
    if given:
        perform(ACTOR, be_available, create(ACTOR, AgentResource, given).ids)
    platinum = ServiceLevel.objects.get(company=company, code="platinum").pk
    rules = [
        {"name": "Scaduto rilevante", "overdue_from": "5000", "to_queue": "crediti", "skill": "accounts", "skill_level": 3},
        {"name": "Platino: subito", "level": platinum, "priority": "urgent", "prefers": "last_agent"},
        {
            "name": "Guasto con contratto",
            "contract": "yes",
            "topic": "guasto, errore, fault",
            "priority": "urgent",
            "skill": "machines",
            "overflow_after": 120,
            "overflow_queue": "officina",
        },
        {"name": "Telefono", "channel": "phone", "priority": "high"},
    ]
    perform(ACTOR, activate, create(ACTOR, RoutingPolicyResource, [{"company": company, "name": "Assistenza", "rules": rules}]).ids)


def _policies(life: Life, on: date) -> None:
    roles = dict(Role.objects.values_list("key", "pk"))
    create(
        life.house.people[APPROVES],
        ApprovalPolicyResource,
        [
            {
                "company": life.house.company.pk,
                "kind": "payables.bill",
                "priority": 10,
                "name": "Fatture di importo rilevante",
                "amount_from": APPROVED_FROM,
                "steps": [{"role": roles["controller"], "days": 3}],
            },
            {
                "company": life.house.company.pk,
                "kind": "expenses.claim",
                "priority": 10,
                "name": "Note spese",
                "steps": [{"role": roles["sales_manager"], "days": 5, "escalates_to": roles["controller"]}],
            },
        ],
    )
    deputy = {"user": life.house.users[APPROVES], "deputy": life.house.users["beatrice.monti"], "valid_from": on, "valid_to": on + 2 * WEEK}
    create(life.house.people[APPROVES], DeputyResource, [deputy])


def _bills_to_approve(life: Life, on: date) -> None:
    """Two are approved and one of them posted, one is refused, the others wait."""
    silvia, giorgio = life.house.people[ENTERS], life.house.people[APPROVES]
    given = [
        {
            **buying.paper(life, life.house.parties[code], on),
            "duplicate_reason": "Altra prestazione",
            "lines": [{"description": text, "quantity": 1, "unit_price": rounded(Decimal(amount), 2)}],
        }
        for code, text, amount in BILLS
    ]
    keys = create(silvia, BillResource, given).ids
    made = perform(silvia, ask_approval, keys).made["approval-requests"]
    by_bill = dict(ApprovalRequest.objects.filter(pk__in=made).values_list("row_id", "pk"))
    perform(giorgio, approve, [by_bill[k] for k in keys[:2]], {"comment": "Come da preventivo"})
    perform(giorgio, reject, [by_bill[keys[2]]], reason="Manca il contratto firmato")
    perform(silvia, post_bills, keys[:1])


def _claims_to_approve(life: Life, on: date) -> None:
    for login in ("luca.ferrari", "sofia.deluca", "james.whitmore"):
        buying.spend(life, login, on, asks=True)
    request = ApprovalRequest.objects.filter(company=life.house.company, kind="expenses.claim").order_by("pk").first()
    if request is not None:
        perform(life.house.people[SELLS], approve, [request.pk])


def _inbox(life: Life, on: date) -> None:
    """E-invoices of vendors as SdI would hand them over: most wait, two are bills already, one is set aside."""
    sellers = {r["code"]: r for r in [*table("overheads"), *table("suppliers")]}
    keys: dict[str, int] = {}
    for place, (code, text, amount) in enumerate(INBOX):
        r = sellers[code]
        seller = semantic.TradeParty(
            name=r["name"],
            vat_number=r["vat_number"],
            tax_number=r.get("tax_code", ""),
            place=semantic.Place(r["street"], r["postal_code"], r["city"], r["region"], "IT"),
            email=r["email"],
        )
        (keys[code],) = _brought(life, seller, int(r["code"][1:]), text, Decimal(amount), on - timedelta(days=place))
    _brought(life, UNKNOWN, 3999, "Bicchieri per degustazione, 480 pezzi", Decimal("1344.00"), on - timedelta(days=1))
    silvia = life.house.people[ENTERS]
    bills = perform(silvia, draft_bill, sorted(keys[c] for c in DRAFTED), {"on": on}).made["bills"]
    perform(silvia, post_bills, bills[:1])
    perform(silvia, set_aside, [keys[ASIDE]], reason="Già registrata dalla fattura cartacea")


def _brought(life: Life, seller: semantic.TradeParty, number: int, text: str, net: Decimal, on: date) -> list[int]:
    """Write the FatturaPA of a vendor, and take it in."""
    given = document("company")["company"]
    buyer = semantic.TradeParty(
        name=given["name"],
        vat_number=given["vat_number"],
        tax_number=given["tax_code"],
        place=semantic.Place(given["street"], given["postal_code"], given["city"], given["region"], given["country"]),
    )
    tax = rounded(net * TWENTY_TWO / HUNDRED, 2)
    due = on + timedelta(days=30)
    invoice = semantic.Invoice(
        kind=semantic.INVOICE,
        number=f"{on:%Y}/E{number % 1000 + on.day}",
        on=on,
        currency="EUR",
        seller=seller,
        buyer=buyer,
        lines=(semantic.Line("1", text, Decimal(1), "C62", net, net, "S", TWENTY_TWO),),
        taxes=(semantic.TaxTotal("S", TWENTY_TWO, net, tax, due="I"),),
        net=net,
        tax=tax,
        gross=net + tax,
        payable=net + tax,
        due_on=due,
        instalments=(semantic.Instalment(due, net + tax),),
        iban=iban_of("IT", number),
        type_code="380",
        language="it",
        national={"regime": "RF01", "recipient_code": "SBV0001"},
    )
    content = FORMATS["fatturapa"].write(invoice, Naming(f"{number % 100000:05d}", bytes))
    with unit_of_work("program.einvoicing", "einvoicing.collect"):
        return bring(f"{seller.vat_number}_{number % 100000:05d}.xml", content).received


def _holds(life: Life, on: date) -> None:
    """Two customers are at the end of their credit: their orders wait, of one the sales manager lets it go on. A bill is not to be paid for now."""
    limits = list(
        CreditLimit.objects.filter(company=life.house.company).exclude(party__in=life.house.debited | life.house.drawn).order_by("pk")[:3]
    )
    edit(
        life.house.people["marta.brambilla"],
        CreditLimitResource,
        {row.pk: {"amount": Decimal(1000), "memo": "Fido ridotto dall'assicurazione"} for row in limits},
    )
    codes = {key: code for code, key in life.house.parties.items()}
    customers = {c["code"]: c for c in life.customers}
    given = [
        {
            **life.document(customers[codes[row.party_id]], on),
            "warehouse": life.house.warehouses["MI"],
            "reserve_partly": True,
            "reference": f"PO-{8800 + row.pk}",
        }
        for row in limits
    ]
    keys = create(ACTOR, OrderResource, given).ids
    perform(ACTOR, confirm, keys, {"on": on})
    held = list(Order.objects.filter(pk__in=keys).exclude(state="confirmed").order_by("pk").values_list("pk", flat=True))
    if len(held) > 1:
        perform(life.house.people[SELLS], approve_credit, held[:1], {"on": on}, reason="Bonifico in arrivo, confermato dal cliente")
    item = OpenItem.objects.filter(
        company=life.house.company, control="payable", closed_on__isnull=True, open_amount__lt=0, due_on__gt=on + WEEK
    )
    first = item.filter(currency="EUR").exclude(pk__in=ItemHold.objects.values("item")).order_by("pk").first()
    if first is not None:
        create(
            life.house.people[ENTERS],
            ItemHoldResource,
            [{"item": first.pk, "reason": "Merce in parte difettosa: si attende la nota di credito"}],
        )


def _vendors_lists(life: Life, on: date) -> None:
    """Vendors sent lists of what they think is open: one agrees, one has another amount and one document that nobody here knows."""
    company, enters = life.house.company, life.house.people[ENTERS]
    month_end = on.replace(day=1) - timedelta(days=1)
    owed = OpenItem.objects.filter(
        company=company, control="payable", closed_on__isnull=True, open_amount__lt=0, currency="EUR", on__lte=month_end
    )
    largest = owed.values("party").annotate(items=Count("pk")).order_by("-items", "party")[:2]
    given = []
    for place, party in enumerate(r["party"] for r in largest):
        bills = Bill.objects.filter(
            company=company, vendor=party, state="posted", entry__in=owed.filter(party=party).values("entry")
        ).order_by("on", "pk")
        rows = [(b.vendor_number, f"{b.vendor_date or b.on:%d/%m/%Y}", b.gross) for b in bills]
        if place and rows:
            number, day, amount = rows[0]
            rows[0] = number, day, amount + Decimal("12.20")
            rows.append(("2026/0999", f"{month_end:%d/%m/%Y}", Decimal("148.84")))
        theirs = "\n".join(f"{number} {day} {amount:.2f}" for number, day, amount in rows)
        given.append({"company": company.pk, "vendor": party, "on": month_end, "theirs": theirs})
    perform(enters, compare_statements, create(enters, VendorStatementResource, given).ids)


def _quotas(life: Life, on: date) -> None:
    """What each salesperson is to win in the quarter, and in the one before."""
    sellers = sorted({life.house.users[c["salesperson"]] for c in life.customers})
    begin = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    before = (begin - timedelta(days=1)).replace(day=1)
    before = date(before.year, (before.month - 1) // 3 * 3 + 1, 1)
    quarters = ((before, begin - timedelta(days=1)), (begin, (begin + timedelta(days=100)).replace(day=1) - timedelta(days=1)))
    given = [
        {"company": life.house.company.pk, "salesperson": who, "first_on": first, "last_on": last, "amount": (4 + place) * 1500 * max(life.size, Decimal(1))}
        for first, last in quarters
        for place, who in enumerate(sellers)
    ]  # fmt: skip
    create(life.house.people[SELLS], QuotaResource, given)

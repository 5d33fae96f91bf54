"""The service desk: limits, templates, macros and warranty; machines with serial numbers at customers; tickets at every stage."""

from datetime import date
from typing import Any

from fondaco.connectors.demo.founding import ACTOR, document
from fondaco.connectors.demo.life import Life
from fondaco.finance.einvoicing.actions import send_einvoice
from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.sales.actions.orders import confirm, deliver
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.queries import coming_back, is_goods, measured_lines
from fondaco.frontoffice.sales.resources import OrderResource
from fondaco.frontoffice.service.actions import apply_macro, assign, merge, note, reply, wait
from fondaco.frontoffice.service.models import Concession, Macro, Ticket
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.frontoffice.service.remedies import concern, credit, object_to, plan_visit, replace_goods, return_goods
from fondaco.frontoffice.service.resources import AnswerTemplateResource, AuthorityLimitResource, MacroResource, WarrantyTermResource
from fondaco.masterdata.approvals.resources import ApprovalPolicyResource
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.catalog.resources import ProductResource
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.actions import post_receipt
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.operations.inventory.resources import GoodsReceiptResource
from fondaco.platform.access.models import Role
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

SETS_LIMITS = "giorgio.ferrante"
MACHINE = "EM-PRO2-S"
TEMPLATES = (
    (
        "Presa in carico", "Dear {contact},\n\nthank you for writing. We are looking into “{subject}” and will be back today. Please keep {number} in the subject.\n\n{agent}, {company}",
        "Gentile {contact},\n\ngrazie per averci scritto. Stiamo guardando «{subject}» e le rispondiamo in giornata. Tenga {number} nell'oggetto.\n\n{agent}, {company}",
    ),
    (
        "Chiedi la matricola", "Dear {contact},\n\nwhich serial number is on the plate below the drip tray? With it we see at once whether {product} is under warranty.\n\n{agent}",
        "Gentile {contact},\n\nquale matricola legge sulla targhetta sotto la griglia? Con quella vediamo subito se {product} è in garanzia.\n\n{agent}",
    ),
    ("Risolto", "Dear {contact},\n\nthis should be settled now. If it is not, just answer this mail.\n\n{agent}", "Gentile {contact},\n\nora dovrebbe essere a posto. Se così non fosse, basta rispondere a questa mail.\n\n{agent}"),
)  # fmt: skip


def serve(life: Life, on: date) -> None:
    """What the newcomer finds at the desk."""
    company = {"company": life.house.company.pk}
    roles = dict(Role.objects.values_list("key", "pk"))
    finance = life.house.people[SETS_LIMITS]
    limits = [
        company | {"role": roles["service_agent"], "amount": 150, "total": 3000, "days": 30},
        company | {"role": roles["service_supervisor"], "amount": 600, "total": 10000, "days": 30},
    ]
    create(finance, AuthorityLimitResource, limits)
    policies = (("Concessioni rilevanti", 10, 2000, "controller"), ("Concessioni oltre il limite", 20, None, "service_supervisor"))
    create(
        finance,
        ApprovalPolicyResource,
        [
            company
            | {
                "kind": "service.concession",
                "priority": place,
                "name": name,
                "amount_from": amount,
                "steps": [{"role": roles[role], "days": 2}],
            }
            for name, place, amount, role in policies
        ],
    )
    made = create(ACTOR, AnswerTemplateResource, [company | {"name": name, "body_en": en, "body_it": it} for name, en, it in TEMPLATES]).ids
    create(
        ACTOR,
        MacroResource,
        [
            company | {"name": "Prendi in carico", "to_me": True, "template": made[0]},
            company
            | {
                "name": "Chiedi la matricola",
                "to_me": True,
                "queue": "macchine",
                "note": "Chiesta la matricola per la garanzia.",
                "template": made[1],
            },
            company
            | {
                "name": "Urgente alla macchina",
                "priority": "urgent",
                "queue": "macchine",
                "note": "Il locale è fermo: visita entro domani.",
            },
            company | {"name": "Risolto, ringrazia", "template": made[2], "becomes": "solved"},
        ],
    )
    create(ACTOR, WarrantyTermResource, [company | {"months": 12}])
    _machines(life, on)
    _tickets(life, on)


def _machines(life: Life, on: date) -> None:
    """Two machines with serial numbers, delivered to one customer; one is out of warranty."""
    unit = Product.objects.filter(kind="goods").values_list("unit_id", flat=True)[:1][0]
    words = {
        "name": "Espresso machine PRO 2, with serial number",
        "name_it": "Macchina PRO 2 con matricola",
        "unit": unit,
        "tracking": "serial",
        "sale_price": "3950",
        "currency": "EUR",
    }
    (machine,) = create(ACTOR, ProductResource, [{"sku": MACHINE, **words}]).ids
    create(ACTOR, WarrantyTermResource, [{"company": life.house.company.pk, "product": machine, "months": 24}])
    sold = (
        Order.objects.filter(company=life.house.company, state="confirmed", warehouse__isnull=False)
        .select_related("customer")
        .order_by("pk")
        .first()
    )
    if sold is None:
        return
    receipt = {
        "company": life.house.company.pk,
        "warehouse": sold.warehouse_id,
        "on": on,
        "lines": [{"product": machine, "quantity": 2, "unit_cost": "2100", "lots": "PRO2-00417; PRO2-00418"}],
    }
    perform(ACTOR, post_receipt, create(ACTOR, GoodsReceiptResource, [receipt]).ids)
    order = {
        "company": life.house.company.pk,
        "customer": sold.customer_id,
        "on": on,
        "warehouse": sold.warehouse_id,
        "lines": [{"product": machine, "quantity": 2}],
    }
    keys = create(ACTOR, OrderResource, [order]).ids
    perform(ACTOR, confirm, keys, {"on": on})
    if Order.objects.filter(pk__in=keys, state="confirmed").exists():
        perform(ACTOR, deliver, keys, {"on": on})


def _tickets(life: Life, on: date) -> None:
    """Tickets about real papers, each at another stage."""
    agents = [u["login"] for u in document("company")["user"] if u.get("team") == "service"]
    agent = life.house.people[agents[0]]
    technician = life.house.users[agents[-1]]
    deliveries = (
        GoodsIssue.objects.filter(company=life.house.company, state="posted", source_table="sales_order")
        .order_by("-pk")
        .values_list("source_id", flat=True)[:400]
    )
    orders: list[tuple[Order, Any]] = []
    seen: set[int] = set()
    found = Order.objects.filter(pk__in=list(deliveries), state__in=("confirmed", "closed")).order_by("-pk")
    lines = measured_lines([o.pk for o in found])
    authorised = coming_back(ln.pk for rows in lines.values() for ln in rows)
    invoices = {
        i.source_id: i
        for i in Invoice.objects.filter(source_table="sales_order", source_id__in=[o.pk for o in found], kind="invoice", state="posted")
    }
    for order in found:
        goods = [
            ln
            for ln in lines[order.pk]
            if is_goods(ln) and ln.delivered - ln.returned - authorised[ln.pk] >= 1 and 0 < ln.net / ln.quantity < 120
        ]
        if goods and order.pk in invoices and order.customer_id not in seen and len(orders) < 6:
            seen.add(order.customer_id)
            orders.append((order, goods[0]))
    if len(orders) < 6:
        return
    parties = Party.objects.in_bulk([o.customer_id for o, _ln in orders])
    subjects = (
        "Un pezzo è arrivato rotto",
        "Prezzo diverso dall'offerta",
        "La merce non è quella ordinata",
        "La macchina perde acqua",
        "Vorrei restituire",
        "Fattura contestata",
    )

    def opening(place: int, body: str) -> Opening:
        party = parties[orders[place][0].customer_id]
        return Opening(
            {
                "company": life.house.company.pk,
                "party": party.pk,
                "subject": subjects[place],
                "contact_name": party.name,
                "contact_email": party.email,
                "channel": "web",
            },
            body,
        )

    keys = open_tickets(ACTOR, [opening(n, f"Buongiorno, {subjects[n].lower()}. Ordine {orders[n][0]}.") for n in range(6)]).ids
    again = open_tickets(ACTOR, [opening(3, "Perde ancora, adesso anche dal gruppo.")]).ids[0]
    perform(agent, assign, [*keys, again], {"user": agent.user_id})
    for n, (order, _line) in enumerate(orders):
        perform(agent, concern, [keys[n]], {"order": order.pk})
    broken, dear, wrong, leaks, back, disputed = keys
    of_line = {ln.source_id: ln for i in invoices.values() for ln in i.lines.all()}
    row = of_line.get(orders[0][1].pk)
    if row is not None:
        perform(
            agent, credit, [broken], {"invoice": row.invoice_id, "quantities": {row.pk: 1}, "on": on}, reason="Un pezzo rotto nel trasporto"
        )
        granted = Concession.objects.filter(ticket=broken, credit_note__isnull=False).values_list("credit_note", flat=True)
        perform(ACTOR, send_einvoice, list(granted))
    perform(
        agent, credit, [dear], {"invoice": invoices[orders[1][0].pk].pk, "on": on}, reason="Prezzo promesso dal venditore, da verificare"
    )
    perform(agent, note, [dear], {"body": "Il venditore conferma a voce: aspetto il sì per l'accredito."})
    perform(
        agent,
        replace_goods,
        [wrong],
        {"order": orders[2][0].pk, "quantities": {orders[2][1].pk: 1}, "reason_code": "wrong", "on": on},
        reason="Spedito l'articolo sbagliato",
    )
    perform(agent, merge, [again], {"into": leaks})
    perform(agent, plan_visit, [leaks], {"technician": technician, "on": on, "hour": "09:30"})
    perform(agent, apply_macro, [leaks], {"macro": Macro.objects.get(name="Urgente alla macchina").pk})
    perform(agent, return_goods, [back], {"order": orders[4][0].pk, "quantities": {orders[4][1].pk: 1}, "reason_code": "unwanted"})
    perform(agent, reply, [back], {"body": "Le mandiamo i documenti per il reso appena autorizzato."})
    perform(
        agent,
        object_to,
        [disputed],
        {"invoice": invoices[orders[5][0].pk].pk, "kind": "quality"},
        reason="Il cliente dice che due pezzi non funzionano",
    )
    waits = Ticket.objects.filter(pk=wrong, state="open").values_list("pk", flat=True)
    if waits:
        perform(agent, wait, list(waits))

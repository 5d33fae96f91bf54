"""What the sales manager plans with the largest customer, who decides in the deals that are open, and why those were won that are (SA-09)."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from fondaco.connectors.demo.life import Life
from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.accountplans.actions import activate, plan_action, reach
from fondaco.frontoffice.accountplans.models import PlanObjective
from fondaco.frontoffice.accountplans.resources import AccountPlanResource
from fondaco.frontoffice.crm.actions import say_why
from fondaco.frontoffice.crm.models import ContactRole, Opportunity, Stage
from fondaco.frontoffice.crm.resources import OpportunityResource, StageResource
from fondaco.masterdata.parties.models import Party, Relationship
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create, edit

LEADS = "roberta.galli"
#: So many open deals have people and a competitor.
DEALS = 6
WHY_WON = ("PRODUCT", "SERVICE", "DELIVERY", "RELATION", "REFERENCE")
ROLES = ("DECISION", "USER", "CHAMPION", "TECHNICAL")


def plan(life: Life, on: date) -> None:
    """People and competitors of open deals, reasons of won ones, and one account plan."""
    people = _people()
    _deals(life, people)
    _largest(life, people, on)


def _people() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for organisation, person in Relationship.objects.order_by("pk").values_list("organisation_id", "person_id"):
        found.setdefault(organisation, []).append(person)
    return found


def _deals(life: Life, people: dict[int, list[int]]) -> None:
    actor, company = life.house.people[LEADS], life.house.company
    analysis = Stage.objects.filter(company=company, name="Analysis").first()
    if analysis is not None:
        edit(actor, StageResource, {analysis.pk: {"roles": [{"role": ContactRole.objects.get(code="DECISION").pk}]}})
    waiting = Opportunity.objects.filter(company=company, state="open", party__in=people).order_by("-pk")[:DEALS]
    changes = {
        o.pk: {
            "contacts": [
                {"person": who, "role": role, "attitude": "for_us" if place else "neutral", "influence": "medium" if place else "high"}
                for place, (who, role) in enumerate(zip(people[o.party_id], ROLES, strict=False))
            ],
            "competitors": [
                {
                    "competitor": life.house.parties["K001" if number % 2 else "K002"], "standing": "ahead" if number % 2 else "level",
                    "strengths": "Consegna in due settimane", "weaknesses": "Nessuna assistenza in zona", "price": rounded_down(o.amount),
                }
            ],
        }
        for number, o in enumerate(waiting)
    }  # fmt: skip
    if changes:
        edit(actor, OpportunityResource, changes)
    won = list(Opportunity.objects.filter(company=company, state="won").order_by("pk").values_list("pk", flat=True))
    for place, code in enumerate(WHY_WON):
        # One of six remains without a reason, as it happens.
        if some := [pk for n, pk in enumerate(won) if n % (len(WHY_WON) + 1) == place]:
            perform(actor, say_why, some, {"why": code})


def rounded_down(amount: Decimal) -> Decimal:
    """A competitor's price: a tenth less, in whole hundreds."""
    return amount * 9 // 1000 * 100


def _largest(life: Life, people: dict[int, list[int]], on: date) -> None:
    """A plan with the customer who buys most and whose people we know: since January, or a month at least."""
    company, actor = life.house.company, life.house.people[LEADS]
    first = date(on.year, 1, 1) if on.month > 1 else date(on.year - 1, 7, 1)
    last = date(on.year, 12, 31)
    best = (
        Invoice.objects.filter(company=company, state="posted", on__gte=first, customer__in=people, currency=company.currency_id)
        .order_by()
        .values_list("customer_id")
        .annotate(total=Sum("net"))
        .order_by("-total", "customer_id")
        .first()
    )
    if best is None:
        return
    customer = Party.objects.get(pk=best[0])
    goal = (best[1] * Decimal("1.3") // 1000 + 1) * 1000
    given = {
        "company": company.pk, "party": customer.pk, "name": f"Crescere con {customer.name}", "owner": customer.salesperson_id, "first_on": first, "last_on": last,
        "revenue_goal": goal, "margin_goal": goal * 4 // 10,
        "description": "Compra macchine da noi e ricambi da altri. Vogliamo essere il suo unico fornitore, con un contratto di assistenza.",
        "objectives": [
            {"title": "Contratto di assistenza per tutte le macchine", "measure": "Firmato", "due_on": on + timedelta(days=40)},
            {"title": "Tutti i ricambi da noi", "measure": "Nessun ordine ad altri in tre mesi", "due_on": last},
            {"title": "Conoscere chi decide gli acquisti", "measure": "Un incontro al trimestre", "due_on": on - timedelta(days=30)},
        ],
        "contacts": [
            {"person": who, "role": role, "attitude": "for_us", "influence": "high" if role == "DECISION" else "medium", "known_by": customer.salesperson_id}
            for who, role in zip(people[customer.pk], ROLES, strict=False)
        ],
        "risks": [
            {"risk": "Un concorrente offre macchine in comodato", "likelihood": "medium", "impact": "high", "answer": "Offrire il noleggio operativo"},
            {"risk": "Il responsabile acquisti va in pensione", "likelihood": "high", "impact": "medium", "answer": "Farsi presentare il successore"},
        ],
        "reviews": [{"on": on + timedelta(days=days)} for days in (12, 100)],
    }  # fmt: skip
    keys = create(actor, AccountPlanResource, [given]).ids
    perform(actor, activate, keys)
    contract, parts, people_known = PlanObjective.objects.filter(plan__in=keys).order_by("position").values_list("pk", flat=True)
    perform(
        actor, plan_action, [contract], {"subject": "Preparare la bozza del contratto", "kind": "task", "due_on": on + timedelta(days=7)}
    )
    perform(
        actor,
        plan_action,
        [parts],
        {"subject": "Visita: inventario dei ricambi in uso", "kind": "visit", "due_on": on + timedelta(days=20)},
    )
    perform(actor, reach, [people_known], {"on": on - timedelta(days=35)})

"""How the demo company serves: what it promises, when it is open, seven weeks of tickets told afterwards, who works when, and what customers say of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from fondaco.connectors.demo.founding import ACTOR, document
from fondaco.connectors.demo.life import Life
from fondaco.frontoffice.quality.actions import log_time, solve_with_reason
from fondaco.frontoffice.quality.asking import answer_for_ticket
from fondaco.frontoffice.quality.models import Survey
from fondaco.frontoffice.quality.resources import CostRateResource, ReasonCodeResource, ServiceCostAccountResource, SurveyPolicyResource
from fondaco.frontoffice.service.actions import assign, reply
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.frontoffice.sla.actions import activate, activate_calendar
from fondaco.frontoffice.sla.resources import BusinessCalendarResource, ServicePromiseResource
from fondaco.frontoffice.staffing.resources import QueueTargetResource, ShiftResource
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.frontoffice.value.models import ServiceLevel
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

ROME = ZoneInfo("Europe/Rome")
WEEKS, SUPERVISOR, COST_ACCOUNT = 7, "nina.kovac", "320708"
QUEUES = {
    "fault": "tecnica",
    "question": "informazioni",
    "invoice": "amministrazione",
    "delivery": "spedizioni",
    "return": "spedizioni",
    "training": "informazioni",
}
REASONS = (
    ("machine", "Machine", "Macchina", None), ("machine-cold", "Does not heat", "Non scalda", "machine"), ("machine-leaks", "Leaks", "Perde acqua", "machine"), ("grinder", "Grinder", "Macinacaffè", "machine"),
    ("order", "Order and delivery", "Ordine e consegna", None), ("late", "Late delivery", "Consegna in ritardo", "order"), ("missing", "Something is missing", "Manca qualcosa", "order"),
    ("bill", "Invoice", "Fattura", None), ("advice", "Advice", "Consiglio", None),
)  # fmt: skip
GIVEN = {
    "fault": ("machine-cold", "machine-leaks", "grinder"), "question": ("advice",), "training": ("advice",), "invoice": ("bill",), "delivery": ("late", "missing"), "return": ("missing", "machine"),
}  # fmt: skip
COMMENTS = {
    5: ("Rapidissimi, grazie!", "Perfetto", ""),
    4: ("Tutto bene", ""),
    3: ("", "Ho dovuto richiamare"),
    2: ("Troppi giorni di attesa",),
    1: ("Nessuno mi ha richiamato",),
}


def begin(life: Life, on: date) -> None:
    """What is promised and how it is judged; then the weeks before, and what is open this morning."""
    company, users = life.house.company.pk, life.house.users
    chance = Random(11)
    _promise(company, users[SUPERVISOR])
    create(ACTOR, SurveyPolicyResource, [{"company": company, "rest_days": 10}])
    for code, name, name_it, parent in REASONS:
        create(ACTOR, ReasonCodeResource, [{"company": company, "code": code, "name": name, "name_it": name_it, "parent": parent}])
    rates = [
        {"company": company, "valid_from": "2020-01-01", "hourly_cost": "24"},
        {"company": company, "user": users[SUPERVISOR], "valid_from": "2026-01-01", "hourly_cost": "31"},
    ]
    create(ACTOR, CostRateResource, rates)
    create(ACTOR, ServiceCostAccountResource, [{"company": company, "account": life.house.accounts[COST_ACCOUNT]}])
    create(ACTOR, QueueTargetResource, [{"company": company, "percent": 80, "within_seconds": 60, "handling_seconds": 600}])
    agents = [u["login"] for u in document("company")["user"] if u.get("team") == "service"]
    _shifts(life, on, agents)
    history = list(_days(on))
    for day in history:
        _work(life, day, agents, chance)
    _this_morning(life, chance)
    for survey in list(Survey.objects.order_by("pk").values_list("ticket_id", flat=True)):
        if chance.random() < 0.4:
            score = chance.choices((5, 4, 3, 2, 1), (46, 30, 12, 7, 5))[0]
            answer_for_ticket(survey, str(score), chance.choice(COMMENTS[score]))


def _promise(company: int, supervisor: int) -> None:
    weekdays = [{"weekday": day, "opens": a, "closes": b} for day in range(5) for a, b in (("08:30", "12:30"), ("13:30", "18:00"))]
    hours = [*weekdays, {"weekday": 5, "opens": "09:00", "closes": "12:00"}]
    given = {"company": company, "name": "Orario assistenza", "time_zone": "Europe/Rome", "country": "IT", "hours": hours}
    (calendar,) = create(ACTOR, BusinessCalendarResource, [given]).ids
    perform(ACTOR, activate_calendar, [calendar])
    lines = [
        {"calendar": calendar, "first_minutes": 240, "next_minutes": 240, "solution_minutes": 1440}, {"calendar": calendar, "priority": "urgent", "first_minutes": 60, "next_minutes": 60, "solution_minutes": 480},
        {"calendar": calendar, "priority": "high", "first_minutes": 120, "next_minutes": 120, "solution_minutes": 720},
        *({"calendar": calendar, "level": level.pk, "first_minutes": 60, "solution_minutes": 480} for level in ServiceLevel.objects.filter(company=company, code="platinum")),
        *({"calendar": calendar, "contract": contract.pk, "first_minutes": 30, "next_minutes": 60, "solution_minutes": 240} for contract in Contract.objects.filter(company=company, state="active").order_by("pk")[:2]),
    ]  # fmt: skip
    steps = [
        {"kind": "first", "at_percent": 80, "does": "warn"}, {"kind": "first", "at_percent": 120, "does": "manager", "manager": supervisor}, {"kind": "solution", "at_percent": 90, "does": "raise", "priority": "high"},
    ]  # fmt: skip
    (promise,) = create(
        ACTOR, ServicePromiseResource, [{"company": company, "name": "Assistenza clienti", "lines": lines, "steps": steps}]
    ).ids
    perform(ACTOR, activate, [promise])


def _shifts(life: Life, on: date, agents: list[str]) -> None:
    """The early and the late one, this week and the next."""
    first = on - timedelta(days=on.weekday())
    given = []
    for day in (first + timedelta(days=n) for n in range(14) if n % 7 < 5):
        for number, login in enumerate(agents):
            begins, ends = ((8, 30), (16, 30)) if number % 2 == 0 else ((10, 0), (18, 0))
            given.append({"company": life.house.company.pk, "user": life.house.users[login], "starts_at": datetime.combine(day, time(*begins), ROME).isoformat(), "ends_at": datetime.combine(day, time(*ends), ROME).isoformat()})  # fmt: skip
    create(ACTOR, ShiftResource, given)


def _days(on: date) -> Iterator[date]:
    first = on - timedelta(weeks=WEEKS)
    yield from (day for n in range(WEEKS * 7) if (day := first + timedelta(days=n)).weekday() < 5)


@contextmanager
def _happening(moment: datetime) -> Iterator[None]:
    """What is done inside happened then: one transaction that tells it."""
    with unit_of_work(ACTOR.username, "demo.serve"):
        with connection.cursor() as cursor:
            cursor.execute("select set_config('fondaco.happened_at', %s, true)", [moment.astimezone(UTC).isoformat()])
        yield


def _openings(life: Life, count: int, chance: Random) -> list[tuple[Opening, str, str]]:
    """Tickets to open, each with its answer and the reason that it will have."""
    texts, made = document("texts")["ticket"], []
    for c in chance.sample(life.customers, min(count, len(life.customers))):
        kind = chance.choices(texts, [t["weight"] for t in texts])[0]
        product = chance.choice([p for p in life.products if p["category"].endswith("machines")])
        name = life.contact.get(c["code"]) or c["name"]
        words = {
            "product": product["name_it"],
            "contact": name,
            "agent": "Nina",
            "date": "marzo",
            "order": "SO",
            "invoice": "",
            "amount": "",
            "customer": c["name"],
        }
        values = {
            "company": life.house.company.pk, "party": life.house.parties[c["code"]], "subject": kind["subject_it"].format(**words), "contact_name": name, "contact_email": c["email"],
            "channel": chance.choice(("phone", "email", "web")), "priority": kind["priority"], "queue": QUEUES.get(kind["kind"], ""), "product": life.house.products[product["sku"]],
        }  # fmt: skip
        made.append(
            (
                Opening(values, kind["message_it"].format(**words)),
                kind["reply_it"].format(**words),
                chance.choice(GIVEN.get(kind["kind"], ("advice",))),
            )
        )
    return made


def _work(life: Life, day: date, agents: list[str], chance: Random) -> None:
    """A day: some come in the morning, answered within hours and solved some days later, if not for a few that nobody finds the time for."""
    made = _openings(life, max(1, round(4 * life.scale**0.5)), chance)
    came = datetime.combine(day, time(chance.choice((9, 9, 10, 10, 11, 14)), chance.randrange(60)), ROME)
    with _happening(came):
        keys = open_tickets(ACTOR, [opening for opening, _answer, _reason in made]).ids
        Ticket.objects.filter(pk__in=keys).update(on=day)
        agent = chance.choice(agents)
        perform(ACTOR, assign, keys, {"user": life.house.users[agent]})
    with _happening(came + timedelta(minutes=chance.choice((15, 25, 45, 70, 110, 190, 320)))):
        perform(life.people[agent], reply, keys, {"bodies": {key: answer for key, (_o, answer, _r) in zip(keys, made, strict=True)}})
    solved = came + timedelta(hours=chance.choice((2, 3, 5, 7, 24, 26, 50, 98)))
    twice = chance.random() < 0.35
    if solved >= timezone.now():
        return
    reasons: dict[str, list[int]] = {}
    for key, (_opening, _answer, reason) in zip(keys, made, strict=True):
        reasons.setdefault(reason, []).append(key)
    with _happening(solved):
        if twice:
            perform(life.people[agent], reply, keys, {"body": "Le confermo che abbiamo provveduto."})
        perform(life.people[agent], log_time, keys, {"minutes": chance.choice((4, 6, 8, 12, 20)), "on": day.isoformat()})
        for reason, some in reasons.items():
            perform(life.people[agent], solve_with_reason, some, {"reason": reason, "resolution": "Risolto con il cliente"})
        Ticket.objects.filter(pk__in=keys).update(solved_at=solved)


def _this_morning(life: Life, chance: Random) -> None:
    """Some have just come, some wait since yesterday and before."""
    made = iter(_openings(life, 12, chance))
    for hours, count in ((96, 1), (30, 2), (20, 2), (3, 2), (1, 2), (0, 3)):
        with _happening(timezone.now() - timedelta(hours=hours, minutes=chance.randrange(3, 50))):
            open_tickets(ACTOR, [opening for opening, _answer, _reason in islice(made, count)])

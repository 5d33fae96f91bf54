"""Calls that come in: who calls is found by his number among a million customers, and sent to an agent by what he is worth, while fifty calls a second do so
(SV-02, SV-03)."""

import multiprocessing
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connections
from django.utils import timezone

from benchmarks import floor
from benchmarks.figures import Figure, Promise, each, percentile
from benchmarks.house import ACTOR, House, do
from benchmarks.reading import timed
from fondaco.frontoffice.routing.models import Agent, AgentBeat
from fondaco.frontoffice.routing.offering import SILENCE
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.telephony.lookup import callers
from fondaco.frontoffice.telephony.models import Call, PhoneLine
from fondaco.frontoffice.telephony.notices import read_notice, signed
from fondaco.frontoffice.telephony.noticing import receive, something_waits, take_waiting
from fondaco.frontoffice.telephony.taking import Event
from fondaco.frontoffice.value.fitting import fit
from fondaco.frontoffice.value.standing import standings
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

CUSTOMERS, FEW = 1_000_000, 50_000
RATE, SECONDS, FEWER_SECONDS = 50, 20, 10
AGENTS, PROCESSES, PATIENCE = 200, 2, 60
LIFE = (("ringing", 0.0), ("answered", 0.5), ("ended", 2.0))
WATCHED, ALONE = 40, 200
TODAY = date(2026, 11, 20)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """A tenth of the customers has a second number, all have bought, a third owes something that is overdue, a third asked for something before."""
    many = FEW if quick else CUSTOMERS
    say(f"{many:,} customers with numbers, margins, open items and tickets; {AGENTS} agents")
    first = _customers(house, 0, FEW)
    line = _desk(house)  # with the value model fitted to a part of them
    if many > FEW:
        _customers(house, FEW, many, first)
    floor.tidy()
    chance = house.chance
    numbers = [_number(chance.randrange(many)) for _n in range(4_000)]
    picked = iter(numbers)
    yield timed(f"caller found by number among {many:,}", lambda: callers([next(picked)]), Promise("< 50 ms", value=50, scaled=quick))
    asked = [first + chance.randrange(many) for _n in range(400)]
    worth = iter(asked)
    yield timed(
        f"value and level of one of {many:,} customers",
        lambda: standings(house.company, [next(worth)], today=TODAY),
        Promise("< 50 ms", value=50, scaled=quick),
    )
    seconds = FEWER_SECONDS if quick else SECONDS
    say(f"{RATE} calls a second for {seconds} s, by {PROCESSES} processes")
    _rings(line, _number(0))  # what is read once is in memory
    parts = [floor.written_by(lambda n=n: _rings(line, _number(n)))[1] for n in range(100, 100 + WATCHED)]
    plain = 1000 * floor.one_by_one(parts) / WATCHED
    alone = each(lambda n: _rings(line, _number(n)), range(1_000, 1_000 + ALONE))
    yield Figure(f"call taken, found and routed, one after the other, {many:,} customers", "ms p95", percentile(alone, 95), plain)
    times = _load(line, numbers[: RATE * seconds])
    with unit_of_work(ACTOR.username, "bench"):
        assert Call.objects.filter(state="ended").count() >= RATE * seconds, "calls were lost"
        assert not Ticket.objects.filter(channel="phone", assignee__isnull=True).exists(), "somebody was sent nowhere"
    promise = Promise("p99 < 150 ms at 50/s", value=150, scaled=quick)
    yield Figure(f"call taken, found and routed at {RATE}/s, {many:,} customers", "ms p99", percentile(times, 99), plain, promise)
    yield Figure(f"call taken, found and routed at {RATE}/s, {many:,} customers", "ms p50", percentile(times, 50), plain)


def _number(n: int) -> str:
    return f"+3904{n:08}"


def _customers(house: House, begin: int, many: int, first: int = 0) -> int:
    """Customers from number ``begin`` on, written by SQL as the owner, without triggers: what they guard is not what is measured. Returns the first key."""
    company, user = house.company.pk, "bench"
    with floor.owner() as plain:
        plain.execute("set session_replication_role = replica")
        row = plain.execute("select max(id) + 1000 from parties_party").fetchone()
        first = first or (int(row[0]) if row else 0)
        plain.execute(
            "insert into parties_party overriding system value select (jsonb_populate_record(p, jsonb_build_object('id', %s + n, 'code', 'R' || n,"
            " 'phone', '+3904' || lpad(n::text, 8, '0'), 'language', 'it', 'name', 'Customer ' || n, 'sort_name', 'customer ' || n, 'is_customer', true))).*"
            " from parties_party p, generate_series(%s::int, %s) n where p.id = %s",
            [first, begin, many - 1, house.customers[0]],
        )
        plain.execute(
            "insert into parties_contactpoint (version, created_by, party_id, position, kind, value, normalised, label)"
            " select 1, %s, %s + n, 0, 'mobile', m, m, '' from (select n, '+3933' || lpad(n::text, 8, '0') as m from generate_series(%s::int, %s, 10) n) s",
            [user, first, begin, many - 1],
        )
        plain.execute(
            'insert into value_customermargin (company_id, party_id, entry_id, "on", revenue, cost, other, purchases, purchased_on)'
            " select %s, %s + n, -(n * 4 + k) - 1, d, 100 + n %% 900, 60 + n %% 400, 0, 1, d from generate_series(%s::int, %s) n, generate_series(0, n %% 4) k,"
            " lateral (select date '2026-11-01' - (k * 60 + n %% 50)::int as d) s",
            [company, first, begin, many - 1],
        )
        account = plain.execute(
            "select id from ledger_account where company_id = %s and purpose = 'receivable' limit 1", [company]
        ).fetchone()
        plain.execute(
            'insert into ledger_openitem (company_id, line_id, entry_id, account_id, control, party_id, "on", due_on, currency_id, amount, base_amount,'
            " open_amount, open_base_amount) select %s, -n - 1, -n - 1, %s, 'receivable', %s + n, date '2026-09-01', date '2026-10-01', 'EUR', a, a, a, a"
            " from (select n, 10 + n %% 4000 as a from generate_series(%s::int, %s, 3) n) s",
            [company, account[0] if account else 0, first, begin, many - 1],
        )
        plain.commit()
        (template,) = create(ACTOR, RESOURCES["tickets"], [{"company": company, "subject": "Before", "party": house.customers[0]}]).ids
        plain.execute(
            "insert into service_ticket overriding system value select (jsonb_populate_record(t, jsonb_build_object('id', t.id + 1000 + n, 'number', 'OLD/' || n,"
            " 'party_id', %s + n * 3, 'state', 'closed'))).* from service_ticket t, generate_series(%s::int, %s) n where t.id = %s",
            [first, begin // 3 + 1, many // 3 - 1, template],
        )
        for table in ("parties_party", "service_ticket"):
            plain.execute(f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))".encode())
        plain.commit()
    return first


def _desk(house: House) -> PhoneLine:
    """Two hundred agents, a policy of ten rules of which the dearest conditions are asked first, levels by a fitted model, one line."""
    company = house.company.pk
    levels = [
        {"company": company, "code": f"L{n}", "name": f"Level {n}", "rank": n, "basis": "expected", "top_percent": str(n * n * 4)}
        for n in (1, 2, 3)
    ]
    keys = create(ACTOR, RESOURCES["service-levels"], levels).ids
    with unit_of_work(ACTOR.username, "setup.bench"):
        fit(house.company, on=TODAY)
        users = [User(username=f"agent{n}", name=f"Agent {n}") for n in range(AGENTS)]
        insert_rows(User, users)
        agents = [Agent(company=house.company, user=u, capacity=1_000_000, calls_at_once=5, presence="available") for u in users]
        insert_rows(Agent, agents)
        AgentBeat.objects.bulk_create([AgentBeat(agent=a, at=timezone.now() + 60 * SILENCE) for a in agents])
    rules: list[dict[str, Any]] = [{"name": f"Owes {n}", "overdue_from": f"{10_000 * n}", "to_queue": "accounts"} for n in (9, 8, 7)]
    rules += [{"name": f"Worth {n}", "value_from": f"{100_000 * n}", "potential_from": "1", "to_queue": "best"} for n in (3, 2, 1)]
    rules += [{"name": f"Level {n}", "level": key, "priority": "high"} for n, key in enumerate(keys)] + [{"name": "All"}]
    do("routing.activate", create(ACTOR, RESOURCES["routing-policies"], [{"company": company, "name": "Bench", "rules": rules}]).ids)
    (key,) = create(ACTOR, RESOURCES["phone-lines"], [{"company": company, "name": "Bench", "number": "+390458001234"}]).ids
    do("telephony.make_secret", [key])
    return PhoneLine.objects.get(pk=key)


def _tell(line: PhoneLine, events: list[dict[str, object]]) -> None:
    """What the door does with a notice: judges its signature, reads it, takes it or writes it down, commits."""
    body, moment, given = signed(line, events)

    def read() -> tuple[PhoneLine, list[Event]]:
        found = PhoneLine.objects.get(pk=line.pk)
        return found, read_notice(found, body, moment, given)

    receive(read)


def _event(call: str, kind: str, number: str = "") -> dict[str, object]:
    return {"id": uuid.uuid4().hex, "call": call, "kind": kind, "at": timezone.now(), **({"from": number} if number else {})}


def _rings(line: PhoneLine, number: str) -> None:
    _tell(line, [_event(uuid.uuid4().hex, "ringing", number)])


def _load(line: PhoneLine, numbers: Sequence[str]) -> list[float]:
    """Seconds from the moment a call rings to the one when another connection sees its ticket with its agent, of each call.

    Calls begin when their time comes, whether or not those before are done: what they wait counts. Each is answered after half a second and ends after
    two, by a notice of its own. As many processes as cores take them, one after the other, as the processes of ``serve`` do.
    """
    connections.close_all()
    forked = multiprocessing.get_context("fork")
    begin = time.time() + 1
    calls = [(begin + n / RATE, f"bench-{n}", number) for n, number in enumerate(numbers)]
    told: Any = forked.Queue()
    watcher = forked.Process(target=_watch, args=({call for _at, call, _n in calls}, begin + len(calls) / RATE + PATIENCE, told))
    workers = [watcher, *(forked.Process(target=_work, args=(line, calls[k::PROCESSES])) for k in range(PROCESSES))]
    for worker in workers:
        worker.start()
    seen = told.get()
    for worker in workers:
        worker.join()
    missing = [call for _at, call, _n in calls if call not in seen]
    assert not missing, f"{len(missing)} calls rang nowhere"
    return [seen[call] - at for at, call, _n in calls]


def _work(line: PhoneLine, share: Sequence[tuple[float, str, str]]) -> None:
    steps = sorted((at + after, call, kind, number if kind == "ringing" else "") for at, call, number in share for kind, after in LIFE)
    for at, call, kind, number in steps:
        time.sleep(max(0.0, at - time.time()))
        _tell(line, [_event(call, kind, number)])
    while something_waits():
        take_waiting()
        time.sleep(0.05)
    connections.close_all()


def _watch(wanted: set[str], until: float, told: Any) -> None:
    """Look a hundred times a second which calls have an agent."""
    seen: dict[str, float] = {}
    last = 0
    with floor.owner() as plain:
        plain.autocommit = True
        while len(seen) < len(wanted) and time.time() < until:
            rows = plain.execute(
                "select c.id, c.external_id from telephony_call c join service_ticket t on t.id = c.ticket_id where c.id > %s"
                " and c.external_id like 'bench-%%' and t.assignee_id is not null order by 1",
                [last],
            ).fetchall()
            now = time.time()
            for key, call in rows:
                last = key
                seen[call] = now
            time.sleep(0.01)
    told.put(seen)

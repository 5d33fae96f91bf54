"""Calls that come in: who calls is found by his number among a million customers, and sent to an agent by what he is worth, while fifty calls a second do so
(SV-02, SV-03)."""

import multiprocessing
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from fondaco.frontoffice.telephony.taking import take
from fondaco.frontoffice.value.fitting import fit
from fondaco.frontoffice.value.standing import standings
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

CUSTOMERS, FEW = 1_000_000, 50_000
RATE, SECONDS, FEWER_SECONDS = 50, 20, 10
AGENTS, PROCESSES, THREADS, TALK = 200, 2, 2, 2.0
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
    """What the door does with a notice: judges its signature, reads it, takes it, commits."""
    body, moment, given = signed(line, events)
    with unit_of_work("program.telephony", "telephony.take"):
        take([(line, event) for event in read_notice(line, body, moment, given)])


def _rings(line: PhoneLine, number: str) -> str:
    call = uuid.uuid4().hex
    _tell(line, [{"id": uuid.uuid4().hex, "call": call, "kind": "ringing", "at": timezone.now(), "from": number}])
    return call


def _ends(line: PhoneLine, call: str) -> None:
    now = timezone.now()
    _tell(line, [{"id": uuid.uuid4().hex, "call": call, "kind": kind, "at": now} for kind in ("answered", "ended")])


def _load(line: PhoneLine, numbers: Sequence[str]) -> list[float]:
    """Calls begin when their time comes, whether or not the ones before are done: what they wait counts. Each is answered and ends after two seconds."""
    connections.close_all()
    forked = multiprocessing.get_context("fork")
    told: Any = forked.Queue()
    begin = time.time() + 1
    shares = [[(begin + n / RATE, number) for n, number in enumerate(numbers)][k::PROCESSES] for k in range(PROCESSES)]
    workers = [forked.Process(target=_work, args=(line, share, told)) for share in shares]
    for worker in workers:
        worker.start()
    times = [spent for _w in workers for spent in told.get()]
    for worker in workers:
        worker.join()
    return times


def _work(line: PhoneLine, share: Sequence[tuple[float, str]], told: Any) -> None:
    def one(at: float, number: str) -> tuple[float, str]:
        call = _rings(line, number)
        return time.time() - at, call

    def over(call: str, at: float) -> None:
        time.sleep(max(0.0, at - time.time()))
        _ends(line, call)

    with ThreadPoolExecutor(THREADS) as rings, ThreadPoolExecutor(THREADS) as ends:
        begun = []
        finished: list[Any] = []
        for at, number in share:
            time.sleep(max(0.0, at - time.time()))
            begun.append((at, rings.submit(one, at, number)))
            while begun and begun[0][1].done() and time.time() > begun[0][0] + TALK:
                _at, done = begun.pop(0)
                finished.append(done)
                ends.submit(over, done.result()[1], 0)
        for _at, done in begun:
            finished.append(done)
            ends.submit(over, done.result()[1], 0)
    told.put([done.result()[0] for done in finished])
    connections.close_all()

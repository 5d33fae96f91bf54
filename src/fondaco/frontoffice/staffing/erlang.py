"""How many agents a stream of contacts needs, by Erlang's second formula (Erlang C), and how many contacts are expected. Pure.

A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges", 1917; as written in
ITU-D, Handbook Teletraffic Engineering, chapter 12: contacts come independently of each other, each takes its time on average, nobody gives up.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

HALF_HOUR = 1800
#: More agents than this are not reckoned: such a queue wants to be divided.
MOST_AGENTS = 2_000


def waits(agents: int, load: float) -> float:
    """The share of contacts that wait (Erlang C), for a load in erlang; 1 where there are not more agents than load. By the recursion of Erlang B, which stays exact for large numbers."""
    if agents <= load:
        return 1.0
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def answered_within(agents: int, load: float, seconds: float, handling: float) -> float:
    """The share of contacts that is answered within so many seconds."""
    return 0.0 if agents <= load else 1 - waits(agents, load) * math.exp(-(agents - load) * seconds / handling)


def agents_needed(contacts: Decimal, *, handling_seconds: int, within_seconds: int, percent: int) -> int:
    """The fewest agents with which so many of a hundred contacts of half an hour are answered in time; none where nobody comes."""
    load = float(contacts) * handling_seconds / HALF_HOUR
    if load <= 0:
        return 0
    agents = max(math.floor(load), 1)
    while agents < MOST_AGENTS and answered_within(agents, load, within_seconds, handling_seconds) * 100 < percent:
        agents += 1
    return agents


def expected(history: Mapping[date, Iterable[int]], day: date, weeks: int, closed: Collection[date] = ()) -> tuple[list[Decimal], int]:
    """Contacts to expect in each half hour of a day: the mean of the same half hours of the same weekday in the weeks before (the seasonal moving
    average), those of them left out that were ``closed``. A day that is closed itself is like the last of the closed ones, whatever weekday, as many as
    there would be weeks. ``history`` holds the 48 counts of each day with any contact, a day without counts as none from its first day on; the second
    figure is from how many days it is taken."""
    first = min(history, default=None)
    days = [day - timedelta(weeks=n) for n in range(1, weeks + 1)]
    days = sorted(d for d in closed if d < day)[-weeks:] if day in closed else [d for d in days if d not in closed]
    counted = [d for d in days if first is not None and d >= first]
    if not counted:
        return [Decimal(0)] * 48, 0
    sums = [0] * 48
    for d in counted:
        for n, count in enumerate(history.get(d, ())):
            sums[n] += count
    return [Decimal(total) / len(counted) for total in sums], len(counted)

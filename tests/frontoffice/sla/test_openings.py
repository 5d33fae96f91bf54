"""SV-04: business time by hours, holidays and daylight saving, against an oracle that looks at every minute's clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.sla.openings import Week, openings, public_holidays

ZONES = ["Europe/Rome", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata", "UTC", "America/Santiago"]
#: Days on which one of the zones puts its clocks forward or back, and ordinary ones.
DAYS = [
    date(2026, 3, 28),
    date(2026, 10, 24),
    date(2026, 10, 3),
    date(2026, 4, 4),
    date(2026, 3, 7),
    date(2026, 10, 31),
    date(2026, 9, 5),
    date(2026, 12, 24),
]
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))


@st.composite
def weeks(draw):
    hours = {}
    for weekday in range(7):
        marks = sorted(draw(st.sets(MINUTES, max_size=4)))
        pairs = list(zip(marks[::2], marks[1::2], strict=False))
        if marks and len(marks) % 2:
            pairs.append((marks[-1], time()))  # until midnight
        hours[weekday] = pairs
    return Week(ZoneInfo(draw(st.sampled_from(ZONES))), hours, draw(st.sampled_from(["", "IT"])), closed=frozenset({date(2026, 3, 30)}))


def is_open(week: Week, moment: datetime) -> bool:
    local = moment.astimezone(week.zone)
    day, clock = local.date(), local.time()
    if week.is_holiday(day):
        return False
    return any(opens <= clock and (clock < closes or closes == time()) for opens, closes in week.hours.get(day.weekday(), ()))


@settings(max_examples=40, deadline=None)
@given(week=weeks(), first=st.sampled_from(DAYS))
def test_SV_04_openings_are_what_the_clock_on_the_wall_says(week, first):
    last = first + timedelta(days=2)
    minutes = set()
    for begins, ends in openings(week, first, last):
        assert begins < ends
        at = begins
        while at < ends:
            assert at not in minutes, "no minute twice"
            minutes.add(at)
            at += timedelta(minutes=1)
    at = datetime.combine(first, time(), week.zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), week.zone).astimezone(UTC)
    expected = set()
    while at < end:
        if is_open(week, at):
            expected.add(at)
        at += timedelta(minutes=1)
    assert minutes == expected


def test_SV_04_holidays_are_those_of_the_country_and_the_region():
    assert date(2026, 6, 2) in public_holidays("IT", "", [2026])
    assert date(2026, 5, 25) in public_holidays("IT", "BZ", [2026]), "Whit Monday in South Tyrol"
    assert date(2026, 5, 25) not in public_holidays("IT", "", [2026])
    assert public_holidays("XX", "", [2026]) == frozenset()

"""Moments come out of the database as they stand there."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-27 15:18:11.701981+00", datetime(2026, 11, 27, 15, 18, 11, 701981, tzinfo=UTC)),
        ("2026-03-29 03:30:00+02", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-11-27 15:18:11.7+00", datetime(2026, 11, 27, 15, 18, 11, 700000, tzinfo=UTC)),
        ("1494-11-10 12:00:00+00", datetime(1494, 11, 10, 12, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999+00", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_with_its_zone_and_its_microseconds(db, text, moment):
    with connection.cursor() as cursor:
        cursor.execute("select %s::timestamptz", [text])
        (read,) = cursor.fetchone()
    assert read == moment and read.tzinfo is UTC


def test_what_no_calendar_holds_is_refused_as_before(db):
    with connection.cursor() as cursor, pytest.raises(DataError):
        cursor.execute("select 'infinity'::timestamptz")
        cursor.fetchone()

"""Taking numbers for a whole set at once."""

from django.db import connection


def take_numbers(company_id: int, key: str, year: int, count: int, *, prefix: str = "") -> list[str]:
    """Take ``count`` consecutive numbers of a series; others wait for this transaction, so that there is never a gap.

    ``prefix`` is used when the series is opened and kept afterwards. Numbers read ``PREFIX/2026/00042`` (year 0:
    ``PREFIX-00042``).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into documents_numberseries as s (company_id, key, year, prefix, digits, last_number)"
            " values (%s, %s, %s, %s, 5, %s) on conflict (company_id, key, year)"
            " do update set last_number = s.last_number + excluded.last_number returning last_number, prefix, digits",
            [company_id, key, year, prefix or key.upper(), count],
        )
        last, prefix, digits = cursor.fetchone()
    head = f"{prefix}/{year}/" if year else f"{prefix}-"
    return [f"{head}{n:0{digits}d}" for n in range(last - count + 1, last + 1)]

"""Who calls: parties by telephone number, their own or one of their contact points; a person who works somewhere calls for that organisation."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from fondaco.masterdata.parties import normalising
from fondaco.masterdata.parties.queries import lines_of_merging

#: Of a number that more parties have than so many, no more are named.
MOST = 20
FOUND = """
select n.number, p.id, p.name, p.kind, p.merged_into_id, o.id, o.merged_into_id, o.name
from unnest(%s::text[]) n(number)
cross join lateral (
  select id from parties_party where phone = n.number and phone <> ''
  union select party_id from parties_contactpoint where normalised = n.number and normalised <> '' and kind in ('phone', 'mobile')
  limit %s
) f
join parties_party p on p.id = f.id
left join parties_relationship r on r.person_id = p.id and p.kind = 'person'
left join parties_party o on o.id = r.organisation_id
order by n.number, p.id, o.id
"""


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be calling: the customer, and the person who calls for him, where one is known."""

    party: int
    name: str
    contact: str = ""


def number_of(text: str, country: str) -> str:
    """A number as a telephone system wrote it, in E.164; empty where it was withheld or is none."""
    number, wrong = normalising.phone_number(text[:40], country)
    return "" if wrong or not number.startswith("+") else number


def callers(numbers: Iterable[str]) -> dict[str, list[Candidate]]:
    """Everybody who may be calling from each number (E.164); one statement, one more where somebody was merged."""
    wanted = sorted({n for n in numbers if n})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [wanted, MOST])
        rows = cursor.fetchall()
    merged = {key for row in rows for key, into in ((row[1], row[4]), (row[5], row[6])) if into is not None}
    remains = {first: line[-1] for first, line in lines_of_merging(merged).items()} if merged else {}
    found: dict[str, dict[int, Candidate]] = {n: {} for n in wanted}
    for number, party, name, _kind, _into, organisation, _into_too, called in rows:
        who = (
            Candidate(remains.get(organisation, organisation), called, name) if organisation else Candidate(remains.get(party, party), name)
        )
        known = found[number].get(who.party)
        if known is None or (who.contact and not known.contact):
            found[number][who.party] = who
    return {number: list(each.values())[:MOST] for number, each in found.items()}

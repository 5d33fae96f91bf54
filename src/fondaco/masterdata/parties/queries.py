"""Reads of parties that several callers share: the timeline, and who may be the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import JSONBAgg
from django.db import connection
from django.db.models import Count, JSONField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from fondaco.masterdata.parties.models import Interaction, NotTheSame, Party, Relationship
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible

VIEW = "parties.view_party"


#: A party, the people who work for it, and whoever was merged into one of them: whose events belong on one timeline.
FAMILY = """
with recursive member(id) as (
  (select %s::bigint union select person_id from parties_relationship where organisation_id = %s)
  union select p.id from parties_party p join member m on p.merged_into_id = m.id
)
"""


def lines_of_merging(parties: Iterable[int]) -> dict[int, list[int]]:
    """Each party, then whom it was merged into, and that one in its turn: the last one remains. One statement."""
    lines: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with recursive line(first, id, next, place) as (
              select id, id, merged_into_id, 0 from parties_party where id = any (%s)
              union all select l.first, p.id, p.merged_into_id, l.place + 1 from line l join parties_party p on p.id = l.next
            ) select first, id from line order by first, place
            """,
            [sorted(set(parties))],
        )
        for first, party in cursor.fetchall():
            lines.setdefault(first, []).append(party)
    return lines


def merged_into(party: int) -> tuple[int, ...]:
    """A party and everybody who was merged into him, or into one of those. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with recursive family (id) as (select %s::bigint union select p.id from parties_party p join family f on p.merged_into_id = f.id)
            select id from family
            """,
            [party],
        )
        return tuple(row[0] for row in cursor.fetchall())


@dataclass(frozen=True)
class Asked:
    """What is asked of a timeline: kinds of events, days, who did it, words in it; ``before`` is (date, key) of the last one seen."""

    kinds: Sequence[str] = ()
    since: date | None = None
    until: date | None = None
    by: str = ""
    words: str = ""
    before: tuple[date, int] | None = None


def events(party: int, companies: Sequence[int] | None, asked: Asked | None = None, *, limit: int = 50) -> list[Interaction]:
    """What happened with a party, its people and those merged into it, newest first, in these companies (all of them where ``None``).

    Each of them is asked for so many rows by the index of its timeline, so that it takes as long for ten events as for a hundred
    thousand. Dealings that name no company belong to all. One statement.
    """
    asked = asked or Asked()
    conditions, given = ["i.party_id = m.id"], [party, party]
    for condition, value in (
        ("(i.company_id is null or i.company_id = any (%s))", list(companies) if companies is not None else None),
        ("i.kind = any (%s)", list(asked.kinds) or None),
        ('i."on" >= %s', asked.since),
        ('i."on" <= %s', asked.until),
        ("i.by = %s", asked.by or None),
    ):
        if value is not None:
            conditions.append(condition)
            given.append(value)
    for word in asked.words.split()[:10]:
        like = "%" + word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        conditions.append("(i.title ilike %s or i.body ilike %s)")
        given += [like, like]
    if asked.before:
        conditions.append('(i."on", i.id) < (%s, %s)')
        given += asked.before
    found = f"""{FAMILY} select e.id from member m cross join lateral (
        select i.id, i."on" from parties_interaction i where {" and ".join(conditions)} order by i."on" desc, i.id desc limit %s
    ) e order by e."on" desc, e.id desc limit %s"""
    return list(Interaction.objects.filter(pk__in=RawSQL(found, [*given, limit, limit])).order_by("-on", "-pk"))


def timeline(actor: Actor, party: int, asked: Asked | None = None, *, limit: int = 50) -> list[Interaction]:
    """What happened with a party in the companies the actor works in, newest first. Empty when he may not see the party. Two statements."""
    if not visible(Party.objects.filter(pk=party), actor, VIEW).exists():
        return []
    companies = actor.companies()
    return events(party, None if companies is None else sorted(companies), asked, limit=limit)


def facets(party: int, companies: Sequence[int] | None) -> tuple[list[str], list[str]]:
    """The kinds of events on a timeline, and the people who wrote them. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{FAMILY}, found as (
              select distinct i.kind, i.by from parties_interaction i join member m on m.id = i.party_id
              where %s::bigint[] is null or i.company_id is null or i.company_id = any (%s)
            ) select array(select distinct kind from found order by 1), array(select distinct by from found where by <> '' order by 1)""",
            [party, party, companies, companies],
        )
        kinds, people = cursor.fetchone()
        return kinds, people


def with_people(parties: QuerySet[Party], actor: Actor) -> QuerySet[Party]:
    """Parties with ``known_people``: who works for them in which role and how to reach him, as far as the actor may see him."""
    seen = visible(Party.objects.filter(merged_into__isnull=True), actor, VIEW)
    one = JSONObject(pk="person_id", name="person__name", role="role", phone="person__phone", email="person__email")
    people = (
        Relationship.objects.filter(organisation=OuterRef("pk"), person__in=seen)
        .order_by()
        .values("organisation")
        .annotate(found=JSONBAgg(one, order_by=("person__sort_name", "pk")))
        .values("found")
    )
    return parties.annotate(known_people=Subquery(people, output_field=JSONField()))


@dataclass(frozen=True)
class Likeness:
    """A party that may be the same, how sure that is (0 to 100), and why."""

    party: Party
    score: int
    reasons: tuple[str, ...]


def duplicates(
    *, name: str = "", vat_number: str = "", email: str = "", phone: str = "", city: str = "", but: int | None = None, limit: int = 10
) -> list[Likeness]:
    """Parties that may be the one described, the likeliest first (SA-02).

    The same VAT number counts 100, mail 85, telephone 75, a like name up to 70 (trigram similarity), the same city 10 and the
    same mail domain 15 on top of a like name. Below 40 nothing is said. Where one that was merged fits, its survivor is
    named. Statements are constant.
    """
    plain = sort_name(name)
    domain = email.rpartition("@")[2].lower()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select id, similarity from (
              select p.id, similarity(p.sort_name, %(name)s),
                (%(vat)s <> '' and p.vat_number = %(vat)s) or (%(email)s <> '' and p.email = %(email)s) or (%(phone)s <> '' and p.phone = %(phone)s)
                  or p.id in (select party_id from parties_contactpoint where normalised <> '' and normalised in (%(email)s, %(phone)s)) as certain
              from parties_party p
              where p.id is distinct from %(but)s and (
                (%(name)s <> '' and p.sort_name %% %(name)s) or (%(vat)s <> '' and p.vat_number = %(vat)s)
                or (%(email)s <> '' and p.email = %(email)s) or (%(phone)s <> '' and p.phone = %(phone)s)
                or p.id in (select party_id from parties_contactpoint where normalised <> '' and normalised in (%(email)s, %(phone)s)))
            ) found
            order by certain desc, similarity desc, id limit 200
            """,
            {"name": plain, "but": but, "vat": vat_number, "email": email.lower(), "phone": phone},
        )
        like = dict(cursor.fetchall())
    remaining = {party: line[-1] for party, line in lines_of_merging(like).items()}
    parties = Party.objects.prefetch_related("contact_points").in_bulk({*like, *remaining.values()})
    best: dict[int, Likeness] = {}
    for key in sorted(like):
        party, survivor = parties[key], parties[remaining[key]]
        points = {p.normalised for p in party.contact_points.all()} | {party.email, party.phone}
        score, reasons = _score(party, like[key], points, vat_number, email.lower(), phone, city, domain, plain)
        if score >= 40 and survivor.pk != but and (survivor.pk not in best or best[survivor.pk].score < score):
            best[survivor.pk] = Likeness(survivor, score, tuple(reasons))
    return sorted(best.values(), key=lambda f: (-f.score, f.party.pk))[:limit]


def _score(
    party: Party, likeness: float, points: set[str], vat: str, email: str, phone: str, city: str, domain: str, name: str
) -> tuple[int, list[str]]:
    scores, reasons = [0], []
    for value, same, worth, reason in (
        (vat, party.vat_number == vat, 100, _("same VAT number")),
        (email, email in points, 85, _("same mail address")),
        (phone, phone in points, 75, _("same telephone")),
    ):
        if value and same:
            scores.append(worth)
            reasons.append(reason)
    if name and likeness >= 0.45:
        worth = round(likeness * 70)
        reasons.append(_("name alike by {percent}%").format(percent=round(likeness * 100)))
        if city and sort_name(party.city) == sort_name(city):
            worth += 10
            reasons.append(_("same city"))
        if domain and party.email.endswith(f"@{domain}"):
            worth += 15
            reasons.append(_("same mail domain"))
        scores.append(min(worth, 95))
    return max(scores), reasons


#: Two parties that share a number or an address, or, of those written down lately, have like names. Certain signs first; who was told apart
#: or merged is left out. A like name is looked for among what is new only: that is where doubles come in, and all against all takes hours.
PAIRS = """
with live as (select * from parties_party where merged_into_id is null), sign as (
  select 1 as rank, vat_number as value, id from live where vat_number <> ''
  union select 2, email, id from live where email <> '' union select 3, phone, id from live where phone <> ''
  union select case c.kind when 'email' then 2 else 3 end, c.normalised, c.party_id from parties_contactpoint c join live on live.id = c.party_id
    where c.normalised <> '' and c.kind in ('email', 'phone', 'mobile')
), shared as (select rank, value from sign group by rank, value having count(*) between 2 and 20
), pair as (
  select a.id as one, b.id as two, min(a.rank) as rank, 0::real as likeness from shared s
  join sign a using (rank, value) join sign b using (rank, value) where a.id < b.id group by 1, 2
  union all
  select least(n.id, o.id), greatest(n.id, o.id), 4, similarity(n.sort_name, o.sort_name)
  from live n join live o on o.sort_name % n.sort_name and o.id <> n.id and o.kind = n.kind where n.created_at > now() - interval '90 days'
), best as (select one, two, min(rank) as rank, max(likeness) as likeness from pair group by 1, 2)
select one, two, similarity(a.sort_name, b.sort_name) from best join live a on a.id = one join live b on b.id = two
where (rank < 4 or likeness >= 0.45) and not exists (select from parties_notthesame x where x.first_id = one and x.second_id = two)
order by rank, likeness desc, one, two limit %s
"""


@dataclass(frozen=True)
class Pair:
    """Two parties that may be the same, how sure that is (0 to 100), and why."""

    first: Party
    second: Party
    score: int
    reasons: tuple[str, ...]


def told_apart(party: int) -> set[int]:
    """Who somebody said is not the same as a party. One statement."""
    rows = NotTheSame.objects.filter(Q(first=party) | Q(second=party)).values_list("first_id", "second_id")
    return {key for row in rows for key in row} - {party}


def pairs(actor: Actor, limit: int = 50) -> list[Pair]:
    """Suspected pairs of parties that the actor may merge, the surest first; scored as ``duplicates`` does. Three statements."""
    with connection.cursor() as cursor:
        cursor.execute(PAIRS.replace(" % n", " %% n"), [4 * limit])
        found = cursor.fetchall()
    keys = {key for one, two, _like in found for key in (one, two)}
    seen = visible(Party.objects.filter(pk__in=keys), actor, "parties.merge_party").select_related("country", "salesperson")
    parties = {p.pk: p for p in seen.prefetch_related("contact_points", "addresses")}
    made = []
    for one, two, likeness in found:
        if one not in parties or two not in parties:
            continue
        first, second = parties[one], parties[two]
        score, reasons = max((_compare(a, b, likeness) for a, b in ((first, second), (second, first))), key=lambda s: s[0])
        if score >= 40:
            made.append(Pair(first, second, score, tuple(reasons)))
    return sorted(made, key=lambda p: (-p.score, p.first.pk, p.second.pk))[:limit]


def _compare(party: Party, other: Party, likeness: float) -> tuple[int, list[str]]:
    """How sure it is that ``other`` is ``party``: by what it says of itself, and by its best contact point."""
    points = {p.normalised for p in party.contact_points.all() if p.normalised} | {party.email, party.phone}
    own = [(p.kind, p.normalised) for p in other.contact_points.all()]
    email = next((v for k, v in [("email", other.email), *own] if k == "email" and v and v in points), other.email)
    phone = next((v for k, v in [("phone", other.phone), *own] if k in {"phone", "mobile"} and v and v in points), other.phone)
    score, reasons = _score(
        party, likeness, points, other.vat_number, email, phone, other.city, other.email.rpartition("@")[2], other.sort_name
    )
    streets = {(sort_name(a.street), a.postal_code) for a in party.addresses.all() if a.street}
    if streets & {(sort_name(a.street), a.postal_code) for a in other.addresses.all() if a.street}:
        score, reasons = min(max(score + 10, 50), max(score, 99)), [*reasons, _("same address")]
    return score, reasons


def suspected() -> QuerySet[Party]:
    """Parties that share VAT number or mail address with another one."""
    return Party.objects.filter(merged_into__isnull=True).filter(
        Q(
            vat_number__in=Party.objects.exclude(vat_number="")
            .filter(merged_into__isnull=True)
            .values("vat_number")
            .order_by()
            .annotate(n=Count("id"))
            .filter(n__gt=1)
            .values("vat_number")
        )
        | Q(
            email__in=Party.objects.exclude(email="")
            .filter(merged_into__isnull=True)
            .values("email")
            .order_by()
            .annotate(n=Count("id"))
            .filter(n__gt=1)
            .values("email")
        )
    )

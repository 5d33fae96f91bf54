"""Reads of parties that several callers share: the timeline, and who may be the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible

VIEW = "parties.view_party"


def family(party: int) -> list[int]:
    """The party, the people who work for it, and whoever was merged into one of them: whose events belong on one timeline."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with recursive member(id) as (
              (select %(p)s::bigint union select person_id from parties_relationship where organisation_id = %(p)s)
              union select p.id from parties_party p join member m on p.merged_into_id = m.id
            ) select id from member
            """,
            {"p": party},
        )
        return [row[0] for row in cursor.fetchall()]


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


def timeline(actor: Actor, party: int, *, kinds: Sequence[str] = (), before: tuple | None = None, limit: int = 50) -> list[Interaction]:
    """Everything that happened with a party, newest first, by key; ``before`` is (date, key) of the last one seen.

    Empty when the actor may not see the party. Three statements, whatever its length.
    """
    if not visible(Party.objects.filter(pk=party), actor, VIEW).exists():
        return []
    companies = actor.companies()
    rows = Interaction.objects.filter(party__in=family(party)).order_by("-on", "-id")
    if companies is not None:
        rows = rows.filter(Q(company__isnull=True) | Q(company__in=companies))
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    if before:
        rows = rows.filter(Q(on__lt=before[0]) | Q(on=before[0], id__lt=before[1]))
    return list(rows[:limit])


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

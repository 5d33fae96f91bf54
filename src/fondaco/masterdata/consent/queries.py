"""The one question about consent: may these people be addressed, for this purpose and by this channel? In constant statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from fondaco.masterdata.consent.models import (
    ASKED,
    BY_NUMBER,
    CONFIRMED,
    CONTRACT,
    EMAIL,
    EXPIRED,
    GIVEN,
    INTEREST,
    LAW,
    WITHDRAWN,
    Purpose,
    PurposeText,
)
from fondaco.masterdata.parties.models import ContactPoint, Party
from fondaco.masterdata.parties.queries import lines_of_merging
from fondaco.platform.database.knowing import known, shared

#: A party by its key, or an address: mail in lower case, telephone number as E.164.
Target = int | str
#: Somebody, a purpose and a channel.
Asked = tuple[Target, int, str]


@dataclass(frozen=True)
class Standing:
    """How consent stands: given, withdrawn, expired, asked (waiting for its link to be followed), or nothing at all."""

    state: str = ""
    at: datetime | None = None
    until: date | None = None
    event: int | None = None

    @property
    def is_given(self) -> bool:
        return self.state == GIVEN

    @property
    def is_refused(self) -> bool:
        return self.state in (WITHDRAWN, EXPIRED)


NOTHING = Standing()


@known
def purposes_of(company: int) -> Sequence[Purpose]:
    """The purposes in use of a company, by code; from memory, to read only."""
    return [shared(p) for p in Purpose.objects.filter(company=company, is_active=True).order_by("code")]


def purpose_of(company: int, code: str) -> Purpose | None:
    """A purpose in use by its code; ``None`` where the company has none of that name: then nobody consented."""
    return next((p for p in purposes_of(company) if p.code == code), None)


def current_texts(purposes: Iterable[int]) -> dict[int, PurposeText]:
    """The edition that is shown today, by purpose. One statement."""
    rows = PurposeText.objects.filter(purpose__in=set(purposes)).order_by("purpose", "-edition").distinct("purpose")
    return {row.purpose_id: row for row in rows}


def may(targets: Collection[Target], purpose: Purpose | None, channel: str, *, on: date | None = None) -> dict[Target, bool]:
    """Whether each of these parties or addresses may be addressed for a purpose by a channel; five statements, whatever their number.

    Who is known under an address, and whoever was merged into whom, counts: the stricter of two answers wins. Without a purpose nobody may be.
    """
    if purpose is None or not purpose.is_active or channel not in purpose.channels:
        return dict.fromkeys(targets, False)
    if purpose.basis in (CONTRACT, LAW):
        return dict.fromkeys(targets, True)
    found = standings(targets, [purpose.pk], channels=[channel], on=on)
    nothing = purpose.basis == INTEREST
    return {t: found.get((t, purpose.pk, channel), NOTHING).is_given or (nothing and not found.get((t, purpose.pk, channel), NOTHING).is_refused) for t in targets}  # fmt: skip


def standings(
    targets: Collection[Target], purposes: Collection[int], *, channels: Collection[str] = (), on: date | None = None
) -> dict[Asked, Standing]:
    """How consent stands, of each target, purpose and channel of which there is a word. Statements: five at most."""
    today = on or timezone.localdate()
    rows = _last_words(_wanted(targets), purposes, channels)
    gathered: dict[Asked, list[Standing]] = defaultdict(list)
    waiting: dict[Asked, Standing] = {}
    for target, purpose, channel, kind, at, until, event in rows:
        if kind == ASKED:
            waiting.setdefault((target, purpose, channel), Standing(ASKED, at, until, event))
            continue
        state = GIVEN if kind in (GIVEN, CONFIRMED) else kind
        if state == GIVEN and until is not None and until < today:
            state = EXPIRED
        gathered[target, purpose, channel].append(Standing(state, at, until, event))
    strictest = (WITHDRAWN, EXPIRED, GIVEN)
    found = {asked: min(words, key=lambda s: strictest.index(s.state)) for asked, words in gathered.items()}
    return waiting | found


def _wanted(targets: Collection[Target]) -> list[tuple[Target, int | None, str]]:
    """Whose words count for each target: (target, party, address); for an address everybody who has it, else the address alone."""
    addresses = {t for t in targets if isinstance(t, str) and t}
    parties = {t for t in targets if isinstance(t, int)}
    owners: dict[str, set[int]] = defaultdict(set)
    if addresses:
        asked = list(addresses)
        for field in ("email", "phone"):
            for address, party in Party.objects.filter(**{f"{field}__in": asked}).values_list(field, "pk"):
                owners[address].add(party)
        for address, party in ContactPoint.objects.filter(normalised__in=asked).values_list("normalised", "party"):
            owners[address].add(party)
    lines = lines_of_merging(parties | {p for each in owners.values() for p in each}) if parties or owners else {}
    wanted: set[tuple[Target, int | None, str]] = set()
    for address in addresses:
        wanted |= {(address, lines[p][-1], address) for p in owners.get(address, ())} or {(address, None, address)}
    for party in parties:
        wanted |= {(party, member, "") for member in lines.get(party, [party])[-1:]}
    return sorted(wanted, key=str)


def _last_words(wanted: Sequence[tuple[Target, int | None, str]], purposes: Collection[int], channels: Collection[str]) -> list[tuple]:
    """The last decisive event of each wanted (party, address), and the last question that waits for an answer. One statement.

    A party's words are those about it; those about one of its addresses by nobody known, and whoever withdrew by one of them, count too.
    """
    if not wanted or not purposes:
        return []
    statement = """
        with wanted as (select * from unnest(%(places)s::bigint[], %(parties)s::bigint[], %(addresses)s::text[]) w(place, party, address)),
        named as (
          select place, party, address from wanted where address <> ''
          union select w.place, w.party, p.email from wanted w join parties_party p on p.id = w.party where w.address = '' and p.email <> ''
          union select w.place, w.party, p.phone from wanted w join parties_party p on p.id = w.party where w.address = '' and p.phone <> ''
          union select w.place, w.party, c.normalised from wanted w join parties_contactpoint c on c.party_id = w.party where w.address = '' and c.normalised <> ''
        ), words as (
          select w.place, w.party, e.id from wanted w join consent_consentevent e on e.party_id = w.party
          where e.purpose_id = any (%(purposes)s) and (%(channels)s::text[] is null or e.channel = any (%(channels)s))
          union select n.place, n.party, e.id from named n join consent_consentevent e on e.address = n.address and e.address <> ''
          where (n.party is null or e.party_id is null or e.kind = 'withdrawn') and e.purpose_id = any (%(purposes)s)
            and (%(channels)s::text[] is null or e.channel = any (%(channels)s))
        )
        select distinct on (w.place, w.party, e.purpose_id, e.channel, e.kind = 'asked')
          w.place, e.purpose_id, e.channel, e.kind, e.at, e.until, e.id
        from words w join consent_consentevent e on e.id = w.id left join parties_merge m on m.id = e.merge_id
        where m.undone_at is null
        order by w.place, w.party, e.purpose_id, e.channel, e.kind = 'asked', e.at desc, e.id desc
    """
    places = [target for target, _party, _address in wanted]
    given = {
        "places": list(range(len(wanted))), "parties": [party for _t, party, _a in wanted], "addresses": [address for _t, _p, address in wanted],
        "purposes": sorted(set(purposes)), "channels": sorted(set(channels)) or None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [(places[place], *rest) for place, *rest in cursor.fetchall()]


def address_of(party: Party, channel: str) -> str:
    """By which address of a party a channel reaches it; empty where it has none, and for post."""
    return party.email.lower() if channel == EMAIL else party.phone if channel in BY_NUMBER else ""

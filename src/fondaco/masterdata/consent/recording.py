"""Writing consent down, set-wise: the events with their proof, and a line on the timeline of whoever is known."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.masterdata.consent.models import ASKED, CHANNELS, CONFIRMED, EMAIL, GIVEN, KINDS, WITHDRAWN, ConsentEvent, Purpose
from fondaco.masterdata.consent.queries import current_texts
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.database.bulk import insert_rows


@dataclass(frozen=True)
class Proof:
    """How a decision came: by what, in which language, from where. ``edition`` is the text that was shown where it is not today's."""

    source: str
    language: str = ""
    evidence: str = ""
    remote_address: str = ""
    user_agent: str = ""
    edition: int | None = None


@dataclass(frozen=True)
class Word:
    """Somebody's decision about one purpose and channel."""

    purpose: Purpose
    channel: str
    kind: str
    party: int | None = None
    address: str = ""
    proof: Proof = Proof("")
    at: datetime | None = None


def decided(words: Sequence[Word]) -> list[ConsentEvent]:
    """Write decisions down, with today's edition of each text unless another was shown. Statements: three, whatever their number."""
    if not words:
        return []
    now = timezone.now()
    texts = current_texts({w.purpose.pk for w in words})
    return write([_event(w, texts[w.purpose.pk].pk if w.purpose.pk in texts else None, now) for w in words])


def _event(word: Word, today: int | None, now: datetime) -> ConsentEvent:
    at, proof = word.at or now, word.proof
    shown = (proof.edition or today) if word.kind in (GIVEN, ASKED, CONFIRMED) else None
    return ConsentEvent(
        purpose=word.purpose, channel=word.channel, kind=word.kind, at=at, party_id=word.party, address=word.address, text_id=shown,
        until=ends(word.purpose, timezone.localdate(at)) if word.kind == GIVEN else None, language=proof.language[:5], source=proof.source[:300],
        evidence=proof.evidence[:4000], remote_address=proof.remote_address[:100], user_agent=proof.user_agent[:500],
    )  # fmt: skip


def ends(purpose: Purpose, on: date) -> date | None:
    """The last day on which consent of ``on`` holds; ``None``: until it is withdrawn. A day that the month lacks is its last one."""
    if purpose.valid_months is None:
        return None
    months = on.year * 12 + on.month - 1 + purpose.valid_months
    year, month = months // 12, months % 12 + 1
    for day in (on.day, 30, 29, 28):
        try:
            return date(year, month, min(on.day, day))
        except ValueError:
            continue
    raise AssertionError("unreachable")


def write(events: list[ConsentEvent]) -> list[ConsentEvent]:
    """Insert events, and put those of parties on their timelines. Two statements."""
    insert_rows(ConsentEvent, events)
    kinds, channels = dict(KINDS), dict(CHANNELS)
    told: dict[tuple[int, int, str], list[ConsentEvent]] = {}
    for event in events:
        if event.party_id is not None:
            told.setdefault((event.party_id, event.purpose_id, event.kind), []).append(event)
    lines = []
    for (party, _purpose, kind), each in told.items():
        first = each[0]
        title = _("Consent {what}: {purpose}").format(what=kinds[kind], purpose=first.purpose.title())
        lines.append(
            Interaction(
                party_id=party, company_id=first.purpose.company_id, on=timezone.localdate(first.at), kind="consent", direction="in",
                channel=EMAIL if first.channel == EMAIL else "", title=title, body=", ".join(str(channels[e.channel]) for e in each),
                source_table=ConsentEvent._meta.db_table, source_id=first.pk, by=first.source,
            )
        )  # fmt: skip
    record(lines)
    return events


def withdrawal(purposes: Collection[Purpose], channels: Collection[str], *, party: int | None, address: str, proof: Proof) -> list[Word]:
    """The words by which somebody stops everything of these purposes and channels."""
    return [
        Word(purpose, channel, WITHDRAWN, party, address if channel == EMAIL or party is None else "", proof)
        for purpose in purposes
        for channel in purpose.channels
        if channel in channels
    ]


def language_now() -> str:
    """The language that is read at this moment."""
    return "it" if (translation.get_language() or "").startswith("it") else "en"

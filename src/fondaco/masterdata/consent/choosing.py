"""What people decide themselves, by a link and without signing in: their preferences, stopping at once, confirming."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.consent.links import Reader, event_of, reader_of
from fondaco.masterdata.consent.models import (
    ASKED,
    BY_NUMBER,
    CONFIRMED,
    CONSENT,
    EMAIL,
    GIVEN,
    POST,
    WITHDRAWN,
    ConsentEvent,
    Purpose,
    PurposeText,
)
from fondaco.masterdata.consent.queries import NOTHING, current_texts, purposes_of, standings
from fondaco.masterdata.consent.recording import Proof, Word, decided, ends, language_now, write
from fondaco.masterdata.consent.refusals import LinkNotValid
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.queries import lines_of_merging

#: How long the link of a question works.
GOOD_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Choice:
    """One purpose as its reader sees it: the text of today, and by which channels he agreed."""

    purpose: Purpose
    text: PurposeText | None
    channels: dict[str, bool]


@dataclass(frozen=True)
class Preferences:
    """What somebody may decide about, and who asks him."""

    reader: Reader
    company: Company
    name: str
    language: str
    choices: list[Choice]


def preferences(token: str) -> Preferences:
    """The choices behind a link, in the language of whoever follows it. Refused where the link is none of ours."""
    reader = _reader(token)
    company = Company.objects.filter(pk=reader.company).first()
    party = Party.objects.filter(pk=reader.party).first() if reader.party else None
    if company is None or (party is None and not reader.address):
        raise LinkNotValid()
    purposes = [p for p in purposes_of(company.pk) if p.is_asked]
    texts = current_texts(p.pk for p in purposes)
    target = party.pk if party else reader.address
    found = standings([target], [p.pk for p in purposes]) if purposes else {}
    choices = []
    for purpose in purposes:
        if purpose.basis == CONSENT and purpose.pk not in texts:
            continue
        open_to = _channels(purpose, reader, party)
        given = {}
        for channel in open_to:
            standing = found.get((target, purpose.pk, channel), NOTHING)
            given[channel] = standing.is_given if purpose.basis == CONSENT else not standing.is_refused
        choices.append(Choice(purpose, texts.get(purpose.pk), given))
    return Preferences(reader, company, party.name if party else reader.address, party.language if party else language_now(), choices)


def _reader(token: str) -> Reader:
    """Whoever follows a link; who was merged since, as his survivor."""
    reader = reader_of(token)
    if reader.party is None:
        return reader
    line = lines_of_merging([reader.party]).get(reader.party)
    return Reader(reader.company, line[-1] if line else None, reader.address)


def _channels(purpose: Purpose, reader: Reader, party: Party | None) -> list[str]:
    if party is None:
        return [c for c in purpose.channels if (c == EMAIL) == ("@" in reader.address) and c != POST]
    return [c for c in purpose.channels if c not in BY_NUMBER or party.phone]


def choose(token: str, wanted: Collection[tuple[str, str]], proof: Proof) -> Preferences:
    """Keep what somebody chose: ``wanted`` are the purposes (by code) and channels that he agrees to, all others he does not.

    Only what changes is written. Statements: constant.
    """
    seen = preferences(token)
    reader = seen.reader
    words = []
    for choice in seen.choices:
        for channel, given in choice.channels.items():
            wants = (choice.purpose.code, channel) in wanted
            if wants != given:
                address = reader.address if reader.party is None or (channel == EMAIL and "@" in reader.address) else ""
                words.append(Word(choice.purpose, channel, GIVEN if wants else WITHDRAWN, reader.party, address, proof))
    decided(words)
    return preferences(token) if words else seen


def stop(token: str, code: str, proof: Proof) -> tuple[Preferences, Purpose]:
    """Stop one purpose by e-mail at once, as often as it is asked (RFC 8058)."""
    seen = preferences(token)
    choice = next((c for c in seen.choices if c.purpose.code == code and EMAIL in c.channels), None)
    if choice is None:
        raise LinkNotValid()
    if choice.channels[EMAIL] or choice.purpose.basis == CONSENT:
        found = standings([seen.reader.party or seen.reader.address], [choice.purpose.pk], channels=[EMAIL])
        if WITHDRAWN not in {s.state for s in found.values()}:
            decided([Word(choice.purpose, EMAIL, WITHDRAWN, seen.reader.party, seen.reader.address, proof)])
    return seen, choice.purpose


def question(token: str) -> ConsentEvent:
    """What a link asks to confirm; refused when it is too old."""
    asked = ConsentEvent.objects.select_related("purpose__company", "text", "party").filter(pk=event_of(token), kind=ASKED).first()
    if asked is None or asked.at < timezone.now() - GOOD_FOR:
        raise LinkNotValid()
    return asked


def confirm(token: str, proof: Proof) -> ConsentEvent:
    """Say yes to what was asked; the second time it is the same yes."""
    asked = question(token)
    if ConsentEvent.objects.filter(answers=asked).exists():
        return asked
    now = timezone.now()
    # Whoever clicks twice at one moment: the database takes the first yes.
    with suppress(IntegrityError), transaction.atomic():
        write([
            ConsentEvent(
                purpose=asked.purpose, channel=asked.channel, kind=CONFIRMED, at=now, party_id=asked.party_id, address=asked.address, text_id=asked.text_id,
                until=ends(asked.purpose, timezone.localdate(now)), language=asked.language, source=_("link in the mail"), evidence=proof.evidence,
                remote_address=proof.remote_address[:100], user_agent=proof.user_agent[:500], answers=asked,
            )
        ])  # fmt: skip
    return asked

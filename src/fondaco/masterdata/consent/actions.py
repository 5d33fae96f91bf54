"""The verbs of consent: publishing a text, recording what somebody said, asking back, writing to those who agreed."""

from collections.abc import Sequence
from datetime import date, datetime, time
from email.utils import make_msgid
from typing import Annotated, Literal

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.consent.asking import send_questions, sender_of
from fondaco.masterdata.consent.mailing import bound
from fondaco.masterdata.consent.models import ASKED, CONSENT, EMAIL, GIVEN, WITHDRAWN, Purpose, PurposeText
from fondaco.masterdata.consent.queries import address_of, current_texts, may
from fondaco.masterdata.consent.recording import Proof, Word, decided
from fondaco.masterdata.consent.refusals import InTheFuture, NoAddressForChannel, NobodyConsented, NoText, NothingToSend, WrongChannel
from fondaco.masterdata.consent.standard import PURPOSES
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.schema import Text

Words = Annotated[Text, Field(max_length=20_000)]
Short = Annotated[Text, Field(max_length=300)]
OfPurpose = Annotated[int, Field(json_schema_extra={"resource": "purposes"})]
Channel = Literal["email", "phone", "sms", "message", "post"]


@action(Company, permission="consent.write_purpose", title=_("Load usual purposes"), done=_("Purposes are there"))
def load_purposes(companies: DocumentSet[Company]) -> None:
    """Give companies the usual purposes with their texts in both languages: newsletter, marketing, profiling, recording of calls.

    What is there already stays as it is. Have the texts read by whoever answers for data protection before they are shown.
    """
    there = set(Purpose.objects.filter(company__in=companies.ids).values_list("company_id", "code"))
    fresh = [
        (Purpose(company=company, **{k: v for k, v in given.items() if not k.startswith("text")}), given)
        for company in companies
        for given in PURPOSES
        if (company.pk, given["code"]) not in there
    ]
    insert_rows(Purpose, [p for p, _given in fresh])
    insert_rows(
        PurposeText,
        [
            PurposeText(purpose=p, edition=1, text=given["text"].format(company=p.company.name), text_it=given["text_it"].format(company=p.company.name))
            for p, given in fresh
        ],
    )  # fmt: skip
    companies.made["purposes"] = [p.pk for p, _given in fresh]


@action(Purpose, permission="consent.write_purpose", title=_("Publish text"), dangerous=True, done=_("Text published"))
def publish_text(purposes: DocumentSet[Purpose], *, text: Words, text_it: Words) -> None:
    """Show another text from now on, in both languages. Who agreed before agreed to the edition of then, which is kept for ever."""
    last = current_texts(purposes.ids)
    insert_rows(
        PurposeText,
        [
            PurposeText(purpose=p, edition=last[p.pk].edition + 1 if p.pk in last else 1, text=text.strip(), text_it=text_it.strip())
            for p in purposes
        ],
    )


@action(Party, permission="consent.record_consent", title=_("Record consent"), done=_("Consent recorded"))
def give_consent(parties: DocumentSet[Party], *, purpose: OfPurpose, channel: Channel, evidence: Words, on: date | None = None) -> None:
    """Write down that somebody agreed on paper, by phone or face to face; ``evidence`` says how, and where the proof lies.

    ``on`` is the day he did, today unless it was earlier. What he withdrew since then stays withdrawn.
    """
    meant = _purpose(parties, purpose)
    if on is not None and on > timezone.localdate():
        raise InTheFuture(fields={"on": _("still to come")})
    if channel not in meant.channels:
        raise WrongChannel(purpose=meant.name, fields={"channel": _("not of this purpose")})
    at = None if on is None or on == timezone.localdate() else timezone.make_aware(datetime.combine(on, time(12)))
    decided([Word(meant, channel, GIVEN, p.pk, address_of(p, channel), _told(parties, p, evidence), at) for p in parties])


@action(Party, permission="consent.record_consent", title=_("Withdraw consent"), done=_("Consent withdrawn"))
def withdraw_consent(
    parties: DocumentSet[Party], *, evidence: Words, purpose: Annotated[int | None, Field(json_schema_extra={"resource": "purposes"})] = None, channel: Channel | None = None
) -> None:  # fmt: skip
    """Write down that somebody wants it no more: of one purpose or of all, by one channel or by all. It holds at once, also for mail that
    waits to be sent."""
    chosen = [_purpose(parties, purpose)] if purpose is not None else _all_purposes(parties)
    words = [
        Word(p, c, WITHDRAWN, party.pk, address_of(party, c), _told(parties, party, evidence))
        for party in parties
        for p in chosen
        for c in p.channels
        if channel in (None, c)
    ]
    if not words:
        raise WrongChannel(purpose=", ".join(p.name for p in chosen), fields={"channel": _("not of this purpose")})
    decided(words)


@action(Party, permission="consent.record_consent", title=_("Ask for consent"), done=_("Question on its way"))
def ask_consent(parties: DocumentSet[Party], *, purpose: OfPurpose) -> None:
    """Ask by mail whether somebody agrees: it counts when the link is followed (double opt-in)."""
    meant = _purpose(parties, purpose)
    if EMAIL not in meant.channels:
        raise WrongChannel(purpose=meant.name)
    silent = [p for p in parties if not p.email]
    if silent:
        raise NoAddressForChannel(party=", ".join(map(str, silent[:20])), rows=rows_json(silent))
    if meant.basis == CONSENT and not current_texts([meant.pk]):
        raise NoText(purpose=meant.name)
    send_questions(decided([Word(meant, EMAIL, ASKED, p.pk, p.email.lower(), _told(parties, p, "")) for p in parties]))


@action(Party, permission="consent.send_mailing", title=_("Mail to those who agreed"), done=_("Mails on their way"))
def send_mailing(parties: DocumentSet[Party], *, purpose: OfPurpose, subject: Short, body: Words) -> None:
    """Write the same mail to those of the chosen who agreed to its purpose; the others are left out, and it is said how many.

    Each mail carries the link that stops it at once, and is judged again when it leaves.
    """
    meant = _purpose(parties, purpose)
    if not (subject.strip() and body.strip()):
        raise NothingToSend()
    allowed = may([p.pk for p in parties if p.email], meant, EMAIL)
    by_address = may([p.email.lower() for p in parties if p.email], meant, EMAIL)
    to = [p for p in parties if p.email and allowed[p.pk] and by_address[p.email.lower()]]
    if not to:
        raise NobodyConsented(count=len(parties), purpose=meant.name)
    insert_rows(OutboxMessage, _letters(meant, to, " ".join(subject.split()), body))
    if len(to) < len(parties):
        parties.told["left_out"] = _now("{left_out} of {count} were left out: no consent, or no e-mail address.").format(left_out=len(parties) - len(to), count=len(parties))  # fmt: skip


def _letters(purpose: Purpose, parties: Sequence[Party], subject: str, body: str) -> list[OutboxMessage]:
    name, address = sender_of(Company.objects.get(pk=purpose.company_id))
    now, letters = timezone.now(), []
    for party in parties:
        carried = bound(purpose, party, body)
        message_id = make_msgid(domain=address.rpartition("@")[2])
        payload = {"from_name": name, "from_address": address, "to": [party.email.lower()], "subject": subject}
        headers = carried["headers"] | {"Message-ID": message_id}
        letters.append(OutboxMessage(key=f"consent.mailing:{message_id}", created_at=now, channel="mail", payload=payload | carried | {"headers": headers}))  # fmt: skip
    return letters


def _purpose(parties: DocumentSet[Party], key: int) -> Purpose:
    found = visible(Purpose.objects.filter(pk=key, is_active=True), parties.actor, "consent.view_purpose").first()
    if found is None:
        raise NotFound(what=f"{Purpose._meta.verbose_name} {key}", fields={"purpose": _("There is no such record that you may use.")})
    return found


def _all_purposes(parties: DocumentSet[Party]) -> list[Purpose]:
    companies = parties.actor.companies()
    rows = Purpose.objects.filter(is_active=True).order_by("company", "code")
    return [p for p in (rows if companies is None else rows.filter(company__in=companies)) if p.is_asked]


def _told(parties: DocumentSet[Party], party: Party, evidence: str) -> Proof:
    return Proof(source=parties.actor.name or parties.actor.username, language=party.language, evidence=evidence)

"""Taking what somebody sent by a form: judged, kept as it came, and made a lead or a ticket, once."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError as BadAddress
from django.core.validators import validate_email
from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.capturing import capture
from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.forms.models import Form, FormField, FormVisits, Submission
from fondaco.frontoffice.forms.refusals import NoSuchForm, NotFilledIn, TooOften
from fondaco.frontoffice.forms.stamping import Stamp
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.masterdata.consent.asking import agreed
from fondaco.masterdata.consent.models import BY_NUMBER, EMAIL, GIVEN
from fondaco.masterdata.consent.recording import Proof, Word
from fondaco.masterdata.parties.normalising import phone_number
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work

ACTOR = Actor.program("forms", channel="web")
#: The field that people do not see, and machines fill in.
TRAP = "website"
SHORT, LONG = 300, 10_000
HOUR = timedelta(hours=1)
#: So many ways of coming to a form are counted apart on one day; the rest together, so that nobody fills a table by inventing them.
MOST_WAYS = 100


@dataclass(frozen=True)
class Sender:
    """Who sends, as far as it is seen."""

    remote_address: str
    user_agent: str = ""


def form_behind(token: str) -> Form:
    """The open form of an address."""
    form = Form.objects.select_related("company").filter(token=token[:100], is_open=True).first() if "\x00" not in token else None
    if form is None:
        raise NoSuchForm()
    return form


def fields_of(form: Form) -> list[FormField]:
    """What a form asks, in its order."""
    return list(form.fields.select_related("purpose").order_by("position", "pk"))


def name_of(field: FormField) -> str:
    """What a field is called in the page."""
    return f"{field.kind}_{field.pk}" if field.kind in ("choice", "consent") else field.kind


def count_visit(form: Form, stamp: Stamp) -> None:
    """Count that a form was opened. Two statements."""
    on = timezone.localdate()
    way = (stamp.source, stamp.campaign or form.campaign)
    ways = FormVisits.objects.filter(form=form, on=on).values_list("source", "campaign")[:MOST_WAYS]
    source, campaign = way if len(ways) < MOST_WAYS or way in ways else ("other", "")
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into forms_formvisits as v (form_id, "on", source, campaign, visits) values (%s, %s, %s, %s, 1)'
            ' on conflict (form_id, "on", source, campaign) do update set visits = v.visits + 1',
            [form.pk, on, source, campaign],
        )


def read_answers(fields: Sequence[FormField], sent: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was filled in, cleaned of what cannot be text, and what is wrong with it, by field."""
    answers: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in fields:
        name = name_of(field)
        if field.kind == "consent":
            answers[name] = sent.get(name) == "yes"
            continue
        most = LONG if field.kind == "message" else SHORT
        text = _clean(sent.get(name, "")[: most + 1], lines=field.kind == "message")
        answers[name] = text[:most]
        if len(text) > most:
            wrong[name] = _("at most {count} characters").format(count=most)
        elif not text:
            if field.is_required or field.kind == "email":
                wrong[name] = _("must be filled in")
        elif field.kind == "choice" and text not in field.choices():
            wrong[name] = _("is none of the choices")
        elif field.kind == "email":
            answers[name] = text.lower()
            try:
                validate_email(text)
            except BadAddress:
                wrong[name] = _("is no e-mail address")
    return answers, wrong


def _clean(text: str, *, lines: bool) -> str:
    kept = "".join(c for c in text.replace("\r\n", "\n") if (c == "\n" and lines) or unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    return kept.strip() if lines else " ".join(kept.split())


def take(form: Form, stamp: Stamp, sent: Mapping[str, str], sender: Sender) -> Submission:
    """Take one submission: kept, made a lead or a ticket, its boxes of consent written down. The same page sent twice is taken once.

    Raises NotFilledIn with the fields that are wrong, TooOften when one network address sends too much.
    """
    if (known := _known(form, stamp)) is not None:
        return known
    since = timezone.now() - HOUR
    if Submission.objects.filter(remote_address=sender.remote_address, at__gte=since).count() >= form.most_an_hour:
        raise TooOften()
    fields = fields_of(form)
    answers, wrong = read_answers(fields, sent)
    is_spam = bool(sent.get(TRAP, ""))
    if wrong and not is_spam:
        labels = {name_of(f): f.said() for f in fields}
        raise NotFilledIn(problems="; ".join(f"{labels[n]}: {problem}" for n, problem in wrong.items()), fields=wrong)
    try:
        with unit_of_work(ACTOR.username, "forms.take"):
            if is_spam:
                return _keep(form, stamp, fields, answers, sender, verdict=Submission.SPAM)
            return _made(form, stamp, fields, answers, sender)
    except IntegrityError:
        # The same page sent twice at one moment: the other one was taken.
        again = _known(form, stamp)
        if again is None:
            raise
        return again


def _known(form: Form, stamp: Stamp) -> Submission | None:
    return Submission.objects.filter(form=form, stamp=stamp.nonce).first()


def _made(form: Form, stamp: Stamp, fields: Sequence[FormField], answers: Mapping[str, Any], sender: Sender) -> Submission:
    lead = _lead(form, stamp, fields, answers) if form.target == Form.LEAD else None
    ticket = _ticket(form, fields, answers) if form.target == Form.TICKET else None
    party = lead.party_id if lead else ticket.party_id if ticket else None
    submission = _keep(form, stamp, fields, answers, sender, verdict=Submission.TAKEN, lead=lead, ticket=ticket, party_id=party)
    proof = Proof(
        source=_("form “{name}”").format(name=form.name), language=stamp.language, evidence=f"{Submission._meta.db_table} {submission.pk}",
        remote_address=sender.remote_address, user_agent=sender.user_agent,
    )  # fmt: skip
    agreed(_words(fields, answers, stamp, proof, party))
    return submission


def _words(fields: Sequence[FormField], answers: Mapping[str, Any], stamp: Stamp, proof: Proof, party: int | None) -> list[Word]:
    """The boxes that were ticked, each with the text that the page showed."""
    number, _wrong = phone_number(answers.get("phone", ""), "IT" if stamp.language == "it" else "")
    words = []
    for field in fields:
        if field.purpose is None or not answers[name_of(field)]:
            continue
        address = answers["email"] if field.channel == EMAIL else number if field.channel in BY_NUMBER else ""
        if address or party is not None:
            shown = Proof(**{**vars(proof), "edition": stamp.texts.get(str(field.purpose_id))})
            words.append(Word(field.purpose, field.channel, GIVEN, party, address, shown))
    return words


def lead_row(form: Form, fields: Sequence[FormField], answers: Mapping[str, Any], language: str, campaign: str) -> dict[str, Any]:
    """What was filled in, as crm captures it."""
    return {
        "name": answers.get("organisation") or answers.get("name") or "", "contact_name": answers.get("name", "") if answers.get("organisation") else "",
        "email": answers["email"], "phone": answers.get("phone", ""), "vat_number": answers.get("vat_number", ""), "postal_code": answers.get("postal_code", ""),
        "city": answers.get("city", ""), "language": language, "source": "campaign" if campaign else "web", "interest": told(form, fields, answers)[:LONG],
    }  # fmt: skip


def _lead(form: Form, stamp: Stamp, fields: Sequence[FormField], answers: Mapping[str, Any]) -> Lead:
    (key,) = capture(ACTOR, form.company, [lead_row(form, fields, answers, stamp.language, stamp.campaign or form.campaign)]).ids
    return Lead.objects.get(pk=key)


def opening_of(form: Form, fields: Sequence[FormField], answers: Mapping[str, Any]) -> Opening:
    """What was filled in, as a ticket begins with it."""
    values = {
        "company": form.company_id, "subject": answers.get("subject") or form.said("title"), "channel": "web", "queue": form.queue,
        "contact_name": answers.get("name", ""), "contact_email": answers["email"],
    }  # fmt: skip
    return Opening(values, told(form, fields, answers))


def _ticket(form: Form, fields: Sequence[FormField], answers: Mapping[str, Any]) -> Ticket:
    (key,) = open_tickets(ACTOR, [opening_of(form, fields, answers)]).ids
    return Ticket.objects.get(pk=key)


def told(form: Form, fields: Sequence[FormField], answers: Mapping[str, Any]) -> str:
    """What was sent as text: the message first, then what stands nowhere else."""
    apart = {"message", "name", "email", "subject", "consent"}
    if form.target == Form.LEAD:  # the lead and its party say so
        apart |= {"organisation", "phone", "vat_number", "postal_code", "city"}
    rest = [f"{f.said()}: {answers[name_of(f)]}" for f in fields if f.kind not in apart and answers[name_of(f)]]
    return "\n".join(part for part in [answers.get("message", ""), *rest, f"({form.name})"] if part)


def _keep(form: Form, stamp: Stamp, fields: Sequence[FormField], answers: Mapping[str, Any], sender: Sender, **more: Any) -> Submission:
    said = "\n".join(
        f"{f.said()}: {_('yes') if answers[name_of(f)] is True else answers[name_of(f)]}" for f in fields if answers[name_of(f)]
    )
    submission = Submission(
        form=form, at=timezone.now(), stamp=stamp.nonce, contact=answers.get("email", ""), said=said, answers=dict(answers), language=stamp.language,
        source=stamp.source, medium=stamp.medium, campaign=stamp.campaign or form.campaign, referrer=stamp.referrer,
        remote_address=sender.remote_address[:100], user_agent=sender.user_agent[:500], **more,
    )  # fmt: skip
    insert_rows(Submission, [submission])
    return submission

"""Asking customers how satisfied they are, and taking the answer through the link that only they have."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.people import told
from fondaco.frontoffice.quality.models import SCORES, Survey, SurveyPolicy
from fondaco.frontoffice.quality.refusals import LinkClosed, NoScore
from fondaco.frontoffice.service.actions import senders_of
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database import tenancy
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.knowing import known
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage

#: Who answers through a link: nobody signs in.
LINK = "customer.survey"
LONGEST_COMMENT = 4_000


@known
def policy_of(company: int) -> SurveyPolicy | None:
    """How customers of a company are asked, from memory; None where they are not."""
    return SurveyPolicy.objects.filter(company=company, is_active=True).first()


def digest_of(token: str) -> str:
    """What is kept of a link: whoever reads the table cannot answer for a customer."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def ask(tickets: Sequence[Ticket]) -> None:
    """Ask the contacts of solved tickets, each ticket once and each address at most once in the company's rest days. The statements do not grow."""
    policies = {company: policy for company in sorted({t.company_id for t in tickets}) if (policy := policy_of(company)) is not None}
    wanted = [t for t in tickets if t.company_id in policies and t.contact_email]
    if not wanted:
        return
    now = timezone.now()
    asked = set(Survey.objects.filter(ticket__in=[t.pk for t in wanted]).values_list("ticket_id", flat=True))
    last: dict[tuple[int, str], Any] = {}
    for company, email, at in Survey.objects.filter(company__in=policies, email__in={t.contact_email for t in wanted}).order_by("asked_at").values_list("company_id", "email", "asked_at"):  # fmt: skip
        last[company, email] = at
    languages = dict(Party.objects.filter(pk__in={t.party_id for t in wanted if t.party_id}).values_list("pk", "language"))
    houses = Company.objects.in_bulk(policies)
    surveys, mails = [], []
    senders = senders_of(wanted)
    for t in wanted:
        policy, before = policies[t.company_id], last.get((t.company_id, t.contact_email))
        if t.pk in asked or (before is not None and before > now - timedelta(days=policy.rest_days)):
            continue
        last[t.company_id, t.contact_email] = now
        token = secrets.token_urlsafe(32)
        language = languages.get(t.party_id or 0) or houses[t.company_id].language
        survey = Survey(
            company_id=t.company_id, ticket=t, email=t.contact_email, language=language, digest=digest_of(token), asked_at=now,
            open_until=now + timedelta(days=policy.open_days), changeable_days=policy.changeable_days,
        )  # fmt: skip
        surveys.append(survey)
        mails.append(_mail(t, survey, token, *senders[t.pk]))
    insert_rows(Survey, surveys)
    insert_rows(OutboxMessage, mails)


def _mail(ticket: Ticket, survey: Survey, token: str, name: str, address: str) -> OutboxMessage:
    link = f"{tenancy.public_address()}/s/{token}"
    with translation.override(survey.language):
        subject = _("How was our service? [#{number}]").format(number=ticket.number)
        text = _("Your request “{subject}” is solved. How satisfied are you with our service? One click and, if you like, a word:\n\n{link}\n\nThank you.\n{name}").format(
            subject=" ".join(ticket.subject.split()), link=link, name=name
        )  # fmt: skip
    return OutboxMessage(
        key=f"quality.survey:{ticket.pk}", created_at=survey.asked_at, channel="mail",
        payload={"from_name": name, "from_address": address, "to": [survey.email], "subject": subject, "text": text, "headers": {"Auto-Submitted": "auto-generated"}},
    )  # fmt: skip


def view_by_link(token: str) -> dict[str, Any]:
    """The question behind a link, as its page shows it; looking at it answers nothing. Raises LinkClosed."""
    with unit_of_work(LINK, "quality.view_survey"):
        survey = Survey.objects.select_related("ticket__company").filter(digest=digest_of(token)).first()
        if survey is None:
            raise LinkClosed
        return {
            "company": survey.ticket.company.name, "number": survey.ticket.number, "subject": survey.ticket.subject, "language": survey.language, "score": survey.score,
            "comment": survey.comment, "open": survey.accepts(timezone.now()), "answered_at": survey.answered_at, "days": survey.changeable_days,
        }  # fmt: skip


def answer_by_link(token: str, score: str, comment: str) -> None:
    """Answer the question behind a link, or change the answer while that is open; it stands on the ticket's and the customer's timeline. Raises LinkClosed, NoScore."""
    with unit_of_work(LINK, "quality.answer_survey"):
        survey = Survey.objects.select_for_update(of=("self",)).select_related("ticket").filter(digest=digest_of(token)).first()
        _answer(survey, score, comment)


def answer_for_ticket(ticket: int, score: str, comment: str) -> None:
    """The same for whoever was let to the ticket otherwise, as in the portal; the caller has judged that it is his."""
    with unit_of_work(LINK, "quality.answer_survey"):
        _answer(Survey.objects.select_for_update(of=("self",)).select_related("ticket").filter(ticket=ticket).first(), score, comment)


def _answer(survey: Survey | None, score: str, comment: str) -> None:
    if survey is None or not survey.accepts(timezone.now()):
        raise LinkClosed
    if score not in {str(value) for value, _word in SCORES}:
        raise NoScore(fields={"score": _("missing")})
    words = comment.replace("\x00", "").strip()[:LONGEST_COMMENT]
    if survey.score == int(score) and survey.comment == words:
        return
    survey.score, survey.comment, survey.answered_at = int(score), words, survey.answered_at or timezone.now()
    survey.save(update_fields=["score", "comment", "answered_at"])
    ticket = survey.ticket
    if ticket.party_id:
        title = _("{number}: satisfaction {score} of 5").format(number=ticket.number, score=score)
        record(
            [
                told(
                    ticket,
                    Actor(LINK, name=survey.email, channel="link"),
                    kind="ticket",
                    title=title,
                    direction="in",
                    channel=ticket.channel,
                    body=words,
                    at=timezone.now(),
                )
            ]
        )

"""Asking by mail whether somebody means it (double opt-in): the question is kept, and its link goes to the address that was given."""

from collections.abc import Sequence
from dataclasses import replace
from email.utils import make_msgid

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.consent.links import confirm_path
from fondaco.masterdata.consent.models import ASKED, EMAIL, GIVEN, ConsentEvent
from fondaco.masterdata.consent.recording import Word, decided
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.events.models import OutboxMessage

#: Where mail of a company comes from that has no address of its own.
NOWHERE = "consent@localhost.localdomain"


def sender_of(company: Company) -> tuple[str, str]:
    """Name and address from which a company writes about consent."""
    return company.name, company.email or NOWHERE


def agreed(words: Sequence[Word]) -> list[ConsentEvent]:
    """Write down what people agreed to in public, where nobody knows whose address was typed: a purpose that wants it is asked back by mail."""
    doubtful = [w.kind == GIVEN and w.purpose.double_opt_in and w.channel == EMAIL and bool(w.address) for w in words]
    events = decided([replace(w, kind=ASKED) if doubt else w for w, doubt in zip(words, doubtful, strict=True)])
    send_questions([e for e, doubt in zip(events, doubtful, strict=True) if doubt])
    return events


def send_questions(asked: Sequence[ConsentEvent]) -> None:
    """Put the mails that ask back into the outbox. Two statements."""
    if not asked:
        return
    companies = Company.objects.in_bulk({e.purpose.company_id for e in asked})
    now, mails = timezone.now(), []
    for event in asked:
        company = companies[event.purpose.company_id]
        name, address = sender_of(company)
        with translation.override(event.language or "en"):
            text = _(
                "Somebody, probably you, agreed to “{purpose}” of {company} with this address. If it was you, follow this link within thirty days:\n\n{link}\n\n"
                "If it was not, there is nothing to do: without the link, nothing is sent to you."
            ).format(purpose=event.purpose.title(), company=company.name, link=public_address() + confirm_path(event.pk))
            subject = _("Please confirm: {purpose}").format(purpose=event.purpose.title())
        mails.append(
            OutboxMessage(
                key=f"consent.asked:{event.pk}", created_at=now, channel="mail",
                payload={
                    "from_name": name, "from_address": address, "to": [event.address], "subject": subject, "text": text,
                    "headers": {"Message-ID": make_msgid(domain=address.rpartition("@")[2])},
                },
            )
        )  # fmt: skip
    insert_rows(OutboxMessage, mails)

"""The words of letters: a level's text in the customer's language, with its few placeholders filled; and the mail that carries a letter."""

from django.utils import timezone

from fondaco.finance.receivables.models import DunningLevel, Reminder
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.documents.printing import Formatter
from fondaco.platform.events.models import OutboxMessage

#: The kind of attachment by which the outbox asks for a reminder's letter.
LETTER = "receivables.reminder"
STATEMENT = "receivables.statement"


def mail(key: str, company: Company, to: str, subject: str, body: str, kind: str, pk: int, name: str) -> OutboxMessage:
    """A mail with the paper ``kind`` of the record ``pk``; ``key`` names the effect, which happens once."""
    return OutboxMessage(
        key=key,
        created_at=timezone.now(),
        channel="mail",
        payload={
            "from_name": company.name,
            "from_address": company.email,
            "to": [to],
            "subject": subject,
            "text": body,
            "headers": {},
            "attachments": [{"kind": kind, "id": pk, "name": f"{name}.pdf"}],
        },
    )


def written(level: DunningLevel, reminder: Reminder, company: Company, customer: Party, decimals: int) -> tuple[str, str]:
    """Title and text of a reminder. Only the placeholders below are replaced, once and as plain text: nobody's text is run."""
    formats = Formatter(customer.language)
    italian = customer.language == "it"
    title = level.title_it if italian and level.title_it else level.title
    text = level.text_it if italian and level.text_it else level.text
    total = f"{formats.amount(reminder.total + reminder.fee + reminder.interest, decimals)} {reminder.currency_id}"
    said = {"{customer}": customer.name, "{total}": total, "{day}": formats.day(reminder.pay_until), "{company}": company.name}
    return title, filled(text, said)


def filled(text: str, said: dict[str, str]) -> str:
    """``text`` with each placeholder of ``said`` replaced; what was filled in is not read again."""
    parts = [text]
    for placeholder, value in said.items():
        split: list[str] = []
        for n, part in enumerate(parts):
            # Even places are the text's own, odd ones what was filled in.
            pieces = part.split(placeholder) if n % 2 == 0 else [part]
            for m, piece in enumerate(pieces):
                if m:
                    split.append(value)
                split.append(piece)
        parts = split
    return "".join(parts)

"""Reminders on paper, in the customer's language."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from pypdf import PdfWriter

from fondaco.finance.invoicing.printing import letterhead
from fondaco.finance.receivables.models import DunningLevel, DunningRun, Reminder
from fondaco.finance.receivables.queries import LetterLine, letter_lines
from fondaco.finance.receivables.wording import LETTER, written
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.events.sending import attaches

TEMPLATE = Path(__file__).parent / "documents" / "reminder.typ"


def reminder_pdf(reminder: Reminder) -> bytes:
    """The letter of a reminder as PDF."""
    return _letters([reminder.pk])[0]


@attaches(LETTER)
def reminder_letter(key: int) -> bytes:
    """The letter that goes with a mail."""
    return _letters([key])[0]


def run_pdf(run: DunningRun) -> bytes:
    """All letters of a run in one PDF, to be looked through or printed: before sending all of them, then those that no mail took."""
    reminders = Reminder.objects.filter(run=run).exclude(state="left_out")
    if run.state == "sent":
        reminders = reminders.filter(sent_to="")
    return together(_letters(list(reminders.order_by("party__sort_name", "pk").values_list("pk", flat=True))))


def together(papers: Sequence[bytes]) -> bytes:
    """Several papers as one PDF; an empty page where there is none."""
    writer = PdfWriter()
    for paper in papers:
        writer.append(io.BytesIO(paper))
    if not papers:
        writer.add_blank_page(595, 842)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _letters(keys: Sequence[int]) -> list[bytes]:
    reminders = Reminder.objects.select_related("company__country", "party__country", "currency").in_bulk(keys)
    levels = {(v.procedure_id, v.level): v for v in DunningLevel.objects.filter(procedure__in={r.procedure_id for r in reminders.values()})}
    lines = letter_lines(list(reminders.values()))
    return [_letter(reminders[k], levels[reminders[k].procedure_id, reminders[k].level], lines[k]) for k in keys]


def _letter(reminder: Reminder, level: DunningLevel, lines: Sequence[LetterLine]) -> bytes:
    customer, decimals, currency = reminder.party, reminder.currency.decimals, reminder.currency_id
    with translation.override(customer.language):
        formats = Formatter(customer.language)
        title, text = written(level, reminder, reminder.company, customer, decimals)
        charges = [(_("Fee"), reminder.fee), (_("Interest on late payment"), reminder.interest)]
        texts = []
        if reminder.company.iban:
            reference = reminder.number or ", ".join(ln.document for ln in lines[:3])
            texts.append(
                (_("Payment"), _("Please pay to IBAN {iban}, naming {number}.").format(iban=reminder.company.iban, number=reference))
            )
        data: dict[str, Any] = {
            **letterhead(reminder.company, customer, customer.language),
            "title": title,
            "number": reminder.number or "",
            "mark": "" if reminder.state == "sent" else _("DRAFT"),
            "facts": [
                (_("Date"), formats.day(reminder.on)),
                (_("Level"), str(reminder.level)),
                (_("To be paid until"), formats.day(reminder.pay_until)),
            ],
            "opening": [("", _("Dear {name},").format(name=customer.name)), ("", text)],
            "heads": [_("Document"), _("Date"), _("Due"), _("Days overdue"), f"{_('Open')} {currency}"],
            "rows": [
                [ln.document, formats.day(ln.on), formats.day(ln.due_on), str(ln.days), formats.amount(ln.open, decimals)] for ln in lines
            ],
            "totals": [
                (_("Overdue"), formats.amount(reminder.total, decimals)),
                *((name, formats.amount(amount, decimals)) for name, amount in charges if amount),
                (f"{_('Total')} {currency}", formats.amount(reminder.total + reminder.fee + reminder.interest, decimals)),
            ],
            "texts": texts,
        }
        return render(TEMPLATE, data, customer.language)

"""Reminders, statements and balance confirmations on paper, in the customer's language."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from pypdf import PdfWriter

from fondaco.finance.invoicing.printing import letterhead
from fondaco.finance.receivables.models import CustomerStatement, DunningLevel, DunningRun, Reminder, StatementRun
from fondaco.finance.receivables.queries import LetterLine, letter_lines, statement_lines
from fondaco.finance.receivables.wording import LETTER, STATEMENT, written
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.events.sending import attaches

TEMPLATE = Path(__file__).parent / "documents" / "letter.typ"


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
                (
                    pgettext("how to pay", "Payment"),
                    _("Please pay to IBAN {iban}, naming {number}.").format(iban=reminder.company.iban, number=reference),
                )
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
            "signature": [],
        }
        return render(TEMPLATE, data, customer.language)


def statement_pdf(statement: CustomerStatement) -> bytes:
    """A statement of account, or the letter that asks to confirm the balance, as PDF."""
    return _statements([statement.pk])[0]


@attaches(STATEMENT)
def statement_letter(key: int) -> bytes:
    """The statement that goes with a mail."""
    return _statements([key])[0]


def statement_run_pdf(run: StatementRun) -> bytes:
    """All statements of a run in one PDF: before sending all of them, then those that no mail took."""
    rows = CustomerStatement.objects.filter(run=run).exclude(state="left_out")
    if run.state == "sent":
        rows = rows.filter(sent_to="")
    return together(_statements(list(rows.order_by("party__sort_name", "pk").values_list("pk", flat=True))))


def _statements(keys: Sequence[int]) -> list[bytes]:
    rows = CustomerStatement.objects.select_related("run", "company__country", "party__country", "currency").in_bulk(keys)
    lines = statement_lines(keys)
    return [_statement(rows[k], lines[k]) for k in keys]


def _statement(statement: CustomerStatement, lines: Sequence[LetterLine]) -> bytes:
    run, customer, decimals, currency = statement.run, statement.party, statement.currency.decimals, statement.currency_id
    asks = run.kind == "confirmation"
    with translation.override(customer.language):
        formats = Formatter(customer.language)
        balance = f"{formats.amount(statement.balance, decimals)} {currency}"
        opening = [("", _("Dear {name},").format(name=customer.name))]
        texts = []
        if asks:
            opening.append(("", _("for our annual accounts we ask you to compare the balance below with your books on the same day.")))
            texts.append(
                (
                    _("Your answer"),
                    _(
                        "Our balance of {balance} on {day} agrees with our books ( )  /  does not agree ( ): our books say ______________"
                    ).format(balance=balance, day=formats.day(run.on)),
                )
            )
            if run.reply_to:
                texts.append(("", _("Please answer to {address}.").format(address=run.reply_to)))
        else:
            opening.append(("", _("these items were open on your account at the end of the day.")))
        data: dict[str, Any] = {
            **letterhead(statement.company, customer, customer.language),
            "title": _("Balance confirmation") if asks else _("Statement of account"),
            "number": run.number or "",
            "mark": _("DRAFT") if statement.state in ("prepared", "left_out") else "",
            "facts": [(_("As of"), formats.day(run.on)), (_("Customer"), customer.code)],
            "opening": opening,
            "heads": [_("Document"), _("Date"), _("Due"), _("Days overdue"), f"{_('Open')} {currency}"],
            "rows": [
                [
                    ln.document,
                    formats.day(ln.on),
                    formats.day(ln.due_on),
                    str(ln.days) if ln.days > 0 else "",
                    formats.amount(ln.open, decimals),
                ]
                for ln in lines
            ],
            "totals": [
                (_("Overdue"), formats.amount(statement.overdue, decimals)),
                (f"{_('Balance')} {currency}", formats.amount(statement.balance, decimals)),
            ],
            "texts": texts,
            "signature": [_("Place and date"), _("Stamp and signature")] if asks else [],
        }
        return render(TEMPLATE, data, customer.language)

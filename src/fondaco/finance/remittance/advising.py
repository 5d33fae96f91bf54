"""What vendors are told of a transfer: which of their bills it pays. Goes out by the outbox after the commit."""

from collections.abc import Mapping, Sequence

from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from fondaco.finance.remittance.models import PaymentRunLine, Transfer
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.events.models import OutboxMessage

NOWHERE = "no-reply@localhost"


def advices(
    transfers: Sequence[Transfer],
    lines: Mapping[int, Sequence[PaymentRunLine]],
    parties: Mapping[int, Party],
    companies: Mapping[int, Company],
) -> list[OutboxMessage]:
    """A mail for each vendor who has an address, in his language; ``lines`` by transfer."""
    now = timezone.now()
    return [
        OutboxMessage(
            key=f"remittance.advice:{t.pk}",
            created_at=now,
            channel="mail",
            payload=_payload(t, lines[t.pk], parties[t.party_id], companies[t.run.company_id]),
        )
        for t in transfers
        if parties[t.party_id].email
    ]


def _payload(transfer: Transfer, lines: Sequence[PaymentRunLine], party: Party, company: Company) -> dict[str, object]:
    with translation.override(party.language):

        def said(amount: object) -> str:
            return f"{number_format(amount, 2, use_l10n=True, force_grouping=True)} {transfer.currency_id}"

        day = date_format(transfer.run.on, "SHORT_DATE_FORMAT", use_l10n=True)
        rows = [
            f"{line.item.entry.memo or line.item.entry.number}: {said(line.amount)}"
            + (" " + _("(cash discount {discount})").format(discount=said(line.discount)) if line.discount else "")
            for line in lines
        ]
        sentence = _("On {day} we pay {amount} to your account {iban}, reference {reference}. It pays:").format(
            day=day, amount=said(transfer.amount), iban=_hidden(transfer.iban), reference=transfer.end_to_end
        )
        text = "\n\n".join([_("Good day,"), sentence, "\n".join(rows), f"{_('Kind regards')}\n{company.name}"])
        subject = _("Payment advice {reference}: {amount}").format(reference=transfer.end_to_end, amount=said(transfer.amount))
    return {
        "from_name": company.name, "from_address": company.email or NOWHERE, "to": [party.email], "subject": subject, "text": text, "headers": {},
    }  # fmt: skip


def _hidden(iban: str) -> str:
    """An IBAN of which a mail shows the country and the end."""
    return f"{iban[:4]} … {iban[-4:]}"

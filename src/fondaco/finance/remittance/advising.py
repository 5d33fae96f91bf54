"""What vendors are told of a transfer: which of their bills it pays. Goes out by the outbox after the commit."""

from collections.abc import Mapping, Sequence

from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from fondaco.finance.remittance.models import CollectionLine, Debit, Mandate, PaymentRunLine, Transfer
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.events.models import OutboxMessage

NOWHERE = "no-reply@localhost"
#: The kind of attachment by which the outbox asks for the advice on paper.
ADVICE = "remittance.advice"


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
            f"{document_of(line)}: {said(line.amount)}"
            + (" " + _("(cash discount {discount})").format(discount=said(line.discount)) if line.discount else "")
            for line in lines
        ]
        sentence = _("On {day} we pay {amount} to your account {iban}, reference {reference}. It pays:").format(
            day=day, amount=said(transfer.amount), iban=hidden(transfer.iban), reference=transfer.end_to_end
        )
        text = "\n\n".join([_("Good day,"), sentence, "\n".join(rows), f"{_('Kind regards')}\n{company.name}"])
        subject = _("Payment advice {reference}: {amount}").format(reference=transfer.end_to_end, amount=said(transfer.amount))
    return {
        "from_name": company.name, "from_address": company.email or NOWHERE, "to": [party.email], "subject": subject, "text": text, "headers": {},
        "attachments": [{"kind": ADVICE, "id": transfer.pk, "name": f"{transfer.end_to_end.replace('/', '-')}.pdf"}],
    }  # fmt: skip


def document_of(line: PaymentRunLine) -> str:
    """What a line pays, or takes off, as the vendor reads it."""
    name = line.item.entry.memo or line.item.entry.number
    return _("{document} (credit)").format(document=name) if line.amount < 0 else name


def announcements(
    debits: Sequence[Debit],
    lines: Mapping[int, Sequence[CollectionLine]],
    parties: Mapping[int, Party],
    companies: Mapping[int, Company],
    mandates: Mapping[int, Mandate],
) -> list[OutboxMessage]:
    """The pre-notification of direct debits: a mail for each customer who has an address, in his language."""
    now = timezone.now()
    made = []
    for debit in debits:
        party, company, mandate = parties[debit.party_id], companies[debit.collection.company_id], mandates[debit.mandate_id]
        if not party.email:
            continue
        with translation.override(party.language):
            currency = debit.collection.bank_account.currency_id
            amount = f"{number_format(debit.amount, 2, use_l10n=True, force_grouping=True)} {currency}"
            rows = "\n".join(
                f"{ln.item.entry.memo or ln.item.entry.number}: {number_format(ln.amount, 2, use_l10n=True, force_grouping=True)} {currency}" for ln in lines[debit.pk]
            )  # fmt: skip
            sentence = _(
                "On {day} we collect {amount} from your account {iban} by SEPA direct debit, mandate {mandate}, creditor identifier {creditor}. It pays:"
            ).format(day=date_format(debit.collection.on, "SHORT_DATE_FORMAT", use_l10n=True), amount=amount, iban=hidden(debit.iban), mandate=mandate.reference, creditor=debit.collection.bank_account.creditor_identifier)  # fmt: skip
            text = "\n\n".join([_("Good day,"), sentence, rows, f"{_('Kind regards')}\n{company.name}"])
            subject = _("Direct debit announced: {amount}").format(amount=amount)
        payload = {
            "from_name": company.name, "from_address": company.email or NOWHERE, "to": [party.email], "subject": subject, "text": text, "headers": {},
        }  # fmt: skip
        made.append(OutboxMessage(key=f"remittance.announcement:{debit.pk}", created_at=now, channel="mail", payload=payload))
    return made


def hidden(iban: str) -> str:
    """An IBAN of which a mail shows the country and the end."""
    return f"{iban[:4]} … {iban[-4:]}"

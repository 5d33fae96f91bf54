"""What the CRM asks of the parties: who is known already, new ones, their roles, and what goes on their timeline."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from fondaco.frontoffice.crm.models import Lead
from fondaco.masterdata.parties import normalising
from fondaco.masterdata.parties.models import ContactPoint, Interaction, Party
from fondaco.masterdata.parties.queries import lines_of_merging
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.series import take_numbers

#: What tells that two enquiries are of one party: ("vat", "IT01234567890") or ("email", "anna@example.com").
Sign = tuple[str, str]


def signs_of(vat_number: str, country: str, email: str) -> list[Sign]:
    """The signs of an enquiry, the strongest first."""
    number, _wrong = normalising.vat_number(vat_number, country)
    return [sign for sign in (("vat", number), ("email", email.strip().lower())) if sign[1]]


def known(signs: Iterable[Sign]) -> dict[Sign, int]:
    """The parties known for certain by these signs, merged ones as their survivors; at most five statements.

    Names that are merely alike decide nothing here: ``parties.queries.duplicates`` shows those to a person.
    """
    wanted = set(signs)
    emails = [value for kind, value in wanted if kind == "email"]
    numbers = {value for kind, value in wanted if kind == "vat"}
    found: dict[Sign, int] = {}
    if emails:
        # The party's own address says more than a contact point, that more than what an enquiry said; the oldest wins.
        leads = Lead.objects.filter(email__in=emails).order_by("-pk").values_list("email", "party_id")
        points = ContactPoint.objects.filter(kind="email", normalised__in=emails).order_by("-pk").values_list("normalised", "party_id")
        parties = Party.objects.filter(email__in=emails).order_by("-pk").values_list("email", "pk")
        for rows in (leads, points, parties):
            found.update({("email", email): party for email, party in rows})
    if numbers:
        spellings = numbers | {n[2:] for n in numbers if n[:2].isalpha()}
        rows_ = Party.objects.filter(vat_number__in=spellings).order_by("-pk").values_list("vat_number", "country_id", "pk")
        for number, country, party in rows_:
            found.update({("vat", spelling): party for spelling in {number, f"{country or ''}{number}"} & numbers})
    lines = lines_of_merging(found.values())
    return {sign: lines[party][-1] for sign, party in found.items()}


def new_party(**values: Any) -> Party:
    """A party in the role of lead, not written yet, with its name, numbers and address in the form they are compared in.

    A number that cannot be right is kept as it was typed: an enquiry is not lost for a slip.
    """
    party = Party(**values, is_lead=True)
    country = party.country_id or ""
    party.sort_name = normalising.sort_name(party.name)
    party.vat_number, _wrong = normalising.vat_number(party.vat_number, country)
    party.phone, _wrong = normalising.phone_number(party.phone, country)
    return party


def write_parties(parties: Sequence[Party]) -> None:
    """Insert new parties, with codes of the series that all parties have."""
    if parties:
        for party, code in zip(parties, take_numbers(0, "party", 0, len(parties), prefix="PA"), strict=True):
            party.code = party.code or code
        insert_rows(Party, list(parties))


def give_roles(keys: Iterable[int], **roles: bool) -> None:
    """Set the flags of roles on parties, in one statement."""
    ids = sorted(set(keys))
    update_rows(Party, {"id": ids, **{name: [held] * len(ids) for name, held in roles.items()}})


def told(
    document: Any,
    actor: Actor,
    *,
    kind: str,
    title: str,
    direction: str = "internal",
    channel: str = "",
    body: str = "",
    at: datetime | None = None,
    amount: Decimal | None = None,
    currency_id: str | None = None,
) -> Interaction:
    """A line for the timeline of the document's party, not written yet."""
    on: date = timezone.localdate(at) if at else timezone.localdate()
    return Interaction(
        party_id=document.party_id,
        company_id=document.company_id,
        on=on,
        kind=kind,
        channel=channel,
        direction=direction,
        title=title,
        body=body,
        source_table=document._meta.db_table,
        source_id=document.pk,
        amount=amount,
        currency_id=currency_id,
        by=actor.username,
    )

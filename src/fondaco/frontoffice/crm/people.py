"""What the CRM asks of the parties: who is known already, new ones, their roles, and what goes on their timeline.

One door to the room below, so that its fields are named here and nowhere else in this room.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from fondaco.frontoffice.crm.models import Lead
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.series import take_numbers

PARTY_FIELDS = frozenset(f.attname for f in Party._meta.concrete_fields)
INTERACTION_FIELDS = frozenset(f.attname for f in Interaction._meta.concrete_fields)

#: What tells that two enquiries are of one party: ("vat", "IT01234567890") or ("email", "anna@example.com").
Sign = tuple[str, str]


def signs_of(vat_number: str, email: str) -> list[Sign]:
    """The signs of an enquiry, the strongest first."""
    return [sign for sign in (("vat", normal_vat(vat_number)), ("email", email.strip().lower())) if sign[1]]


def normal_vat(number: str) -> str:
    """A VAT number without blanks and dots, in capitals."""
    return "".join(c for c in number.upper() if c.isalnum())


def known(signs: Iterable[Sign]) -> dict[Sign, int]:
    """The parties known by these signs; at most three statements."""
    wanted = set(signs)
    emails = [value for kind, value in wanted if kind == "email"]
    numbers = [value for kind, value in wanted if kind == "vat"]
    found: dict[Sign, int] = {}
    if emails:
        for email, party in Lead.objects.filter(email__in=emails).order_by("-pk").values_list("email", "party_id"):
            found["email", email] = party
        if "email" in PARTY_FIELDS:
            for email, party in Party.objects.filter(email__in=emails).order_by("-pk").values_list("email", "pk"):
                found["email", email] = party
    if numbers:
        bare = [n[2:] for n in numbers if n[:2].isalpha()]
        for number, country, party in (
            Party.objects.filter(vat_number__in=[*numbers, *bare]).order_by("-pk").values_list("vat_number", "country_id", "pk")
        ):
            for spelling in {normal_vat(number), f"{country or ''}{normal_vat(number)}"} & set(numbers):
                found["vat", spelling] = party
    return _survivors(found)


def _survivors(found: dict[Sign, int]) -> dict[Sign, int]:
    """The same, with parties that were merged replaced by those they were merged into."""
    if "merged_into_id" not in PARTY_FIELDS or not found:
        return found
    merged = dict(Party.objects.filter(pk__in=set(found.values()), merged_into__isnull=False).values_list("pk", "merged_into_id"))
    return {sign: merged.get(party, party) for sign, party in found.items()}


def new_party(**values: Any) -> Party:
    """A party in the role of lead, not written yet; what the table has no column for is left out."""
    return Party(**{name: value for name, value in {**values, "is_lead": True}.items() if name in PARTY_FIELDS})


def write_parties(parties: Sequence[Party]) -> None:
    """Insert new parties with codes of their own."""
    if parties:
        for party, code in zip(parties, take_numbers(0, "lead-party", 0, len(parties), prefix="L"), strict=True):
            party.code = party.code or code
        insert_rows(Party, list(parties))


def give_roles(keys: Iterable[int], **roles: bool) -> None:
    """Set the flags of roles on parties, in one statement."""
    columns = {name: held for name, held in roles.items() if name in PARTY_FIELDS}
    ids = sorted(set(keys))
    if columns and ids:
        update_rows(Party, {"id": ids, **{name: [held] * len(ids) for name, held in columns.items()}})


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
    moment = at or timezone.now()
    values = {
        "party_id": document.party_id,
        "company_id": document.company_id,
        "at": moment,
        "on": moment.date(),
        "kind": kind,
        "channel": channel,
        "direction": direction,
        "title": title,
        "body": body,
        "source_table": document._meta.db_table,
        "source_id": document.pk,
        "amount": amount,
        "currency_id": currency_id,
        "by": actor.username,
    }
    return Interaction(**{name: value for name, value in values.items() if name in INTERACTION_FIELDS})

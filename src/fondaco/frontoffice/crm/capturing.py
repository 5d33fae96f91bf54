"""Enquiries become leads: from a web form, another program, a mail or a file, and never a second party for one sender."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError as BadAddress
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.crm.people import Sign, give_roles, known, new_party, signs_of, told, write_parties
from fondaco.frontoffice.crm.refusals import NobodyNamed
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Address, Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.models import One
from fondaco.platform.database.refusals import InvalidInput, NotAllowed
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.documents.performing import LIMIT, Outcome, invalid, once
from fondaco.platform.documents.refusals import NothingGiven, TooMany
from fondaco.platform.events.bus import emit
from fondaco.platform.resources.schema import Text


def _address(value: str) -> str:
    email = value.strip().lower()
    if email:
        try:
            validate_email(email)
        except BadAddress as error:
            raise ValueError("this is no e-mail address") from error
    return email


def _finite_amount(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("the value is not a number")
    return value


Short = Annotated[Text, Field(max_length=300), BeforeValidator(lambda v: v.strip() if isinstance(v, str) else v)]


class Enquiry(BaseModel):
    """What an enquiry says. Somebody must be named: by name, e-mail address or VAT number."""

    model_config = ConfigDict(extra="forbid")

    name: Short = ""
    contact_name: Short = ""
    email: Annotated[Short, AfterValidator(_address)] = ""
    phone: Short = ""
    vat_number: Short = ""
    country: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ""
    postal_code: Short = ""
    city: Short = ""
    region: Short = ""
    language: Literal["en", "it"] = "en"
    source: Literal["web", "email", "phone", "event", "referral", "campaign", "import", "api", "other"] = "other"
    interest: Annotated[Text, Field(max_length=10_000)] = ""
    estimated_amount: Annotated[
        Decimal | None, Field(ge=0, max_digits=20, decimal_places=4), AfterValidator(lambda v: None if v is None else _finite_amount(v))
    ] = None
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = ""
    salesperson: int | None = None
    on: date | None = None


def capture(actor: Actor, company: Company, rows: Sequence[Mapping[str, Any]], *, idempotency_key: str = "") -> Outcome:
    """Make leads of enquiries; all or none. ``ids`` are the leads, one for each row in its order.

    An enquiry with a known VAT number or e-mail address belongs to that party; if that party's lead is still open, the
    enquiry joins it. ``made`` tells new ``parties`` and new ``leads``. Raises InvalidInput with every bad row named.
    New leads that name no salesperson are told as ``crm.captured``: rooms above say whose they are.
    """
    if not actor.may("crm.write_lead", company.pk):
        raise NotAllowed(verb=_("capture"), what=Lead._meta.verbose_name_plural, permission="crm.write_lead")
    if not rows:
        raise NothingGiven(verb=_("capture"))
    if len(rows) > LIMIT:
        raise TooMany(count=len(rows), limit=LIMIT)
    enquiries = _read(rows)

    def work() -> Outcome:
        # Captures queue behind each other: two forms sent at the same moment by one sender must not make two parties.
        One.objects.select_for_update().get(pk=1)
        parties, fresh = _parties(enquiries)
        leads, joined = _leads(actor, company, enquiries, parties)
        new = list({id(lead): lead for lead in leads if lead.pk is None}.values())
        insert_rows(Lead, new)
        DocumentSet(Lead, new, actor).number()
        _write_joined(joined)
        give_roles([lead.party_id for lead in new], is_lead=True)
        named = {id(lead) for e, lead in zip(enquiries, leads, strict=True) if e.salesperson is not None}
        if unnamed := [lead for lead in new if id(lead) not in named]:
            emit("crm.captured", DocumentSet(Lead, unnamed, actor))
        record(
            [
                told(lead, actor, kind="lead", title=_("Enquiry {number}").format(number=lead.number), direction="in", channel=e.source, body=e.interest)
                for e, lead in zip(enquiries, leads, strict=True)
            ]
        )  # fmt: skip
        return Outcome([lead.pk for lead in leads], {"parties": [p.pk for p in fresh], "leads": [lead.pk for lead in new]})

    content = {"capture": company.pk, "rows": [e.model_dump(mode="json") for e in enquiries]}
    return once(actor, "crm.capture", content, work, idempotency_key=idempotency_key)


def _read(rows: Sequence[Mapping[str, Any]]) -> list[Enquiry]:
    enquiries, failures = [], []
    for index, row in enumerate(rows):
        try:
            enquiry = Enquiry.model_validate(row)
        except ValidationError as error:
            failures.append((index, invalid(_("Enquiry {row}").format(row=index + 1), error)))
            continue
        if not (enquiry.name or enquiry.email or any(c.isalnum() for c in enquiry.vat_number)):
            raise NobodyNamed(row=index + 1, rows=[{"row": index}])
        enquiries.append(enquiry)
    if failures:
        refusal: InvalidInput = failures[0][1]
        refusal.rows = [{"row": index, "fields": failure.fields} for index, failure in failures[:200]]
        raise refusal
    return enquiries


def _parties(enquiries: Sequence[Enquiry]) -> tuple[list[Party], list[Party]]:
    """The party of each enquiry, and those that are new, already written."""
    signs = [signs_of(e.vat_number, e.country, e.email) for e in enquiries]
    found = known(sign for each in signs for sign in each)
    rows = Party.objects.in_bulk(set(found.values()))
    by_sign: dict[Sign, Party] = {sign: rows[key] for sign, key in found.items() if key in rows}
    parties, fresh = [], []
    places: list[tuple[Party, Enquiry]] = []
    for enquiry, each in zip(enquiries, signs, strict=True):
        party = next((by_sign[sign] for sign in each if sign in by_sign), None)
        if party is None:
            party = new_party(
                kind="organisation" if enquiry.vat_number or not enquiry.contact_name else "person",
                name=enquiry.name or enquiry.contact_name or enquiry.email or enquiry.vat_number,
                email=enquiry.email,
                phone=enquiry.phone,
                vat_number=enquiry.vat_number,
                country_id=enquiry.country or None,
                city=enquiry.city,
                language=enquiry.language,
                salesperson_id=enquiry.salesperson,
            )
            fresh.append(party)
            if enquiry.postal_code or enquiry.city or enquiry.region:
                places.append((party, enquiry))
        for sign in each:
            by_sign.setdefault(sign, party)
        parties.append(party)
    write_parties(fresh)
    insert_rows(
        Address,
        [Address(party=p, postal_code=e.postal_code, city=e.city, region=e.region, country_id=e.country or None) for p, e in places],
    )
    return parties, fresh


def _leads(actor: Actor, company: Company, enquiries: Sequence[Enquiry], parties: Sequence[Party]) -> tuple[list[Lead], list[Lead]]:
    """The lead of each enquiry: an open one of the same address or party, or a new one; and the open ones that grew."""
    opened = Lead.objects.filter(company=company, state__in=Lead.OPEN)
    emails = {e.email for e in enquiries if e.email}
    by_email = {lead.email: lead for lead in opened.filter(email__in=emails)}
    by_party = {lead.party_id: by_email.get(lead.email, lead) for lead in opened.filter(party__in={p.pk for p in parties})}
    leads, joined = [], {}
    for enquiry, party in zip(enquiries, parties, strict=True):
        lead = by_email.get(enquiry.email) or by_party.get(party.pk)
        if lead is None:
            lead = Lead(
                company=company,
                party=party,
                on=enquiry.on or timezone.localdate(),
                source=enquiry.source,
                interest=enquiry.interest,
                contact_name=enquiry.contact_name,
                email=enquiry.email,
                phone=enquiry.phone,
                estimated_amount=enquiry.estimated_amount,
                currency_id=enquiry.currency or company.currency_id,
                salesperson_id=enquiry.salesperson or party.salesperson_id or actor.user_id,
            )
        else:
            _join(lead, enquiry)
            if lead.pk is not None:
                joined[lead.pk] = lead
        by_party.setdefault(party.pk, lead)
        if lead.email:
            by_email.setdefault(lead.email, lead)
        leads.append(lead)
    return leads, list(joined.values())


JOINED = ("interest", "contact_name", "phone", "estimated_amount")


def _join(lead: Lead, enquiry: Enquiry) -> None:
    """Add to an open lead what a further enquiry says; what is there is kept."""
    if enquiry.interest and enquiry.interest not in lead.interest:
        lead.interest = f"{lead.interest}\n{enquiry.interest}".strip()
    lead.contact_name = lead.contact_name or enquiry.contact_name
    lead.phone = lead.phone or enquiry.phone
    if lead.estimated_amount is None:
        lead.estimated_amount = enquiry.estimated_amount


def _write_joined(leads: Sequence[Lead]) -> None:
    update_rows(Lead, {"id": [x.pk for x in leads], **{f: [getattr(x, f) for x in leads] for f in JOINED}})


__all__ = ["Enquiry", "capture"]

"""How parties are shown, written and served."""

from collections.abc import Sequence

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.parties import actions, normalising, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.masterdata.parties.models import (
    Address,
    ContactPoint,
    CustomerGroup,
    CustomerGroupMember,
    Interaction,
    Party,
    PartyBankAccount,
    Relationship,
)
from fondaco.masterdata.parties.queries import duplicates, suspected, told_apart
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.documents.series import take_numbers
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, Wrong, register

#: From this score on a party's page names who it may be, and so many of them.
SURE, MOST_ALIKE = 70, 3


@register
class PartyResource(Resource):
    model, key, natural_key = Party, "parties", "code"
    title, title_one, job, icon = _("Customers and contacts"), _("Party"), "sell", "people"
    place = 30
    view_permission, write_permission = "parties.view_party", "parties.write_party"
    columns = ["name", "code", "country", "city", "email", "phone", "is_customer", "is_vendor", "salesperson"]
    fields = [
        "name", "code", "kind", "is_customer", "is_vendor", "is_lead", "is_competitor", "country", "city", "language", "currency", "vat_number", "tax_code", "email", "phone",
        "website", "salesperson", Column("customer_group", _("customer group"), "text", rare=True), "notes", "merged_into",
    ]  # fmt: skip
    annotations = {"customer_group": lambda: Subquery(CustomerGroupMember.objects.filter(party=OuterRef("pk")).values("group__name")[:1])}
    writable = [
        "kind", "name", "code", "is_customer", "is_vendor", "is_lead", "is_competitor", "country", "city", "language", "currency", "vat_number", "tax_code", "email", "phone", "website",
        "salesperson", "notes",
    ]  # fmt: skip
    filters = ["kind", "country", "is_customer", "is_vendor", "is_lead", "is_competitor", "salesperson", "language", "merged_into"]
    conditions = {
        "customers": (_("customers"), lambda: Q(is_customer=True, merged_into__isnull=True)),
        "vendors": (_("vendors"), lambda: Q(is_vendor=True, merged_into__isnull=True)),
        "leads": (_("leads"), lambda: Q(is_lead=True, merged_into__isnull=True)),
        "competitors": (_("competitors"), lambda: Q(is_competitor=True, merged_into__isnull=True)),
        "suspected": (_("suspected duplicates"), lambda: Q(pk__in=suspected().values("pk"))),
    }
    search, sort = ["sort_name", "code", "email", "phone", "vat_number", "city"], "sort_name"
    lines = [
        Lines(Address, "party", ["kind", "street", "postal_code", "city", "region", "country"], writable=["kind", "street", "postal_code", "city", "region", "country"], title=_("Addresses")),
        Lines(ContactPoint, "party", ["kind", "value", "label"], writable=["kind", "value", "label"], title=_("Contact points")),
    ]  # fmt: skip

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        """Who else it may be, said on its page from the moment it is written down (SA-02)."""
        party = Party.objects.get(pk=pk)
        if party.merged_into_id is not None or not actor.may("parties.merge_party"):
            return []
        alike = duplicates(
            name=party.name,
            vat_number=party.vat_number,
            email=party.email,
            phone=party.phone,
            city=party.city,
            but=pk,
            limit=2 * MOST_ALIKE,
        )
        apart = told_apart(pk)
        seen = set(
            visible(Party.objects.filter(pk__in=[d.party.pk for d in alike]), actor, cls.view_permission).values_list("pk", flat=True)
        )
        said = gettext("May be the same as {party} ({score} of 100: {reasons}).")
        return [
            Wrong(said.format(party=d.party, score=d.score, reasons=", ".join(d.reasons)), _("Compare"), f"/sell/duplicates?pair={min(pk, d.party.pk)}-{max(pk, d.party.pk)}")
            for d in alike if d.score >= SURE and d.party.pk in seen and d.party.pk not in apart
        ][:MOST_ALIKE]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Normalise names, numbers and addresses; refuse what cannot be right; give codes."""
        for index, draft in enumerate(drafts):
            party = draft.row
            country = party.country_id or ""
            problems: dict[str, str] = {}
            party.sort_name = normalising.sort_name(party.name)
            party.vat_number, wrong = normalising.vat_number(party.vat_number, country)
            problems |= {"vat_number": wrong} if wrong else {}
            party.phone, wrong = normalising.phone_number(party.phone, country)
            problems |= {"phone": wrong} if wrong else {}
            party.email, wrong = normalising.mail_address(party.email)
            problems |= {"email": wrong} if wrong else {}
            for position, line in enumerate(x for x in draft.lines if isinstance(x, ContactPoint)):
                line.normalised, wrong = _normal(line, country)
                problems |= {f"contact_points.{position}.value": wrong} if wrong else {}
            billing = next((x for x in draft.lines if isinstance(x, Address) and x.kind == "billing"), None)
            if billing is not None:
                party.city = party.city or billing.city
                party.country_id = party.country_id or billing.country_id
            if problems:
                rows = [{"row": index, "fields": problems}] if len(drafts) > 1 else []
                raise InvalidInput(record=party.name, problems="; ".join(problems.values()), fields=problems, rows=rows)
        fresh = [d.row for d in drafts if not d.row.code]
        if fresh:
            for party, code in zip(fresh, take_numbers(0, "party", 0, len(fresh), prefix="PA"), strict=True):
                party.code = code


def _normal(point: ContactPoint, country: str) -> tuple[str, str]:
    if point.kind == "email":
        return normalising.mail_address(point.value)
    if point.kind in {"phone", "mobile"}:
        return normalising.phone_number(point.value, country)
    return point.value.strip().lower(), ""


@register
class PartyBankAccountResource(Resource):
    """Where parties are paid; what is new or changed waits for a second person."""

    model, key = PartyBankAccount, "party-bank-accounts"
    title, title_one, job, icon = _("Bank accounts of vendors and customers"), _("Bank account of a party"), "books", "lock"
    group, place = "vendors", 60
    view_permission, write_permission = "parties.see_bank_account", "parties.write_bank_account"
    columns = ["party", "iban", "account_number", "bank_name", "state", "is_default", "changed_by", "confirmed_by", "confirmed_at"]
    fields = ["party", "state", "iban", "account_number", "bic", "bank_name", "holder", "is_default", "changed_by", "confirmed_by", "confirmed_at", "channel", "confirmation"]  # fmt: skip
    writable = ["party", "iban", "account_number", "bic", "bank_name", "holder"]
    filters, search = ["party", "state", "is_default"], ["iban", "account_number", "bank_name", "party"]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Normalise IBAN and BIC; refuse what cannot be right; a party's first account becomes its default."""
        used = set(
            PartyBankAccount.objects.filter(party__in={d.row.party_id for d in drafts}, is_default=True).values_list("party_id", flat=True)
        )
        for index, draft in enumerate(drafts):
            account = draft.row
            account.iban, wrong_iban = normalising.iban(account.iban)
            account.bic, wrong_bic = normalising.bic(account.bic)
            account.account_number = account.account_number.strip()
            if not account.iban and not account.account_number:
                wrong_iban = gettext("Write the IBAN, or the account number where the country has none.")
            problems = {field: wrong for field, wrong in (("iban", wrong_iban), ("bic", wrong_bic)) if wrong}
            if problems:
                rows = [{"row": index, "fields": problems}] if len(drafts) > 1 else []
                raise InvalidInput(record=str(account.party), problems="; ".join(problems.values()), fields=problems, rows=rows)
            if account.state != PartyBankAccount.CLOSED and account.party_id not in used:
                account.is_default = True
                used.add(account.party_id)


@register
class RelationshipResource(Resource):
    model, key = Relationship, "relationships"
    title, title_one, job, icon = _("Relationships"), _("Relationship"), "", "people"
    view_permission, write_permission = "parties.view_party", "parties.write_party"
    columns, writable, filters = ["person", "organisation", "role"], ["person", "organisation", "role"], ["person", "organisation"]


@register
class CustomerGroupResource(Resource):
    model, key, natural_key = CustomerGroup, "customer-groups", "code"
    title, title_one, job, icon = _("Customer groups"), _("Customer group"), "sell", "people"
    group, place = "set_up", 10
    view_permission, write_permission = "parties.view_party", "parties.write_customer_group"
    columns, writable, search, sort = (
        ["code", "name", "name_it"],
        ["code", "name", "name_it"],
        ["code", "name", "name_it"],
        "code",
    )
    lines = [Lines(CustomerGroupMember, "group", ["party"], writable=["party"], title=_("Members"), order=("id",))]


@register
class InteractionResource(Resource):
    model, key = Interaction, "interactions"
    title, title_one, job, icon = _("Timeline"), _("Interaction"), "sell", "history"
    place = 32
    view_permission = "parties.view_interaction"
    columns = ["title", "on", "kind", "direction", "party", Column("amount", currency="currency__code"), "by"]
    fields = [*columns, "channel", "body", "company"]
    filters, search, sort = ["party", "kind", "direction", "on", "company"], ["title"], "-id"

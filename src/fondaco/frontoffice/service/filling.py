"""Placeholders of templates and macros: filled once from ticket and customer, in the customer's language; nothing is evaluated."""

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.frontoffice.service.models import AnswerTemplate, Ticket, TicketSource
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor

PLACEHOLDER = re.compile(r"\{([a-z_]*)\}")
#: What may stand in braces.
NAMES = ("number", "subject", "customer", "contact", "product", "serial", "order", "agent", "company")


def unknown(text: str) -> list[str]:
    """What stands in braces in a text and is no placeholder."""
    return [name for name in dict.fromkeys(PLACEHOLDER.findall(text)) if name not in NAMES]


def languages_of(tickets: Sequence[Ticket]) -> dict[int, str]:
    """The language in which each ticket is answered: its customer's, else its company's; two statements."""
    spoken = dict(Party.objects.filter(pk__in={t.party_id for t in tickets if t.party_id}).values_list("pk", "language"))
    houses = dict(Company.objects.filter(pk__in={t.company_id for t in tickets}).values_list("pk", "language"))
    return {t.pk: spoken.get(t.party_id or 0) or houses[t.company_id] for t in tickets}


def filled(template: AnswerTemplate, tickets: Sequence[Ticket], actor: Actor) -> dict[int, str]:
    """The template's text to each ticket, in the language of its customer; in the other where it has none in his."""
    languages = languages_of(tickets)
    values = values_of(tickets, actor)
    made = {}
    for t in tickets:
        text = (template.body_it or template.body_en) if languages[t.pk] == "it" else (template.body_en or template.body_it)
        made[t.pk] = fill(text, values[t.pk])
    return made


def fill(text: str, values: Mapping[str, str]) -> str:
    """One pass over the text: what a value says is not looked at again."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def values_of(tickets: Sequence[Ticket], actor: Actor) -> dict[int, dict[str, str]]:
    """What the placeholders say of each ticket; four statements, whatever their number."""
    rows = {t.pk: t for t in Ticket.objects.filter(pk__in=[t.pk for t in tickets]).select_related("party", "product", "company")}
    orders: dict[int, str] = {}
    for key, label in (
        TicketSource.objects.filter(ticket__in=list(rows), source_table="sales_order").order_by("-pk").values_list("ticket_id", "label")
    ):
        orders[key] = label
    made = {}
    for key, t in rows.items():
        with override(t.party.language if t.party else t.company.language):
            product = (
                (t.product.name_it or t.product.name)
                if t.product and t.party and t.party.language == "it"
                else str(t.product.name if t.product else "")
            )
            made[key] = {
                "number": t.number or "", "subject": t.subject, "customer": t.party.name if t.party else t.contact_name,
                "contact": t.contact_name or (t.party.name if t.party else _("customer")), "product": product, "serial": t.serial,
                "order": orders.get(key, ""), "agent": actor.name or actor.username, "company": t.company.name,
            }  # fmt: skip
    return made

"""What subscriptions show on the page of a customer: his contracts in force, what they bring a month, and when they end."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.subscriptions.queries import VIEW, brought, seen
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Column

SHOWN = 10


def contracts(actor: Actor, company: Company, party: Party) -> Content | None:
    """The contracts in force, the first to end on top. Two statements."""
    if not actor.may(VIEW, company.pk):
        return None
    found = list(seen(actor, company).filter(customer=party, state="active").order_by("ends_on", "pk")[:SHOWN])
    if not found:
        return None
    today = timezone.localdate()
    brings = brought({c.pk: max(today, c.starts_on) for c in found})
    rows = [
        {
            "pk": c.pk, "number": str(c), "starts_on": c.starts_on, "ends_on": c.ends_on, "renews": c.renews, "brings": brings.get(c.pk, ZERO),
            "currency": c.currency_id, "next_on": c.next_on,
        }
        for c in found
    ]  # fmt: skip
    columns = [
        Column("number", _("Contract")),
        Column("starts_on", _("Begins on"), "date"),
        Column("ends_on", _("Ends on"), "date"),
        Column("renews", _("Renews by itself"), "flag"),
        Column("brings", _("A month"), "amount"),
        Column("currency", _("Currency")),
        Column("next_on", _("Next invoice"), "date"),
    ]
    return Content(columns=columns, rows=rows, resource="contracts")


panels.register(_("Contracts"), 35, contracts)

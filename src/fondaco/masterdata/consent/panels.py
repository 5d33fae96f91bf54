"""What consent shows on the page of a customer: how it stands by purpose and channel, and the link to his own page."""

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.consent.links import Reader, preferences_path
from fondaco.masterdata.consent.models import CHANNELS, KINDS
from fondaco.masterdata.consent.queries import purposes_of, standings
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.resources.declare import Column
from fondaco.platform.resources.panels import Figure

COLUMNS = (
    Column("purpose", _("Purpose")),
    Column("channel", _("Channel")),
    Column("state", _("State")),
    Column("at", _("Since"), "moment"),
    Column("until", _("Until"), "date"),
)


def consents(actor: Actor, company: Company, party: Party) -> Content | None:
    """How consent of a customer stands, and where he changes it himself."""
    if not actor.may("consent.view_consent", company.pk):
        return None
    purposes = [p for p in purposes_of(company.pk) if p.is_asked]
    if not purposes:
        return None
    found = standings([party.pk], [p.pk for p in purposes])
    words, channels = dict(KINDS), dict(CHANNELS)
    rows = [
        {"purpose": p.title(), "channel": str(channels[c]), "state": str(words[s.state]), "at": s.at, "until": s.until}
        for p in purposes
        for c in p.channels
        if (s := found.get((party.pk, p.pk, c))) is not None
    ]
    link = public_address() + preferences_path(Reader(company.pk, party.pk, party.email.lower()))
    return Content(
        figures=[Figure(_("Own page"), link, "page")], columns=COLUMNS, rows=rows, resource="consents", more=f"/consents?party={party.pk}"
    )


panels.register(_("Consent"), 70, consents, in_brief=False)

"""How reading an account stands, in words: what failed, what to do about it, and when it is tried again."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.correspondence.models import CalendarStanding, MailStanding

#: How often an account is looked at that works, and how long one rests that does not: doubled with every failure.
PAUSE, FIRST_REST, LONGEST_REST = timedelta(minutes=5), timedelta(minutes=5), timedelta(hours=6)
#: What went wrong, and what to do about it.
PROBLEMS: dict[str, tuple[Any, Any]] = {
    "no_password": (_("No password was entered yet."), _("Use “Enter password”.")),
    "sealed_elsewhere": (_("The password was sealed by another installation and cannot be opened."), _("Use “Enter password” again.")),
    "unknown_host": (_("There is no server of that name."), _("Check the name of the server for slips.")),
    "inside": (
        _("That server is inside the own network, which users may not name."),
        _("Ask your administrator to open it (FONDACO_INSIDE_HOSTS), or name a server outside."),
    ),
    "no_answer": (_("The server does not answer."), _("Check server and port; the next attempt is made by itself.")),
    "not_secure": (
        _("The connection is not encrypted."),
        _("Choose TLS (port 993) or STARTTLS (port 143). Without encryption only a server on this machine is spoken to."),
    ),
    "bad_certificate": (
        _("The server's certificate is not valid for that name."),
        _("Check the name of the server; ask its operator for a valid certificate."),
    ),
    "login": (
        _("The server refused user name or password."),
        _("Use “Enter password” again; some providers ask for an app password that is made for this alone."),
    ),
    "no_consent": (_("Nobody has signed in at the provider yet."), _("Use “Sign in at the provider”.")),
    "consent_gone": (
        _("The provider says that the consent was withdrawn or has run out; nothing is fetched or sent any more."),
        _("Use “Sign in at the provider” again."),
    ),
    "consent_not_offered": (
        _("This installation is no longer known to the provider."),
        _("Ask your administrator to look after the client of the provider (FONDACO_…_CLIENT_ID)."),
    ),
    "consent_unreachable": (_("The provider did not renew the access."), _("The next attempt is made by itself.")),
    "no_folder": (_("The server has no folder of that name."), _("Check in your mail program that the mailbox has an inbox.")),
    "cut": (_("The connection broke off in the middle; what had come is kept."), _("The rest comes with the next attempt, by itself.")),
    "too_long": (_("The server took too long; what had come is kept."), _("The rest comes with the next attempt, by itself.")),
    "no_calendar": (
        _("There is no calendar at that address."),
        _("Copy the calendar's own address from your calendar program (CalDAV); it is not that of a web page."),
    ),
    "nonsense": (_("The server said something that is no IMAP."), _("Check server and port; the next attempt is made by itself.")),
}


def succeeded(standing: MailStanding | CalendarStanding, now: datetime) -> None:
    """Note a look that went well; what is still to bring comes at once."""
    standing.succeeded_at, standing.failures, standing.problem, standing.detail = now, 0, "", ""
    standing.next_at = now if standing.behind else now + PAUSE


def failed(standing: MailStanding | CalendarStanding, now: datetime, problem: str, detail: str) -> None:
    """Note a look that failed, and when the next one is made."""
    standing.failures += 1
    standing.problem, standing.detail = problem, detail.replace("\x00", "")[:500]
    standing.next_at = now + min(FIRST_REST * 2 ** min(standing.failures - 1, 12), LONGEST_REST)

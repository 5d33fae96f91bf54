"""How mail accounts, mails and quarantined mail are shown, written and served."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db.models import F, Model, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.correspondence import actions, standing, writing  # noqa: F401  verbs are declared on import
from fondaco.frontoffice.correspondence.consenting import provider_of
from fondaco.frontoffice.correspondence.models import (
    BY_PASSWORD,
    PLAIN,
    TLS,
    CalendarAccount,
    CalendarFeed,
    CalendarStanding,
    MailAccount,
    MailFolder,
    MailMessage,
    MailParty,
    MailStanding,
    QuarantinedMail,
)
from fondaco.frontoffice.correspondence.refusals import HostRefused, NotSecure, OthersAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, Wrong, register

HOST = re.compile(r"^(?=.{1,253}$)[a-z0-9]([a-z0-9.:_-]*[a-z0-9])?$", re.IGNORECASE)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@register
class MailAccountResource(Resource):
    model, key, natural_key = MailAccount, "mail-accounts", "address"
    title, title_one, job, icon = _("Mail accounts"), _("Mail account"), "sell", "mail"
    view_permission, write_permission = "correspondence.view_account", "correspondence.write_account"
    group, place = "set_up", 80
    annotations = {
        name: (lambda name=name: F(f"standing__{name}"))
        for name in ("succeeded_at", "tried_at", "next_at", "brought", "kept", "held", "behind", "failures", "detail")
    }
    columns = [
        "address",
        "user",
        Column("succeeded_at", _("Last success"), "moment"),
        Column("behind", _("Still to bring"), "number"),
        Column("failures", _("Failures in a row"), "number"),
        Column("next_at", _("Next attempt"), "moment"),
        "is_active",
    ]
    fields = [
        "address",
        "name",
        "user",
        "is_active",
        "makes_leads",
        Column("succeeded_at", _("Last success"), "moment"),
        Column("tried_at", _("Last tried"), "moment"),
        Column("next_at", _("Next attempt"), "moment"),
        Column("brought", _("Mails read"), "number"),
        Column("kept", _("Mails kept"), "number"),
        Column("held", _("Held back"), "number"),
        Column("behind", _("Still to bring"), "number"),
        Column("failures", _("Failures in a row"), "number"),
        Column("detail", _("What the server said"), "text", rare=True),
        "sign_in",
        "imap_host",
        Column("imap_port", kind="text"),
        "imap_security",
        "smtp_host",
        Column("smtp_port", kind="text"),
        "smtp_security",
        "username",
        "since",
        "company",
    ]
    writable = [
        "company",
        "address",
        "name",
        "user",
        "sign_in",
        "imap_host",
        "imap_port",
        "imap_security",
        "smtp_host",
        "smtp_port",
        "smtp_security",
        "username",
        "since",
        "is_active",
        "makes_leads",
    ]
    filters, search, sort = ["company", "user", "is_active"], ["address", "name"], "address"
    conditions = {
        "failing": (_("failing"), lambda: Q(standing__failures__gt=0)),
        "never": (_("never read yet"), lambda: Q(standing__succeeded_at__isnull=True)),
    }
    lines = [
        Lines(
            MailFolder,
            "account",
            ["name", "read_at", "brought", "behind", "last_uid", "uid_validity"],
            title=_("Folders"),
            order=("id",),
        ),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            row: MailAccount = d.row
            row.address = row.address.strip().lower()
            _with_servers_of_provider(row)
            for host, security in ((row.imap_host, row.imap_security), (row.smtp_host, row.smtp_security)):
                if host and not HOST.match(host.strip()):
                    raise HostRefused(
                        host=host[:100], fields={"imap_host" if host == row.imap_host else "smtp_host": _now("Check the name.")}
                    )
                if host and security == PLAIN and host.strip().lower() not in LOOPBACK:
                    raise NotSecure(account=row.address, host=host)
            row.imap_host, row.smtp_host = row.imap_host.strip(), row.smtp_host.strip()
            if not _keeps_others(actor, row.company_id):
                row.user_id = row.user_id or actor.user_id
                if row.user_id != actor.user_id:
                    raise OthersAccount(fields={"user": _now("Only yourself.")})

    @classmethod
    def written(cls, rows: Sequence[Any], actor: Actor) -> None:
        _begun(MailStanding, rows)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        return _trouble(MailAccount, pk)


def _with_servers_of_provider(row: MailAccount) -> None:
    """Google and Microsoft have one server for everybody; others must be named."""
    known = provider_of(row.sign_in).servers if row.sign_in != BY_PASSWORD else None
    if not row.imap_host.strip() and known is not None:
        incoming, outgoing, port, security = known
        row.imap_host, row.imap_port, row.imap_security = incoming, 993, TLS
        row.smtp_host, row.smtp_port, row.smtp_security = outgoing, port, security
    if not row.imap_host.strip():
        problem = _now("Fill this in.")
        raise InvalidInput(record=row.address, problems=problem, fields={"imap_host": problem})


def _begun(standings: type[Model], rows: Sequence[Any]) -> None:
    """How accounts stand is kept from their first day on."""
    there = set(standings._default_manager.filter(account__in=rows).values_list("account", flat=True))
    standings._default_manager.bulk_create([standings(account=row) for row in rows if row.pk not in there])


def _trouble(accounts: type[Model], pk: int) -> Sequence[Wrong]:
    """What keeps an account of mail or a calendar from being read, and what to do."""
    account: Any = accounts._default_manager.select_related("standing").get(pk=pk)
    found = getattr(account, "standing", None)
    problem = found.problem if found else ""
    if not account.sealed_password and problem != "consent_gone":
        problem = "no_password" if getattr(account, "sign_in", BY_PASSWORD) == BY_PASSWORD else "no_consent"
    if problem not in standing.PROBLEMS:
        return ()
    what, cure = standing.PROBLEMS[problem]
    door = (
        {"cure": _("Sign in at the provider"), "url": f"/mail-accounts/{pk}/consent"} if problem in {"no_consent", "consent_gone"} else {}
    )
    return [Wrong(f"{what} {cure}", **door, tone="wait" if problem in {"no_password", "no_consent", "cut", "too_long"} else "bad")]


def _keeps_others(actor: Actor, company: int) -> bool:
    return actor.everything or any(
        scope == Scope.COMPANY and where in (None, company) for where, scope in actor.grants("correspondence.write_account")
    )


@register
class MailMessageResource(Resource):
    model, key = MailMessage, "mails"
    title, title_one, job, icon = _("Mails"), _("Mail"), "sell", "mail"
    view_permission = "correspondence.view_mail"
    columns = ["at", "direction", "sender", "subject", "party", "account"]
    fields = [
        "at",
        "direction",
        "sender",
        "sender_name",
        "recipients",
        "party",
        "subject",
        "body",
        "is_private",
        "account",
        "folder",
        "message_id",
        "thread",
    ]
    filters = ["company", "direction", "party", "account", "at", "thread", "is_private"]
    search, sort = ["subject", "sender", "party"], "-at"
    place = 70
    lines = [Lines(MailParty, "mail", ["party"], title=_("Parties"), order=("id",))]

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        """A mail of ours that has not left yet, and why."""
        key = writing.key_of(MailMessage.objects.values_list("message_id", flat=True).get(pk=pk))
        waiting = OutboxMessage.objects.filter(key=key, sent_at__isnull=True).first()
        if waiting is None:
            return ()
        given_up = waiting.attempts >= OutboxMessage.MOST_ATTEMPTS
        if not waiting.last_error:
            return [Wrong(_("This mail is on its way: it leaves with the next round of the worker."))]
        text = _now("This mail was given up: {error}") if given_up else _now("This mail has not left yet; it is tried again. {error}")
        return [Wrong(text.format(error=waiting.last_error[:300]), tone="bad" if given_up else "wait")]


@register
class QuarantinedMailResource(Resource):
    model, key = QuarantinedMail, "quarantined-mail"
    title, title_one, job, icon = _("Quarantined mail"), _("Quarantined mail"), "serve", "note"
    view_permission = "correspondence.view_quarantine"
    columns = ["at", "reason", "sender", "subject", "size", "reviewed_at"]
    fields = [*columns, "account", "explanation", "reviewed_by", "digest"]
    filters, search = ["reason", "account", "at"], ["sender", "subject", "explanation"]
    conditions = {"to_review": (_("to review"), lambda: Q(reviewed_at__isnull=True))}


@register
class CalendarFeedResource(Resource):
    model, key = CalendarFeed, "calendar-feeds"
    title, title_one, job, icon = _("Calendar feeds"), _("Calendar feed"), "sell", "calendar"
    view_permission, write_permission = "correspondence.view_feed", "correspondence.write_feed"
    group, place = "set_up", 81
    annotations = {"has_address": lambda: Q(digest__isnull=False)}
    columns = ["name", "user", Column("has_address", _("has an address"), "flag"), "read_on"]
    writable = ["name"]
    filters, search, sort = ["user"], ["name"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            if d.row.user_id is None:
                if actor.user_id is None:
                    raise OthersAccount(fields={"user": _now("Only yourself.")})
                d.row.user_id = actor.user_id


@register
class CalendarAccountResource(Resource):
    model, key = CalendarAccount, "calendar-accounts"
    title, title_one, job, icon = _("Calendar accounts"), _("Calendar account"), "sell", "calendar"
    view_permission, write_permission = "correspondence.view_calendar", "correspondence.write_calendar"
    group, place = "set_up", 82
    annotations = {
        name: (lambda name=name: F(f"standing__{name}"))
        for name in (
            "succeeded_at", "tried_at", "next_at", "brought", "sent", "conflicts", "refused", "behind", "failures", "detail", "last_conflict",
        )
    }  # fmt: skip
    columns = [
        "url",
        "user",
        Column("succeeded_at", _("Last success"), "moment"),
        Column("behind", _("Still to bring"), "number"),
        Column("conflicts", _("Changed on both sides"), "number"),
        Column("failures", _("Failures in a row"), "number"),
        Column("next_at", _("Next attempt"), "moment"),
        "is_active",
    ]
    fields = [
        *columns,
        Column("tried_at", _("Last tried"), "moment"),
        Column("brought", _("Changes brought"), "number"),
        Column("sent", _("Changes sent"), "number"),
        Column("refused", _("Entries not taken"), "number"),
        Column("last_conflict", _("Last changed on both sides (the house's stands)"), "text", rare=True),
        Column("detail", _("What the server said"), "text", rare=True),
        "username",
        "company",
    ]
    writable = ["company", "url", "username", "is_active"]
    filters, search, sort = ["company", "user", "is_active"], ["url"], "url"
    conditions = {"failing": (_("failing"), lambda: Q(standing__failures__gt=0))}

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            row: CalendarAccount = d.row
            row.url = row.url.strip()
            parts = urlsplit(row.url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or not HOST.match(parts.hostname):
                raise HostRefused(host=row.url[:100], fields={"url": _now("Check the address.")})
            if parts.scheme == "http" and parts.hostname not in LOOPBACK:
                raise NotSecure(account=_now("The calendar"), host=parts.hostname)
            row.url = row.url if row.url.endswith("/") else f"{row.url}/"
            if row.user_id is None:
                if actor.user_id is None:
                    raise OthersAccount(fields={"user": _now("Only yourself.")})
                row.user_id = actor.user_id

    @classmethod
    def written(cls, rows: Sequence[Any], actor: Actor) -> None:
        _begun(CalendarStanding, rows)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        return _trouble(CalendarAccount, pk)

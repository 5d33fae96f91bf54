"""The verbs of mail accounts and mails."""

from typing import Annotated, Any

from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.correspondence import consenting
from fondaco.frontoffice.correspondence.calendars import digest_of, path_of
from fondaco.frontoffice.correspondence.fetching import PASSWORD
from fondaco.frontoffice.correspondence.models import (
    BY_PASSWORD,
    CalendarAccount,
    CalendarFeed,
    CalendarStanding,
    MailAccount,
    MailMessage,
    MailStanding,
    QuarantinedMail,
)
from fondaco.frontoffice.correspondence.refusals import AccountOff, ConsentInstead, NotYours, OthersFeed, PasswordMissing
from fondaco.frontoffice.correspondence.sealing import sealed
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.links import new_secret
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.jobs.working import start
from fondaco.platform.resources.schema import Text

Secret = Annotated[Text, Field(min_length=1, max_length=1000, json_schema_extra={"secret": True, "label": "password"})]
LOOK, TITLE = "correspondence.look", _("Look which mail accounts and calendars are due")


@action(MailAccount, permission="correspondence.write_account", title=_("Enter password"), done=_("Kept; the mail is being fetched"))
def enter_password(accounts: DocumentSet[MailAccount], *, password: Secret) -> None:
    """Keep the password of accounts, sealed, and look into them at once."""
    other = [a for a in accounts if a.sign_in != BY_PASSWORD]
    if other:
        raise ConsentInstead(account=", ".join(map(str, other[:20])), rows=rows_json(other))
    _keep_password(accounts, password, MailStanding)


def keep_consent(actor: Actor, account: MailAccount, tokens: str) -> None:
    """Keep the tokens of a consent, sealed, and look into the account at once."""
    account.sealed_password = sealed(tokens, consenting.SEALED_FOR)
    account.save(update_fields=["sealed_password"])
    MailStanding.objects.filter(account=account).update(problem="", detail="", failures=0)
    _look(DocumentSet(MailAccount, [account], actor), MailStanding)


@action(MailAccount, permission="correspondence.fetch_account", title=_("Fetch now"), done=_("Mail is being fetched"))
def fetch(accounts: DocumentSet[MailAccount]) -> None:
    """Look into accounts now instead of waiting for the next time; a rest after failures is over with it."""
    _look_now(accounts, MailStanding)


def _keep_password(accounts: DocumentSet[Any], password: str, standings: type[Model]) -> None:
    for account in accounts:
        account.sealed_password = sealed(password, PASSWORD)
    accounts.save("sealed_password")
    _look(accounts, standings)


def _look_now(accounts: DocumentSet[Any], standings: type[Model]) -> None:
    off = [a for a in accounts if not a.is_active]
    if off:
        raise AccountOff(account=", ".join(map(str, off[:20])), rows=rows_json(off))
    silent = [a for a in accounts if not a.sealed_password]
    if consent := [a for a in silent if getattr(a, "sign_in", BY_PASSWORD) != BY_PASSWORD]:
        raise ConsentInstead(account=", ".join(map(str, consent[:20])), rows=rows_json(consent))
    if silent:
        raise PasswordMissing(account=", ".join(map(str, silent[:20])), rows=rows_json(silent))
    _look(accounts, standings)


def _look(accounts: DocumentSet[Any], standings: type[Model]) -> None:
    """Accounts of mail or calendars are due now, and somebody looks."""
    standings._default_manager.filter(account__in=accounts.ids).update(next_at=timezone.now())
    start(accounts.actor, LOOK, str(TITLE), {})


@action(
    MailMessage,
    permission="correspondence.view_mail",
    title=_("Make private"),
    done=_("Only you see it now"),
    only_when=Q(is_private=False),
)
def make_private(mails: DocumentSet[MailMessage]) -> None:
    """Keep mails of one's own account to oneself: on the time lines of their parties it only says that there is one."""
    _set_private(mails, private=True)


@action(
    MailMessage,
    permission="correspondence.view_mail",
    title=_("Share again"),
    done=_("Everybody who sees the party sees it"),
    only_when=Q(is_private=True),
)
def share(mails: DocumentSet[MailMessage]) -> None:
    """Let those who see the party read mails again that one had kept to oneself."""
    _set_private(mails, private=False)


def _set_private(mails: DocumentSet[MailMessage], *, private: bool) -> None:
    owners = dict(MailAccount.objects.filter(pk__in={m.account_id for m in mails}).values_list("pk", "user_id"))
    others = [m for m in mails if mails.actor.user_id is None or owners[m.account_id] != mails.actor.user_id]
    if others:
        raise NotYours(mail=", ".join(str(m) for m in others[:20]), rows=rows_json(others))
    for mail in mails:
        mail.is_private = private
    mails.save("is_private")


@action(QuarantinedMail, permission="correspondence.review_quarantine", title=_("Reviewed"), done=_("Reviewed"))
def review(mails: DocumentSet[QuarantinedMail]) -> None:
    """Note that somebody looked at mail that was held back, and that nothing is to be done."""
    for mail in mails:
        mail.reviewed_at, mail.reviewed_by = timezone.now(), mails.actor.username
    mails.save("reviewed_at", "reviewed_by")


@action(CalendarFeed, permission="correspondence.write_feed", title=_("New address"), done=_("The calendar has an address"))
def make_address(feeds: DocumentSet[CalendarFeed]) -> None:
    """Make the secret address by which a calendar program reads each calendar. It is told only now; an earlier one ends."""
    _of_oneself(feeds)
    secret = {feed.pk: new_secret() for feed in feeds}
    for feed in feeds:
        feed.digest = digest_of(secret[feed.pk])
    feeds.save("digest")
    feeds.told = {str(feed): path_of(secret[feed.pk]) for feed in feeds}


@action(CalendarFeed, permission="correspondence.write_feed", title=_("End address"), done=_("Nobody reads it any more"))
def end_address(feeds: DocumentSet[CalendarFeed]) -> None:
    """End the addresses of calendars: whoever has one reads nothing any more."""
    for feed in feeds:
        feed.digest = None
    feeds.save("digest")


def _of_oneself(feeds: DocumentSet[CalendarFeed]) -> None:
    """An address shows what its owner sees: nobody gets somebody else's."""
    others = [f for f in feeds if f.user_id != feeds.actor.user_id]
    if others:
        raise OthersFeed(feed=", ".join(map(str, others[:20])), rows=rows_json(others))


@action(
    CalendarAccount,
    name="enter_calendar_password",
    permission="correspondence.write_calendar",
    title=_("Enter password"),
    done=_("Kept; the calendar is being read"),
)
def enter_calendar_password(accounts: DocumentSet[CalendarAccount], *, password: Secret) -> None:
    """Keep the password of calendars, sealed, and look into them at once."""
    _keep_password(accounts, password, CalendarStanding)


@action(CalendarAccount, permission="correspondence.write_calendar", title=_("Keep in step now"), done=_("The calendar is being read"))
def sync(accounts: DocumentSet[CalendarAccount]) -> None:
    """Look into calendars now instead of waiting for the next time; a rest after failures is over with it."""
    _look_now(accounts, CalendarStanding)

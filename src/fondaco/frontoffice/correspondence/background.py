"""What the worker does for mail: looks into each account that is due, each as a job of its own."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.correspondence import consenting, syncing
from fondaco.frontoffice.correspondence.actions import LOOK, TITLE
from fondaco.frontoffice.correspondence.fetching import due, fetch
from fondaco.frontoffice.correspondence.models import CalendarAccount, MailAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import Progress, every, job, start

FETCH, SYNC = "correspondence.fetch", "correspondence.sync"
MINUTES = 5
#: How long the worker's list shows looks that went well.
REMEMBERED = timedelta(hours=6)


def _is_wanted() -> bool:
    now = timezone.now()
    return bool(due(now) or syncing.due(now))


@every(MINUTES, LOOK, TITLE, _is_wanted)
def look(actor: Actor, progress: Progress, **_given: Any) -> Mapping[str, Any]:
    """Ask for one job an account, so that a slow server holds up its own alone."""
    now = timezone.now()
    # Accounts that are looked into already, or wait for it, are not asked for twice.
    asked = set(Job.objects.filter(kind__in=[FETCH, SYNC], state__in=[Job.WAITING, Job.RUNNING]).values_list("kind", "parameters__account"))
    accounts = [a for a in due(now) if (FETCH, a.pk) not in asked]
    consenting.renew(accounts)
    for account in accounts:
        start(actor, FETCH, str(_("Fetch mail of {account}").format(account=account)), {"account": account.pk})
    calendars = [c for c in syncing.due(now) if (SYNC, c.pk) not in asked]
    for calendar in calendars:
        start(actor, SYNC, str(_("Keep {calendar} in step").format(calendar=calendar)), {"account": calendar.pk})
    Job.objects.filter(kind__in=[FETCH, SYNC, LOOK], state=Job.DONE, ended_at__lt=now - REMEMBERED).delete()
    return {"accounts": len(accounts), "calendars": len(calendars)}


@job(FETCH)
def fetch_account(actor: Actor, progress: Progress, *, account: int) -> Mapping[str, Any]:
    """Look into one account; what came of it stands on the account."""
    found = MailAccount.objects.filter(pk=account, is_active=True).first()
    looked = fetch(found, progress) if found is not None else None
    return asdict(looked) if looked else {}


@job(SYNC)
def sync_calendar(actor: Actor, progress: Progress, *, account: int) -> Mapping[str, Any]:
    """Keep one calendar in step; what came of it stands on the account."""
    found = CalendarAccount.objects.filter(pk=account, is_active=True).select_related("user").first()
    done = syncing.sync(found) if found is not None else None
    return asdict(done) if done else {}

"""What the worker does for mail: looks into each account that is due, each as a job of its own."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.correspondence.actions import LOOK, TITLE
from fondaco.frontoffice.correspondence.fetching import due, fetch
from fondaco.frontoffice.correspondence.models import MailAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import Progress, every, job, start

FETCH = "correspondence.fetch"
MINUTES = 5
#: How long the worker's list shows looks that went well.
REMEMBERED = timedelta(hours=6)


def _is_wanted() -> bool:
    return bool(due(timezone.now()))


@every(MINUTES, LOOK, TITLE, _is_wanted)
def look(actor: Actor, progress: Progress, **_given: Any) -> Mapping[str, Any]:
    """Ask for one job an account, so that a slow server holds up its own alone."""
    now = timezone.now()
    # Accounts that are looked into already, or wait for it, are not asked for twice.
    open_jobs = Job.objects.filter(kind=FETCH, state__in=[Job.WAITING, Job.RUNNING]).values_list("parameters__account", flat=True)
    asked = set(open_jobs)
    accounts = [a for a in due(now) if a.pk not in asked]
    for account in accounts:
        start(actor, FETCH, str(_("Fetch mail of {account}").format(account=account)), {"account": account.pk})
    Job.objects.filter(kind__in=[FETCH, LOOK], state=Job.DONE, ended_at__lt=now - REMEMBERED).delete()
    return {"accounts": len(accounts)}


@job(FETCH)
def fetch_account(actor: Actor, progress: Progress, *, account: int) -> Mapping[str, Any]:
    """Look into one account; what came of it stands on the account."""
    found = MailAccount.objects.filter(pk=account, is_active=True).first()
    looked = fetch(found, progress) if found is not None else None
    return asdict(looked) if looked else {}

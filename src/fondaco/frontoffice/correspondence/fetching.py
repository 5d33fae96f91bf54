"""Fetching: one look into an account brings what is new, in one transaction with how far it was read.

Killed at any moment, nothing of the look is written and the next one begins where the last ended; so nothing is lost. A mail that is
brought twice has one Message-ID and makes one row; so nothing is doubled, also where the server counts anew.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from fondaco.frontoffice.correspondence import consenting
from fondaco.frontoffice.correspondence import standing as words
from fondaco.frontoffice.correspondence.filing import HELD, KEPT, Letter, file
from fondaco.frontoffice.correspondence.imap import SECONDS, Failed, Mailbox, Server
from fondaco.frontoffice.correspondence.models import BY_PASSWORD, CalendarAccount, MailAccount, MailFolder, MailStanding
from fondaco.frontoffice.correspondence.sealing import NotOurs, opened
from fondaco.platform.database import tenancy

#: One look brings at most so many mails; the rest comes with the next.
AT_ONCE = 500
PASSWORD = "mail account"
#: Told after each handful: how many of how many.
Told = Callable[[int, int], None]


@dataclass
class Looked:
    """What a look brought: mails read, kept, held back, and still to bring; ``problem`` where it ended badly."""

    brought: int = 0
    kept: int = 0
    held: int = 0
    behind: int = 0
    problem: str = ""


def due(now: datetime) -> list[MailAccount]:
    """The accounts to look into now: never looked into, or their pause is over."""
    ready = Q(standing__isnull=True) | Q(standing__next_at__isnull=True) | Q(standing__next_at__lte=now)
    return list(MailAccount.objects.filter(ready, is_active=True).exclude(sealed_password="").order_by("standing__next_at", "pk"))


def fetch(account: MailAccount, told: Told = lambda done, total: None) -> Looked | None:
    """Look into an account once, in the caller's transaction; nothing where another worker is looking into it."""
    if not alone("mail", account.pk):
        return None
    standing, _made = MailStanding.objects.get_or_create(account=account)
    looked = Looked()
    try:
        _look(account, looked, told)
    except Failed as failure:
        looked.problem = failure.problem
        detail = failure.detail
        if failure.problem == "consent_gone":
            # Nothing is asked in its name any more, until somebody consents again.
            account.sealed_password = ""
            account.save(update_fields=["sealed_password"])
    now = timezone.now()
    standing.tried_at = now
    standing.brought += looked.brought
    standing.kept += looked.kept
    standing.held += looked.held
    standing.behind = looked.behind
    if looked.problem:
        words.failed(standing, now, looked.problem, detail)
    else:
        words.succeeded(standing, now)
    standing.save()
    return looked


def server_of(account: MailAccount) -> Server:
    """How the account is read. Raises Failed."""
    where = account.imap_host, account.imap_port, account.imap_security, account.username or account.address
    if account.sign_in != BY_PASSWORD:
        return Server(*where, "", consenting.token_of(account))
    return Server(*where, password_of(account))


def _opened(account: MailAccount) -> Mailbox:
    """The mailbox. A token that is refused before its time is renewed once: a consent that was withdrawn shows itself so. Raises Failed."""
    try:
        return Mailbox(server_of(account))
    except Failed as failure:
        if failure.problem != "login" or account.sign_in == BY_PASSWORD:
            raise
        consenting.token_of(account, anew=True)
        return Mailbox(server_of(account))


def password_of(account: MailAccount | CalendarAccount) -> str:
    """The account's password, to be used and not kept. Raises Failed."""
    if not account.sealed_password:
        raise Failed("no_password")
    try:
        return opened(account.sealed_password, PASSWORD)
    except NotOurs as error:
        raise Failed("sealed_elsewhere") from error


def alone(what: str, key: int) -> bool:
    """Whether no other worker looks into the same account; none will, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext(%s), %s)", [f"{tenancy.key()}.correspondence.{what}", key % 2**31])
        return bool(cursor.fetchone()[0])


def _look(account: MailAccount, looked: Looked, told: Told) -> None:
    begun = time.monotonic()
    with _opened(account) as mailbox:
        there = {f.name: f for f in MailFolder.objects.filter(account=account)}
        waiting: list[tuple[MailFolder, Sequence[int]]] = []
        for name in mailbox.folders():
            folder = there.get(name) or MailFolder(account=account, name=name, uid_validity=0)
            found = mailbox.open(name, after=folder.last_uid, uid_validity=folder.uid_validity or None, since=account.since)
            if found.uid_validity != folder.uid_validity:
                # The server counts anew: everything since the first day is looked at again, and what is known is known.
                folder.uid_validity, folder.last_uid = found.uid_validity, 0
            folder.behind = len(found.uids)
            waiting.append((folder, found.uids))
        looked.behind = total = sum(len(uids) for _f, uids in waiting)
        for folder, uids in waiting:
            try:
                if uids and looked.brought < AT_ONCE:
                    mailbox.again(folder.name, folder.uid_validity)
                for batch in mailbox.bring(uids[: max(0, AT_ONCE - looked.brought)]):
                    became = file(account, [Letter(b.raw, folder.name, b.uid, b.size) for b in batch])
                    looked.brought += len(batch)
                    looked.kept += sum(word in (KEPT, "opened", "appended") for word in became)
                    looked.held += sum(word == HELD for word in became)
                    folder.last_uid = max([folder.last_uid, *(b.uid for b in batch)])
                    folder.brought += len(batch)
                    folder.behind = sum(u > folder.last_uid for u in uids)
                    looked.behind = sum(f.behind for f, _uids in waiting)
                    told(looked.brought, total)
                    if time.monotonic() - begun > SECONDS:
                        raise Failed("too_long")
            except Failed:
                # What came before the line broke is filed: how far the folder was read goes with it.
                _note(folder)
                raise
            _note(folder)


def _note(folder: MailFolder) -> None:
    folder.read_at = timezone.now()
    folder.save()

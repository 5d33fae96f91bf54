"""``mail`` and ``send``: mail in from a mail server's pipe, and the outbox out."""

import argparse
import sys
from collections.abc import Callable

from django.db import DatabaseError

from fondaco.platform.database.configuration import ensure_running
from fondaco.platform.database.tenancy import served, serving, several
from fondaco.platform.tenants.directory import admitted, tenants


def mail_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("--mailbox", default="", help="the address it was delivered to; else the mail's own recipients tell")
    return lambda arguments: file_mail(arguments.mailbox)


def file_mail(mailbox: str) -> None:
    """File the mail on standard input, and say what became of it. Mail that is held back is no failure: it was taken."""
    from fondaco.frontoffice.correspondence.parsing import LARGEST_MAIL
    from fondaco.frontoffice.service.receiving import receive

    ensure_running()
    if tenant := served():
        admitted(tenant, tenant.name)
    outcome = receive(sys.stdin.buffer.read(LARGEST_MAIL + 1), mailbox=mailbox)
    print(" ".join(filter(None, [outcome.kind, str(outcome.ticket_id or ""), outcome.reason])))


def send_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    parser.add_argument("--limit", type=int, default=50, help="how many mails at most, of each tenant (default %(default)s)")
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("--pause", metavar="REASON", help="keep all mail in the house from now on")
    switch.add_argument("--resume", action="store_true", help="let mail go again, then send what is due")
    return lambda arguments: send_mail(arguments.limit, arguments.pause, arguments.resume)


def send_mail(limit: int, reason: str | None, resuming: bool) -> int:
    """Send what is due, of each tenant for itself; 1 when a tenant's could not even be tried."""
    from fondaco.platform.events.pausing import pause, resume

    if reason is not None:
        pause(reason)
        print(f"Outgoing mail is paused: {reason}")
        return 0
    if resuming:
        resume()
    ensure_running()
    if tenant := served():
        admitted(tenant, tenant.name)
    if not several() or tenant:
        print(_sent(limit))
        return 0
    failed = 0
    for each in tenants():
        if not each.is_served:
            print(f"{each.name}: not served, so nothing was sent.")
            continue
        try:
            with serving(each):
                print(f"{each.name}: {_sent(limit)}")
        except DatabaseError as error:
            failed = 1
            print(f"{each.name}: FAILED. {error}", file=sys.stderr)
    return failed


def _sent(limit: int) -> str:
    from fondaco.platform.events.sending import send_due

    done = send_due(limit=limit)
    return (
        f"Nothing was sent: {done.kept}."
        if done.kept and not (done.sent or done.failed or done.given_up)
        else f"Sent {done.sent}, to be tried again {done.failed}, given up {done.given_up}."
        + (f" Mail waits: {done.kept}." if done.kept else "")
    )

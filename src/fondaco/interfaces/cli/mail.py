"""``mail`` and ``send``: mail in from a mail server's pipe, and the outbox out."""

import argparse
import sys
from collections.abc import Callable

from fondaco.platform.database.configuration import ensure_running


def mail_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("--mailbox", default="", help="the address it was delivered to; else the mail's own recipients tell")
    return lambda arguments: file_mail(arguments.mailbox)


def file_mail(mailbox: str) -> None:
    """File the mail on standard input, and say what became of it. Mail that is held back is no failure: it was taken."""
    from fondaco.frontoffice.service.parsing import LARGEST_MAIL
    from fondaco.frontoffice.service.receiving import receive

    ensure_running()
    outcome = receive(sys.stdin.buffer.read(LARGEST_MAIL + 1), mailbox=mailbox)
    print(" ".join(filter(None, [outcome.kind, str(outcome.ticket_id or ""), outcome.reason])))


def send_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("--limit", type=int, default=50, help="how many mails at most (default %(default)s)")
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("--pause", metavar="REASON", help="keep all mail in the house from now on")
    switch.add_argument("--resume", action="store_true", help="let mail go again, then send what is due")
    return lambda arguments: send_mail(arguments.limit, arguments.pause, arguments.resume)


def send_mail(limit: int, reason: str | None, resuming: bool) -> None:
    from fondaco.platform.events.pausing import pause, resume
    from fondaco.platform.events.sending import send_due

    if reason is not None:
        pause(reason)
        print(f"Outgoing mail is paused: {reason}")
        return
    if resuming:
        resume()
    ensure_running()
    done = send_due(limit=limit)
    print(
        f"Nothing was sent: {done.kept}." if done.kept else f"Sent {done.sent}, to be tried again {done.failed}, given up {done.given_up}."
    )

"""Sending what waits in the outbox: claimed by one worker, tried again with growing pauses, given up visibly.

FONDACO_SMTP_URL says how: ``smtp://user:password@host:587`` (STARTTLS; ``?plain=1`` without), ``smtps://host:465``, or
``file:`` to write the mails into ``<home>/mail`` (there into a folder of each tenant's, where there are several). Where it is not set, mails stay in the outbox as *to be sent*.
"""

import hashlib
import logging
import os
import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formataddr
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.utils import timezone

from fondaco.platform.database.configuration import home_folder
from fondaco.platform.database.tenancy import own_folder
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.pausing import paused

log = logging.getLogger(__name__)
ACTOR, VERB = "program.sending", "events.send"
MOST_ATTEMPTS = OutboxMessage.MOST_ATTEMPTS
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
#: A worker that died while sending leaves its claim; after this long the message is tried again.
CLAIM = timedelta(minutes=10)
TIMEOUT_SECONDS = 30
#: A channel that fails so often in a row has its next turn in the next round: somebody's server that is down does not hold up the mail.
IN_A_ROW = 3

#: Hands one mail over; raises when it was not taken. The key names the effect.
Transport = Callable[[str, EmailMessage], None]
#: What a room writes when its message went, in the transaction that marks it as sent.
Noted = Callable[[], None]
#: Hands one message of a channel over; raises when it was not taken.
Carrier = Callable[[str, Mapping[str, Any]], Noted | None]
CARRIERS: dict[str, Carrier] = {}


def carries(channel: str) -> Callable[[Carrier], Carrier]:
    """Declare how messages of ``channel`` are handed over; mails have their own way."""

    def declare(carrier: Carrier) -> Carrier:
        if channel in CARRIERS or channel == "mail":
            raise ValueError(f"Two carry {channel}")
        CARRIERS[channel] = carrier
        return carrier

    return declare


#: Makes the file of a record by its key; by the kind that a payload names.
ATTACHED: dict[str, Callable[[int], bytes]] = {}


def attaches(kind: str) -> Callable[[Callable[[int], bytes]], Callable[[int], bytes]]:
    """Declare what makes the file that a mail carries as ``{"kind": kind, "id": key, "name": file name}``: when it is sent, not before.

    It is a PDF, or of the ``media_type`` that is said beside it.
    """

    def declare(make: Callable[[int], bytes]) -> Callable[[int], bytes]:
        ATTACHED[kind] = make
        return make

    return declare


#: Says of claims of one kind, each a part of its message's payload, why the message must not leave; empty where it may.
Judge = Callable[[Sequence[Mapping[str, Any]]], Sequence[str]]
JUDGES: dict[str, Judge] = {}


def withholds(claim: str) -> Callable[[Judge], Judge]:
    """Declare who judges messages whose payload has a part named ``claim``, at the moment when they are sent."""

    def declare(judge: Judge) -> Judge:
        JUDGES[claim] = judge
        return judge

    return declare


class SettingsFault(Exception):
    """FONDACO_SMTP_URL cannot be used; the text says why."""


@dataclass
class Sent:
    """What a round did. ``kept`` says why nothing, or no mail, was tried: paused, or no way to send."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    withheld: int = 0
    kept: str = ""


def send_due(*, limit: int = 50, transport: Transport | None = None) -> Sent:
    """Send what is due, at most ``limit`` messages of each channel; several workers may do so at once.

    One message is one effect: its key is unique, one worker at a time holds the claim, and a mail that had to be tried
    again after a crash carries the same Message-ID.
    """
    if reason := paused():
        return Sent(kept=reason)
    result = Sent()
    for channel, carrier in CARRIERS.items():
        _round(channel, carrier, result, limit)
    send = transport or transport_of(os.environ.get("FONDACO_SMTP_URL", ""))
    if send is None:
        result.kept = "FONDACO_SMTP_URL is not set"
        return result
    _round("mail", partial(_mailed, send), result, limit)
    return result


def _mailed(send: Transport, key: str, payload: Mapping[str, Any]) -> None:
    with unit_of_work(ACTOR, VERB):
        mail = mail_of(payload)
    send(key, mail)


def _round(channel: str, carrier: Carrier, result: Sent, limit: int) -> None:
    in_a_row = 0
    for _turn in range(limit):
        claimed = _claim(channel) if in_a_row < IN_A_ROW else None
        if claimed is None:
            break
        in_a_row = 0 if _send(carrier, result, *claimed) else in_a_row + 1


def _claim(channel: str) -> tuple[int, str, dict[str, Any], int] | None:
    """Take the next due message for this worker, and count the attempt before it is made."""
    now = timezone.now()
    with unit_of_work(ACTOR, VERB):
        due = (
            OutboxMessage.objects.due(now)
            .filter(channel=channel)
            .order_by("id")
            .select_for_update(skip_locked=True)
            .values_list("id", flat=True)
        )
        key = due.first()
        if key is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                "update events_outboxmessage set attempts = attempts + 1, next_attempt_at = %s where id = %s and sent_at is null"
                " returning id, attempts",
                [now + CLAIM, key],
            )
            _id, attempts = cursor.fetchone()
        message = OutboxMessage.objects.get(pk=key)
        return message.pk, message.key, message.payload, attempts


def _send(carrier: Carrier, result: Sent, pk: int, key: str, payload: Mapping[str, Any], attempts: int) -> bool:
    """Whether the message went, or must not go."""
    try:
        if reason := _withheld(payload):
            _note(pk, withheld_at=timezone.now(), next_attempt_at=None, last_error=reason)
            result.withheld += 1
            return True
        note = carrier(key, payload)
    # A foreign server may fail in any way; one message that does must not hold up the others, and the error is kept with it.
    except Exception as error:
        final = attempts >= MOST_ATTEMPTS or _is_final(error)
        pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
        log.warning("Message %s was not sent (attempt %s): %s", key, attempts, error)
        text = f"{type(error).__name__}: {error}".replace("\x00", "")[:2000]
        _note(pk, last_error=text, next_attempt_at=timezone.now() + pause, **({"attempts": MOST_ATTEMPTS} if final else {}))
        result.failed += not final
        result.given_up += final
        return False
    with unit_of_work(ACTOR, VERB):
        _note(pk, sent_at=timezone.now(), next_attempt_at=None, last_error="")
        if note is not None:
            note()
    result.sent += 1
    return True


def _withheld(payload: Mapping[str, Any]) -> str:
    """Why a message must not leave any more."""
    claims = [name for name in JUDGES if name in payload]
    if not claims:
        return ""
    with unit_of_work(ACTOR, VERB):
        return next((reason for name in claims for reason in JUDGES[name]([payload[name]]) if reason), "")


def _note(pk: int, **values: Any) -> None:
    with unit_of_work(ACTOR, VERB):
        OutboxMessage.objects.filter(pk=pk, sent_at__isnull=True).update(**values)


def _is_final(error: Exception) -> bool:
    """Whether trying again can only fail: the address or the mail itself was refused for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return (isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500) or isinstance(error, KeyError)


def mail_of(payload: Mapping[str, Any]) -> EmailMessage:
    """The mail of a payload: from_name, from_address, to, subject, text, headers, attachments."""
    mail = EmailMessage(
        subject=payload["subject"],
        body=payload["text"],
        from_email=formataddr((payload.get("from_name", ""), payload["from_address"])),
        to=list(payload["to"]),
        headers=dict(payload.get("headers", {})),
    )
    for attachment in payload.get("attachments", ()):
        mail.attach(attachment["name"], ATTACHED[attachment["kind"]](attachment["id"]), attachment.get("media_type") or "application/pdf")
    return mail


def transport_of(url: str) -> Transport | None:
    """How FONDACO_SMTP_URL has mail sent; ``None`` when it is empty. Raises SettingsFault."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme == "file":
        return into_folder(own_folder(home_folder() / "mail"))
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingsFault("FONDACO_SMTP_URL must look like smtp://user:password@host:587, smtps://host:465 or file:")
    secure = parts.scheme == "smtps"
    settings: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or (465 if secure else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": secure,
        "use_tls": not secure and "plain" not in parse_qs(parts.query),
        "timeout": TIMEOUT_SECONDS,
    }

    def send(key: str, mail: EmailMessage) -> None:
        mail.connection = get_connection("django.core.mail.backends.smtp.EmailBackend", **settings)
        mail.send()

    return send


def into_folder(folder: Path) -> Transport:
    """Write each mail as a file named by its effect; a second one with the same key changes nothing."""

    def send(key: str, mail: EmailMessage) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.eml"
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_bytes(mail.message().as_bytes())
        try:
            os.link(draft, path)
        except FileExistsError:
            log.info("Mail %s lies in the folder already", key)
        finally:
            draft.unlink()

    return send

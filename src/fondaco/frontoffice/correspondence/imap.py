"""Reading a mailbox by IMAP (RFC 3501), from a server that may say anything: encrypted, bounded in time and bytes, read only."""

import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from threading import Timer
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from fondaco.frontoffice.correspondence.models import PLAIN, STARTTLS, TLS
from fondaco.frontoffice.correspondence.parsing import LARGEST_MAIL, MEGABYTE
from fondaco.platform.events.reaching import NotReached, is_loopback, line

SECONDS_TO_ANSWER = 20
#: One look: at most so long, so many bytes.
SECONDS, BYTES = 45, 100 * MEGABYTE
#: What is asked for in one breath.
TOGETHER, BYTES_TOGETHER = 50, 8 * MEGABYTE
INBOX = "INBOX"
#: What the folder of sent mail is called where the server does not say which it is (RFC 6154).
SENT = ("sent", "sent items", "sent messages", "sent mail", "posta inviata", "inviata", "inviati", "elementi inviati")
UID, SIZE = re.compile(rb"\bUID (\d{1,10})"), re.compile(rb"\bRFC822\.SIZE (\d{1,18})")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Failed(Exception):
    """The look ended; ``problem`` is a key of ``standing.PROBLEMS``, ``detail`` what the server said."""

    def __init__(self, problem: str, detail: object = "") -> None:
        super().__init__(problem, str(detail))
        self.problem, self.detail = problem, str(detail)


@dataclass(frozen=True)
class Server:
    """Where a mailbox lies, and who reads it: by a password, or by the ``token`` of a consent (SASL XOAUTH2)."""

    host: str
    port: int
    security: str
    username: str
    password: str
    token: str = ""


@dataclass(frozen=True)
class Opened:
    """A folder as it stands: the generation of its numbers, and the numbers that are new."""

    name: str
    uid_validity: int
    uids: Sequence[int]


@dataclass(frozen=True)
class Brought:
    """One mail of a folder; ``raw`` is empty where it was too large to be asked for, or the server did not give it."""

    uid: int
    size: int
    raw: bytes


class Mailbox:
    """One look into a mailbox. Every method raises Failed and nothing else that a server can cause."""

    def __init__(self, server: Server, *, seconds: float = SECONDS, largest: int = BYTES) -> None:
        self.ends_at = time.monotonic() + seconds
        with _failures(self.ends_at):
            self.box = _Box(server, self.ends_at, largest)
            try:
                if server.token:
                    self.box.consented(server.username, server.token)
                elif server.username.isascii() and server.password.isascii():
                    self.box.login(server.username, server.password, None)
                else:
                    self.box.login_utf8(server.username, server.password, None)
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> "Mailbox":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; politeness is not waited for."""
        self.box.client.cut()

    def folders(self) -> list[str]:
        """The inbox, and the folder of sent mail where there is one."""
        with _failures(self.ends_at):
            found = self.box.folder.list()
        sent = [f.name for f in found if "\\sent" in {flag.lower() for flag in f.flags}]
        named = [f.name for f in found if re.split(r"[./]", f.name)[-1].lower() in SENT]
        return [INBOX, *(sent or named)[:1]]

    def open(self, name: str, *, after: int, uid_validity: int | None, since: date) -> Opened:
        """Look into a folder for mails numbered after ``after``; for all since a day where its numbers began anew."""
        with _failures(self.ends_at):
            self.box.folder.set(name, readonly=True)
            validity = _number(self.box.client.response("UIDVALIDITY")[1])
            if validity is None:
                raise Failed("nonsense", "no UIDVALIDITY")
            fresh = validity != uid_validity or not after
            day = f"{since.day:02}-{MONTHS[since.month - 1]}-{since.year}"
            found = self.box.uids(f"SINCE {day}" if fresh else f"UID {after + 1}:*", None)
            # "n:*" names the last mail even where its number is smaller.
            numbers = sorted({int(u) for u in found if u.isdecimal() and len(u) < 11} - {0})
        return Opened(name, validity, numbers if fresh else [n for n in numbers if n > after])

    def again(self, name: str, uid_validity: int) -> None:
        """Go back to a folder that was looked into."""
        with _failures(self.ends_at):
            self.box.folder.set(name, readonly=True)
            if _number(self.box.client.response("UIDVALIDITY")[1]) != uid_validity:
                raise Failed("cut", "the folder was made anew meanwhile")

    def bring(self, uids: Sequence[int]) -> Iterator[list[Brought]]:
        """The mails of these numbers, in their order, a few at a time. One that disappeared meanwhile is left out."""
        for start in range(0, len(uids), TOGETHER):
            part = uids[start : start + TOGETHER]
            with _failures(self.ends_at):
                sizes = self._sizes(part)
            batch: list[int] = []
            for uid in part:
                if batch and sum(sizes.get(u, 0) for u in batch) + sizes.get(uid, 0) > BYTES_TOGETHER:
                    yield self._mails(batch, sizes)
                    batch = []
                batch.append(uid)
            if batch:
                yield self._mails(batch, sizes)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        found = {}
        for entry in self._fetch(uids, "(UID RFC822.SIZE)"):
            text = entry[0] if isinstance(entry, tuple) else entry
            uid, size = UID.search(text or b""), SIZE.search(text or b"")
            if uid and size:
                found[int(uid.group(1))] = int(size.group(1))
        return found

    def _mails(self, uids: Sequence[int], sizes: dict[int, int]) -> list[Brought]:
        small = [u for u in uids if sizes.get(u, LARGEST_MAIL + 1) <= LARGEST_MAIL]
        raws: dict[int, bytes] = {}
        with _failures(self.ends_at):
            answer = self._fetch(small, "(UID BODY.PEEK[])") if small else []
            for place, entry in enumerate(answer):
                if isinstance(entry, tuple):
                    tail = answer[place + 1] if place + 1 < len(answer) and isinstance(answer[place + 1], bytes) else b""
                    uid = UID.search(entry[0]) or UID.search(tail)
                    if uid:
                        raws[int(uid.group(1))] = entry[1]
        # One of a known size whose content the server does not give is not passed over: it is held back.
        return [Brought(u, sizes[u], raws.get(u, b"")) for u in uids if u in sizes]

    def _fetch(self, uids: Sequence[int], parts: str) -> list[Any]:
        kind, answer = self.box.client.uid("FETCH", ",".join(map(str, uids)), parts)
        if kind != "OK":
            raise Failed("nonsense", answer)
        return [entry for entry in answer if entry is not None]


class _Box(BaseMailBox):
    def __init__(self, server: Server, ends_at: float, largest: int) -> None:
        self.server, self.ends_at, self.largest = server, ends_at, largest
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self.server, self.ends_at, self.largest)
        if self.server.security == STARTTLS:
            client.starttls(ssl.create_default_context())
        return client

    def consented(self, username: str, token: str) -> None:
        """Sign in by XOAUTH2; a server that refuses says why in a challenge, which is answered with nothing."""
        words = iter([f"user={username}\x01auth=Bearer {token}\x01\x01".encode()])
        try:
            self.client.authenticate("XOAUTH2", lambda _challenge: next(words, b""))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Failed("login", str(error)) from error


class _Client(imaplib.IMAP4):
    """The standard library's client on a guarded line; it reads no more, and no longer, than it was told."""

    def __init__(self, server: Server, ends_at: float, largest: int) -> None:
        self.server, self.ends_at, self.left = server, ends_at, largest
        super().__init__(server.host, server.port, SECONDS_TO_ANSWER)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        sock = self.raw = line(self.server.host, self.server.port, timeout or SECONDS_TO_ANSWER)
        # A server that sends a byte now and then never runs into a time-out: it is cut off.
        self.late = Timer(max(0.0, self.ends_at - time.monotonic()), self.cut)
        self.late.daemon = True
        self.late.start()
        if self.server.security == TLS:
            return ssl.create_default_context().wrap_socket(sock, server_hostname=self.server.host)
        if self.server.security == PLAIN and not is_loopback(sock):
            sock.close()
            raise Failed("not_secure", self.server.host)
        return sock

    def cut(self) -> None:
        """End the line, from whatever thread."""
        self.late.cancel()
        for sock in (getattr(self, "sock", None), self.raw):
            with suppress(OSError, AttributeError):
                sock.shutdown(socket.SHUT_RDWR)

    def read(self, size: int) -> bytes:
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        said = super().readline()
        self._spend(len(said))
        return said

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise Failed("nonsense", "more bytes than were asked for")
        if time.monotonic() > self.ends_at:
            raise Failed("too_long")


class _failures:
    """Turns whatever a server can do to the standard library into Failed."""

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None or isinstance(error, Failed) or not isinstance(error, Exception):
            return
        late = time.monotonic() >= self.ends_at
        raise Failed("too_long" if late else _problem(error), _said(error)) from error


def _said(error: Exception) -> str:
    """The server's own words, where the library has put its own around them."""
    result = getattr(error, "command_result", None)
    words = result[1] if isinstance(result, tuple) and len(result) > 1 and isinstance(result[1], list) else []
    return " ".join(w.decode(errors="replace") for w in words if isinstance(w, bytes)) or str(error)


def _problem(error: Exception) -> str:
    if isinstance(error, NotReached):
        return error.why
    if isinstance(error, ssl.SSLCertVerificationError):
        return "bad_certificate"
    if isinstance(error, TimeoutError):
        return "too_long"
    if isinstance(error, MailboxLoginError):
        return "login"
    if isinstance(error, MailboxFolderSelectError):
        return "no_folder"
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return "not_secure"
    if isinstance(error, OSError | imaplib.IMAP4.abort):
        return "cut"
    # The library's own reading of answers (IndexError, ValueError, UnicodeError) breaks on what is no IMAP.
    return (
        "nonsense"
        if isinstance(error, ImapToolsError | imaplib.IMAP4.error | ValueError | LookupError | TypeError | AttributeError)
        else "cut"
    )


def _number(answer: Sequence[Any] | None) -> int | None:
    text = next((a for a in answer or [] if isinstance(a, bytes)), b"")
    return int(text) if text.isdigit() and len(text) < 11 else None


__all__ = ["Brought", "Failed", "Mailbox", "Opened", "Server"]

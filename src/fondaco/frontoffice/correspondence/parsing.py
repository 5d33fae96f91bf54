"""Reading a mail that may be hostile: in limits, without a query, and with a reason when it cannot be taken.

The order matters: sizes are looked at on the bytes before anything is parsed, because parsing costs more than sizes say. It is done in a bounded
child (``reading``), so nothing here knows of Django.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses, parsedate_to_datetime

import nh3

MEGABYTE = 1024 * 1024
LARGEST_MAIL = 25 * MEGABYTE
LARGEST_HEADERS = 256 * 1024
LARGEST_HEADER = 32 * 1024
MOST_HEADERS = 500
MOST_BOUNDARIES = 2_000
MOST_PARTS = 200
DEEPEST = 20
LARGEST_TEXT = 512 * 1024
LONGEST_SUBJECT = 500
MOST_REFERENCES = 100
MOST_ATTACHED = 50

TOKEN = re.compile(r"\[#(TCK/\d{4}/\d{1,12})\]")
MESSAGE_ID = re.compile(r"<[^<>\s\x00]{1,900}>")
HTML_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)  # no images: a remote one tells the sender that, when and from where the mail was read
SCHEMES = frozenset({"http", "https", "mailto"})
#: A mail address as it is written in a header: dot-atom or quoted, at a name or an address in brackets.
ADDRESS = re.compile(
    r"""(?:[-!#$%&'*+/=?^_`{}|~0-9A-Z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9A-Z]+)*|"(?:[!#-\[\]-~ ]|\\[!-~])*")"""
    r"@(?:localhost|\[[A-F0-9:.]{2,45}\]|(?:[A-Z0-9\u00a1-\uffff](?:[A-Z0-9\u00a1-\uffff-]{0,61}[A-Z0-9\u00a1-\uffff])?\.)+[A-Z0-9\u00a1-\uffff-]{2,63})",
    re.IGNORECASE,
)
BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]*>", re.IGNORECASE)


class HeldBack(Exception):
    """A mail that is not taken; ``reason`` is one of the reasons of QuarantinedMail."""

    def __init__(self, reason: str, explanation: str = "") -> None:
        super().__init__(reason, explanation)
        self.reason, self.explanation = reason, explanation


@dataclass(frozen=True)
class Attached:
    """A file that came with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """What a mail says. Addresses are in lower case; ``thread`` are the Message-IDs it refers to, the nearest first, ``root`` the one
    the conversation began with. ``recipients`` are all it reached us by, ``addressed`` those in To and Cc, in order."""

    message_id: str
    thread: tuple[str, ...]
    token: str
    sender: str
    sender_name: str
    recipients: frozenset[str]
    subject: str
    text: str
    html: str
    root: str = ""
    sent_at: datetime | None = None
    addressed: tuple[str, ...] = ()
    attached: tuple[Attached, ...] = ()


def read(raw: bytes, *, from_machines: bool = False) -> Mail:
    """Read a mail; raises HeldBack with the reason when it is too much, broken, or (unless ``from_machines``) a machine's answer."""
    _check_sizes(raw)
    try:
        message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)
        parts = list(_parts(message))
        _check_headers(message)
        if not from_machines:
            _check_automatic(message)
        return _mail(message, parts, raw)
    except HeldBack:
        raise
    # The standard library's parser raises whatever its branches raise on malformed input: IndexError, AttributeError,
    # UnicodeError, RecursionError. Each is a mail that cannot be read, and must not stop the mailbox.
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError) as error:
        raise HeldBack("broken", f"{type(error).__name__}: {error}"[:500]) from error


def glimpse(raw: bytes) -> tuple[str, str]:
    """Sender and subject as far as they can be shown, of a mail that is held back; never raises for its content."""
    head = raw[:8192].split(b"\r\n\r\n")[0].split(b"\n\n")[0]
    found = {"from": "", "subject": ""}
    for name, value in BytesHeaderParser(policy=policy.compat32).parsebytes(head).items():
        if name.lower() in found and not found[name.lower()]:
            found[name.lower()] = storable(str(value))[:LONGEST_SUBJECT]
    return found["from"], found["subject"]


def storable(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 cannot hold."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def fingerprint(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _check_sizes(raw: bytes) -> None:
    if len(raw) > LARGEST_MAIL:
        raise HeldBack("too_large", f"{len(raw)} bytes; at most {LARGEST_MAIL}")
    ends = [end for end in (raw.find(b"\n\n"), raw.find(b"\r\n\r\n")) if end >= 0]
    headers = min(ends) if ends else len(raw)
    if headers > LARGEST_HEADERS:
        raise HeldBack("header_too_large", f"{headers} bytes of headers; at most {LARGEST_HEADERS}")
    if raw.count(b"\n", 0, headers) > MOST_HEADERS * 4:
        raise HeldBack("too_many_headers", f"more than {MOST_HEADERS * 4} lines of headers")
    if b"\x00" in raw:
        raise HeldBack("nul", "a NUL byte")
    if raw.count(b"\n--") > MOST_BOUNDARIES:
        raise HeldBack("too_many_parts", f"more than {MOST_BOUNDARIES} boundaries")


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """All parts with an own stack, in order; refuses too many and too deep."""
    waiting = [(message, 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise HeldBack("too_deep", f"parts nested more than {DEEPEST} deep")
        if count > MOST_PARTS:
            raise HeldBack("too_many_parts", f"more than {MOST_PARTS} parts")
        yield part
        payload = part.get_payload()
        if isinstance(payload, list):
            waiting.extend((child, depth + 1) for child in reversed(payload))


def _check_headers(message: EmailMessage) -> None:
    headers = list(message.raw_items())
    if len(headers) > MOST_HEADERS:
        raise HeldBack("too_many_headers", f"{len(headers)} headers; at most {MOST_HEADERS}")
    for name, value in headers:
        # Reading a structured header of this size would take the standard library minutes.
        if len(str(value)) > LARGEST_HEADER:
            raise HeldBack("header_too_large", f"{storable(str(name))[:100]}: {len(str(value))} characters; at most {LARGEST_HEADER}")


def _check_automatic(message: EmailMessage) -> None:
    automatic = _header(message, "Auto-Submitted").split(";")[0].strip().lower()
    if automatic not in {"", "no"}:
        raise HeldBack("automatic", f"Auto-Submitted: {automatic[:100]}")
    if _header(message, "Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        raise HeldBack("automatic", f"Precedence: {_header(message, 'Precedence')[:100]}")
    for name in ("X-Autoreply", "X-Autorespond", "X-Loop", "List-Id"):
        if message.get(name) is not None:
            raise HeldBack("automatic", f"{name}: {_header(message, name)[:100]}")
    if _header(message, "Return-Path").strip() == "<>" or message.get_content_type() == "multipart/report":
        raise HeldBack("automatic", "a delivery report")


def _header(message: EmailMessage, name: str) -> str:
    return storable(str(message.get(name, "")))


def _mail(message: EmailMessage, parts: list[EmailMessage], raw: bytes) -> Mail:
    senders = _addresses(message, "From")
    if not senders:
        raise HeldBack("no_sender", "no readable address in From")
    name, sender = senders[0]
    subject = " ".join(_header(message, "Subject").split())[:LONGEST_SUBJECT]
    text, markup = _texts(parts)
    own = MESSAGE_ID.search(_header(message, "Message-ID"))
    line = MESSAGE_ID.findall(_header(message, "References"))
    references = [*MESSAGE_ID.findall(_header(message, "In-Reply-To")), *reversed(line)]
    token = TOKEN.search(subject)
    return Mail(
        # A mail without an identity gets that of its content, so that ten copies of it are one message too.
        message_id=own.group() if own else f"<{fingerprint(raw)}@content.invalid>",
        thread=tuple(dict.fromkeys(references))[:MOST_REFERENCES],
        token=token.group(1) if token else "",
        sender=sender,
        sender_name=name[:200],
        recipients=frozenset(a for h in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To") for _n, a in _addresses(message, h)),
        subject=subject,
        text=text,
        html=markup,
        root=next(iter([*line, *references]), ""),
        sent_at=_sent_at(message),
        addressed=tuple(dict.fromkeys(a for h in ("To", "Cc") for _n, a in _addresses(message, h))),
        attached=tuple(_attached(parts)),
    )


def _sent_at(message: EmailMessage) -> datetime | None:
    """When it says that it was sent; nothing where it does not say so in a way that a calendar knows."""
    try:
        at = parsedate_to_datetime(_header(message, "Date"))
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return at if 1990 <= at.year <= 2200 else None


def _attached(parts: list[EmailMessage]) -> Iterator[Attached]:
    """The files of a mail; pictures that only stand in its text are left out."""
    found = 0
    for part in parts:
        if not _is_attached(part) or (part.get("Content-ID") is not None and part.get_content_maintype() == "image"):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content and found < MOST_ATTACHED:
            found += 1
            yield Attached(storable(str(part.get_filename() or "")), content)


def _addresses(message: EmailMessage, header: str) -> list[tuple[str, str]]:
    """Names and addresses of a header; what is no address is left out."""
    found = []
    for name, address in getaddresses([storable(str(v)) for v in message.get_all(header, [])]):
        if len(address) <= 320 and ADDRESS.fullmatch(address):
            found.append((" ".join(name.split()), address.lower()))
    return found


def _texts(parts: list[EmailMessage]) -> tuple[str, str]:
    """The text of a mail and its cleaned HTML; the text is made from the HTML where there is none."""
    plain = [_decoded(p) for p in parts if p.get_content_type() == "text/plain" and not _is_attached(p)]
    markup = [_decoded(p) for p in parts if p.get_content_type() == "text/html" and not _is_attached(p)]
    for text in (*plain, *markup):
        if "\x00" in text:
            raise HeldBack("nul", "NUL in the text")
    cleaned = clean_html("\n".join(markup)[:LARGEST_TEXT]) if markup else ""
    text = "\n".join(plain)[:LARGEST_TEXT] if any(p.strip() for p in plain) else text_of(cleaned)
    return text.replace("\r\n", "\n").strip(), cleaned


def _is_attached(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def _decoded(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        text = content[: 4 * LARGEST_TEXT].decode(str(part.get_content_charset("utf-8")), "replace")
    except LookupError:  # a character set nobody knows
        text = content[: 4 * LARGEST_TEXT].decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode("utf-8")


def clean_html(markup: str) -> str:
    """HTML without anything that acts, loads or hides: no scripts, styles, forms, images or event handlers."""
    return nh3.clean(
        markup,
        tags=set(HTML_TAGS),
        attributes={"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        clean_content_tags={"script", "style", "title", "noscript", "template"},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )


def text_of(markup: str) -> str:
    """The words of cleaned HTML, with its line breaks."""
    bare = nh3.clean(BREAKS.sub("\n", markup), tags=set())
    return re.sub(r"\n{3,}", "\n\n", html.unescape(bare)).strip()

"""Meta: Facebook Messenger, Instagram and WhatsApp, by the Graph API and its webhooks.

One webhook a product and app, signed over the raw body by the app's secret (``X-Hub-Signature-256``); asked for by GET with the channel's own token.
Answers leave with the access token of the page, account or number. Messages of ours that somebody wrote in Meta's own inbox (echoes) are left there.

What contacts write is in their hands: whatever a text or an address holds, the notice is read, because Meta brings a refused one again and again, with
what others wrote in it.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from fondaco.frontoffice.messaging.models import MessageChannel, Passing
from fondaco.frontoffice.messaging.providers.base import (
    LARGEST_FILES,
    LONGEST,
    MOST_FILES,
    Brought,
    Inbound,
    Media,
    NotTaken,
    Provider,
    Refused,
    Status,
    Unreadable,
    UpTo,
    Word,
    taken,
)
from fondaco.platform.events.calling import Answer, call

GRAPH = "https://graph.facebook.com/v23.0"
#: Whose hosts keep what comes with messages.
STORES = (".fbcdn.net", ".fbsbx.com", ".cdninstagram.com", ".facebook.com", ".instagram.com", ".whatsapp.net")
#: Meta sends up to a thousand words at once.
MOST = 1000
#: So long after a contact's last word he may be answered, as Meta allows it.
WINDOW = timedelta(hours=24)
#: Characters of one answer by Messenger and WhatsApp; bytes of one on Instagram.
LONGEST_ANSWERS = {"page": 2000, "instagram": 1000, "whatsapp_business_account": 4096}
#: Errors of the Graph API, whatever their HTTP status, after which trying again helps: too many calls, or out of service for a while.
PASSING_ERRORS = {"2", "4", "17", "32", "613", "80006", "80007", "130429", "131016", "131056"}
#: Milliseconds of the year 3000: no moment is later.
LAST_MOMENT = 32_503_680_000_000
STATES = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}
#: What comes with a message of WhatsApp as a file of its own.
FILES = ("image", "video", "audio", "document", "sticker")
ENDINGS = {"image": "jpg", "video": "mp4", "audio": "ogg", "sticker": "webp", "document": "bin", "file": "bin"}


def _is_signed(secret: str, brought: Brought) -> bool:
    right = "sha256=" + hmac.new(secret.encode(), brought.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), brought.headers.get("x-hub-signature-256", "").encode())


def _read(product: str, brought: Brought) -> Sequence[Word]:
    try:
        said = json.loads(brought.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not JSON: {error}"[:500]) from error
    if not isinstance(said, dict) or said.get("object") != product:
        raise Unreadable(f"no word about {product}")
    found = list(_words(product, said))
    if len(found) > MOST:
        raise Unreadable(f"more than {MOST} words at once")
    return found


def _words(product: str, said: Mapping[str, Any]) -> Iterator[Word]:
    for entry in _rows(said.get("entry")):
        if product == "whatsapp_business_account":
            for change in _rows(entry.get("changes")):
                if change.get("field") == "messages":
                    yield from _of_whatsapp(_row(change.get("value")))
        else:
            for event in _rows(entry.get("messaging")):
                yield from _of_page(_text(entry.get("id"), 200), event)


def _of_page(ours: str, event: Mapping[str, Any]) -> Iterator[Word]:
    """One event of Messenger or Instagram: a message, a pressed button, or what became of messages of ours.

    Messenger tells of its contact's reading, and often of what arrived, only up to which moment; Instagram of which message.
    """
    sender = _text(_row(event.get("sender")).get("id"), 200)
    message, pressed = _row(event.get("message")), _row(event.get("postback"))
    number = _text(message.get("mid") or pressed.get("mid"), 200)
    if number and sender and sender != ours and not message.get("is_echo") and not message.get("is_deleted"):
        attached = _rows(message.get("attachments"))[:MOST_FILES]
        media = [
            Media(f"{n + 1}.{ENDINGS.get(_text(a.get('type')), 'bin')}", url=url)
            for n, a in enumerate(attached)
            if (url := _text(_row(a.get("payload")).get("url"), 2000)) and _is_kept(url)
        ]
        links = [url for a in attached if (url := _text(_row(a.get("payload")).get("url"), 2000)) and not _is_kept(url)]
        links += [_text(_row(_row(message.get("reply_to")).get("story")).get("url"), 2000)]
        text = "\n".join(filter(None, (_text(message.get("text") or pressed.get("title"), LONGEST), *links)))
        yield Inbound(number, sender, text[:LONGEST], media=media, account=ours)
    for name, state in (("delivery", Passing.DELIVERED), ("read", Passing.READ)):
        told = _row(event.get(name))
        for known in [*_list(told.get("mids"))[:MOST], told.get("mid")]:
            if _text(known, 200):
                yield Status(_text(known, 200), state, account=ours)
        until = _moment(told.get("watermark"))
        if sender and until is not None:
            yield UpTo(sender, state, until, ours)


def _moment(milliseconds: Any) -> datetime | None:
    if not isinstance(milliseconds, int) or not 0 < milliseconds < LAST_MOMENT:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _of_whatsapp(value: Mapping[str, Any]) -> Iterator[Word]:
    """Messages and states of WhatsApp. A contact is known by his number, or, where he hides it, by what Meta calls him to us (``IT.1349…``)."""
    ours = _text(_row(value.get("metadata")).get("phone_number_id"), 200)
    names = {_text(c.get(key)): _text(_row(c.get("profile")).get("name"), 200) for c in _rows(value.get("contacts")) for key in ("wa_id", "user_id")}  # fmt: skip
    for message in _rows(value.get("messages")):
        sender = _text(message.get("from"), 50) or _text(message.get("from_user_id"), 200)
        number, kind = _text(message.get("id"), 200), _text(message.get("type"))
        if not number or not sender or kind == "reaction":
            continue
        part = _row(message.get(kind))
        reply = _row(part.get("button_reply") or part.get("list_reply"))
        place = (
            ", ".join(filter(None, (_text(part.get(n)) for n in ("name", "address", "latitude", "longitude"))))
            if kind == "location"
            else ""
        )
        text = _text(part.get("body") or part.get("caption") or part.get("text") or reply.get("title") or place, LONGEST)
        key = _text(part.get("id"), 200) if kind in FILES else ""
        media = [Media(_text(part.get("filename"), 200) or f"1.{ENDINGS[kind]}", url=key)] if key else []
        yield Inbound(number, f"+{sender}" if sender.isdecimal() else sender, text, names.get(sender, ""), media, ours)
    for status in _rows(value.get("statuses")):
        state = STATES.get(_text(status.get("status")))
        errors = _rows(status.get("errors"))
        if state and status.get("id"):
            problem = " ".join(filter(None, (_text(errors[0].get(n)) for n in ("code", "title", "message")))) if errors else ""
            yield Status(_text(status.get("id"), 200), state, problem=problem[:500], account=ours)


def _send(product: str, channel: MessageChannel, token: str, passing: Passing, contact: str, status_url: str) -> str:
    text = passing.message.body
    if product == "whatsapp_business_account":
        meant = {"to": contact[1:]} if contact.startswith("+") else {"recipient": contact}
        said: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual", **meant, "type": "text", "text": {"body": text}}  # fmt: skip
    else:
        said = {"recipient": {"id": contact}, "messaging_type": "RESPONSE", "message": {"text": text}}
    # Webhooks name an account of Instagram, but its messages are handed to the page behind it: the one of the token.
    sender = "me" if product == "instagram" else quote(channel.our_number, safe="")
    headers = _signed_in(token) | {"Content-Type": "application/json"}
    answer = _taken(call("POST", f"{_graph(channel)}/{sender}/messages", headers=headers, body=json.dumps(said).encode(), guarded=True))
    sent = _rows(answer.get("messages"))
    number = _text(answer.get("message_id") or (sent[0].get("id") if sent else ""), 200)
    if not number:
        raise NotTaken("the answer names no message")
    return number


def _fetch(channel: MessageChannel, token: str, url: str) -> bytes:
    """A file that came with a message: at its address, or by its number, for which the Graph API names one; only at Meta's own hosts."""
    headers = {}
    if "/" not in url:
        named = _taken(call("GET", f"{_graph(channel)}/{quote(url, safe='')}", headers=_signed_in(token), guarded=True))
        url, headers = _text(named.get("url"), 2000), _signed_in(token)
    if not _is_kept(url) and not url.startswith(f"{_graph(channel)}/"):
        raise Refused("it does not lie at the provider")
    answer = call("GET", url, headers=headers, guarded=True, largest=LARGEST_FILES)
    if not answer.is_success or not answer.body:
        raise Refused(f"the provider answered {answer.status}")
    return answer.body


def _name(channel: MessageChannel, token: str, contact: str) -> str:
    """How a contact calls himself, as far as the token may read it."""
    said = _taken(call("GET", f"{_graph(channel)}/{quote(contact, safe='')}?fields=name", headers=_signed_in(token), guarded=True))
    return _text(said.get("name"), 200)


def _taken(answer: Answer) -> Mapping[str, Any]:
    """``taken``, by the number of Meta's error: some that help to wait for come with a status that says for good."""
    try:
        return taken(answer)
    except Refused as refused:
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        if _text(_row(_row(said).get("error")).get("code")) in PASSING_ERRORS:
            raise NotTaken(str(refused)) from refused
        raise


def _graph(channel: MessageChannel) -> str:
    return (channel.url or GRAPH).rstrip("/")


def _signed_in(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _is_kept(url: str) -> bool:
    """Whether an address is one of Meta's stores, over TLS."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and f".{parts.hostname or ''}".endswith(STORES)
            and parts.port in (None, 443)
            and "@" not in parts.netloc
        )
    except ValueError:
        return False


def _row(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in _list(value) if isinstance(v, dict)]


def _text(value: Any, longest: int = 500) -> str:
    """A value as text that can be kept: half a character, or none, is a question mark or nothing."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()[:longest]


def _bytes(text: str) -> int:
    return len(text.encode())


def _product(name: str, *, name_of: bool) -> Provider:
    return Provider(
        _is_signed, partial(_read, name), partial(_send, name), _fetch, ("text/plain", "EVENT_RECEIVED"), has_token=True, window=WINDOW,
        longest=LONGEST_ANSWERS[name], length=_bytes if name == "instagram" else len, name_of=_name if name_of else None, challenged=True,
    )  # fmt: skip


MESSENGER = _product("page", name_of=True)
INSTAGRAM = _product("instagram", name_of=True)
WHATSAPP = _product("whatsapp_business_account", name_of=False)

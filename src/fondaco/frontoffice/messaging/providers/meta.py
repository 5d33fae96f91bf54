"""Meta: Facebook Messenger, Instagram and WhatsApp, by the Graph API and its webhooks.

One webhook a product and app, signed over the raw body by the app's secret (``X-Hub-Signature-256``); asked for by GET with the channel's own token.
Answers leave with the access token of the page, account or number. Messages of ours that somebody wrote in Meta's own inbox (echoes) are left there.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
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
    taken,
)
from fondaco.platform.events.calling import call
from fondaco.platform.resources.strict_json import NotStrict, loads

GRAPH = "https://graph.facebook.com/v23.0"
#: Whose hosts keep what comes with messages.
STORES = (".fbcdn.net", ".fbsbx.com", ".cdninstagram.com", ".facebook.com", ".instagram.com", ".whatsapp.net")
#: Meta sends up to a thousand words at once.
MOST = 1000
#: So long after a contact's last word he may be answered, as Meta allows it.
WINDOW = timedelta(hours=24)
STATES = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}
#: What comes with a message of WhatsApp as a file of its own.
FILES = ("image", "video", "audio", "document", "sticker")
ENDINGS = {"image": "jpg", "video": "mp4", "audio": "ogg", "sticker": "webp", "document": "bin", "file": "bin"}


def _is_signed(secret: str, brought: Brought) -> bool:
    right = "sha256=" + hmac.new(secret.encode(), brought.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), brought.headers.get("x-hub-signature-256", "").encode())


def _read(product: str, brought: Brought) -> Sequence[Inbound | Status]:
    try:
        said = loads(brought.body)
    except NotStrict as error:
        raise Unreadable(str(error)[:500]) from error
    if not isinstance(said, dict) or said.get("object") != product:
        raise Unreadable(f"no word about {product}")
    found = list(_words(product, said))
    if len(found) > MOST:
        raise Unreadable(f"more than {MOST} words at once")
    return found


def _words(product: str, said: Mapping[str, Any]) -> Iterator[Inbound | Status]:
    for entry in _rows(said.get("entry")):
        if product == "whatsapp_business_account":
            for change in _rows(entry.get("changes")):
                if change.get("field") == "messages":
                    yield from _of_whatsapp(_row(change.get("value")))
        else:
            for event in _rows(entry.get("messaging")):
                yield from _of_page(_text(entry.get("id"), 200), event)


def _of_page(ours: str, event: Mapping[str, Any]) -> Iterator[Inbound | Status]:
    """One event of Messenger or Instagram: a message, a pressed button, or what became of messages of ours."""
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
        text = "\n".join(filter(None, (_text(message.get("text") or pressed.get("title"), LONGEST), *links)))
        yield Inbound(number, sender, text[:LONGEST], media=media, account=ours)
    for delivered in _list(_row(event.get("delivery")).get("mids"))[:MOST]:
        yield Status(_text(delivered, 200), Passing.DELIVERED, account=ours)
    read = _text(_row(event.get("read")).get("mid"), 200)
    if read:
        yield Status(read, Passing.READ, account=ours)


def _of_whatsapp(value: Mapping[str, Any]) -> Iterator[Inbound | Status]:
    ours = _text(_row(value.get("metadata")).get("phone_number_id"), 200)
    names = {_text(c.get("wa_id")): _text(_row(c.get("profile")).get("name"), 200) for c in _rows(value.get("contacts"))}
    for message in _rows(value.get("messages")):
        sender, number, kind = _text(message.get("from"), 50), _text(message.get("id"), 200), _text(message.get("type"))
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
        said: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": contact.lstrip("+"), "type": "text", "text": {"body": text}}  # fmt: skip
    else:
        said = {"recipient": {"id": contact}, "messaging_type": "RESPONSE", "message": {"text": text}}
    address = f"{_graph(channel)}/{quote(channel.our_number, safe='')}/messages"
    answer = taken(
        call(
            "POST", address, headers=_signed_in(token) | {"Content-Type": "application/json"}, body=json.dumps(said).encode(), guarded=True
        )
    )
    sent = _rows(answer.get("messages"))
    number = _text(answer.get("message_id") or (sent[0].get("id") if sent else ""), 200)
    if not number:
        raise NotTaken("the answer names no message")
    return number


def _fetch(channel: MessageChannel, token: str, url: str) -> bytes:
    """A file that came with a message: at its address, or by its number, for which the Graph API names one; only at Meta's own hosts."""
    headers = {}
    if "/" not in url:
        named = taken(call("GET", f"{_graph(channel)}/{quote(url, safe='')}", headers=_signed_in(token), guarded=True))
        url, headers = _text(named.get("url"), 2000), _signed_in(token)
    if not _is_kept(url) and not url.startswith(f"{_graph(channel)}/"):
        raise Refused("it does not lie at the provider")
    answer = call("GET", url, headers=headers, guarded=True, largest=LARGEST_FILES)
    if not answer.is_success or not answer.body:
        raise Refused(f"the provider answered {answer.status}")
    return answer.body


def _name(channel: MessageChannel, token: str, contact: str) -> str:
    """How a contact calls himself, as far as the token may read it."""
    said = taken(call("GET", f"{_graph(channel)}/{quote(contact, safe='')}?fields=name", headers=_signed_in(token), guarded=True))
    return _text(said.get("name"), 200)


def _graph(channel: MessageChannel) -> str:
    return (channel.url or GRAPH).rstrip("/")


def _signed_in(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _is_kept(url: str) -> bool:
    """Whether an address is one of Meta's stores, over TLS."""
    parts = urlsplit(url)
    return parts.scheme == "https" and f".{parts.hostname or ''}".endswith(STORES) and parts.port in (None, 443) and "@" not in parts.netloc


def _row(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in _list(value) if isinstance(v, dict)]


def _text(value: Any, longest: int = 500) -> str:
    return (
        str(value).replace("\x00", "")[:longest] if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool) else ""
    )


def _product(name: str, *, name_of: bool) -> Provider:
    return Provider(
        _is_signed, partial(_read, name), partial(_send, name), _fetch, ("text/plain", "EVENT_RECEIVED"), has_token=True, window=WINDOW,
        name_of=_name if name_of else None, challenged=True,
    )  # fmt: skip


MESSENGER = _product("page", name_of=True)
INSTAGRAM = _product("instagram", name_of=True)
WHATSAPP = _product("whatsapp_business_account", name_of=False)

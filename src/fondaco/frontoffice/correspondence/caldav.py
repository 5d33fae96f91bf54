"""A calendar on a CalDAV server (RFC 4791): what changed there (RFC 6578, or by comparing etags), and writing single entries, never over
somebody's newer one (RFC 9110, If-Match)."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from lxml import etree

from fondaco.frontoffice.correspondence.imap import Failed
from fondaco.platform.events.calling import Answer, NoAnswer, call
from fondaco.platform.events.reaching import NotReached

LARGEST = 20 * 1024 * 1024
SECONDS = 20
TOGETHER = 100
DAV, CALDAV = "DAV:", "urn:ietf:params:xml:ns:caldav"
NAMES = {"d": DAV, "c": CALDAV}
PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True, "remove_pis": True}
PROPS = '<d:prop xmlns:d="DAV:"><d:getetag/></d:prop>'


class Changed(Exception):
    """The entry is not as it was when it was last seen: somebody else was faster."""


@dataclass(frozen=True)
class Server:
    """A calendar's address, and who reads and writes it."""

    url: str
    username: str
    password: str


@dataclass
class News:
    """What changed: entries by path with their etags, paths that are gone, and the token to ask with next time.

    ``whole``: ``changed`` is all there is, because the server cannot tell, or no longer, what changed.
    """

    changed: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    token: str = ""
    whole: bool = False


class Remote:
    """One calendar. Every method raises Failed, and ``put`` and ``delete`` Changed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.url.rstrip("/") + "/"
        self.path = unquote(urlsplit(self.url).path)

    def news(self, token: str) -> News:
        """What changed since ``token``; everything without one, or where the server knows the token no longer."""
        body = f'<d:sync-collection xmlns:d="DAV:"><d:sync-token>{_escaped(token)}</d:sync-token><d:sync-level>1</d:sync-level>{PROPS}</d:sync-collection>'
        answer = self._ask("REPORT", self.url, body, depth="0")
        if token and answer.status in (400, 403, 409, 410, 412):
            return self.news("")
        if answer.status in (400, 403, 404, 405, 415, 501) and not token:
            return self._everything()
        root = self._tree(answer)
        news = News(token=root.findtext("d:sync-token", "", NAMES), whole=not token)
        for response in root.findall("d:response", NAMES):
            path = self._inside(response.findtext("d:href", "", NAMES))
            if path is None:
                continue
            if "404" in (response.findtext("d:status", "", NAMES) or ""):
                news.gone.add(path)
            else:
                news.changed[path] = response.findtext(".//d:getetag", "", NAMES)
        return news

    def _everything(self) -> News:
        answer = self._ask("PROPFIND", self.url, f'<d:propfind xmlns:d="DAV:">{PROPS}</d:propfind>', depth="1")
        news = News(whole=True)
        for response in self._tree(answer).findall("d:response", NAMES):
            path = self._inside(response.findtext("d:href", "", NAMES))
            if path is not None:
                news.changed[path] = response.findtext(".//d:getetag", "", NAMES)
        return news

    def contents(self, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Etag and text of entries by path; those that are gone meanwhile are left out."""
        found = {}
        for start in range(0, len(paths), TOGETHER):
            hrefs = "".join(f"<d:href>{_escaped(quote(p))}</d:href>" for p in paths[start : start + TOGETHER])
            props = "<d:prop><d:getetag/><c:calendar-data/></d:prop>"
            body = f'<c:calendar-multiget xmlns:d="DAV:" xmlns:c="{CALDAV}">{props}{hrefs}</c:calendar-multiget>'
            for response in self._tree(self._ask("REPORT", self.url, body, depth="1")).findall("d:response", NAMES):
                path = self._inside(response.findtext("d:href", "", NAMES))
                text = response.findtext(".//c:calendar-data", None, NAMES)
                if path is not None and text:
                    found[path] = (response.findtext(".//d:getetag", "", NAMES), text)
        return found

    def put(self, path: str, content: bytes, etag: str) -> str:
        """Write an entry where it is as it was (``etag``), or not there yet (empty); its new etag, if the server says it."""
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        answer = self._ask("PUT", self._address(path), content, **condition, **{"Content-Type": "text/calendar; charset=utf-8"})
        if answer.status in (409, 412):
            raise Changed(path)
        self._well(answer)
        return answer.headers.get("etag", "")

    def delete(self, path: str, etag: str) -> None:
        """Take an entry away where it is as it was; one that is gone already is well."""
        answer = self._ask("DELETE", self._address(path), None, **({"If-Match": etag} if etag else {}))
        if answer.status == 412:
            raise Changed(path)
        if answer.status != 404:
            self._well(answer)

    def _address(self, path: str) -> str:
        return urljoin(self.url, quote(path))

    def _inside(self, href: str) -> str | None:
        """The path of an entry of this calendar; nothing for the calendar itself and for what a server makes up elsewhere."""
        path = unquote(urlsplit(href).path)
        inner = path.removeprefix(self.path)
        return path if path.startswith(self.path) and inner and "/" not in inner and "\x00" not in path and len(path) < 1000 else None

    def _ask(self, method: str, address: str, body: str | bytes | None, *, depth: str = "", **headers: str) -> Answer:
        login = base64.b64encode(f"{self.server.username}:{self.server.password}".encode()).decode()
        given: Mapping[str, str] = {"Authorization": f"Basic {login}", **({"Depth": depth} if depth else {}), **headers}
        if isinstance(body, str):
            given = {**given, "Content-Type": "application/xml; charset=utf-8"}
        try:
            return call(
                method,
                address,
                headers=given,
                body=body.encode() if isinstance(body, str) else body,
                seconds=SECONDS,
                largest=LARGEST,
                guarded=True,
            )
        except NoAnswer as error:
            cause = error.__cause__
            reason = getattr(cause, "reason", cause)
            raise Failed(reason.why if isinstance(reason, NotReached) else "no_answer", error) from error

    def _tree(self, answer: Answer) -> etree._Element:
        self._well(answer)
        try:
            return etree.fromstring(answer.body, etree.XMLParser(**PARSER))  # type: ignore[arg-type]
        except etree.XMLSyntaxError as error:
            raise Failed("no_calendar", error) from error

    def _well(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            raise Failed("login", answer.beginning())
        if not answer.is_success:
            raise Failed("no_calendar", f"{answer.status} {answer.beginning()}")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

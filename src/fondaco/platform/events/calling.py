"""Calls to other people's servers, for those who carry messages of the outbox: bounded in time and size, sent nowhere else.

Whoever calls knows a bare address from the settings; what comes back may be anything, and is only ever bytes here.
"""

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from fondaco.platform.events import reaching

SECONDS = 30
#: More words of an answer than so many are not told on.
TOLD = 300


class NoAnswer(Exception):
    """The other side did not answer, took too long or said too much; whether it did what was asked is not known."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, media type (lower case, without parameters), body, and headers by their names in lower case."""

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def beginning(self) -> str:
        """The first words of the body, for whoever looks for the reason."""
        return " ".join(self.body[:TOLD].decode(errors="replace").split())


def is_address(address: str) -> bool:
    """Whether it is the address of a server that may be called."""
    parts = urlsplit(address)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def call(
    method: str,
    address: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    seconds: float = SECONDS,
    largest: int = 64 * 1024,
    guarded: bool = False,
) -> Answer:
    """Ask once, for at most ``seconds`` from first to last byte and ``largest`` bytes; a redirection is an answer and is not followed.

    ``guarded``: a user has named the address, so it must not lead into our own network (``reaching``), and is not spoken to without TLS
    but on this machine. Raises NoAnswer.
    """
    if not is_address(address):
        raise NoAnswer("the address is no http or https address")
    line = _Line(guarded)
    request = urllib.request.Request(address, data=body, method=method, headers=dict(headers))
    opener = urllib.request.build_opener(_NoDetour, _Plain(line), _Secure(line), *([urllib.request.ProxyHandler({})] if guarded else []))
    late = Timer(seconds, line.cut)
    late.daemon = True
    late.start()
    try:
        try:
            answer = opener.open(request, timeout=seconds)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            given = answer.read(largest + 1)
            status, media_type = answer.status, answer.headers.get_content_type()
            told = {name.lower(): value for name, value in answer.headers.items()}
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer("it took too long" if line.is_cut else f"{error}"[:TOLD]) from error
    finally:
        late.cancel()
    if line.is_cut:
        raise NoAnswer("it took too long")
    if len(given) > largest:
        raise NoAnswer(f"the answer has more than {largest} bytes")
    return Answer(status, media_type, given, told)


class _NoDetour(urllib.request.HTTPRedirectHandler):
    """Who sends us elsewhere is not followed: what we prove ourselves with is for him alone."""

    def redirect_request(self, *_given: Any, **_more: Any) -> None:
        return None


class _Line:
    """The socket of one call, so that it can be cut from outside: a server that sends a byte now and then never runs into a time-out."""

    def __init__(self, guarded: bool) -> None:
        self.guarded = guarded
        self.sock: socket.socket | None = None
        self.is_cut = False

    def opened(self, sock: socket.socket | None) -> None:
        self.sock = sock
        if self.is_cut:
            raise TimeoutError

    def cut(self) -> None:
        self.is_cut = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _guarded(address: tuple[str, int], timeout: float, *_source: Any) -> socket.socket:
    return reaching.line(address[0], address[1], timeout)


class _PlainConnection(http.client.HTTPConnection):
    def __init__(self, line: _Line, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.line = line
        if line.guarded:
            self._create_connection = _guarded

    def connect(self) -> None:
        super().connect()
        if self.line.guarded and not reaching.is_loopback(self.sock):
            self.close()
            raise OSError("without encryption only a server on this machine is spoken to")
        self.line.opened(self.sock)


class _SecureConnection(http.client.HTTPSConnection):
    def __init__(self, line: _Line, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.line = line
        if line.guarded:
            self._create_connection = _guarded

    def connect(self) -> None:
        super().connect()
        self.line.opened(self.sock)


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self.line = line

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(partial(_PlainConnection, self.line), request)  # type: ignore[arg-type]


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self.line = line

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(partial(_SecureConnection, self.line), request)  # type: ignore[arg-type]


__all__ = ["Answer", "NoAnswer", "call", "is_address"]

"""G14: what another server answers is bounded in time and size, and nobody is followed elsewhere."""

import contextlib
import socket
import threading
import time

import pytest

from fondaco.platform.events.calling import NoAnswer, call

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\n"


@contextlib.contextmanager
def answering(*parts: bytes, pause: float = 0.0):
    """A server that reads one request and sends these parts, with a pause before each."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve():
            with contextlib.suppress(OSError):
                line, _address = door.accept()
                with line:
                    line.recv(65536)
                    for part in parts:
                        time.sleep(pause)
                        line.sendall(part)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/x"


def asked(address, **bounds):
    return call("GET", address, headers={}, **bounds)


def test_an_answer_is_status_kind_and_bytes():
    with answering(PLAIN + b"Content-Length: 2\r\n\r\nhi") as address:
        answer = asked(address)
    assert (answer.status, answer.media_type, answer.body, answer.is_success) == (200, "text/plain", b"hi", True)
    with answering(b"HTTP/1.1 422 No\r\nContent-Length: 3\r\n\r\nwhy") as address:
        answer = asked(address)
    assert (answer.status, answer.beginning(), answer.is_success) == (422, "why", False)


def test_a_redirection_is_an_answer():
    with answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as address:
        assert asked(address).status == 302


def test_too_much_too_long_and_nothing_are_no_answers():
    with answering(PLAIN + b"\r\n" + b"x" * 5000) as address, pytest.raises(NoAnswer, match="more than 4000"):
        asked(address, largest=4000)
    began = time.monotonic()
    for drip in ([PLAIN, b"\r\n"] + [b"x"] * 100, [b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n"] * 100):
        with answering(*drip, pause=0.1) as address, pytest.raises(NoAnswer, match="too long"):
            asked(address, seconds=0.5)
    assert time.monotonic() - began < 5, "a byte now and then keeps nobody waiting"
    for nonsense in (b"", b"nonsense\r\n\r\n"):
        with answering(nonsense) as address, pytest.raises(NoAnswer):
            asked(address)
    with socket.create_server(("127.0.0.1", 0)) as door:
        nobody = f"http://127.0.0.1:{door.getsockname()[1]}/"
    with pytest.raises(NoAnswer):
        asked(nobody)
    for strange in ("file:///etc/passwd", "ftp://x/", "nonsense", "http://"):
        with pytest.raises(NoAnswer, match="no http or https address"):
            asked(strange)

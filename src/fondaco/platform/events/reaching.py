"""Lines to servers that a user has named: never into our own network, unless the operator has named that host.

``FONDACO_INSIDE_HOSTS`` lists hosts, addresses or networks inside that users may name all the same (``mail.lan, 10.1.0.0/24``); by itself
none is. The name is looked up once and the address that was judged is the one that is called, so that no second answer of a
name server leads elsewhere.
"""

import os
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address


class NotReached(OSError):
    """No line to the host; ``why`` is ``unknown_host``, ``inside`` or ``no_answer``."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why = why


def line(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to a host that users may reach. Raises NotReached."""
    tried = "no address"
    for address in _addresses(host, port):
        if not is_reachable(host, address):
            raise NotReached("inside", f"{host} ({address})")
        try:
            return socket.create_connection((str(address), port), seconds)
        except OSError as error:
            tried = str(error)
    raise NotReached("no_answer", f"{host}:{port}: {tried}")


def is_reachable(host: str, address: Address) -> bool:
    """Whether users may name this host: it is outside, or one of ours that the operator has opened."""
    plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    return (plain.is_global and not plain.is_multicast) or is_opened(host, plain)


def is_opened(host: str, address: Address) -> bool:
    """Whether the operator has named the host, its address or its network."""
    for name in filter(None, (part.strip().lower() for part in os.environ.get("FONDACO_INSIDE_HOSTS", "").split(","))):
        if name == host.lower():
            return True
        try:
            if address in ip_network(name, strict=False):
                return True
        except ValueError:
            continue
    return False


def is_loopback(sock: socket.socket) -> bool:
    """Whether the other end is this machine: what is said on the line stays in it."""
    return ip_address(sock.getpeername()[0]).is_loopback


def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached("unknown_host", f"{host}: {error}") from error
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]

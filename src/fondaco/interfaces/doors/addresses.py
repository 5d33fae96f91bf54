"""Where a request comes from, and the address under which people reach this house."""

from functools import cache
from ipaddress import ip_address, ip_network

from django.http import HttpRequest

from fondaco.config import settings as configuration
from fondaco.platform.database.tenancy import public_address


def client_address(request: HttpRequest) -> str:
    """The address of whoever asks. A proxy's word about it counts only when the proxy is one of ours.

    Read from the right: each of our proxies adds the address that it was called from; what stands before the first
    foreign one may be invented.
    """
    address = request.META.get("REMOTE_ADDR", "")
    said = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while said and _is_our_proxy(address):
        address = said.pop()
    return address[:100]


def absolute(request: HttpRequest, path: str) -> str:
    """``path`` as others reach it: below the address the operator gave, else below the one the asker used."""
    if configuration.ADDRESS_GIVEN:
        return public_address() + path
    return request.build_absolute_uri(path)


def _is_our_proxy(address: str) -> bool:
    try:
        found = ip_address(address.rpartition("%")[0] or address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in _proxies())


@cache
def _proxies() -> tuple:
    return tuple(ip_network(text.strip(), strict=False) for text in configuration.PROXIES if text.strip())

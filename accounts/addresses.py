"""Where a call comes from, and how many bad keys came from there."""

import ipaddress
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest

# One household or server usually has a whole /64 of IPv6.
_IPV6_PREFIX = 64


def of(request: HttpRequest) -> str:
    """Return the caller's address, an IPv6 one as its /64 network.

    With TRUSTED_PROXY_COUNT = n it is the n-th from the right of X-Forwarded-For: what the caller
    wrote there itself stands further left. Anything unreadable falls back to the peer's address.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    return _network(_named(request)) or _network(peer) or peer


def whole(request: HttpRequest) -> str:
    """Return the caller's whole address, found as `of` does; "" when it is unreadable."""
    for text in (_named(request), str(request.META.get("REMOTE_ADDR", ""))):
        with suppress(ValueError):
            return str(ipaddress.ip_address(text.partition("%")[0]))
    return ""


def _named(request: HttpRequest) -> str:
    count = settings.TRUSTED_PROXY_COUNT
    hops = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    return hops[-count].strip() if 0 < count <= len(hops) else ""


def _network(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if address.version == 4:  # noqa: PLR2004  the protocol's own name
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))

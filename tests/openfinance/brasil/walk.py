"""A person's browser at a bank: it follows the bank's pages until it is sent back to us."""

from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from tests.openfinance.brasil.receiver import REDIRECT_URI

_MOST_STEPS = 10


def go(url: str, *, authority: str, decision: str = "approve") -> dict[str, str]:
    """Decide at the bank and return the parameters of the way back, fragment or query."""
    with requests.Session() as browser:
        browser.trust_env = False
        browser.verify = authority
        for _ in range(_MOST_STEPS):
            if url.startswith(REDIRECT_URI):
                parts = urlsplit(url)
                return dict(parse_qsl(parts.fragment or parts.query))
            page = browser.get(
                url,
                params={"decision": decision} if "/interaction/" in url else {},
                allow_redirects=False,
                timeout=10,
            )
            assert page.is_redirect, page.text
            url = urljoin(url, page.headers["Location"])
    raise AssertionError("the bank does not let go")

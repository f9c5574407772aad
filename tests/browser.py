"""A headless Chromium at the width of a phone, watched for everything that it complains about."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PHONE = ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; without one the tests are skipped, unless CI demands it.

    It ends with its module, and with it Playwright's event loop, which runs in the tests' own
    thread: what another module does there with `async_to_sync` would be refused.
    """
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        reason = "there is no chromium on the PATH: apt-get install chromium"
        if os.environ.get("PIERRE_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        # While Playwright's event loop runs, Django keeps this thread's connections apart. Nobody
        # else would close them, and a database that is in use cannot be dropped.
        connections.close_all()
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Page]:
    """Open an empty page; a script error or a breach of the content policy fails the test."""
    page = chromium.new_page(viewport=PHONE, locale="pt-BR")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    page.close()
    assert not complaints

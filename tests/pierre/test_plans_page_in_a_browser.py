"""The page of plans at a phone's and a desk's width, with few plans and with many."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import Plan
from tests.openfinance.pages import accessibility

pytestmark = [pytest.mark.browser, pytest.mark.node]


@pytest.fixture
def url(live_db: None) -> str:
    # The fixture of pytest-django would empty the tables after our rows of before are back.
    return f"{LiveServer('localhost').url}/plans"


def look(page: Page, url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(url)
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    assert accessibility.violations(page) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_three_plans_fit_and_pass(new_page: Page, url: str, width: int) -> None:
    look(new_page, url, width)
    tops = {round(box["y"]) for box in map(_box, new_page.locator(".plan").all())}
    assert len(tops) == (1 if width == 1280 else 3)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("count", [0, 10])
def test_none_and_ten_fit_and_pass(new_page: Page, url: str, width: int, count: int) -> None:
    Plan.objects.all().delete()
    for number in range(count):
        plan = Plan.objects.create(
            slug=f"p{number}",
            name=f"Um plano de nome comprido, número {number}",
            price=f"{number}1234.56",
            connection_route="flow" if number % 2 else "notice",
        )
        for _ in range(number):
            plan.benefits.create(text="Um benefício de tantas palavras quantas cabem em oitenta")
    look(new_page, url, width)
    assert new_page.locator(".plan").count() == count


def _box(plan: object) -> dict[str, float]:
    return plan.bounding_box()  # type: ignore[attr-defined, no-any-return]

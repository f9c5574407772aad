from collections.abc import Callable

import pytest
from django.http import HttpResponse
from rest_framework.test import APIClient

from accounts import api_keys
from accounts.models import User
from pierre.local.expectations import PATH

Call = Callable[..., HttpResponse]
Secret = Callable[..., str]


@pytest.fixture
def secret(live_db: None) -> Secret:
    """Return a user's key, made when it is first asked for: `secret(alice, is_test=True)`."""
    made: dict[tuple[int, bool], str] = {}

    def make(user: User, *, is_test: bool = False) -> str:
        if (user.pk, is_test) not in made:
            made[user.pk, is_test] = api_keys.issue(user=user, is_test=is_test)[1]
        return made[user.pk, is_test]

    return make


@pytest.fixture
def call(secret: Secret, api: APIClient) -> Call:
    """Call the endpoint as a user: `call(alice)`, `call(alice, "post", headers={…})`."""

    def make(
        user: User,
        method: str = "get",
        query: str = "",
        headers: dict[str, str] | None = None,
        *,
        is_test: bool = False,
    ) -> HttpResponse:
        authorization = {"Authorization": f"Bearer {secret(user, is_test=is_test)}"}
        answer: HttpResponse = getattr(api, method)(
            PATH + query, headers=authorization | (headers or {})
        )
        return answer

    return make

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from rest_framework.test import APIClient

from accounts import api_keys
from accounts.models import User
from pierre.local.expectations import PATH

Call = Callable[..., HttpResponse]


@pytest.fixture
def call(live_db: None, api: APIClient) -> Call:
    """Call the endpoint as a user: `call(alice)`, `call(alice, "post", headers={…})`."""
    keys: dict[int, str] = {}

    def make(
        user: User, method: str = "get", query: str = "", headers: dict[str, str] | None = None
    ) -> HttpResponse:
        if user.pk not in keys:
            keys[user.pk] = api_keys.issue(user=user)[1]
        authorization = {"Authorization": f"Bearer {keys[user.pk]}"}
        answer: HttpResponse = getattr(api, method)(
            PATH + query, headers=authorization | (headers or {})
        )
        return answer

    return make

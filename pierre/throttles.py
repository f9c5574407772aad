from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiKey
from pierre import rates


class UserThrottle(BaseThrottle):
    """Hold each authenticated user to `API_USER_RATE`, counted exactly over all processes.

    Tests have a rate of their own, so that none of them holds up a person's real call.
    When the counter cannot be reached the call fails: what sends messages is closed in doubt.
    """

    def __init__(self) -> None:
        self._wait = 0

    def allow_request(self, request: Request, view: object) -> bool:
        is_test = isinstance(request.auth, ApiKey) and request.auth.is_test
        group = "api-user-test" if is_test else "api-user"
        self._wait = rates.wait(request, group=group, key="user", rate=settings.API_USER_RATE)
        return not self._wait

    def wait(self) -> float | None:
        return self._wait or None

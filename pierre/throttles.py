from django.conf import settings
from django_ratelimit.core import get_usage
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class UserThrottle(BaseThrottle):
    """Hold each authenticated user to `API_USER_RATE`, counted exactly over all processes.

    Tests have a rate of their own, so that none of them holds up a person's real call.
    When the counter cannot be reached the call fails: what sends messages is closed in doubt.
    """

    def __init__(self) -> None:
        self._wait: float | None = None

    def allow_request(self, request: Request, view: object) -> bool:
        group = "api-user-test" if request.auth.is_test else "api-user"
        usage = get_usage(
            request, group=group, key="user", rate=settings.API_USER_RATE, increment=True
        )
        if usage is None:
            return True
        # The window still counts through its last second.
        self._wait = usage["time_left"] + 1
        return not usage["should_limit"]

    def wait(self) -> float | None:
        return self._wait

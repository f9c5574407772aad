import re

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from accounts import addresses, api_keys, bad_keys, key_secrets, origins
from accounts.models import ApiKey, User

_BEARER = re.compile(r"(?i:bearer) +(\S+)")


class ApiKeyAuthentication(BaseAuthentication):
    """Know a user by `Authorization: Bearer sk-…`; every kind of bad key gets the same answer.

    A text that cannot be a key costs no query, nor does an address that presents too many of them.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        """Return the key's user and the key; raise AuthenticationFailed or Throttled."""
        address = addresses.of(request)
        wait = bad_keys.wait(address)
        if wait:
            raise Throttled(wait)
        key = _presented(request)
        if key is None:
            bad_keys.count(address)
            raise AuthenticationFailed
        origins.identify(kind=origins.ActorKind.INTEGRATOR, actor=str(key.pk))
        api_keys.touch(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge, which is what makes the refusal a 401."""
        return "Bearer"


def _presented(request: Request) -> ApiKey | None:
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None or not key_secrets.is_well_formed(found[1]):
        return None
    return api_keys.find(found[1])

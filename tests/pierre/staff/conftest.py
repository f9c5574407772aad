"""Staff as the tests know them: by role, with a password, and with an authenticator in hand."""

import base64
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from pytest_django import Settings

from accounts import second_factor
from accounts.models import User
from pierre.roles import Role

PASSWORD = "uma senha comprida"
Hire = Callable[..., User]


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def hire(db: None) -> Hire:
    """Return what makes one of the staff, of a role, or of none."""

    def make(role: Role | None = None, **fields: object) -> User:
        is_chief = fields.get("is_superuser", False)
        name = role.value if role else ("chief" if is_chief else "nobody")
        user = User.objects.create_user(f"{name}@staff.example", PASSWORD, is_staff=True, **fields)
        if role:
            user.groups.add(Group.objects.get(name=role.label))
        return user

    return make


@pytest.fixture
def helper(hire: Hire) -> User:
    return hire(Role.SUPPORT)


@pytest.fixture
def boss(hire: Hire) -> User:
    return hire(Role.ADMINISTRATOR)


@pytest.fixture
def asked_for(settings: Settings) -> None:
    """Ask staff for their second factor, as production does."""
    settings.STAFF_SECOND_FACTOR = True


def sign_in(client: Client, user: User, password: str = PASSWORD) -> None:
    client.post("/admin/login/", {"username": user.email, "password": password})


def code(key: str, *, steps: int = 0) -> str:
    """Return what an authenticator with this key shows now, or so many steps of 30 s later."""
    totp = TOTP(base64.b32decode(key.replace(" ", "")))  # type: ignore[no-untyped-call]
    totp.time = timezone.now().timestamp() + 30 * steps
    return f"{totp.token():06}"  # type: ignore[no-untyped-call]


def enrolled(user: User) -> tuple[str, list[str]]:
    """Give somebody a second factor, with last step's code; return its key and the paper codes."""
    key = second_factor.begin(user=user).key
    return key, second_factor.confirm(user=user, code=code(key, steps=-1))


def key_on(page: str) -> str:
    found = re.search(r'enrolment-key">([A-Z2-7 ]+)<', page)
    assert found
    return found[1]

"""The people of the demo: one for each thing that the endpoint can answer."""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts import api_keys
from accounts.models import Plan, Subscription, User
from whatsapp.simulator.models import SimulatedPhone

ADMIN_EMAIL = "admin@example.com"
KEY_NAME = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the cast; `plan` is a plan's slug, or None for nobody's customer."""

    name: str
    phone: str
    plan: str | None

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.com"


CAST = (
    Person(name="Alice", phone="+5511987654321", plan="premium"),
    Person(name="Bruno", phone="+5521987654322", plan="pro"),
    Person(name="Clara", phone="+5531987654323", plan="basic"),
    Person(name="Davi", phone="+5541987654324", plan=None),
)


@transaction.atomic
def assemble() -> dict[str, str]:
    """Create the cast, or put it back as it should be; return a new key for each, by name."""
    return {person.name.lower(): _person(person) for person in CAST}


def administrator() -> str:
    """Create the demo's administrator, or give it a new password; return the password."""
    password = secrets.token_urlsafe(9)
    admin = User.objects.filter(email=ADMIN_EMAIL).first()
    if admin is None:
        User.objects.create_superuser(ADMIN_EMAIL, password)
    else:
        admin.set_password(password)
        admin.save(update_fields=["password"])
    return password


def _person(person: Person) -> str:
    user, _ = User.objects.update_or_create(
        email=person.email,
        defaults={
            "name": person.name,
            "phone": person.phone,
            "phone_verified_at": timezone.now(),
            "is_active": True,
        },
        create_defaults={
            "name": person.name,
            "phone": person.phone,
            "phone_verified_at": timezone.now(),
            "password": "!",
        },
    )
    if person.plan:
        Subscription.objects.get_or_create(
            user=user, defaults={"plan": Plan.objects.get(slug=person.plan)}
        )
    SimulatedPhone.objects.get_or_create(number=person.phone, defaults={"name": person.name})
    for key in user.api_keys.filter(name=KEY_NAME, revoked_at=None):
        api_keys.revoke(key=key)
    _, secret = api_keys.issue(user=user, name=KEY_NAME)
    return secret

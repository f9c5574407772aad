"""The people of the checks, made in the database of the running service by `manage.py shell`."""

import json
import sys
from datetime import timedelta

from django.utils import timezone

from accounts import api_keys
from accounts.models import Plan, Subscription, User
from whatsapp.models import Contact
from whatsapp.simulator.models import SimulatedPhone


def populate(count: int) -> None:
    """Create Premium users who have just written; print their ids, keys, phones as JSON."""
    plan = Plan.objects.get(slug="premium")
    now = timezone.now()
    window = now + timedelta(hours=24)
    people = []
    for number in range(count):
        phone = f"+55119{71000000 + number}"
        user = User.objects.create(
            email=f"check{number}@example.com",
            name=f"Ana {number}",
            phone=phone,
            phone_verified_at=now,
            password="!",
        )
        Subscription.objects.create(user=user, plan=plan)
        SimulatedPhone.objects.create(number=phone, name=f"Ana {number}", window_ends_at=window)
        Contact.objects.create(phone=phone, window_ends_at=window)
        key, secret = api_keys.issue(user=user)
        people.append(
            {"id": user.pk, "key_id": key.pk, "key": secret, "phone": phone, "email": user.email}
        )
    json.dump(people, sys.stdout)


def bad_keys() -> None:
    """Create a user with a revoked and with an expired key; print both as JSON."""
    user = User.objects.create_user("timed@example.com")
    revoked, secret = api_keys.issue(user=user)
    api_keys.revoke(key=revoked)
    _, expired = api_keys.issue(user=user, expires_at=timezone.now() - timedelta(hours=1))
    json.dump({"revoked": secret, "expired": expired}, sys.stdout)

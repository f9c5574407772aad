"""The people of a fault run, written straight into its database."""

import json
import sys

from django.utils import timezone

from accounts import api_keys
from accounts.models import Plan, Subscription, User
from whatsapp.simulator.models import SimulatedPhone


def populate(count: int) -> None:
    """Create Premium users with a phone each, and print their keys and phones as JSON."""
    plan = Plan.objects.get(slug="premium")
    people = []
    for number in range(count):
        phone = f"+55119{80000000 + number}"
        user = User.objects.create(
            email=f"user{number}@example.com",
            name=f"Ana {number}",
            phone=phone,
            phone_verified_at=timezone.now(),
            password="!",
        )
        Subscription.objects.create(user=user, plan=plan)
        SimulatedPhone.objects.create(number=phone, name=f"Ana {number}")
        people.append({"key": api_keys.issue(user=user)[1], "phone": phone})
    json.dump(people, sys.stdout)

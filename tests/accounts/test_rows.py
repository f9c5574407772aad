"""What is refused whoever writes it, and what a migration put there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Plan, Subscription, User


def test_a_user_has_one_current_subscription(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(user=alice, plan=Plan.objects.get(slug="pro"))
    alice.subscriptions.update(status="canceled")
    Subscription.objects.create(user=alice, plan=Plan.objects.get(slug="pro"))


def test_an_email_is_one_person_in_any_case(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ALICE@example.com")
    assert User.objects.get_by_natural_key("Alice@Example.com") == alice


@pytest.mark.parametrize("phone", ["11987654321", "+0123456789", "+55 1198765-432"])
def test_a_phone_that_is_not_e164_is_not_valid(alice: User, phone: str) -> None:
    alice.phone = phone
    with pytest.raises(ValidationError, match=r"\(11\) 98765-4321") as refusal:
        alice.full_clean()
    assert list(refusal.value.message_dict) == ["phone"]


def test_a_period_ends_after_it_starts(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        alice.subscriptions.update(current_period_end=timezone.now() - timedelta(days=30))


@pytest.mark.parametrize(
    ("status", "is_active"),
    [("trialing", True), ("active", True), ("past_due", False), ("canceled", False)],
)
def test_trialing_and_active_give_access(alice: User, status: str, *, is_active: bool) -> None:
    alice.subscriptions.update(status=status)
    assert Subscription.objects.active().exists() == is_active


def test_access_ends_with_the_period_and_not_before(alice: User) -> None:
    end = timezone.now() + timedelta(days=30)
    alice.subscriptions.update(current_period_end=end)
    assert Subscription.objects.active(at=end - timedelta(seconds=1)).exists()
    assert not Subscription.objects.active(at=end).exists()


def test_the_three_plans_are_there_and_premium_gives_the_connection(db: None) -> None:
    routes = dict(Plan.objects.values_list("name", "connection_route"))
    assert routes == {"Basic": "notice", "Pro": "notice", "Premium": "flow"}
    assert Plan.objects.upgrade() == Plan.objects.get(slug="premium")


def test_premium_gives_what_the_contract_says(db: None) -> None:
    premium = Plan.objects.get(slug="premium")
    assert [benefit.text for benefit in premium.benefits.all()] == [
        "Conexão integrada por Open Finance",
        "Até 30 lembretes de pagamento",
        "Até 30 alertas de gastos",
        "Suporte prioritário",
        "Análises avançadas",
    ]
    assert isinstance(premium.price, Decimal)


@pytest.mark.parametrize(
    ("name", "first"), [("Ana Maria", "Ana"), ("", ""), ("\n\x07 Zé\tda", "Zé"), ("  ", "")]
)
def test_the_first_name_is_fit_for_a_message(name: str, first: str) -> None:
    assert User(name=name).get_short_name() == first

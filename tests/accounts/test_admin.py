import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts import api_keys
from accounts.models import ApiKey, Plan, PlanBenefit, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


def user_form(user: User, **changes: str) -> dict[str, str]:
    subscription = user.subscriptions.get()
    return {
        "email": user.email,
        "name": user.name,
        "is_active": "on",
        "phone": user.phone,
        "subscriptions-TOTAL_FORMS": "1",
        "subscriptions-INITIAL_FORMS": "1",
        "subscriptions-0-id": str(subscription.pk),
        "subscriptions-0-user": str(user.pk),
        "subscriptions-0-plan": str(subscription.plan_id),
        "subscriptions-0-status": "active",
        "subscriptions-0-current_period_start_0": "01/11/2026",
        "subscriptions-0-current_period_start_1": "10:00:00",
        "api_keys-TOTAL_FORMS": "0",
        "api_keys-INITIAL_FORMS": "0",
        **changes,
    }


def change(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


@pytest.mark.parametrize("model", ["user", "plan", "apikey"])
def test_each_list_opens_in_portuguese(staff: Client, alice: User, model: str) -> None:
    api_keys.issue(user=alice)
    page = staff.get(reverse(f"admin:accounts_{model}_changelist"))
    assert page.status_code == 200
    assert 'lang="pt-br"' in page.text


def test_a_phone_is_masked_in_the_list(staff: Client, alice: User) -> None:
    page = staff.get(reverse("admin:accounts_user_changelist"))
    assert "+55 11 •••••-4321" in page.text
    assert "987654321" not in page.text


@pytest.mark.parametrize(
    ("route", "shown"), [("flow", "alice"), ("notice", "bruno"), ("none", "davi")]
)
def test_users_are_filtered_by_what_the_call_sends_them(
    staff: Client, alice: User, bruno: User, davi: User, route: str, shown: str
) -> None:
    page = staff.get(reverse("admin:accounts_user_changelist"), {"route": route})
    others = {"alice", "bruno", "davi"} - {shown}
    assert f"{shown}@example.com" in page.text
    assert not any(f"{name}@example.com" in page.text for name in others)


def test_a_changed_phone_is_stored_in_e164_and_is_no_longer_verified(
    staff: Client, alice: User
) -> None:
    answer = staff.post(change(alice), user_form(alice, phone="(21) 99876-5432"))
    assert answer.status_code == 302, answer.text
    alice.refresh_from_db()
    assert (alice.phone, alice.phone_verified_at) == ("+5521998765432", None)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("abc", "Informe um número com DDD"),
        ("123", "É um número de serviço"),
        ("98765-4321", "Falta o DDD"),
        ("(20) 98765-4321", "Esse DDD não existe"),
        ("(11) 8765-4321", "Um celular tem 9 dígitos"),
        ("(11) 3071-0000", "É um telefone fixo"),
        ("+1 111 111 1111", "Esse número não existe"),
    ],
)
def test_what_is_no_phone_is_refused_with_a_clear_reason(
    staff: Client, alice: User, typed: str, reason: str
) -> None:
    page = staff.post(change(alice), user_form(alice, phone=typed))
    assert page.text.count(reason) == 1
    alice.refresh_from_db()
    assert alice.phone == "+5511987654321"


def test_a_new_key_is_shown_in_that_answer_and_never_again(staff: Client, alice: User) -> None:
    url = reverse("admin:accounts_user_new_key", args=[alice.pk])
    page = staff.post(url, {"name": "chatbot"})
    shown = re.search(r"sk-\w{38}", page.text)
    assert shown
    assert api_keys.find(shown[0]) == ApiKey.objects.get(name="chatbot")
    for again in (url, change(alice), reverse("admin:accounts_apikey_changelist")):
        assert shown[0] not in staff.get(again).text
    assert shown[0] not in str(staff.session.items())
    assert shown[0] not in staff.cookies.output()


def test_only_staff_who_may_change_users_make_keys(client: Client, alice: User) -> None:
    client.force_login(User.objects.create_user("helper@example.com", is_staff=True))
    url = reverse("admin:accounts_user_new_key", args=[alice.pk])
    assert client.post(url, {}).status_code == 403
    assert not ApiKey.objects.exists()


def test_keys_are_revoked_from_their_list(staff: Client, alice: User) -> None:
    key, secret = api_keys.issue(user=alice)
    staff.post(
        reverse("admin:accounts_apikey_changelist"),
        {"action": "revoke", "_selected_action": [key.pk]},
    )
    assert api_keys.find(secret) is None


def test_a_user_is_never_deleted(staff: Client, alice: User) -> None:
    url = reverse("admin:accounts_user_delete", args=[alice.pk])
    assert staff.post(url, {"post": "yes"}).status_code == 403


def test_a_benefit_is_edited_with_its_plan(staff: Client) -> None:
    plan = Plan.objects.get(slug="basic")
    first, second = plan.benefits.all()
    staff.post(
        reverse("admin:accounts_plan_change", args=[plan.pk]),
        {
            "name": "Basic",
            "slug": "basic",
            "price": "24.90",
            "connection_route": "notice",
            "max_payment_reminders": "0",
            "max_spending_alerts": "0",
            "benefits-TOTAL_FORMS": "2",
            "benefits-INITIAL_FORMS": "2",
            "benefits-0-id": str(first.pk),
            "benefits-0-plan": str(plan.pk),
            "benefits-0-position": "2",
            "benefits-0-text": "Novo texto",
            "benefits-1-id": str(second.pk),
            "benefits-1-plan": str(plan.pk),
            "benefits-1-position": "1",
            "benefits-1-text": second.text,
        },
    )
    plan.refresh_from_db()
    assert str(plan.price) == "24.90"
    assert list(PlanBenefit.objects.filter(plan=plan)) == [second, first]

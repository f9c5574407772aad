"""Every address of the admin against everybody who may ask for it, and nothing else in it."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys, audit, second_factor
from accounts.models import ApiKey, StaffDevice, StaffSession, User
from openfinance.models import Attempt, Notice, ProviderKey
from tests.openfinance import rows
from tests.pierre.staff.addresses import CATCH_ALL, KINDS, OBJECT, Address, every, paths
from tests.pierre.staff.conftest import Hire, enrolled
from tests.pierre.staff.table import APPS, EVERYBODY, MODELS, OF_A_USER, ROLES, SITE
from whatsapp import jobs
from whatsapp.models import (
    BusinessNumber,
    IncomingUpdate,
    MessageTemplate,
    NativeFlow,
    WebhookEvent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(alice: User) -> User:
    """Write a row of every model that is in the admin; return the person whose they are."""
    now, consent = timezone.now(), rows.consent(alice)
    rows.flow(alice)
    StaffSession.objects.create(user=alice)
    api_keys.issue(user=alice)
    audit.record(user=alice, act=audit.Act.LINK_OPENED, target=consent)
    Attempt.objects.create(consent=consent, state_digest="d", expires_at=now)
    Notice.objects.create(consent=consent, kind="connected")
    ProviderKey.objects.create(name="pluggy:1", expires_at=now)
    BusinessNumber.objects.create(phone_number_id="1")
    MessageTemplate.objects.create(name="t", category="UTILITY")
    NativeFlow.objects.create(meta_id="1", name="f", version_hash="v")
    event = WebhookEvent.objects.create(body=b"{}")
    IncomingUpdate.objects.create(key="k", content={"kind": "message"}, event=event)
    jobs.enqueue("there.is.no.such_task", queue=jobs.Queue.OUTBOX, message_id="8f3c")
    return alice


@pytest.fixture
def staff(client: Client, hire: Hire, request: pytest.FixtureRequest) -> Client:
    letter = request.getfixturevalue("letter")
    user = hire(ROLES.get(letter), is_superuser=letter == "X")
    client.force_login(user)
    return client


def model_of(label: str) -> type[Model]:
    return {model._meta.label_lower: model for model in admin.site._registry}[label]


def row_of(label: str) -> Model:
    """Return a row that was written last: of people a customer, of sessions one's own."""
    if label == "accounts.user":
        return User.objects.get(email="alice@example.com")
    row = model_of(label)._default_manager.order_by("pk").last()
    assert row, label
    return row


def expected(address: Address, path: str) -> tuple[str, int, int]:
    """Return who may have a page, and what they are answered, and what the others are."""
    match address.page():
        case (label, kind):
            rights = MODELS[label]
            letters = {"add": rights.add, "delete": rights.delete}.get(kind, rights.see)
            return letters, 200, 403
    if address.name in OF_A_USER:
        return OF_A_USER[address.name], 200, 403
    if address.name in SITE:
        return EVERYBODY, SITE[address.name], 0
    if address.name == "app_list":
        return APPS[path.split("/")[2]], 200, 404
    if address.route.endswith(OBJECT):
        # An old form of the address, which leads to the one of today.
        return EVERYBODY, 302, 0
    assert address.route == CATCH_ALL, f"The table does not know {address}."
    return EVERYBODY, 404, 0


def everywhere() -> list[str]:
    return [path for address in every() for path in paths(address, row_of)]


@pytest.mark.parametrize("letter", list(EVERYBODY))
def test_each_page_is_for_those_whom_the_table_names(
    world: User, staff: Client, letter: str
) -> None:
    wrong, count = [], 0
    for address in every():
        for path in paths(address, row_of):
            letters, given, refused = expected(address, path)
            status = staff.get(path).status_code
            count += 1
            if status != (given if letter in letters else refused):
                wrong.append(f"{path}: {status}")
    assert not wrong
    assert count > len(KINDS) * len(MODELS)


@pytest.mark.parametrize("letter", list(EVERYBODY))
def test_each_row_is_saved_added_and_deleted_by_those_whom_the_table_names(
    world: User, staff: Client, letter: str
) -> None:
    wrong = []
    for label, rights in MODELS.items():
        name = f"admin:{label.replace('.', '_')}"
        pk = row_of(label).pk
        for kind, letters, args in (
            ("change", rights.change, [pk]),
            ("add", rights.add, []),
            ("delete", rights.delete, [pk]),
        ):
            # Nothing is sent, so nothing is deleted and a form with fields comes back.
            status = staff.post(reverse(f"{name}_{kind}", args=args), {}).status_code
            if (status != 403) != (letter in letters):
                wrong.append(f"{label} {kind}: {status}")
    assert not wrong


@pytest.mark.parametrize("letter", list(EVERYBODY))
def test_each_action_is_for_those_whom_the_table_names(
    world: User, staff: Client, letter: str
) -> None:
    wrong = []
    for label, rights in MODELS.items():
        address = reverse(f"admin:{label.replace('.', '_')}_changelist")
        uuids = model_of(label)._meta.pk.get_internal_type() == "UUIDField"
        nothing = "00000000-0000-0000-0000-000000000000" if uuids else "0"
        for action, letters in rights.actions.items():
            page = staff.post(
                address, {"action": action, "_selected_action": [nothing]}, follow=True
            )
            # Where there is none to choose, the list comes as if nothing had been sent.
            is_taken = bool(page.redirect_chain) or 'name="post" value="yes"' in page.text
            is_done = is_taken and "Nenhuma ação selecionada" not in page.text
            if is_done != (letter in letters):
                wrong.append(f"{label} {action}: {page.status_code}")
    assert not wrong


def test_the_table_knows_every_model_and_action() -> None:
    found = {
        model._meta.label_lower: {name for _, name, _ in page._get_base_actions()}  # type: ignore[attr-defined]
        for model, page in admin.site._registry.items()
    }
    assert set(found) == set(MODELS)
    for label, names in found.items():
        # Whoever may delete may delete several, which is Django's own.
        assert names - {"delete_selected"} == set(MODELS[label].actions) - {"delete_selected"}


@pytest.mark.parametrize("is_known", [False, True], ids=["a stranger", "a customer"])
def test_who_is_not_of_the_staff_is_led_to_the_sign_in(
    world: User, client: Client, *, is_known: bool
) -> None:
    if is_known:
        client.force_login(world)
    for path in everywhere():
        for answer in (client.get(path), client.post(path, {})):
            if path != "/admin/login/":
                assert answer.status_code == 302, path
                assert answer["Location"].startswith("/admin/"), path


@pytest.mark.usefixtures("asked_for")
def test_who_proved_a_password_alone_is_led_to_the_second_factor(
    world: User, client: Client, hire: Hire
) -> None:
    client.force_login(hire(None, is_superuser=True))
    for path in everywhere():
        for answer in (client.get(path), client.post(path, {})):
            is_there = path in ("/admin/second-factor/", "/admin/login/")
            if not is_there:
                assert answer.status_code == 302, path
                assert answer["Location"].startswith("/admin/second-factor/"), path


def test_no_page_has_a_secret(world: User, client: Client, hire: Hire) -> None:
    boss = hire(None, is_superuser=True)
    enrolled(boss)
    client.force_login(boss)
    device = StaffDevice.objects.get()
    hidden = [
        str(client.session.session_key),
        bytes(device.key).hex(),
        repr(bytes(device.key)[20:])[2:-1],
        *device.backup_codes,
        *ApiKey.objects.values_list("digest", flat=True),
        *User.objects.exclude(password="").values_list("password", flat=True),
    ]
    pages = [*everywhere(), reverse("admin:accounts_user_change", args=[boss.pk])]
    opened = [client.get(path) for path in pages]
    assert sum(page.status_code == 200 for page in opened) > 3 * len(MODELS)
    assert not [page for page in opened if any(text in page.text for text in hidden)]
    assert second_factor.is_enrolled(boss)

"""Every address of the admin against everybody who may ask for it, and nothing else in it.

All of the staff look at one world, one after the other: to write it down for each would take longer
than the looking.
"""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys, audit, sealed
from accounts.models import ApiKey, AuditSeal, StaffDevice, StaffSession, User
from openfinance.models import Attempt, KeptProof, Notice, PlanNotice, ProviderKey
from tests.openfinance import rows
from tests.pierre.inline import has_code
from tests.pierre.staff.addresses import CATCH_ALL, OBJECT, Address, every, paths
from tests.pierre.staff.conftest import Hire, enrolled
from tests.pierre.staff.table import APPS, EVERYBODY, MODELS, OWN, ROLES, SITE
from whatsapp import jobs
from whatsapp.models import (
    BusinessNumber,
    IncomingUpdate,
    MessageTemplate,
    NativeFlow,
    WebhookEvent,
)

pytestmark = pytest.mark.django_db

NONE_CHOSEN = "Nenhuma ação selecionada."
CPF = "76109277673"
# Of each model there is a list, a row and what became of it.
_SEEN = ("changelist", "change", "history")


@pytest.fixture
def world(alice: User) -> User:
    """Write a row of every model that is in the admin; return the person whose they are."""
    now, consent = timezone.now(), rows.consent(alice)
    sealed.seal(consent, "cpf", CPF)
    consent.save()
    rows.flow(alice)
    StaffSession.objects.create(user=alice)
    api_keys.issue(user=alice)
    audit.record(user=alice, act=audit.Act.LINK_OPENED, target=consent)
    AuditSeal.objects.create(number=1, heads=1, previous=b"", digest=b"d", mac=b"", key="k")
    Attempt.objects.create(consent=consent, state_digest="d", expires_at=now)
    Notice.objects.create(consent=consent, kind="connected")
    PlanNotice.objects.create(user=alice, kind="inactive_subscription")
    KeptProof.objects.create(
        consent_id=consent.pk, text=consent.text, groups=[], agreed_at=now, until=now
    )
    ProviderKey.objects.create(name="pluggy:1", expires_at=now)
    BusinessNumber.objects.create(phone_number_id="1")
    MessageTemplate.objects.create(name="t", category="UTILITY")
    NativeFlow.objects.create(meta_id="1", name="f", version_hash="v")
    event = WebhookEvent.objects.create(body=b"{}")
    IncomingUpdate.objects.create(key="k", content={"kind": "message"}, event=event)
    jobs.enqueue("there.is.no.such_task", queue=jobs.Queue.OUTBOX, message_id="8f3c")
    return alice


def each_of_staff(hire: Hire) -> Iterator[tuple[str, Client]]:
    """Yield each letter of the table with a browser of theirs, which is the last to be let in."""
    for letter in EVERYBODY:
        user = hire(ROLES.get(letter), is_superuser=letter == "X")
        enrolled(user)
        browser = Client()
        browser.force_login(user)
        yield letter, browser


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
    if address.name in OWN:
        own = OWN[address.name]
        return (EVERYBODY, 405, 0) if own.is_posted else (own.who, 200, 403)
    if address.name in SITE:
        return EVERYBODY, SITE[address.name], 0
    if address.name == "autocomplete":
        return MODELS["accounts.user"].see, 200, 403
    if address.name == "app_list":
        return APPS[path.split("/")[2]], 200, 404
    assert address.route == CATCH_ALL, f"The table does not know {address}."
    return EVERYBODY, 404, 0


def everywhere() -> list[str]:
    return [path for address in every() for path in paths(address, row_of)]


def secrets(browser: Client) -> list[str]:
    """Return what must not be on any page that is open in a browser."""
    hidden = [str(browser.session.session_key)]
    for device in StaffDevice.objects.all():
        key = bytes(device.key)
        hidden += [key.hex(), repr(key[20:])[2:-1], *device.backup_codes]
    hidden += ApiKey.objects.values_list("digest", flat=True)
    hidden += User.objects.exclude(password="").values_list("password", flat=True)
    return [*hidden, CPF]


def targets() -> Iterator[tuple[str, str, int, int]]:
    """Yield what to look at, with what is expected; what nobody may is asked for by POST alone."""
    for address in every():
        for path in [] if is_old(address) else paths(address, row_of):
            letters, given, refused = expected(address, path)
            if letters:
                yield path, letters, given, refused


def is_old(address: Address) -> bool:
    """Tell whether it is the form of another Django, which leads to the one of today."""
    return not address.name and address.route.endswith(OBJECT)


def test_each_page_is_for_those_whom_the_table_names_and_has_neither_secret_nor_script(
    world: User, hire: Hire
) -> None:
    wrong, count = [], 0
    for letter, browser in each_of_staff(hire):
        hidden = secrets(browser)
        mine = reverse("admin:accounts_user_change", args=[browser.session["_auth_user_id"]])
        of_mine = (mine, MODELS["accounts.user"].see, 200, 403)
        for path, letters, given, refused in [*targets(), of_mine]:
            page = browser.get(path)
            count += 1
            is_right = page.status_code == (given if letter in letters else refused)
            if not is_right or has_code(page) or any(text in page.text for text in hidden):
                wrong.append(f"{letter} {path}: {page.status_code}")
    assert not wrong
    assert count > len(EVERYBODY) * len(_SEEN) * len(MODELS)


def test_an_old_form_of_an_address_leads_to_the_one_of_today(client: Client, hire: Hire) -> None:
    client.force_login(hire())
    found = [path for each in every() if is_old(each) for path in paths(each, row_of)]
    assert len(found) == len(MODELS)
    assert {client.get(path)["Location"] for path in found} == {f"{path}change/" for path in found}


def test_each_row_is_saved_added_and_deleted_by_those_whom_the_table_names(
    world: User, hire: Hire
) -> None:
    wrong = []
    for letter, browser in each_of_staff(hire):
        for path, letters in posted():
            # Nothing is sent, so nothing is deleted and a form with fields comes back.
            answer = browser.post(path, {})
            answer.getvalue()  # an archive is a file, which is closed when it was read
            if (answer.status_code != 403) != (letter in letters):
                wrong.append(f"{letter} {path}: {answer.status_code}")
    assert not wrong


def posted() -> Iterator[tuple[str, str]]:
    """Yield each page that something is sent to, and who may."""
    for label, rights in MODELS.items():
        name, pk = f"admin:{label.replace('.', '_')}", row_of(label).pk
        yield reverse(f"{name}_change", args=[pk]), rights.change
        yield reverse(f"{name}_add"), rights.add
        yield reverse(f"{name}_delete", args=[pk]), rights.delete
    for name, own in OWN.items():
        yield reverse(f"admin:{name}", args=[row_of(own.of).pk, *own.more]), own.who


def test_each_action_is_for_those_whom_the_table_names(world: User, hire: Hire) -> None:
    wrong = []
    for letter, browser in each_of_staff(hire):
        for label, rights in MODELS.items():
            for action, letters in rights.actions.items():
                if is_done(browser, label, action) != (letter in letters):
                    wrong.append(f"{letter} {label} {action}")
    assert not wrong


def is_done(browser: Client, label: str, action: str) -> bool:
    """Ask for an action on no row that there is, and tell whether it was carried out."""
    uuids = model_of(label)._meta.pk.get_internal_type() == "UUIDField"
    nothing = "00000000-0000-0000-0000-000000000000" if uuids else "0"
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    page = browser.post(address, {"action": action, "_selected_action": [nothing]})
    said = [message.message for message in get_messages(page.wsgi_request)]
    forget_messages(browser)
    if page.status_code == 302:
        return NONE_CHOSEN not in said
    # Some are asked once more; where there is none to choose, the list comes as after a GET.
    return 'name="post" value="yes"' in page.text


def forget_messages(browser: Client) -> None:
    """Take out what was said, which no page has shown."""
    session = browser.session
    session.pop("_messages", None)
    session.save()


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

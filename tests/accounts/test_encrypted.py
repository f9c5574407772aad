"""An encrypted column is read, written and found as if it were not, and holds no clear text."""

import base64

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Count, Exists, F, Model, OuterRef, Subquery, Value
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import encrypted, encryption
from accounts.models import User
from whatsapp.models import Contact, OutgoingMessage

PHONE, OTHER = "+5511987654321", "+5521987654322"
pytestmark = pytest.mark.django_db


def person(number: int, phone: str = "") -> User:
    return User(email=f"user{number}@example.com", phone=phone)


def cell(row: Model, table: str = "accounts_user") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT phone FROM {table} WHERE id = %s", [row.pk])
        return bytes(cursor.fetchone()[0])


def put(user: User, content: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET phone = %s WHERE id = %s", [content, user.pk])


def test_a_text_is_read_as_it_was_written_and_is_not_in_the_cell(alice: User) -> None:
    alice.refresh_from_db()
    assert alice.phone == PHONE
    assert b"87654321" not in cell(alice)


def test_a_text_is_found_by_equality(alice: User, bruno: User) -> None:
    assert User.objects.get(phone=PHONE) == alice
    assert set(User.objects.filter(phone__in=[PHONE, OTHER])) == {alice, bruno}
    assert list(User.objects.exclude(phone=PHONE)) == [bruno]


def test_an_empty_text_is_found_as_one(alice: User) -> None:
    nobody = User.objects.create_user("nobody@example.com")
    assert User.objects.get(phone="") == nobody
    assert User.objects.exclude(phone="").get() == alice
    assert User.objects.filter(phone__isnull=True).count() == 0


def test_no_text_among_none_is_found(alice: User) -> None:
    assert not User.objects.filter(phone__in=[]).exists()
    assert not User.objects.filter(phone="+55").exists()


@pytest.mark.parametrize(
    "lookup", ["contains", "startswith", "iexact", "regex", "gt", "range", "length"]
)
def test_what_an_index_cannot_answer_is_refused(alice: User, lookup: str) -> None:
    with pytest.raises(FieldError, match=lookup):
        User.objects.filter(**{f"phone__{lookup}": "55"}).exists()


@pytest.mark.parametrize("order", ["phone", "-phone", F("phone"), F("phone").desc()])
def test_there_is_no_order_of_what_is_encrypted(alice: User, order: str | F) -> None:
    with pytest.raises(FieldError, match="no order"):
        list(User.objects.order_by(order))


def test_values_are_texts(alice: User, bruno: User) -> None:
    assert set(User.objects.values_list("phone", flat=True)) == {PHONE, OTHER}
    assert User.objects.filter(pk=alice.pk).values("phone").get() == {"phone": PHONE}
    assert User.objects.annotate(number=F("phone")).get(pk=bruno.pk).number == OTHER


def test_a_subquery_gives_the_text(alice: User) -> None:
    same = User.objects.filter(phone=OuterRef("phone")).values("phone")
    assert User.objects.annotate(same=Subquery(same)).get().same == PHONE


def test_columns_of_one_purpose_are_compared(alice: User, bruno: User) -> None:
    twin = User.objects.create_user("twin@example.com", phone=PHONE)
    same = User.objects.filter(phone=OuterRef("phone")).exclude(pk=OuterRef("pk"))
    assert set(User.objects.filter(Exists(same))) == {alice, twin}
    assert User.objects.aggregate(n=Count("phone", distinct=True)) == {"n": 2}


def test_a_column_is_not_compared_to_one_in_the_clear(alice: User) -> None:
    with pytest.raises(FieldError, match="of its purpose"):
        User.objects.filter(phone=F("email")).exists()
    with pytest.raises(FieldError, match="of its purpose"):
        User.objects.filter(phone__in=User.objects.values("email")).exists()


def test_an_update_encrypts(alice: User, bruno: User) -> None:
    # One that is verified is nobody else's.
    User.objects.update(phone="+5531987654323", phone_verified_at=None)
    assert set(User.objects.values_list("phone", flat=True)) == {"+5531987654323"}
    User.objects.filter(pk=alice.pk).update(
        phone=Value("", output_field=encrypted.field(User, "phone"))
    )
    assert User.objects.get(phone="") == alice


def test_a_cell_is_not_copied_in_sql(alice: User) -> None:
    with pytest.raises(FieldError, match="read it and write it"), transaction.atomic():
        User.objects.update(phone=F("phone"))
    with pytest.raises(ProgrammingError), transaction.atomic():
        User.objects.update(phone=F("email"))
    assert User.objects.get().phone == PHONE


def test_many_rows_are_written_at_once(db: None) -> None:
    users = User.objects.bulk_create([person(1, PHONE), person(2)])
    users[0].phone, users[1].phone = OTHER, PHONE
    User.objects.bulk_update(users, ["phone"])
    found = User.objects.order_by("email").values_list("phone", flat=True)
    assert list(found) == [OTHER, PHONE]


def test_a_row_is_got_or_created_by_a_text(alice: User) -> None:
    assert User.objects.get_or_create(phone=PHONE) == (alice, False)
    user, is_new = User.objects.update_or_create(phone=OTHER, defaults={"email": "new@example.com"})
    assert is_new
    assert User.objects.get(phone=OTHER) == user


def test_a_text_is_unique_where_a_constraint_says_so(alice: User) -> None:
    twin = Contact(phone=PHONE)
    with pytest.raises(ValidationError, match="contact_phone_unique"):
        twin.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_a_unique_column_without_one_is_refused() -> None:
    with pytest.raises(TypeError):
        encrypted.EncryptedTextField(purpose="phone", unique=True)


def test_what_is_deferred_opens_when_it_is_asked_for(alice: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        phone = User.objects.defer("phone").get().phone
    assert (phone, len(queries)) == (PHONE, 2)


def test_the_same_text_is_never_encrypted_the_same_way(alice: User) -> None:
    before = cell(alice)
    alice.save()
    after = cell(alice)
    assert before[: encrypted.INDEX_BYTES] == after[: encrypted.INDEX_BYTES]
    assert before[encrypted.INDEX_BYTES :] != after[encrypted.INDEX_BYTES :]


def test_without_its_key_a_text_is_not_read(alice: User, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [f"other:{base64.b64encode(b'o' * 32).decode()}"]
    with pytest.raises(encryption.Unreadable):
        User.objects.get(pk=alice.pk)


def test_what_comes_under_another_index_is_not_read(alice: User, bruno: User) -> None:
    put(alice, cell(alice)[: encrypted.INDEX_BYTES] + cell(bruno)[encrypted.INDEX_BYTES :])
    with pytest.raises(encryption.Unreadable):
        User.objects.get(pk=alice.pk)


def test_what_comes_from_another_column_is_not_read(alice: User) -> None:
    contact = Contact.objects.get(phone=PHONE)
    put(alice, cell(contact, "whatsapp_contact"))
    assert User.objects.filter(phone=PHONE).exists()
    with pytest.raises(encryption.Unreadable):
        User.objects.get(pk=alice.pk)


@pytest.mark.parametrize("content", [b"+5511987654321", b"x" * 32, b"x" * 40])
def test_what_was_never_encrypted_is_not_read(alice: User, content: bytes) -> None:
    put(alice, content)
    with pytest.raises(encryption.Unreadable):
        User.objects.get(pk=alice.pk)


def test_a_phone_is_found_without_a_scan(alice: User) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = User.objects.filter(phone__in=[PHONE, OTHER]).explain()
    assert "user_by_phone" in plan


def test_another_column_of_the_same_name_still_has_an_order(alice: User) -> None:
    OutgoingMessage.objects.create(user=alice, phone=PHONE, payload={})
    messages = OutgoingMessage.objects.filter(phone=PHONE).annotate(user_id_too=F("user_id"))
    assert messages.order_by("user_id", "user_id_too").get().phone == PHONE
    contacts = Contact.objects.annotate(phone_too=Value(1)).order_by("phone_too")
    assert contacts.get(phone=PHONE).user_id is None

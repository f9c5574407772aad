"""Issue 5, point 5: everything about a person as one archive."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import BinaryField, Model
from django.test import Client
from django.urls import reverse

from accounts import audit
from accounts.encrypted import Encrypted
from accounts.models import AuditEvent, User
from accounts.processing import Owner
from accounts.sealed_fields import SealedField
from pierre.privacy import belongings, export
from tests.openfinance import rows
from tests.openfinance.sandbox_bank.receiver import ALICE
from tests.pierre.privacy import whole_lives
from tests.pierre.privacy.conftest import STAFF
from tests.pierre.privacy.whole_lives import Life


def archive_of(user: User) -> zipfile.ZipFile:
    file = io.BytesIO()
    export.write(user=user, to=file)
    return zipfile.ZipFile(file)


def data_of(user: User) -> dict[str, list[dict[str, Any]]]:
    with archive_of(user) as archive:
        tables: dict[str, list[dict[str, Any]]] = json.loads(archive.read("dados.json"))["tabelas"]
        return tables


def test_it_has_all_that_is_the_persons(life: Life) -> None:
    tables = data_of(life.user)
    assert tables["accounts.user"][0]["phone"] == "+5511987654321"
    (consent,) = tables["openfinance.consent"]
    assert (consent["cpf"], consent["address"]) == (ALICE, "127.0.0.1")
    assert "127.0.0.1" in {place["address"] for place in tables["accounts.auditplace"]}
    former = {proof["phone"] for proof in tables["accounts.phoneverification"]}
    assert former == {whole_lives.FORMER, "+5511987654321"}
    assert tables["openfinance.connection"][0]["bank"] == "Nubank"
    assert "Compartilhar dados de Nubank" in tables["openfinance.consenttext"][0]["text"]
    said = json.dumps(tables["whatsapp.incomingupdate"], ensure_ascii=False)
    assert whole_lives.TYPED in said
    assert whole_lives.TYPED_BEFORE in said
    for name in (
        "accounts.apikey",
        "accounts.auditevent",
        "accounts.signinlink",
        "accounts.subscription",
        "accounts.subscriptionchange",
        "admin.logentry",
        "openfinance.connectionlink",
        "openfinance.flow",
        "openfinance.managementlink",
        "openfinance.plannotice",
        "whatsapp.contact",
        "whatsapp.contactfact",
        "whatsapp.messagestatus",
        "whatsapp.outgoingmessage",
    ):
        assert tables[name], name


def test_it_has_no_token_key_or_digest(life: Life) -> None:
    with archive_of(life.user) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    kinds = ("key", "access_token", "refresh_token", "sealed ", "link ", "digest ", "index ")
    secret = {name: text for name, text in life.needles.items() if name.startswith(kinds)}
    assert len(secret) >= 16
    assert [name for name, needle in secret.items() if needle in text] == []


@pytest.mark.parametrize("model", belongings.declared(), ids=lambda model: model._meta.label)
def test_bytes_that_are_not_opened_are_declared_as_unexported(model: type[Model]) -> None:
    shut = {
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column, BinaryField) and not isinstance(column, Encrypted | SealedField)
    }
    declaration = belongings.declared()[model]
    is_told = declaration.is_found_by_path or declaration.owner == Owner.IDENTITY
    assert not is_told or shut <= declaration.unexported


def test_it_does_not_tell_where_the_staff_were(life: Life) -> None:
    events = AuditEvent.objects.filter(user=life.user, place__address=STAFF)
    assert events.filter(act=AuditEvent.Act.TRAIL_READ).exists()
    with archive_of(life.user) as archive:
        assert STAFF not in archive.read("dados.json").decode()


def test_it_has_nothing_of_somebody_else(alice: User, bruno: User) -> None:
    rows.link(rows.flow(bruno))
    rows.consent(bruno, "inter")
    rows.flow(alice)
    text = json.dumps(data_of(alice))
    assert alice.phone in text
    assert bruno.phone not in text
    assert bruno.email not in text


def test_the_page_reads_without_the_json_and_escapes_what_people_wrote(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(name="<script>alert(1)</script>")
    rows.consent(alice)
    with archive_of(User.objects.get(pk=alice.pk)) as archive:
        page, read_me = archive.read("pagina.html").decode(), archive.read("LEIAME.txt").decode()
    assert "<script" not in page
    assert "Consentimentos" in page
    assert "LGPD, art. 7º" in page
    assert "dados.json" in read_me


def test_each_opened_cpf_and_the_export_itself_leave_an_event(life: Life) -> None:
    before = AuditEvent.objects.filter(act=AuditEvent.Act.DECRYPTED, result="export").count()
    archive_of(life.user)
    opened = AuditEvent.objects.filter(act=AuditEvent.Act.DECRYPTED, result="export")
    assert opened.count() == before + 1
    assert AuditEvent.objects.get(act=AuditEvent.Act.DATA_EXPORTED).user == life.user


def test_a_long_table_is_whole_in_the_json_and_cut_on_the_page(alice: User) -> None:
    for _ in range(export.MOST_SHOWN + 5):
        audit.record(user=alice, act=AuditEvent.Act.LINK_OPENED, target=alice)
    with archive_of(alice) as archive:
        events = json.loads(archive.read("dados.json"))["tabelas"]["accounts.auditevent"]
        page = archive.read("pagina.html").decode()
    assert len(events) == export.MOST_SHOWN + 6
    assert f"{export.MOST_SHOWN} de {len(events)}" in page


def test_a_number_that_somebody_else_verified_since_tells_nothing_of_them(
    alice: User, bruno: User
) -> None:
    User.objects.filter(pk=alice.pk).update(phone_verified_at=None)
    User.objects.filter(pk=bruno.pk).update(phone=alice.phone)
    rows.message(alice)
    assert belongings.known_as(alice).addresses == []
    assert data_of(alice)["whatsapp.contact"] == []


def test_the_command_writes_a_file_that_nobody_else_reads(alice: User, tmp_path: Path) -> None:
    path = tmp_path / "alice.zip"
    call_command("export_person", "ALICE@example.com", "--to", str(path), stdout=io.StringIO())
    assert path.stat().st_mode & 0o777 == 0o600
    assert zipfile.ZipFile(path).testzip() is None
    with pytest.raises(CommandError, match="exists"):
        call_command("export_person", alice.email, "--to", str(path))


def test_the_command_names_no_unknown_person(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no user with this e-mail"):
        call_command("export_person", "nobody@example.com", "--to", str(tmp_path / "x.zip"))
    assert not list(tmp_path.iterdir())


def test_staff_download_it_by_a_post_that_is_in_the_log(alice: User, staff: Client) -> None:
    page = reverse("admin:accounts_user_export", args=[alice.pk])
    assert "Baixar os dados" in staff.get(page).text
    assert not AuditEvent.objects.filter(act=AuditEvent.Act.DATA_EXPORTED).exists()
    answer = staff.post(page)
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "dados.json" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get(act=AuditEvent.Act.DATA_EXPORTED)
    assert (event.actor_kind, event.channel) == ("staff", "admin")


@pytest.mark.parametrize("name", ["export", "erase"])
def test_staff_without_the_permission_get_neither(alice: User, name: str) -> None:
    clerk = User.objects.create_user("clerk@pierre.example", "x", is_staff=True)
    client = Client()
    client.force_login(clerk)
    page = reverse(f"admin:accounts_user_{name}", args=[alice.pk])
    assert client.post(page, {"email": alice.email}).status_code == 403
    assert User.objects.get(pk=alice.pk).is_active

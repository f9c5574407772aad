import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from whatsapp.models import MessageTemplate, NativeFlow

NAMES = ["whatsapp_messagetemplate", "whatsapp_nativeflow"]


@pytest.fixture
def staff(approved_templates: dict[str, MessageTemplate], client: Client) -> Client:
    NativeFlow.objects.create(meta_id="7", name="escolher-banco", status="THROTTLED")
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


def test_the_list_says_which_template_cannot_be_sent_and_why(staff: Client) -> None:
    MessageTemplate.objects.filter(name="aviso_premium").update(status="PAUSED", reason="ABUSE")
    page = staff.get(reverse("admin:whatsapp_messagetemplate_changelist")).text
    assert page.count("icon-no") == 1
    assert page.count("icon-yes") == 5
    assert "Pausado" in page
    assert "ABUSE" in page


def test_a_templates_words_can_be_read(staff: Client) -> None:
    template = MessageTemplate.objects.get(name="conexao_escolher_banco")
    page = staff.get(reverse("admin:whatsapp_messagetemplate_change", args=[template.pk])).text
    assert "aguardando a escolha do banco" in page


def test_the_flows_are_listed_with_their_state(staff: Client) -> None:
    assert "Limitado pela Meta" in staff.get(reverse("admin:whatsapp_nativeflow_changelist")).text


@pytest.mark.parametrize("name", NAMES)
def test_what_meta_has_is_not_edited_here(staff: Client, name: str) -> None:
    assert staff.get(reverse(f"admin:{name}_add")).status_code == 403
    key = (MessageTemplate if "template" in name else NativeFlow).objects.values_list("pk")[0][0]
    assert staff.post(reverse(f"admin:{name}_delete", args=[key])).status_code == 403

"""A person at the bank's pages: two factors, a decision, and what they share."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from openfinance.sandbox_bank import visits
from openfinance.sandbox_bank.models import Visit
from tests.openfinance.sandbox_bank.receiver import BOB, Receiver


@pytest.fixture
def consent_id(receiver: Receiver) -> str:
    return receiver.consent_id()


@pytest.fixture
def page(receiver: Receiver, consent_id: str) -> str:
    return receiver.authorise_url(consent_id)


def _reason(receiver: Receiver, consent_id: str) -> str:
    return str(receiver.read(consent_id)["rejection"]["reason"]["code"])


def test_the_whole_way_ends_in_a_code_for_the_receiver(receiver: Receiver, page: str) -> None:
    receiver.identify(page)
    back = receiver.decide(page)
    assert back["state"] == "a-state"
    assert back["iss"] == "http://testserver/sandbox-bank/nubank"
    assert back["code"]


def test_the_bank_shows_what_is_shared_with_whom_and_until_when(
    receiver: Receiver, page: str
) -> None:
    shown = receiver.identify(page).content.decode()
    for words in ("Pierre", "Nubank", "Saldos da conta", "Extratos da conta", " de 20"):
        assert words in shown


def test_a_term_without_an_end_is_called_so(receiver: Receiver) -> None:
    page = receiver.authorise_url(receiver.consent_id(expirationDateTime=None))
    assert "Indeterminado" in receiver.identify(page).content.decode()


def test_a_wrong_password_may_be_tried_again_and_the_third_time_ends_it(
    receiver: Receiver, page: str, consent_id: str
) -> None:
    for _ in range(2):
        assert "incorretos" in receiver.log_in(page, password="wrong").content.decode()
    blocked = receiver.log_in(page, password="wrong").content.decode()
    assert "Muitas tentativas erradas" in blocked
    assert "Muitas tentativas erradas" in receiver.log_in(page).content.decode()
    assert receiver.read(consent_id)["status"] == "AWAITING_AUTHORISATION"


def test_whoever_is_blocked_goes_back_and_may_come_again_with_the_same_consent(
    receiver: Receiver, page: str, consent_id: str
) -> None:
    for _ in range(3):
        receiver.log_in(page, password="wrong")
    assert "error=login_required" in receiver.client.get(f"{page}/voltar").headers["Location"]
    assert receiver.approve(consent_id)


def test_three_wrong_codes_end_it_too(receiver: Receiver, page: str) -> None:
    receiver.log_in(page)
    code = Visit.objects.get().second_factor
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(3):
        last = receiver.client.post(page, {"stage": "code", "code": wrong}, follow=True)
    assert "Muitas tentativas erradas" in last.content.decode()


def test_a_cpf_may_be_typed_with_its_punctuation(receiver: Receiver, page: str) -> None:
    assert "código" in receiver.log_in(page, cpf="761.092.776-73").content.decode()


def test_somebody_else_is_turned_away_and_the_consent_ends(
    receiver: Receiver, page: str, consent_id: str
) -> None:
    assert "não é o da autorização" in receiver.log_in(page, cpf=BOB).content.decode()
    assert "error=access_denied" in receiver.client.get(f"{page}/voltar").headers["Location"]
    assert _reason(receiver, consent_id) == "INTERNAL_SECURITY_REASON"


def test_whoever_is_no_customer_is_turned_away(
    receiver: Receiver, page: str, consent_id: str
) -> None:
    receiver.tell("customers", brand="nubank", cpf="76109277673", is_customer=False)
    assert "não é de um cliente" in receiver.log_in(page).content.decode()
    assert receiver.read(consent_id)["status"] == "REJECTED"


def test_a_stranger_becomes_a_customer(receiver: Receiver, page: str) -> None:
    for is_customer in (False, True):
        receiver.tell("customers", brand="nubank", cpf="76109277673", is_customer=is_customer)
    assert "código" in receiver.log_in(page).content.decode()


def test_a_no_is_told_to_the_receiver_and_ends_the_consent(
    receiver: Receiver, page: str, consent_id: str
) -> None:
    receiver.identify(page)
    assert receiver.decide(page, "refuse")["error"] == "access_denied"
    assert _reason(receiver, consent_id) == "CUSTOMER_MANUALLY_REJECTED"


def test_whoever_leaves_without_a_decision_may_come_again(
    receiver: Receiver, page: str, consent_id: str
) -> None:
    location = receiver.client.get(f"{page}/voltar").headers["Location"]
    assert "error=access_denied" in location
    assert "state=a-state" in location
    assert receiver.read(consent_id)["status"] == "AWAITING_AUTHORISATION"
    assert receiver.approve(consent_id)


def test_a_second_tap_on_yes_gives_no_second_code(receiver: Receiver, page: str) -> None:
    receiver.identify(page)
    receiver.decide(page)
    again = receiver.client.post(page, {"stage": "decide", "decision": "approve"}, follow=True)
    assert "Compartilhamento autorizado" in again.content.decode()
    assert receiver.client.get(f"{page}/voltar").headers["Location"] == "/sandbox-bank/"


def test_no_page_is_skipped_by_its_form(receiver: Receiver, page: str) -> None:
    receiver.client.post(page, {"stage": "decide", "decision": "approve"})
    receiver.client.post(page, {"stage": "code", "code": ""})
    assert Visit.objects.get().stage == Visit.Stage.LOGIN


def test_a_consent_that_ends_during_the_visit_is_not_authorised(
    receiver: Receiver, page: str, consent_id: str
) -> None:
    receiver.identify(page)
    receiver.tell("acts", consent_id=consent_id, act="expire")
    late = receiver.client.post(page, {"stage": "decide", "decision": "approve"}, follow=True)
    assert "O tempo para autorizar acabou" in late.content.decode()
    assert receiver.read(consent_id)["status"] == "REJECTED"


def test_a_visit_ends_by_itself(receiver: Receiver, page: str) -> None:
    Visit.objects.update(created_at=timezone.now() - timedelta(minutes=15))
    assert "O tempo para autorizar acabou" in receiver.client.get(page).content.decode()


def test_an_unknown_key_shows_nothing(receiver: Receiver, page: str) -> None:
    assert receiver.client.get("/sandbox-bank/nubank/visita/junk").status_code == 404
    assert receiver.client.get(page.replace("nubank", "itau")).status_code == 404


def test_a_customer_sees_what_they_share_and_ends_it(receiver: Receiver) -> None:
    consent_id, _ = receiver.connect()
    page = receiver.client.get("/sandbox-bank/nubank/conta").headers["Location"]
    shown = receiver.identify(page).content.decode()
    assert "Ativo" in shown
    pk = consent_id.rpartition(":")[2]
    after = receiver.client.post(page, {"stage": "decide", "consent": pk}, follow=True)
    assert "Encerrado por você" in after.content.decode()
    assert _reason(receiver, consent_id) == "CUSTOMER_MANUALLY_REVOKED"


def test_nobody_ends_what_another_customer_shares(receiver: Receiver) -> None:
    consent_id, _ = receiver.connect()
    page = receiver.client.get("/sandbox-bank/nubank/conta").headers["Location"]
    assert "não compartilha" in receiver.identify(page, cpf=BOB).content.decode()
    for pk in (consent_id.rpartition(":")[2], "junk"):
        receiver.client.post(page, {"stage": "decide", "consent": pk})
    assert receiver.read(consent_id)["status"] == "AUTHORISED"


def test_a_bank_that_is_down_has_a_page_that_says_so(receiver: Receiver, page: str) -> None:
    receiver.tell("brands", brand="nubank", is_down=True)
    answer = receiver.client.get(page)
    assert answer.status_code == 503
    assert "fora do ar" in answer.content.decode()


def test_the_list_of_brands_takes_one_down_and_puts_it_back(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get("/sandbox-bank/").context["csrf_token"]
    form = {"brand": "inter", "csrfmiddlewaretoken": str(token)}
    down = client.post("/sandbox-bank/", {**form, "down": "1"}, follow=True)
    assert down.content.decode().count("Fora do ar") == 1
    assert "Fora do ar" not in client.post("/sandbox-bank/", form, follow=True).content.decode()


def test_every_page_forbids_scripts_and_caches(receiver: Receiver, page: str) -> None:
    headers = receiver.client.get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "form-action 'self' https://connect.example" in policy
    assert headers["Cache-Control"] == "no-store"


def test_there_is_no_brand_that_the_bank_does_not_have(db: None) -> None:
    assert Client().get("/sandbox-bank/another/conta").status_code == 404


def test_two_yeses_at_once_give_one_code(receiver: Receiver, page: str) -> None:
    receiver.identify(page)
    first, second = (Visit.objects.select_related("consent").get() for _ in range(2))
    assert first.consent
    assert second.consent
    assert visits.approve(first, first.consent)
    assert visits.approve(second, second.consent) is None
    assert second.stage == Visit.Stage.APPROVED


def test_a_no_that_comes_after_the_yes_takes_nothing_back(receiver: Receiver, page: str) -> None:
    receiver.identify(page)
    first, second = (Visit.objects.select_related("consent").get() for _ in range(2))
    assert first.consent
    assert second.consent
    visits.approve(first, first.consent)
    visits.refuse(second, second.consent)
    first.consent.refresh_from_db()
    assert first.consent.status == "AUTHORISED"


def test_a_cpf_need_not_be_typed_again_after_a_wrong_password(
    receiver: Receiver, page: str
) -> None:
    assert 'value="76109277673"' in receiver.log_in(page, password="wrong").content.decode()

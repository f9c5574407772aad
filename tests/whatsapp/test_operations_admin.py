"""What staff see and may do when something stopped, failed or was never confirmed."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from tests import jobs as worker
from whatsapp import jobs, numbers, outbox
from whatsapp.messages import Text
from whatsapp.models import BackgroundJob, IncomingUpdate, OutgoingMessage

NUMBERS = "admin:whatsapp_businessnumber_changelist"
JOBS = "admin:whatsapp_backgroundjob_changelist"


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


@pytest.fixture
def reader(db: None) -> Client:
    """Return the browser of somebody who may look at everything and do nothing."""
    user = User.objects.create_user("reader@example.com", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


def act(browser: Client, url: str, action: str, *keys: int) -> str:
    chosen = {"action": action, "_selected_action": keys}
    return browser.post(reverse(url), chosen, follow=True).text


def fail_a_job() -> BackgroundJob:
    jobs.enqueue("there.is.no.such_task", queue=jobs.Queue.OUTBOX, message_id="8f3c")
    with pytest.raises(KeyError):
        worker.run_all()
    job: BackgroundJob = BackgroundJob.objects.get(status="failed")
    return job


class TestNumber:
    def test_the_list_says_why_it_is_stopped_and_since_when(self, staff: Client) -> None:
        numbers.stop(reason="payment problem", code=131042)
        page = staff.get(reverse(NUMBERS)).text
        assert "Parado até a equipe agir" in page
        assert "payment problem" in page
        assert "131042" in page

    @pytest.mark.parametrize("held", ["templates", "pause"])
    def test_the_list_tells_what_is_held_back(self, staff: Client, held: str) -> None:
        if held == "templates":
            numbers.stop_templates(reason="spam", code=131048)
        else:
            numbers.pause(timedelta(minutes=5))
        page = staff.get(reverse(NUMBERS)).text
        assert ("Só responde" in page, "Em pausa" in page) == (held != "pause", held == "pause")

    def test_staff_let_it_send_again_and_are_remembered(self, staff: Client) -> None:
        numbers.stop(reason="token expired", code=190)
        page = act(staff, NUMBERS, "resume", numbers.current().pk)
        assert "volta a enviar" in page
        assert numbers.stopped() is None
        assert LogEntry.objects.get().get_change_message() == "Voltou a enviar."

    def test_who_may_only_look_cannot(self, reader: Client) -> None:
        numbers.stop(reason="token expired", code=190)
        assert "Voltar a enviar" not in reader.get(reverse(NUMBERS)).text
        act(reader, NUMBERS, "resume", numbers.current().pk)
        assert numbers.stopped()

    def test_nothing_of_it_is_edited(self, staff: Client) -> None:
        url = reverse("admin:whatsapp_businessnumber_change", args=[numbers.current().pk])
        assert staff.post(url, {"reason": ""}).status_code == 403


class TestJobs:
    def test_a_failed_job_is_listed_with_its_ids_and_where_its_log_is(self, staff: Client) -> None:
        job = fail_a_job()
        page = staff.get(reverse(JOBS), {"status": "failed"}).text
        assert "there.is.no.such_task" in page
        assert f"job-{job.pk}" in page
        assert "Falhou" in page

    def test_staff_try_it_again(self, staff: Client) -> None:
        job = fail_a_job()
        assert "Tarefas de volta à fila: 1." in act(staff, JOBS, "try_again", job.pk)
        assert worker.waiting() == [("there.is.no.such_task", {"message_id": "8f3c"})]

    def test_only_a_failed_one(self, staff: Client) -> None:
        jobs.enqueue("x", queue=jobs.Queue.OUTBOX)
        page = act(staff, JOBS, "try_again", BackgroundJob.objects.get().pk)
        assert "Só as que falharam podem voltar." in page

    def test_who_may_only_look_cannot(self, reader: Client) -> None:
        job = fail_a_job()
        assert "Tentar de novo" not in reader.get(reverse(JOBS)).text
        act(reader, JOBS, "try_again", job.pk)
        assert BackgroundJob.objects.get().status == "failed"

    def test_a_job_is_read_and_not_edited(self, staff: Client) -> None:
        url = reverse("admin:whatsapp_backgroundjob_change", args=[fail_a_job().pk])
        assert "there.is.no.such_task" in staff.get(url).text
        assert staff.post(url, {"status": "todo"}).status_code == 403

    def test_the_page_of_the_library_which_has_no_permissions_is_gone(self, staff: Client) -> None:
        with pytest.raises(NoReverseMatch):
            reverse("admin:procrastinate_procrastinatejob_changelist")

    def test_a_message_in_the_queue_shows_no_person(self, staff: Client) -> None:
        outbox.queue(to="+5511987654321", message=Text(body="segredo"))
        page = staff.get(reverse(JOBS)).text
        assert "whatsapp.tasks.send" in page
        assert "987654321" not in page
        assert "segredo" not in page


class TestAlerts:
    def index(self, staff: Client) -> str:
        return staff.get(reverse("admin:index")).text

    def test_a_quiet_day_has_none(self, staff: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        assert "messagelist" not in self.index(staff)

    def test_a_missing_worker_is_told(self, staff: Client) -> None:
        assert "Nenhum worker está no ar" in self.index(staff)

    def test_a_stopped_number_is_told_with_its_reason(self, staff: Client) -> None:
        numbers.stop(reason="payment problem", code=131042)
        page = self.index(staff)
        assert "O WhatsApp parou o nosso número" in page
        assert "131042: payment problem" in page

    def test_stopped_templates_are_told(self, staff: Client) -> None:
        numbers.stop_templates(reason="spam", code=131048)
        assert "o nosso número só responde" in self.index(staff)

    def test_what_was_never_confirmed_leads_to_its_list(self, staff: Client, alice: User) -> None:
        message = outbox.intend(user=alice, message=Text(body="Oi!"))
        OutgoingMessage.objects.update(status="unconfirmed")
        outbox.intend(user=alice, message=Text(body="Oi!"))
        link = f"{reverse('admin:whatsapp_outgoingmessage_changelist')}?status__exact=unconfirmed"
        assert f'href="{link}"' in self.index(staff)
        page = staff.get(link).text
        assert str(message.pk) in page
        assert "1 mensagem enviada" in page

    def test_failed_jobs_and_updates_given_up_are_told(self, staff: Client) -> None:
        fail_a_job()
        IncomingUpdate.objects.create(key="1", content={}, next_attempt_at=None)
        page = self.index(staff)
        assert "Tarefas em segundo plano que falharam: 1" in page
        assert "não puderam ser processadas: 1" in page

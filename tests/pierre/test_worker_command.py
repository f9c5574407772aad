import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command


def test_a_worker_does_at_least_one_job_at_a_time() -> None:
    with pytest.raises(CommandError, match="--concurrency must be at least 1"):
        call_command("worker", "--concurrency", "0", skip_checks=True)


def test_a_queue_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'mail'"):
        call_command("worker", "--queues", "mail", skip_checks=True)


def test_the_setting_is_read_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_CONCURRENCY", "many")
    with pytest.raises(ImproperlyConfigured, match="WORKER_CONCURRENCY must be a whole number"):
        call_command("worker", skip_checks=True)

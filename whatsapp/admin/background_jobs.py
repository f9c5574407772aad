import json
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.admin.read_only import ReadOnly
from whatsapp import jobs
from whatsapp.models import BackgroundJob


class Situation(models.TextChoices):
    """The states that a job may be seen in; one that succeeds is deleted."""

    TODO = "todo", "Na fila"
    DOING = "doing", "Em andamento"
    FAILED = "failed", "Falhou"
    CANCELLED = "cancelled", "Cancelada"
    ABORTED = "aborted", "Interrompida"


class SituationFilter(admin.SimpleListFilter):
    title = "situação"
    parameter_name = "status"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Situation.choices]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[BackgroundJob]
    ) -> QuerySet[BackgroundJob]:
        value = self.value()
        return queryset.filter(status=value) if value in Situation.values else queryset


# procrastinate's own page is in English, and lets whoever reads it cancel what runs.
admin.site.unregister(ProcrastinateJob)


@admin.register(BackgroundJob)
class BackgroundJobAdmin(ReadOnly, admin.ModelAdmin[BackgroundJob]):
    """Jobs, to read, and those that failed to try again; what they carry is ids only."""

    list_display = ("pk", "task", "situation", "tries", "last_at", "scheduled", "ids", "in_the_log")
    list_filter = (SituationFilter, "queue_name", "task_name")
    ordering = ("-pk",)
    fields = list_display
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BackgroundJob]:
        return super().get_queryset(request).annotate(last=Max("procrastinateevent__at"))

    @admin.display(description="tarefa", ordering="task_name")
    def task(self, job: BackgroundJob) -> str:
        return job.task_name

    @admin.display(description="situação", ordering="status")
    def situation(self, job: BackgroundJob) -> str:
        return str(Situation(job.status).label)

    @admin.display(description="tentativas", ordering="attempts")
    def tries(self, job: BackgroundJob) -> int:
        return job.attempts

    @admin.display(description="última mudança")
    def last_at(self, job: BackgroundJob) -> datetime | None:
        last: datetime | None = job.last  # type: ignore[attr-defined]  # of get_queryset
        return last

    @admin.display(description="só depois de", ordering="scheduled_at")
    def scheduled(self, job: BackgroundJob) -> datetime | None:
        return job.scheduled_at

    @admin.display(description="ids")
    def ids(self, job: BackgroundJob) -> str:
        return json.dumps(job.args)

    @admin.display(description="request_id no log")
    def in_the_log(self, job: BackgroundJob) -> str:
        return f"job-{job.pk}"

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.change_backgroundjob")

    @admin.action(description="Tentar de novo", permissions=["try_again"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[BackgroundJob]) -> None:
        count = sum(jobs.retry(job.pk) for job in chosen)
        self.message_user(request, f"Tarefas de volta à fila: {count}.")
        if count < len(chosen):
            self.message_user(request, "Só as que falharam podem voltar.", messages.WARNING)

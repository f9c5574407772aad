from procrastinate.contrib.django.models import ProcrastinateJob


class BackgroundJob(ProcrastinateJob):
    """procrastinate's row of a job, for the admin, with permissions of its own."""

    class Meta:
        proxy = True
        verbose_name = "tarefa em segundo plano"
        verbose_name_plural = "tarefas em segundo plano"

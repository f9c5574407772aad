"""The register of what has no model of ours: Django's own tables, and those without a model."""

from collections.abc import Mapping
from typing import Final

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Model
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.processing import Basis, Declaration, Owner, Retention, Use

MODELS: Final[Mapping[type[Model], Declaration]] = {
    LogEntry: Declaration(
        owner=Owner.IDENTITY,
        uses=(
            Use(
                fields=("user", "object_id", "object_repr", "change_message"),
                purpose="Saber o que a equipe mudou, e quem mudou",
                basis=Basis.INTEREST,
                retention=Retention.STAFF_LOG,
            ),
        ),
        impersonal=("action_flag",),
        is_erased=False,  # its words are; that something was done stays
    ),
    Session: Declaration(
        owner=Owner.MANY,
        uses=(
            Use(
                fields=("session_key", "session_data"),
                purpose="Manter aberta a sessão de quem entrou; acaba sozinha em horas",
                basis=Basis.CONTRACT,
                retention=Retention.ACCOUNT,
                is_exported=False,
            ),
        ),
    ),
    ProcrastinateJob: Declaration(
        owner=Owner.NOBODY,
        impersonal=("queue_name", "task_name", "priority", "lock", "args", "attempts"),
        is_erased=False,
    ),
}

# By table; only what is no model.
TABLES: Final[Mapping[str, Declaration]] = {
    "whatsapp_pace": Declaration(
        owner=Owner.MANY,
        uses=(
            Use(
                fields=("key",),
                purpose="Não enviar rápido demais a uma pessoa; some em minutos",
                basis=Basis.INTEREST,
                retention=Retention.MESSAGES,
                is_exported=False,
            ),
        ),
    ),
    "pierre_counter": Declaration(owner=Owner.NOBODY, impersonal=("key", "value")),
}

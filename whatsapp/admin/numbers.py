from datetime import datetime

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.read_only import ReadOnly
from whatsapp import numbers
from whatsapp.models import BusinessNumber


class Situation(models.TextChoices):
    SENDING = "sending", "Envia"
    PAUSED = "paused", "Em pausa: o limite da conta foi atingido, e ela termina sozinha"
    ANSWERS_ONLY = "answers_only", "Só responde: modelos parados até a equipe agir"
    STOPPED = "stopped", "Parado até a equipe agir"


@admin.register(BusinessNumber)
class BusinessNumberAdmin(ReadOnly, admin.ModelAdmin[BusinessNumber]):
    """The number we send from: why it does not, and since when. Staff let it send again."""

    list_display = ("phone_number_id", "situation", "since", "error_code", "reason")
    fields = (*list_display, "stopped_at", "templates_stopped_at", "paused_until")
    actions = ("resume",)

    @admin.display(description="situação")
    def situation(self, number: BusinessNumber) -> str:
        return str(_situation(number).label)

    @admin.display(description="desde")
    def since(self, number: BusinessNumber) -> datetime | None:
        return number.stopped_at or number.templates_stopped_at

    def has_resume_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.change_businessnumber")

    @admin.action(description="Voltar a enviar", permissions=["resume"])
    def resume(self, request: HttpRequest, chosen: QuerySet[BusinessNumber]) -> None:
        for number in chosen:
            if numbers.resume(number):
                self.log_change(request, number, "Voltou a enviar.")
                self.message_user(request, f"O {number} volta a enviar.", messages.SUCCESS)


def _situation(number: BusinessNumber) -> Situation:
    if number.stopped_at:
        return Situation.STOPPED
    if number.templates_stopped_at:
        return Situation.ANSWERS_ONLY
    if number.paused_until and number.paused_until > timezone.now():
        return Situation.PAUSED
    return Situation.SENDING

"""Meta's review of templates, which here takes a moment and nobody's time."""

from django.db import transaction
from django.utils import timezone

from whatsapp.simulator.models import Review, SimulatedTemplate
from whatsapp.simulator.webhooks import outgoing, values

Status = SimulatedTemplate.Status

_REASON = "INVALID_FORMAT"


def finish() -> None:
    """Approve the templates whose moment has passed, or do with them what was asked for."""
    due = SimulatedTemplate.objects.filter(status=Status.PENDING, reviewed_at__lte=timezone.now())
    verdict = Review.current().verdict
    if verdict == Review.Verdict.NONE:
        return
    for template in due:
        decide(template, status=verdict)


@transaction.atomic
def decide(template: SimulatedTemplate, *, status: str) -> None:
    """Give a template another status and tell the business, unless others were quicker."""
    same = SimulatedTemplate.objects.filter(pk=template.pk, status=template.status)
    reason = _REASON if status == Status.REJECTED else "NONE"
    if status != template.status and same.update(status=status, rejected_reason=reason):
        template.refresh_from_db()
        outgoing.add(values.template_status(template), field="message_template_status_update")

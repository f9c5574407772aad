"""A person's trail: what was done with what is theirs, told by day, the newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts import audit
from accounts.admin.acts import By, Did
from accounts.admin.audit import Who, page_of
from accounts.models import AuditEvent, User

AT_A_TIME = 50
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it is told; an address is "" where there is no page to show."""

    event: AuditEvent
    is_own: bool
    who: str
    who_page: str
    did: str
    about: str
    about_page: str
    by: str

    @property
    def facts(self) -> str:
        return ", ".join(f"{name}: {value}" for name, value in self.event.details.items() if value)


def show(request: HttpRequest, site: admin.AdminSite, pk: int) -> HttpResponse:
    """Show a page of a user's trail; `before` is the number that it ends under.

    Each look is an event of that trail.
    """
    if not request.user.has_perm("accounts.view_auditevent"):
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    before = request.GET.get("before", "")
    events = AuditEvent.objects.filter(user=user).order_by("-sequence")
    if before.isdecimal() and len(before) <= _MOST_DIGITS:
        events = events.filter(sequence__lt=int(before))
    found = list(events[: AT_A_TIME + 1])
    shown = found[:AT_A_TIME]
    audit.record(user=user, act=AuditEvent.Act.TRAIL_READ, target=user)
    context = site.each_context(request) | {
        "title": "Trilha",
        "opts": User._meta,
        "original": user,
        "days": list(_by_day(shown)),
        "before": before,
        "older": shown[-1].sequence if len(found) > AT_A_TIME else None,
    }
    return TemplateResponse(request, "admin/accounts/user/trail.html", context)


def _by_day(events: Sequence[AuditEvent]) -> Iterator[tuple[date, list[Told]]]:
    for day, of_day in groupby(events, key=lambda event: timezone.localdate(event.at)):
        yield day, [_tell(event) for event in of_day]


def _tell(event: AuditEvent) -> Told:
    kind = Who(event.actor_kind) if event.actor_kind in Who.values else Who.UNKNOWN
    about, about_page = _about(event.target)
    return Told(
        event=event,
        is_own=kind is Who.USER and event.actor == str(event.user_id),
        who=f"{kind.label} {event.actor}".strip(),
        who_page=page_of(event),
        did=Did(event.act).label if event.act in Did.values else event.get_act_display(),
        about=about,
        about_page=about_page,
        by=By(event.channel).label if event.channel in By.values else event.channel,
    )


def _about(target: str) -> tuple[str, str]:
    """Return what was touched, in words, and the address of its page."""
    label, _, pk = target.partition(":")
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return target, ""
    try:
        page = reverse(f"admin:{label.replace('.', '_')}_change", args=[pk])
    except NoReverseMatch:
        page = ""
    return f"{model._meta.verbose_name} {pk.partition('-')[0]}", page

"""The page that lists a person's connections, and where each ends as easily as it began."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openfinance import allowances, choices, life, openings, permissions, reach
from openfinance.exceptions import FlowError
from openfinance.models import Connection, ConnectionLink, Consent, ManagementLink
from openfinance.openings import Obstacle
from openfinance.pages import guards, offers, pictures, refusing
from openfinance.pages.pictures import BankPicture
from whatsapp import outbox

_ASKS_FOR = "minhas conexões"

Status = Consent.Status


class Section(StrEnum):
    """Under which heading a connection stands."""

    ACTIVE = "active"
    PENDING = "pending"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A connection as the page shows it: by its newest consent that counts, and those before."""

    connection: Connection
    section: Section
    consent: Consent
    groups: tuple[permissions.Group, ...]
    history: tuple[Consent, ...]
    picture: BankPicture
    can_renew: bool


@require_safe
@guards.personal
def connections(request: HttpRequest, token: str) -> HttpResponse:
    """List the person's connections; a person's first visit binds the link to the browser."""
    link = guards.opened(request, openings.find_management(token), asks_for=_ASKS_FOR)
    if link.bound_digest:
        return _list(request, link, token)
    if not guards.is_a_person(request):
        return render(request, "connect/manage/unopened.html", _context(token))
    with guards.acting(request, link.user_id):
        device = openings.bind(link)
    if device is None:
        raise guards.Refused(Obstacle.ELSEWHERE, asks_for=_ASKS_FOR)
    return guards.keep(
        _list(request, link, token), device, path=reverse("connections", args=[token])
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guards.personal
def disconnect(request: HttpRequest, token: str, pk: UUID) -> HttpResponse:
    """Say what ending a connection means, and end it on the person's yes."""
    link = guards.own(request, openings.find_management(token), asks_for=_ASKS_FOR)
    listed = _listed_one(link, pk)
    if request.method == "POST":
        with guards.acting(request, link.user_id):
            life.revoke(connection=listed.connection)
        return redirect(f"{reverse('connections', args=[token])}?fim={listed.connection.bank.slug}")
    return render(request, "connect/manage/confirm.html", _context(token) | {"listed": listed})


@require_POST
@guards.personal
def renew(request: HttpRequest, token: str, pk: UUID) -> HttpResponse:
    """Lead to the page of a new consent for the same bank; the chat gets its link too."""
    link = guards.own(request, openings.find_management(token), asks_for=_ASKS_FOR)
    bank, user = _listed_one(link, pk).connection.bank, link.user
    try:
        reach.of(user=user)
        allowances.require(user=user, bank=bank)
    except FlowError as error:
        return refusing.not_included(request, bank, error, is_renewal=True)
    via = ConnectionLink.Via.RENEWAL
    with guards.acting(request, link.user_id):
        new = choices.choose(user=user, bank=bank, via=via, to=user.phone, flow=None)
        device = openings.bind(new)
    page = redirect("connect", token=outbox.token(new.message))
    return guards.keep(page, device, path=page.url) if device else page


def _list(request: HttpRequest, link: ManagementLink, token: str) -> HttpResponse:
    listed = list(_listed(link))
    ended_now = request.GET.get("fim", "")
    context = _context(token) | {
        "ended_now": next((x for x in listed if x.connection.bank.slug == ended_now), None),
        "is_empty": not listed,
    }
    for section in Section:
        context[section.value] = [x for x in listed if x.section == section]
    return render(request, "connect/manage/list.html", context)


def _context(token: str) -> dict[str, object]:
    return {"token": token, "chat_number": settings.WHATSAPP_NUMBER}


def _listed_one(link: ManagementLink, pk: UUID) -> Listed:
    for listed in _listed(link):
        if listed.connection.pk == pk:
            return listed
    raise Http404


def _listed(link: ManagementLink) -> Iterator[Listed]:
    """Yield what the person has and had; what never was authorised, and is over, is not listed."""
    rows = Connection.objects.filter(user=link.user_id).select_related("bank")
    consents = Prefetch("consents", queryset=Consent.objects.order_by("-agreed_at"))
    for connection in rows.prefetch_related(consents):
        all_of_it = tuple(connection.consents.all())
        was_granted = tuple(x for x in all_of_it if x.authorised_at)
        active = next((x for x in was_granted if _gives_access(x)), None)
        pending = next((x for x in all_of_it if _is_pending(x)), None)
        consent = active or pending or next(iter(was_granted), None)
        if consent is None:
            continue
        section = Section.ACTIVE if active else Section.PENDING if pending else Section.ENDED
        yield Listed(
            connection=connection,
            section=section,
            consent=consent,
            groups=permissions.groups(consent.granted_permissions or consent.requested_permissions),
            history=tuple(x for x in was_granted if x != consent),
            picture=pictures.of(connection.bank),
            can_renew=offers.can_connect(connection.bank),
        )


def _gives_access(consent: Consent) -> bool:
    return consent.status == Status.AUTHORISED and not consent.revocation_requested_at


def _is_pending(consent: Consent) -> bool:
    is_on_its_way = consent.status in {Status.CREATED, Status.AWAITING}
    return is_on_its_way and not consent.revocation_requested_at

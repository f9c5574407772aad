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

from accounts.models import User
from openfinance import allowances, choices, life, openings, permissions, reach
from openfinance.exceptions import FlowError
from openfinance.models import Connection, ConnectionLink, Consent
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the person manages: the list's address, and whether that is among their own pages."""

    url: str
    is_own: bool = False

    @property
    def frame(self) -> str:
        """Return the template that the pages stand in."""
        return "account/base.html" if self.is_own else "connect/base.html"


@require_safe
@guards.personal
def connections(request: HttpRequest, token: str) -> HttpResponse:
    """List the person's connections; a person's first visit binds the link to the browser."""
    link = guards.opened(request, openings.find_management(token), asks_for=_ASKS_FOR)
    place = _place(token)
    if link.bound_digest:
        return show(request, link.user, place=place)
    if not guards.is_a_person(request):
        return render(request, "connect/manage/unopened.html", _context(place))
    with guards.acting(request, link.user_id):
        device = openings.bind(link)
    if device is None:
        raise guards.Refused(Obstacle.ELSEWHERE, asks_for=_ASKS_FOR)
    return guards.keep(show(request, link.user, place=place), device, path=place.url)


@require_http_methods(["GET", "HEAD", "POST"])
@guards.personal
def disconnect(request: HttpRequest, token: str, pk: UUID) -> HttpResponse:
    """Say what ending a connection means, and end it on the person's yes."""
    link = guards.own(request, openings.find_management(token), asks_for=_ASKS_FOR)
    return end(request, link.user, pk, place=_place(token))


@require_POST
@guards.personal
def renew(request: HttpRequest, token: str, pk: UUID) -> HttpResponse:
    """Lead to the page of a new consent for the same bank; the chat gets its link too."""
    link = guards.own(request, openings.find_management(token), asks_for=_ASKS_FOR)
    return begin_again(request, link.user, pk, place=_place(token))


def show(request: HttpRequest, user: User, *, place: Place) -> HttpResponse:
    """List the connections of a person whom the caller knows."""
    listed = list(_listed(user))
    ended_now = request.GET.get("fim", "")
    context = _context(place) | {
        "ended_now": next((x for x in listed if x.connection.bank.slug == ended_now), None),
        "is_empty": not listed,
    }
    for section in Section:
        context[section.value] = [x for x in listed if x.section == section]
    return render(request, "connect/manage/list.html", context)


def end(request: HttpRequest, user: User, pk: UUID, *, place: Place) -> HttpResponse:
    """Ask whether a connection is to end, or end it. Raises Http404 for one not the person's."""
    listed = _listed_one(user, pk)
    if request.method == "POST":
        with guards.acting(request, user.pk):
            life.revoke(connection=listed.connection)
        return redirect(f"{place.url}?fim={listed.connection.bank.slug}")
    return render(request, "connect/manage/confirm.html", _context(place) | {"listed": listed})


def begin_again(request: HttpRequest, user: User, pk: UUID, *, place: Place) -> HttpResponse:
    """Lead to a new consent for a connection's bank, if the plan gives it. Raises Http404."""
    bank = _listed_one(user, pk).connection.bank
    try:
        reach.of(user=user)
        allowances.require(user=user, bank=bank)
    except FlowError as error:
        return refusing.not_included(request, bank, error, is_renewal=True)
    via = ConnectionLink.Via.RENEWAL
    with guards.acting(request, user.pk):
        new = choices.choose(user=user, bank=bank, via=via, to=user.phone, flow=None)
        device = openings.bind(new)
    page = redirect("connect", token=outbox.token(new.message))
    return guards.keep(page, device, path=page.url) if device else page


def _place(token: str) -> Place:
    return Place(url=reverse("connections", args=[token]))


def _context(place: Place) -> dict[str, object]:
    return {"place": place, "chat_number": settings.WHATSAPP_NUMBER}


def _listed_one(user: User, pk: UUID) -> Listed:
    for listed in _listed(user):
        if listed.connection.pk == pk:
            return listed
    raise Http404


def _listed(user: User) -> Iterator[Listed]:
    """Yield what the person has and had; what never was authorised, and is over, is not listed."""
    rows = Connection.objects.filter(user=user).select_related("bank")
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

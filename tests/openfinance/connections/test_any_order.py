"""Connections in every order of events: walks that no table of cases would think of."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from openfinance import accesses, checks, consents, life, terms, trips
from openfinance.models import Access, Attempt, Consent
from openfinance.models import Bank as BankRow
from openfinance.permissions import Group
from openfinance.providers import ProviderError
from tests.openfinance.connections.bank import CALLS, Bank, Killed
from tests.openfinance.connections.people import Trip, run_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong with one kind of call, for as long as one step lasts."""

    faults: dict[str, str] = field(default_factory=dict)
    deaths: list[tuple[str, str]] = field(default_factory=list)
    revokes_during: str = ""


WELL = Trouble()
calls = st.sampled_from(CALLS)
# Mostly the world is as it should be.
TROUBLE = st.one_of(
    st.just(WELL),
    st.just(WELL),
    st.just(WELL),
    st.builds(
        lambda call, fault: Trouble(faults={call: fault}),
        calls,
        st.sampled_from(["down", "lost"]),
    ),
    st.builds(
        lambda call, moment: Trouble(deaths=[(call, moment)]),
        calls,
        st.sampled_from(["before", "after"]),
    ),
    st.builds(lambda call: Trouble(revokes_during=call), calls),
)
REASONS = ("CUSTOMER_MANUALLY_REVOKED", "CONSENT_MAX_DATE_REACHED", "INTERNAL_SECURITY_REASON")
FIXED = (
    "connection_id",
    "link_id",
    "renews_id",
    "text_id",
    "groups",
    "requested_permissions",
    "term_months",
    "agreed_at",
    "cpf_index",
    "provider",
)
EXPECTED = (
    ProviderError,
    Killed,
    trips.UnknownReturn,
    consents.LinkUsed,
    accesses.NoAccess,
)


class Walk(RuleBasedStateMachine):
    """One person, one bank; both do as they like, and so do workers and the network."""

    user: User
    bank: Bank
    steps = 0
    ends: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE openfinance_connection, procrastinate_jobs CASCADE")
        self.bank.reset()
        self.trip = Trip(user=self.user, bank=self.bank, row=BankRow.objects.get(slug="nubank"))
        self.link = self.trip.link()
        self.seen: dict[Any, tuple[tuple[Any, ...], list[Any]]] = {}
        # What the bank may have granted without our ever hearing its id.
        self.unheard: set[str] = set()

    @initialize(provider=st.sampled_from(["sandbox", "sandbox", "pluggy"]), begins=st.booleans())
    def begin(self, *, provider: str, begins: bool) -> None:
        BankRow.objects.filter(slug="nubank").update(provider=provider)
        self.trip.row.refresh_from_db()
        if begins:
            self.connect()

    @rule(
        is_new=st.booleans(),
        groups=st.sampled_from([(Group.BALANCES,), (Group.BALANCES, Group.CREDIT)]),
        months=st.sampled_from([12, None]),
    )
    def agree(self, *, is_new: bool, groups: tuple[Group, ...], months: int | None) -> None:
        if is_new:
            self.link = self.trip.link()
        with suppress(consents.LinkUsed):
            self.trip.agrees(self.link, groups=groups, term_months=months)

    @rule()
    def connect(self) -> None:
        self.agree(is_new=True, groups=(Group.BALANCES,), months=12)
        self.leave(trouble=WELL)
        self.come_back(trouble=WELL, which=0, says="yes")

    @precondition(lambda self: Consent.objects.open().exists())
    @rule(trouble=TROUBLE)
    def leave(self, trouble: Trouble) -> None:
        consent = Consent.objects.order_by("-agreed_at").first()
        assert consent
        with self.amid(trouble):
            self.trip.goes(consent)

    @precondition(lambda self: self.trip.states)
    @rule(
        trouble=TROUBLE,
        which=st.sampled_from([0, 0, 1, 2]),
        says=st.sampled_from(["yes", "yes", "yes", "no", "nothing", "a made-up code"]),
    )
    def come_back(self, trouble: Trouble, which: int, says: str) -> None:
        state = self.trip.states[-1 - which % len(self.trip.states)]
        returned = self._said(state, says)
        self._is_unheard(state)
        with self.amid(trouble):
            trips.finish(state=state, returned=returned)
            self.unheard.discard(self._id_of(state))

    @precondition(lambda self: self.trip.states)
    @rule(which=st.integers(0, 3))
    def approve_and_stay_away(self, which: int) -> None:
        state = self.trip.states[-1 - which % len(self.trip.states)]
        self._is_unheard(state)
        self.bank.approve(state)

    @rule()
    def revoke(self) -> None:
        self.revoke_now()

    @precondition(lambda self: self.bank.authorised())
    @rule(reason=st.sampled_from(REASONS))
    def end_at_the_bank(self, reason: str) -> None:
        for consent_id in self.bank.authorised():
            self.bank.reject(consent_id, reason)

    @precondition(lambda self: Access.objects.exists())
    @rule(trouble=TROUBLE)
    def use(self, trouble: Trouble) -> None:
        long_ago = timezone.now() - timedelta(hours=1)
        Access.objects.update(access_expires_at=timezone.now(), renewed_at=long_ago)
        Access.objects.update(renewing_since=None)
        with self.amid(trouble):
            accesses.token(Access.objects.get().consent, purpose="test")

    @rule(trouble=TROUBLE)
    def work(self, trouble: Trouble) -> None:
        with self.amid(trouble):
            run_jobs()

    @rule()
    def pass_time(self) -> None:
        now = timezone.now()
        hour = timedelta(hours=1)
        Consent.objects.exclude(check_due_at=None).update(check_due_at=now)
        Consent.objects.exclude(revocation_requested_at=None).update(
            revocation_requested_at=now - hour
        )
        Attempt.objects.exclude(returned_at=None).update(returned_at=now - hour)
        checks.check()
        life.remind_banks()
        trips.forget()

    @rule()
    def reach_the_end_of_terms(self) -> None:
        consent = Consent.objects.authorised().exclude(expires_at=None).first()
        if consent and consent.expires_at:
            terms.warn(now=consent.expires_at - timedelta(days=1))
            terms.expire(now=consent.expires_at)

    @invariant()
    def each_consent_has_a_history_that_the_specification_allows(self) -> None:
        Walk.steps += 1
        for consent in Consent.objects.all():
            statuses = list(consent.events.values_list("status", flat=True))
            assert statuses[0] == "created"
            for old, new in pairwise(statuses):
                assert old in consents.MOVES[Consent.Status(new)]
            assert statuses[-1] == consent.status

    @invariant()
    def no_consent_is_lost_or_rewritten(self) -> None:
        now = {each.pk: each for each in Consent.objects.prefetch_related("events")}
        for pk, (facts, events) in self.seen.items():
            assert facts == _facts(now[pk])
            assert [event.pk for event in now[pk].events.all()][: len(events)] == events
        self.seen = {
            pk: (_facts(each), [event.pk for event in each.events.all()])
            for pk, each in now.items()
        }

    @invariant()
    def no_token_outlives_its_consent(self) -> None:
        assert not Access.objects.exclude(
            consent__status="authorised", consent__revocation_requested_at=None
        ).exists()
        used = Attempt.objects.exclude(returned_at=None)
        assert not used.filter(remembered__isnull=False).exists()

    @invariant()
    def at_most_one_consent_is_authorised(self) -> None:
        assert Consent.objects.authorised().count() <= 1

    @invariant()
    def an_old_consent_gives_way_only_to_one_that_was_authorised(self) -> None:
        for old in Consent.objects.filter(reason="REPLACED"):
            newer = Consent.objects.filter(connection=old.connection_id)
            assert newer.filter(authorised_at__gt=old.authorised_at).exists()

    def teardown(self) -> None:
        """Let the troubles end, and every job be done."""
        for _ in range(3):
            self.pass_time()
            run_jobs()
        ours = Consent.objects.authorised()
        known = set(ours.values_list("bank_consent_id", flat=True))
        assert known <= self.bank.authorised() <= known | self.unheard
        revoked = Consent.objects.exclude(revocation_requested_at=None)
        assert set(revoked.values_list("status", flat=True)) <= {"ended"}
        assert not self.bank.granted() & set(revoked.values_list("bank_consent_id", flat=True))
        self.no_consent_is_lost_or_rewritten()
        self.no_token_outlives_its_consent()
        were = Consent.objects.exclude(authorised_at=None).values_list("status", "reason")
        Walk.ends |= {f"{status} {reason}".strip() for status, reason in were}

    def revoke_now(self) -> None:
        held = self.user.connections.first()
        if held:
            life.revoke(connection=held)

    def _is_unheard(self, state: str) -> None:
        """Remember what only a webhook could tell, should the return that tells it be lost."""
        if self.trip.row.provider == "pluggy":
            self.unheard.add(self._id_of(state))

    def _id_of(self, state: str) -> str:
        (scope,) = parse_qs(urlsplit(self.bank.addresses[state]).query)["scope"]
        (consent_id,) = [part for part in scope.split() if part.startswith("consent:")]
        return consent_id.removeprefix("consent:")

    def _said(self, state: str, says: str) -> dict[str, str]:
        match says:
            case "yes":
                return self.bank.approve(state)
            case "no":
                return self.bank.refuse(state)
            case "nothing":
                return self.bank.leave(state)
        issuer, _, _ = self.bank.addresses[state].partition("/oauth/")
        return {"state": state, "iss": issuer, "code": "made-up"}

    @contextmanager
    def amid(self, trouble: Trouble) -> Iterator[None]:
        """Let something go wrong until the block ends, and what may come of that happen."""
        self.bank.faults = dict(trouble.faults)
        self.bank.deaths = list(trouble.deaths)
        if trouble.revokes_during:
            self.bank.meanwhile[trouble.revokes_during] = self.revoke_now
        with suppress(*EXPECTED):
            yield
        self.bank.faults, self.bank.deaths, self.bank.meanwhile = {}, [], {}


def _facts(consent: Consent) -> tuple[Any, ...]:
    return tuple(getattr(consent, name) for name in FIXED)


def test_connections_hold_in_any_order_of_events(alice: User, bank: Bank) -> None:
    Walk.user, Walk.bank = alice, bank
    few = settings(
        max_examples=16,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(Walk, settings=few)
    # It went far enough to mean something.
    assert Walk.steps > 300
    assert {"authorised", "ended REPLACED", "ended CUSTOMER_MANUALLY_REVOKED"} <= Walk.ends

"""The events of before the chains get one, in the order in which they were written."""

import psycopg
import pytest
from django.db import connection

from pierre.local import ports, scratch, stack

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("live_db")]

_EVENTS = """
    INSERT INTO accounts_auditevent (user_id, at, act, target, result, details, actor_kind, actor,
        address, user_agent, channel, request_id)
    SELECT CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 1 ELSE 2 END, now() - n * interval '1 second',
        'link_opened', 'accounts.user:1', '', '{"b": "2", "a": "á"}', 'user', '1',
        CASE n % 2 WHEN 0 THEN '' ELSE '192.0.2.1' END, '', 'page', ''
    FROM generate_series(1, 2500) n"""
_USERS = """
    INSERT INTO accounts_user (id, password, is_superuser, email, name, phone, is_active, is_staff,
        date_joined)
    SELECT n, '!', false, n || '@example.com', '', '', true, false, now()
    FROM generate_series(1, 2) n"""


def test_a_database_with_events_is_chained_and_verifies() -> None:
    with scratch.database("chained") as name:
        planned = stack.plan(port=ports.free(), simulator_port=ports.free(), PIERRE_DATABASE=name)
        planned.manage("migrate", "accounts", "0004_acts", "--verbosity", "0")
        params = connection.get_connection_params() | {"dbname": name}
        keep = ("dbname", "host", "port", "user", "password")
        parameters = {key: value for key, value in params.items() if key in keep}
        with psycopg.connect(**parameters) as writer:
            writer.execute(_USERS)
            writer.execute(_EVENTS)
        planned.manage("migrate", "accounts", "--verbosity", "0")
        said = planned.manage("verify_audit")
        with psycopg.connect(**parameters) as reader:
            chains = reader.execute("SELECT owner, length FROM accounts_auditchain ORDER BY owner")
            assert chains.fetchall() == [(0, 833), (1, 834), (2, 833)]
            places = reader.execute("SELECT count(*) FROM accounts_auditplace").fetchone()
    assert "Read 2500 events of 3 chains" in said
    assert places == (1250,)

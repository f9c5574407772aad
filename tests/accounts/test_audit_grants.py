"""The service's role, as docs/audit.md makes it, can add to the audit and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts import audit, origins
from accounts.models import AuditEvent, AuditPlace, User
from accounts.origins import Origin
from accounts.trail import seals

pytestmark = pytest.mark.django_db

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "audit.md"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def service(alice: User) -> Iterator[User]:
    """Go on as the service's role, which goes with the test's transaction."""
    written = re.search(r"```sql\n(.*?)```", _DOCUMENT.read_text(), re.DOTALL)
    assert written
    run(written[1])
    run("SET LOCAL ROLE pierre_app")
    yield alice
    run("RESET ROLE")


def test_it_records_and_seals(service: User) -> None:
    with origins.acting(Origin(address="192.0.2.1")):
        for _ in range(2):
            audit.record(user=service, act=audit.Act.LINK_OPENED, target=service)
    assert seals.seal().heads == 1
    assert AuditPlace.objects.all().delete()[0] == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET result = 'x'",
        "DELETE FROM accounts_auditevent",
        "TRUNCATE accounts_auditevent CASCADE",
        "DELETE FROM accounts_auditchain",
        "UPDATE accounts_auditplace SET address = ''",
        "DELETE FROM accounts_auditseal",
        "UPDATE accounts_auditsealedhead SET length = 0",
        "ALTER TABLE accounts_auditevent DISABLE TRIGGER ALL",
    ],
)
def test_it_can_take_nothing_back(service: User, statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with refused, transaction.atomic():
        run(statement)
    assert not AuditEvent.objects.exists()

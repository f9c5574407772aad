"""What several browsers do at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, User
from tests.pierre.self_service.people import ENTER, last_link


def press(paths: list[str]) -> list[int]:
    """Press the button behind each address at once; return the statuses."""
    gate = threading.Barrier(len(paths))

    def run(path: str) -> int:
        client = Client()
        gate.wait()
        try:
            return client.post(path).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(paths)) as pool:
        return sorted(pool.map(run, paths))


def test_of_many_browsers_with_one_link_one_gets_in(live_db: None, alice: User) -> None:
    Client().post(ENTER, {"email": alice.email})
    assert press([last_link()] * 8) == [302] + [410] * 7
    assert AuditEvent.objects.filter(act=AuditEvent.Act.SIGNED_IN).count() == 1


def test_of_many_links_of_one_person_one_lets_them_in(live_db: None, alice: User) -> None:
    links = []
    for _ in range(5):
        Client().post(ENTER, {"email": alice.email})
        links.append(last_link())
    assert press(links) == [302] + [410] * 4

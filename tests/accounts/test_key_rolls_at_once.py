from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts import api_keys
from accounts.exceptions import KeyNotLive
from accounts.models import ApiKey, AuditEvent, User

AT_ONCE = 8


@pytest.mark.usefixtures("live_db")
def test_of_many_rolls_of_one_key_at_once_one_makes_a_new_key(alice: User) -> None:
    key, _ = api_keys.issue(user=alice)
    barrier = Barrier(AT_ONCE)

    def roll(overlap: ApiKey.Overlap) -> bool:
        try:
            barrier.wait(timeout=30)
            api_keys.roll(key=key, overlap=overlap)
        except KeyNotLive:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        rolled = list(pool.map(roll, [api_keys.Overlap.DAY] * AT_ONCE))
    assert rolled.count(True) == 1
    assert ApiKey.objects.filter(replaces=key).count() == 1
    assert AuditEvent.objects.filter(act=AuditEvent.Act.KEY_ROLLED).count() == 1

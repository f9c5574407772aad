import io

import pytest
from django.core.management import CommandError, call_command

from accounts import api_keys
from accounts.models import ApiKey, User


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_key_alone_goes_to_standard_output(alice: User) -> None:
    out, err = run("issue_api_key", "ALICE@example.com", "--name", "chatbot")
    found = api_keys.find(out.strip())
    assert found
    assert (found.user, found.name) == (alice, "chatbot")
    assert out.strip() not in err


def test_a_key_can_be_given_an_end(alice: User) -> None:
    run("issue_api_key", alice.email, "--expires-in", "90d")
    key = ApiKey.objects.get()
    assert key.expires_at
    assert (key.expires_at - key.created_at).days in (89, 90)


@pytest.mark.parametrize(
    "arguments", [["nobody@example.com"], ["alice@example.com", "--expires-in", "soon"]]
)
def test_an_unknown_user_or_time_makes_no_key(alice: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("issue_api_key", *arguments)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("with_end", [False, True])
def test_a_key_is_revoked_as_it_is_shown(alice: User, *, with_end: bool) -> None:
    key, secret = api_keys.issue(user=alice)
    out, _ = run("revoke_api_key", str(key) if with_end else key.prefix)
    assert "revoked" in out
    assert api_keys.find(secret) is None


def test_revoking_again_says_so(alice: User) -> None:
    key, _ = api_keys.issue(user=alice)
    run("revoke_api_key", str(key))
    assert "before" in run("revoke_api_key", str(key))[0]


def test_all_keys_of_a_user_are_revoked_and_nobody_elses(alice: User, bruno: User) -> None:
    for user in (alice, alice, bruno):
        api_keys.issue(user=user)
    run("revoke_api_key", "--user", alice.email)
    assert [key.user for key in ApiKey.objects.live()] == [bruno]


def test_what_could_mean_two_keys_revokes_none(alice: User) -> None:
    for _ in range(2):
        api_keys.issue(user=alice)
    ApiKey.objects.update(prefix="sk-AAAAA")
    with pytest.raises(CommandError, match="More than one"):
        run("revoke_api_key", "sk-AAAAA")
    assert ApiKey.objects.live().count() == 2


@pytest.mark.parametrize("arguments", [["sk-nope"], ["--user", "nobody@example.com"], []])
def test_what_does_not_exist_is_refused(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("revoke_api_key", *arguments)

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


def test_a_test_key_is_asked_for_and_named_as_one(alice: User) -> None:
    out, err = run("issue_api_key", alice.email, "--test", "--expires", "90d")
    found = api_keys.find(out.strip())
    assert found
    assert (found.is_test, "test key" in err) == (True, True)


@pytest.mark.parametrize("by_id", [False, True], ids=["as shown", "by its id"])
def test_a_key_is_rolled_and_the_new_one_goes_to_standard_output(
    alice: User, *, by_id: bool
) -> None:
    old, old_secret = api_keys.issue(user=alice, name="chatbot")
    out, err = run("roll_api_key", str(old.pk if by_id else old), "--overlap", "none")
    found = api_keys.find(out.strip())
    assert found
    assert (found.name, found.replaces) == ("chatbot", old)
    assert out.strip() not in err
    assert api_keys.find(old_secret) is None


def test_three_dots_stand_for_the_ellipsis(alice: User) -> None:
    old, _ = api_keys.issue(user=alice)
    run("roll_api_key", str(old).replace("…", "..."), "--overlap", "week")
    assert ApiKey.objects.live().count() == 2


@pytest.mark.parametrize("arguments", [[], ["--overlap", "month"], ["--overlap", "day"]])
def test_what_cannot_be_rolled_says_why_and_makes_no_key(alice: User, arguments: list[str]) -> None:
    key, _ = api_keys.issue(user=alice)
    api_keys.revoke(key=key)
    with pytest.raises(CommandError, match=r"--overlap|revoked"):
        run("roll_api_key", str(key), *arguments)
    assert ApiKey.objects.count() == 1


def test_the_list_has_live_keys_masked_and_with_all_the_others_too(alice: User) -> None:
    live, secret = api_keys.issue(user=alice, name="chatbot", is_test=True)
    ended, _ = api_keys.issue(user=alice)
    api_keys.revoke(key=ended)
    short, _ = run("list_api_keys")
    (line,) = [line for line in short.splitlines() if str(live) in line]
    assert line.split()[:4] == [str(live.pk), str(live), "test", "active"]
    assert "alice@example.com, chatbot" in line
    assert str(ended) not in short
    assert secret not in short
    assert str(ended) in run("list_api_keys", "--all")[0]


def test_a_name_writes_no_line_and_no_terminal_code_of_its_own(alice: User) -> None:
    api_keys.issue(user=alice, name="chat\x1b[2J\r\nbot")
    listed, _ = run("list_api_keys")
    assert len(listed.splitlines()) == 2
    assert "chat [2J  bot" in listed


def test_the_list_of_one_user_has_nobody_elses(alice: User, bruno: User) -> None:
    hers, his = (api_keys.issue(user=user)[0] for user in (alice, bruno))
    listed, _ = run("list_api_keys", "--user", "BRUNO@example.com")
    assert (str(his) in listed, str(hers) in listed) == (True, False)
    with pytest.raises(CommandError):
        run("list_api_keys", "--user", "nobody@example.com")

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from pierre import env


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes", True), ("off", False), ("0", False)]
)
def test_a_flag_is_read_in_the_usual_words(
    monkeypatch: pytest.MonkeyPatch, text: str, *, value: bool
) -> None:
    monkeypatch.setenv("A_FLAG", text)
    assert env.flag("A_FLAG", default=not value) is value


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (lambda name: env.flag(name, default=True), "maybe"),
        (lambda name: env.whole(name, 1), "1.5"),
        (lambda name: env.whole(name, 1), "-1"),
        (lambda name: env.whole(name, 1, least=1), "0"),
        (lambda name: env.whole(name, 1), "²"),
        (lambda name: env.seconds(name, 1), "soon"),
        (lambda name: env.seconds(name, 1), "0"),
        (lambda name: env.seconds(name, 1), "nan"),
        (lambda name: env.seconds(name, 1), "inf"),
        (env.database, "mysql://localhost/pierre"),
        (env.mail, "consolemail://"),
        (env.mail, "mail.example.com"),
    ],
)
def test_a_value_that_cannot_be_read_stops_the_start_with_its_name(
    monkeypatch: pytest.MonkeyPatch, reader: object, text: str
) -> None:
    monkeypatch.setenv("A_SETTING", text)
    with pytest.raises(ImproperlyConfigured, match="A_SETTING"):
        reader("A_SETTING")  # type: ignore[operator]


def test_a_mail_server_has_the_port_of_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", "smtp+tls://us%40er:pa%2Fss@mail.example.com")
    found = env.mail("A_SETTING")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.com", 587)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("us@er", "pa/ss")


def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", "  ")
    assert env.whole("A_SETTING", 7) == 7


def test_a_secret_that_starts_with_a_dollar_sign_is_taken_as_it_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A_SETTING", "$HOME")
    assert env.text("A_SETTING") == "$HOME"


def test_what_the_environment_says_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("A_SETTING", "shell")
    (tmp_path / ".env").write_text("A_SETTING=file\n")
    env.load(tmp_path / ".env")
    assert env.text("A_SETTING") == "shell"

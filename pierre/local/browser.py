"""What a person does in their phone's browser: from a link to their bank, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import mechanicalsoup

_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
_PASSWORD = "123456"  # noqa: S105  the bank of tests shows it to everybody


class Stuck(Exception):
    """The page does not have what it should"""


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody with a CPF that a bank knows, and a browser without pictures or scripts."""

    cpf: str
    browser: mechanicalsoup.StatefulBrowser = field(
        default_factory=lambda: mechanicalsoup.StatefulBrowser(user_agent=_PHONE)
    )

    def open(self, url: str) -> str:
        """Open an address and return the page's heading."""
        self.browser.open(url, timeout=30)
        return self._heading()

    def agree(self, **choices: str) -> str:
        """Agree to what the page of a link shows, and go to the bank; return its heading."""
        self._submit("Continuar no", {"cpf": self.cpf, **choices})
        going = self.browser.page.select_one("meta[http-equiv=refresh]")
        if going is None:
            raise Stuck(self._heading())
        return self.open(going["content"].partition("url=")[2])

    def log_in(self) -> str:
        """Pass the bank's two factors; return the heading of what it asks then."""
        self._submit("Entrar", {"cpf": self.cpf, "password": _PASSWORD})
        told = self.browser.page.select_one(".notification strong")
        if told is None:
            raise Stuck(self._heading())
        self._submit("Continuar", {"code": told.text})
        return self._heading()

    def press(self, label: str) -> str:
        """Press a button by what it begins with, and return the next page's heading."""
        self._submit(label, {})
        return self._heading()

    def connect(self, url: str, **choices: str) -> str:
        """Go the whole way from a link; return the heading of the page that ends it."""
        self.open(url)
        self.agree(**choices)
        self.log_in()
        return self.press("Autorizar")

    def _submit(self, label: str, values: Mapping[str, str]) -> None:
        for form in self.browser.page.select("form"):
            for button in form.select("button"):
                if button.text.strip().startswith(label):
                    filled = self.browser.select_form(form)
                    for name, value in values.items():
                        filled.set(name, value)
                    self.browser.submit_selected(btnName=button, timeout=30)
                    return
        raise Stuck(f"{self._heading()}: nothing to press says {label}")

    def _heading(self) -> str:
        heading = self.browser.page.select_one("h1")
        return " ".join(heading.text.split()) if heading else ""

"""A receiver of the bank of tests, which calls it as anybody does and sees none of its rows."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.test import Client

from openfinance import permissions
from openfinance.permissions import Group

ALICE = "76109277673"
BOB = "87517400444"
COMPANY = "11222333000181"
BRAND = "nubank"
VERIFIER = "a-verifier-that-is-long-enough-for-the-specification"
ASKED = permissions.expand([Group.BALANCES, Group.TRANSACTIONS])
INTERACTION_ID = "d78fc4e5-37ca-4da3-adf2-9b082bf92280"

Json = dict[str, Any]


def in_days(days: float) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def wanted(**changes: Any) -> Json:
    """Return the data of a good request; None leaves a part out."""
    data = {
        "loggedUser": {"document": {"identification": ALICE, "rel": "CPF"}},
        "permissions": list(ASKED),
        "expirationDateTime": in_days(300),
    }
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


def party(number: str, *, rel: str = "CPF") -> Json:
    return {"document": {"identification": number, "rel": rel}}


@dataclass
class Receiver:
    """Our side, and the browser of a person at the bank."""

    brand: str = BRAND
    client: Client = field(default_factory=Client)

    @property
    def base(self) -> str:
        return f"/sandbox-bank/{self.brand}"

    @property
    def consents(self) -> str:
        return f"{self.base}/open-banking/consents/v3/consents"

    def token(self, *, secret: str = "development-only", **form: str) -> Any:
        proof = base64.b64encode(f"pierre:{secret}".encode()).decode()
        return self.client.post(
            f"{self.base}/oauth/token", form, headers={"Authorization": f"Basic {proof}"}
        )

    def own_token(self) -> str:
        answer = self.token(grant_type="client_credentials", scope="consents")
        return str(answer.json()["access_token"])

    def call(
        self,
        method: str,
        path: str,
        data: Json | None = None,
        *,
        token: str | None = None,
        **headers: str,
    ) -> Any:
        told = {
            "Authorization": f"Bearer {token if token is not None else self.own_token()}",
            "x-fapi-interaction-id": INTERACTION_ID,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.generic(
            method,
            path,
            "" if data is None else json.dumps({"data": data}),
            content_type="application/json",
            headers=told,
        )

    def create(self, **changes: Any) -> Any:
        return self.call("POST", self.consents, wanted(**changes))

    def consent_id(self, **changes: Any) -> str:
        return str(self.create(**changes).json()["data"]["consentId"])

    def read(self, consent_id: str) -> Json:
        data: Json = self.call("GET", f"{self.consents}/{consent_id}").json()["data"]
        return data

    def authorise_url(self, consent_id: str, **changes: str) -> str:
        challenge = hashlib.sha256(VERIFIER.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": "pierre",
            "redirect_uri": settings.SANDBOX_BANK["REDIRECT_URI"],
            "scope": f"openid consent:{consent_id} accounts",
            "state": "a-state",
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        request = self.client.get(f"{self.base}/oauth/authorize", query)
        return str(request.headers.get("Location", ""))

    def log_in(self, page: str, *, cpf: str = ALICE, password: str = "123456") -> Any:
        return self.client.post(
            page, {"stage": "login", "cpf": cpf, "password": password}, follow=True
        )

    def confirm(self, page: str) -> Any:
        shown = self.client.get(page).content.decode()
        found = re.search(r"<strong>(\d{6})</strong>", shown)
        assert found, shown
        return self.client.post(page, {"stage": "code", "code": found[1]}, follow=True)

    def identify(self, page: str, *, cpf: str = ALICE) -> Any:
        """Give both factors and return the page that follows."""
        self.log_in(page, cpf=cpf)
        return self.confirm(page)

    def decide(self, page: str, decision: str = "approve") -> dict[str, str]:
        """Decide, and return what is brought back."""
        answer = self.client.post(page, {"stage": "decide", "decision": decision})
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def approve(self, consent_id: str) -> str:
        """Go the whole way and return the code."""
        page = self.authorise_url(consent_id)
        self.identify(page)
        return self.decide(page)["code"]

    def exchange(self, code: str, **changes: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.SANDBOX_BANK["REDIRECT_URI"],
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.token(**form)

    def connect(self, **changes: Any) -> tuple[str, Json]:
        """Return the id of an authorised consent, and its tokens."""
        consent_id = self.consent_id(**changes)
        tokens: Json = self.exchange(self.approve(consent_id)).json()
        return consent_id, tokens

    def extend(self, consent_id: str, token: str, **changes: Any) -> Any:
        data = {"loggedUser": party(ALICE), "expirationDateTime": in_days(350), **changes}
        data = {name: value for name, value in data.items() if value is not None}
        return self.call(
            "POST",
            f"{self.consents}/{consent_id}/extends",
            data,
            token=token,
            x_fapi_customer_ip_address="203.0.113.7",
            x_customer_user_agent="Mozilla/5.0",
        )

    def accounts(self, token: str) -> Any:
        return self.call("GET", f"{self.base}/open-banking/accounts/v2/accounts", token=token)

    def tell(self, what: str, **facts: object) -> Any:
        """Post to the bank's own control: brands, customers, acts, reset."""
        return self.client.post(
            f"/sandbox-bank/control/{what}", facts, content_type="application/json"
        )


def code_of(answer: Any) -> str:
    """Return the code of the one error that an answer tells."""
    return str(answer.json()["errors"][0]["code"])

"""What has to be refused is refused: by the certified server, or by us of what it sends."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey

from openfinance.providers import Departure, ProviderError, Reason, Redirect
from openfinance.providers.brasil import BrasilProvider, jose, oauth, pem
from openfinance.providers.brasil.consents_api import ConsentsApi
from openfinance.providers.brasil.discovery import Directory, Server
from openfinance.providers.brasil.returns import Memory
from openfinance.providers.brasil.transport import Answer, Conversation, Transport
from tests.openfinance.brasil import pki, receiver, walk
from tests.openfinance.brasil.conftest import CertifiedBank

pytestmark = pytest.mark.node


@dataclass(frozen=True, slots=True)
class Return:
    """A person who is back from the bank, with all that is right."""

    departure: Departure
    memory: Memory
    returned: dict[str, str]


@pytest.fixture
def back(certified: CertifiedBank, provider: BrasilProvider) -> Return:
    departure = provider.start(receiver.request(certified.reference))
    assert isinstance(departure.to, Redirect)
    returned = walk.go(departure.to.url, authority=certified.authority)
    return Return(departure, Memory.read(departure.remembered), returned)


def finish(certified: CertifiedBank, provider: BrasilProvider, back: Return) -> Reason | None:
    """Return why the return was refused, None if it was granted."""
    try:
        provider.finish(
            bank=certified.reference, returned=back.returned, remembered=back.memory.write()
        )
    except ProviderError as error:
        return error.reason
    return None


def spoilt(back: Return, **changes: Any) -> Return:
    """Return it with something else remembered."""
    return Return(back.departure, replace(back.memory, **changes), back.returned)


def test_what_comes_back_is_in_the_fragment_and_right(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    assert {"code", "id_token", "state"} <= back.returned.keys()
    assert finish(certified, provider, back) is None


def test_a_code_is_taken_once(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    assert finish(certified, provider, back) is None
    assert finish(certified, provider, back) is Reason.CODE_REFUSED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "another"}, Reason.WRONG_STATE),
        ({"nonce": "another"}, Reason.WRONG_NONCE),
        ({"verifier": "x" * 43}, Reason.CODE_REFUSED),
        ({"issuer": "https://other.example"}, Reason.WRONG_ISSUER),
    ],
)
def test_a_return_of_another_trip_is_refused(
    certified: CertifiedBank,
    provider: BrasilProvider,
    back: Return,
    changes: dict[str, str],
    reason: Reason,
) -> None:
    assert finish(certified, provider, spoilt(back, **changes)) is reason


def test_a_code_of_another_trip_is_refused(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    back.returned["code"] = "x" * 43
    assert finish(certified, provider, back) is Reason.WRONG_CODE_HASH


def test_a_state_put_into_both_places_is_refused(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    back.returned["state"] = "another"
    assert finish(certified, provider, spoilt(back, state="another")) is Reason.WRONG_STATE_HASH


def test_an_answer_of_another_issuer_is_refused(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    back.returned["iss"] = "https://other.example"
    assert finish(certified, provider, back) is Reason.WRONG_ISSUER


def test_a_token_for_another_receiver_is_refused(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    reference = {**certified.reference, "client_id": "somebody-else"}
    with pytest.raises(ProviderError) as caught:
        provider.finish(
            bank=reference, returned=back.returned, remembered=back.departure.remembered
        )
    assert caught.value.reason is Reason.WRONG_AUDIENCE


def test_a_token_that_was_taken_out_of_its_envelope_is_refused(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    key = pki.jwk(receiver.ENCRYPTION, use="enc")
    signed = jwe.decrypt_compact(back.returned["id_token"], key, registry=jose._REGISTRY)
    back.returned["id_token"] = (signed.plaintext or b"").decode()
    assert finish(certified, provider, back) is Reason.NOT_ENCRYPTED


def test_a_pushed_request_is_good_once_and_the_error_comes_in_the_query(
    certified: CertifiedBank, provider: BrasilProvider, back: Return
) -> None:
    assert isinstance(back.departure.to, Redirect)
    again = Return(
        back.departure,
        back.memory,
        walk.go(back.departure.to.url, authority=certified.authority),
    )
    assert again.returned["error"] == "invalid_request_uri"
    # Without a state it is nobody's answer.
    expected = Reason.REQUEST_EXPIRED if "state" in again.returned else Reason.WRONG_STATE
    assert finish(certified, provider, again) is expected


@dataclass(frozen=True, slots=True)
class Wire:
    """The parts of a call, to make one that the adapter would not make."""

    conversation: Conversation
    server: Server
    client: oauth.Client

    def post(self, url: str, **form: str) -> Answer:
        proof = {"client_id": self.client.id, "client_assertion_type": oauth._ASSERTION_TYPE}
        return self.conversation.call(
            "POST",
            url,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode({**proof, **form}).encode(),
        )


@pytest.fixture
def wire(certified: CertifiedBank) -> Iterator[Wire]:
    yield from _wires(certified, receiver.identity())


@pytest.fixture
def stranger(certified: CertifiedBank) -> Iterator[Wire]:
    """Everything of ours but the certificate."""
    yield from _wires(certified, receiver.authority().issue("stranger-transport"))


def _wires(certified: CertifiedBank, identity: pki.Identity) -> Iterator[Wire]:
    transport = Transport(
        certificate=identity.certificate,
        key=identity.key,
        authorities=pem.read("authority", certified.authority),
        allow_loopback=True,
    )
    conversation = Conversation(transport)
    issuer = certified.reference["issuer"]
    url = f"{issuer}/.well-known/openid-configuration"
    keys = jose.Keys(signing=pki.jwk(receiver.SIGNING, use="sig"), decrypting=())
    yield Wire(
        conversation,
        Directory().server(conversation, issuer=issuer, url=url),
        oauth.Client(id=receiver.CLIENT_ID, keys=keys),
    )
    transport.close()


def _token(wire: Wire) -> str:
    grant = {"grant_type": "client_credentials", "scope": "consents"}
    answer = oauth.token(wire.conversation, server=wire.server, client=wire.client, grant=grant)
    return answer.access_token


def test_a_proof_of_who_we_are_is_taken_once(wire: Wire) -> None:
    proof = oauth._assertion(wire.server, wire.client)
    form = {"grant_type": "client_credentials", "scope": "consents", "client_assertion": proof}
    assert wire.post(wire.server.token_endpoint, **form).status == 200
    assert wire.post(wire.server.token_endpoint, **form).status == 401


def test_a_token_is_bound_to_our_certificate(
    certified: CertifiedBank, wire: Wire, stranger: Wire
) -> None:
    url = certified.reference["consents_url"]
    token = _token(wire)
    own = ConsentsApi(conversation=wire.conversation, url=url, access_token=token)
    made = own.create(names=receiver.ASKED, expires_at=None, person=receiver.ALICE)
    stolen = ConsentsApi(conversation=stranger.conversation, url=url, access_token=token)
    with pytest.raises(ProviderError) as caught:
        stolen.read(made.id)
    assert caught.value.http_status == 401


def _request(wire: Wire, **changes: Any) -> str:
    """Return our request object with something changed; None leaves it out."""
    whole = oauth.request_object(
        server=wire.server,
        client=wire.client,
        trip=oauth.Trip(),
        scope="openid consent:urn:bank:1",
        redirect_uri=receiver.REDIRECT_URI,
    )
    key = pki.jwk(receiver.SIGNING, use="sig")
    claims = jose._verified(whole, key)
    kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jose.sign(kept, wire.client.keys)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": None},
        {"nbf": None},
        {"exp": None},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"response_mode": "query"},
        {"response_type": "code"},
        {"redirect_uri": "https://evil.example/"},
        {"aud": "https://other.example"},
    ],
)
def test_each_part_of_our_request_is_one_that_the_server_insists_on(
    wire: Wire, changes: dict[str, Any]
) -> None:
    form = {"client_assertion": oauth._assertion(wire.server, wire.client)}
    endpoint = wire.server.par_endpoint
    assert wire.post(endpoint, request=_request(wire, **changes), **form).status == 400
    form = {"client_assertion": oauth._assertion(wire.server, wire.client)}
    assert wire.post(endpoint, request=_request(wire), **form).status == 201


def test_a_request_that_is_not_signed_is_refused(wire: Wire) -> None:
    form = {"client_assertion": oauth._assertion(wire.server, wire.client)}
    asked = {"response_type": "code id_token", "redirect_uri": receiver.REDIRECT_URI}
    assert wire.post(wire.server.par_endpoint, **asked, **form).status == 400


def test_a_stranger_with_our_keys_id_is_refused(wire: Wire) -> None:
    theirs = jose.Keys(
        signing=RSAKey.import_key(pki.rsa_key("a-strangers-key"), {"kid": receiver.SIGNING}),
        decrypting=(),
    )
    client = oauth.Client(id=receiver.CLIENT_ID, keys=theirs)
    with pytest.raises(ProviderError) as caught:
        oauth.token(
            wire.conversation,
            server=wire.server,
            client=client,
            grant={"grant_type": "client_credentials", "scope": "consents"},
        )
    assert caught.value.reason is Reason.CLIENT_REFUSED

"""What is read from the participants directory, and what is told of and left out."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from openfinance.directory import participants
from openfinance.directory.participants import Brand, Directory, InvalidDirectory
from tests.openfinance.directory import pieces
from tests.openfinance.directory.pieces import Row, server_of


def read(*rows: object) -> Directory:
    return participants.read(pieces.directory(rows, others=50))


def brands(*rows: object) -> list[Brand]:
    others = {pieces.other(number)["OrganisationId"] for number in range(50)}
    return [brand for brand in read(*rows).brands if brand.organisation_id not in others]


def test_a_brand_has_what_leads_to_its_bank() -> None:
    (brand,) = brands(pieces.nubank())
    (server,) = brand.servers
    assert (brand.brand, brand.audience, brand.registration) == ("Nubank", "PF", "18236120000158")
    assert server.issuer == "https://auth.openfinance.nubank.example.com.br"
    assert server.discovery_url == f"{server.issuer}/.well-known/openid-configuration"
    assert server.consents_url.endswith("/open-banking/consents/v3/consents")


def test_people_and_businesses_are_apart() -> None:
    found = [(brand.name, brand.audience) for brand in brands(pieces.inter())]
    assert found == [("Banco Inter", "PF"), ("Banco Inter", "PJ")]


def test_each_brand_of_an_organisation_is_one() -> None:
    found = [(brand.name, brand.audience) for brand in brands(pieces.bradesco())]
    assert found == [("Bradesco", "PF"), ("Bradesco", "PJ"), ("next", "PF")]


def test_a_server_for_businesses_only_makes_a_brand_of_businesses() -> None:
    row = pieces.nubank()
    resources = server_of(row)["ApiResources"]
    resources[:] = [one for one in resources if one["ApiFamilyType"] != "customers-personal"]
    assert [brand.audience for brand in brands(row)] == ["PJ"]


def test_several_servers_of_a_brand_are_one_brand_with_the_newest_first() -> None:
    row = pieces.another_server(pieces.nubank(), AuthorisationServerId="0-newer")
    for resource in server_of(row, 1)["ApiResources"]:
        if resource["ApiFamilyType"] == "consents":
            resource["ApiVersion"] = "3.3.1"
    (brand,) = brands(row)
    assert [server.version for server in brand.servers] == [(3, 3, 1), (3, 2, 0)]
    assert brand.servers[0].id == "0-newer"


def _without(family: str) -> Row:
    row = pieces.nubank()
    resources = server_of(row)["ApiResources"]
    resources[:] = [one for one in resources if one["ApiFamilyType"] != family]
    return row


def _with_server(**changes: object) -> Row:
    row = pieces.nubank()
    server_of(row).update(changes)
    return row


def _with_consents(**changes: object) -> Row:
    row = pieces.nubank()
    for resource in server_of(row)["ApiResources"]:
        if resource["ApiFamilyType"] == "consents":
            resource.update(changes)
    return row


def _with_claims(**changes: object) -> Row:
    row = pieces.nubank()
    for claim in row["OrgDomainRoleClaims"]:
        claim.update(changes)
    return row


@pytest.mark.parametrize(
    "row",
    [
        pieces.nubank() | {"Status": "Withdrawn"},
        pieces.nubank() | {"Status": "Pending"},
        _with_claims(Role="PAGTO"),
        _with_claims(Status="Inactive"),
        pieces.nubank() | {"OrgDomainRoleClaims": None},
        pieces.nubank() | {"AuthorisationServers": None},
        _with_server(DeprecatedDate="01/11/2026"),
        _with_server(RetirementDate="2026-11-01"),
        _with_server(RetirementDate="soon"),
        _with_server(SupersededByAuthorisationServerId="75671765-0000-4000-8000-000000000000"),
        _with_server(ApiResources=None),
        _with_consents(ApiVersion="2.2.0"),
        _with_consents(ApiVersion=None),
        _with_consents(Status="Inactive"),
        _with_consents(CertificationStatus="Rejected"),
        _with_consents(CertificationStatus="Deprecated"),
        _with_consents(CertificationStatus="Awaiting Certification"),
        _with_consents(CertificationStatus=None, Status=None),
        _with_consents(ApiDiscoveryEndpoints=[]),
        _without("accounts"),
        _without("consents"),
        pieces.recorded("organisation_as_in_2021"),
    ],
)
def test_who_does_not_offer_what_a_connection_needs_is_left_out_without_a_word(row: Row) -> None:
    assert brands(row) == []
    assert read(row).problems == ()


@pytest.mark.parametrize(
    "row",
    [
        _with_server(DeprecatedDate=f"{timezone.localdate() + timedelta(days=9):%d/%m/%Y}"),
        _with_consents(CertificationStatus=None),
        _with_consents(CertificationStatus="Self-Certified", Status=None),
        _with_server(CustomerFriendlyLogoUri=None),
    ],
)
def test_who_still_offers_it_is_there(row: Row) -> None:
    assert [brand.name for brand in brands(row)] == ["Nubank"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("Nubank", "expected an object"),
        (pieces.nubank() | {"OrganisationId": 7}, "OrganisationId: expected a text"),
        (pieces.nubank() | {"OrganisationId": "a\x00"}, "is no id"),
        (_with_server(AuthorisationServerId="\ud800"), "is no id"),
        (
            pieces.nubank() | {"AuthorisationServers": {"a": 1}},
            "AuthorisationServers: expected a list",
        ),
        (pieces.nubank() | {"AuthorisationServers": ["x"]}, "AuthorisationServers: expected a"),
        (pieces.nubank() | {"OrgDomainRoleClaims": "DADOS"}, "OrgDomainRoleClaims: expected a"),
        (pieces.nubank() | {"RegistrationNumber": "123"}, "'123' is no CNPJ"),
        (pieces.nubank() | {"RegistrationNumber": None}, "RegistrationNumber: expected a text"),
        (_with_server(Issuer=None), "Issuer: expected a text"),
        (_with_server(Issuer="http://nubank.example"), "is no https address"),
        (_with_server(Issuer="https://a@nubank.example"), "is no https address"),
        (_with_server(OpenIDDiscoveryDocument="naoseaplica"), "is no https address"),
        (_with_server(AuthorisationServerId=None), "AuthorisationServerId: expected a text"),
        (_with_server(CustomerFriendlyName=""), "CustomerFriendlyName: expected a text"),
        (_with_server(CustomerFriendlyName=" PF - S.A."), "is no name"),
        (_with_server(ApiResources=[3]), "ApiResources: expected a list of objects"),
        (_with_consents(ApiDiscoveryEndpoints=[{"ApiEndpoint": 3}]), "ApiEndpoint: expected"),
    ],
)
def test_a_row_of_the_wrong_shape_is_told_of_and_the_others_count(row: Any, complaint: str) -> None:
    found = read(row)
    assert len(found.brands) == 50
    assert len(found.problems) == 1
    assert found.problems[0].startswith("row 1, ")
    assert complaint in found.problems[0]


def test_a_server_that_is_listed_twice_counts_once() -> None:
    found = read(pieces.nubank(), pieces.bradesco(), pieces.bradesco())
    assert len(found.brands) == 54
    assert [problem.rpartition(": ")[2] for problem in found.problems] == ["listed before"] * 3


def test_one_bad_server_does_not_hide_another_and_marks_its_organisation() -> None:
    row = pieces.bradesco()
    server_of(row)["Issuer"] = None
    assert [brand.name for brand in brands(row)] == ["Bradesco", "next"]
    assert read(row).unreadable == {row["OrganisationId"]}


def test_what_is_told_of_a_row_can_be_shown_anywhere() -> None:
    row = pieces.nubank() | {"OrganisationName": "\x1b[2J\ud800Nu", "RegistrationNumber": "\x1b"}
    (problem,) = read(row).problems
    assert problem == r"row 1, [2J Nu: RegistrationNumber: '\x1b' is no CNPJ"


@pytest.mark.parametrize("number", ["18.236.120/0001-58", "18236120000158", "18236120"])
def test_a_registration_number_is_read_however_it_is_written(number: str) -> None:
    (brand,) = brands(pieces.nubank() | {"RegistrationNumber": number})
    assert brand.registration[:8] == "18236120"


def test_a_name_is_freed_of_what_cannot_be_seen() -> None:
    (brand,) = brands(_with_server(CustomerFriendlyName="\u202eNu\u0301\u200bbank \n PF "))
    assert (brand.brand, brand.name) == ("Núbank PF", "Núbank")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not JSON, or cut short"),
        (b"<html></html>", "not JSON, or cut short"),
        (pieces.directory([])[:-1], "not JSON, or cut short"),
        (b"[" * 100_000, "not JSON, or cut short"),
        (b"\xff\xfe\xff", "not JSON, or cut short"),
        (b'{"error": "down"}', "not a list"),
        (b"[]", "0 organisations"),
        (pieces.directory([], others=49), "49 organisations, and there are 50 at least"),
        (pieces.directory([pieces.nubank()] * 9, others=48), "49 organisations"),
    ],
)
def test_what_is_not_all_of_a_directory_is_refused(content: bytes, complaint: str) -> None:
    with pytest.raises(InvalidDirectory, match=complaint):
        participants.read(content)

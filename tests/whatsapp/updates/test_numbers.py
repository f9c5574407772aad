import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.updates import variants

WITHOUT_NINTH = st.from_regex(r"55[1-9]{2}[6-9][0-9]{7}", fullmatch=True)


@pytest.mark.parametrize(
    ("wa_id", "other"),
    [
        ("5511987654321", "551187654321"),
        ("556799440667", "5567999440667"),
        ("5567999440667", "556799440667"),
        ("551167654321", "5511967654321"),
    ],
)
def test_a_brazilian_mobile_has_two_forms(wa_id: str, other: str) -> None:
    assert variants(wa_id) == (wa_id, other)


@pytest.mark.parametrize(
    "wa_id",
    [
        "551133334444",  # a landline
        "5511933334444",  # the mobile that has the landline's digits behind its nine
        "5501987654321",  # no area code
        "5510987654321",
        "55119876543",
        "55119876543210",
        "5511887654321",  # nine digits that do not start with nine
        "351912345678",
        "15550783881",
        "5215512345678",
        "+5511987654321",
        "",
        "BR.13491208655302741918",
    ],
)
def test_any_other_number_has_one_form(wa_id: str) -> None:
    assert variants(wa_id) == (wa_id,)


@given(WITHOUT_NINTH)
def test_each_form_leads_to_the_other(wa_id: str) -> None:
    longer = variants(wa_id)[1]
    assert set(variants(longer)) == set(variants(wa_id))
    assert len(longer) == len(wa_id) + 1

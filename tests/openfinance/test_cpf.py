import pytest

from openfinance import cpf
from openfinance.cpf import InvalidCpf


@pytest.mark.parametrize(
    "text", ["76109277673", "761.092.776-73", " 761 092 776 73 ", "761092776-73"]
)
def test_it_is_read_with_and_without_its_marks(text: str) -> None:
    assert cpf.normalise(text) == "76109277673"


@pytest.mark.parametrize("text", ["875.174.004-44", "111.444.777-35", "000.000.001-91"])
def test_its_last_digits_check_the_others(text: str) -> None:
    assert len(cpf.normalise(text)) == 11


@pytest.mark.parametrize(
    "text",
    [
        *("", "7610927767", "761092776733", "76109277674", "76109277637", "16109277673"),
        *("00000000000", "11111111111", "76109277673x", "７６１０９２７７６７３", "761-092-776.73"),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(InvalidCpf):
        cpf.normalise(text)

from tests.security import checks


def test_there_are_forty() -> None:
    assert checks.numbers() == list(range(1, checks.COUNT + 1))


def test_the_document_is_made_from_them() -> None:
    assert checks.path().read_text() == checks.table(), "run python -m tests.security"

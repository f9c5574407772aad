"""The words of a page, read out of its HTML."""

import pytest

from openfinance.pages import words


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<main><p>One</p><p>two</p></main>", "One\ntwo"),
        ("<p>No</p><main><p>Yes</p></main><p>no</p>", "Yes"),
        ("<main><p>A  long\n line</p></main>", "A long line"),
        ("<main>Fish &amp; chips</main>", "Fish & chips"),
        ("<main><p data-aside>No <b>no</b></p><p>Yes</p></main>", "Yes"),
        ('<main><input type="hidden" name="x" value="no">Yes</main>', "Yes"),
        ('<main><input type="text" value="76109277673">Yes</main>', "Yes"),
        ("<main><p>One<br>line</p><hr>two</main>", "Oneline\ntwo"),
        ("<main><span>One</span> <b>line</b></main>", "One line"),
    ],
)
def test_it_says_what_is_read_and_nothing_else(page: str, expected: str) -> None:
    assert words.of(page) == expected


@pytest.mark.parametrize("kind", ["checkbox", "radio"])
def test_what_is_ticked_is_marked_before_its_name(kind: str) -> None:
    page = (
        f'<main><input type="{kind}" id="a" checked> <label for="a">A</label>'
        f'<input type="{kind}" id="b"> <label for="b">B</label></main>'
    )
    assert words.of(page) == "[x] A\n[ ] B"

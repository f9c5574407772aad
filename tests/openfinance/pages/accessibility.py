"""axe-core in the browser: what of WCAG 2.2 A and AA a page does not keep."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from tests.openfinance.brasil import node

_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly: tags });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}"""


def violations(page: Page) -> list[str]:
    """Return each rule that the page breaks, with where, in the theme that is light and the dark.

    Without Node and npm the test is skipped, unless CI demands them.
    """
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(_axe())
        found += [f"{scheme} {violation}" for violation in page.evaluate(_RUN)]
    return found


@cache
def _axe() -> str:
    folder = node.install(Path(__file__).parent / "axe")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()

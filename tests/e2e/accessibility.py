"""What axe finds on a page, in the looks that members have."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
Look = tuple[Literal["light", "dark"], int, int]
# As narrow as a page of 1280 pixels at 400 %, which WCAG asks for.
LOOKS: tuple[Look, ...] = (("light", 1280, 800), ("dark", 320, 640))

# What a modal dialog covers is not there for anybody.
RUN = """async ([within, others, rulesOff]) => {
  const shown = within || (document.querySelector("dialog:modal") ?? { exclude: others });
  // The colours of a look that has just changed are on their way, at those of Django's own style sheet.
  const onTheirWay = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.allSettled(onTheirWay.map((one) => one.finished));
  const rules = Object.fromEntries(rulesOff.map((name) => [name, { enabled: false }]));
  const { violations } = await axe.run(shown, { resultTypes: ["violations"], rules });
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html, any }) => [html, any[0]?.message])]);
}"""


def trouble_on(page: Page, *, within: str = "", others: Sequence[str] = ()) -> list[Any]:
    """Return what axe finds, and what is wider than the window, in every look.

    ``within``: a selector of what is new on the page; looking at all of it again takes most of the time.
    What the selectors ``others`` find is not ours.
    """
    found: list[Any] = []
    for scheme, width, height in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        found += ([scheme, *one] for one in violations_on(page, within=within, others=others))
        if sideways_pixels(page) > 0:
            found.append([scheme, "scrolls sideways", sideways_pixels(page)])
    return found


def violations_on(
    page: Page, *, within: str = "", others: Sequence[str] = (), rules_off: Sequence[str] = ()
) -> list[Any]:
    """Return axe's violations: the rule, and the elements with what is wrong."""
    assert AXE.exists(), "npm ci installs it"
    # Through the browser's own door: the page's policy lets no script in.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
    found: list[Any] = page.evaluate(RUN, [within, list(others), list(rules_off)])
    return found


def sideways_pixels(page: Page) -> int:
    """Return how far the page scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

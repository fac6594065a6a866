"""Without JavaScript: ask, read, begin anew, search, rename and delete, by plain forms and links."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.serving import Site

TITLE = ".chat-bar__title"


@pytest.fixture
def page(browser: Browser, membership: StorageState, site: Site) -> Iterator[Page]:
    """The chat as a phone without scripts has it."""
    context = browser.new_context(
        java_script_enabled=False, storage_state=membership, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(f"{site.url}/chat/")
    yield page
    context.close()


def ask(page: Page, text: str) -> None:
    """Send it, and wait for the whole answer: until then the page asks for itself again and again."""
    count = page.locator("li[data-role=user]").count()
    page.fill("#chat-input", text)
    page.click("[data-part=send]")
    expect(page.locator("li[data-role=user]")).to_have_count(count + 1)
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0, timeout=30_000)


def top_of(page: Page, place: str) -> float:
    box = page.locator(place).bounding_box()
    assert box
    return box["y"]


def test_a_conversation_lives_without_scripts(page: Page, site: Site) -> None:
    # Nothing is shown that only scripts could do.
    expect(page.locator(".chat-needs-js:visible")).to_have_count(0)
    ask(page, "/repeat A quokka **smiles**.")
    expect(page.locator("li[data-role=assistant] strong")).to_have_text("smiles")
    ask(page, "/repeat And another one.")
    expect(page.locator("li[data-role=assistant]").last).to_contain_text("another")
    begun = page.url
    # The list stands below the messages, and covers nothing.
    expect(page.get_by_role("link", name="New conversation").first).to_be_in_viewport()
    assert top_of(page, ".chat-main") >= top_of(page, ".site-header") + 40

    shown = page.locator(".chat-list__item:has([aria-current]) [data-action=conversation-menu]")
    shown.click()
    page.fill("[name=title]", "About quokkas")
    with page.expect_navigation():
        page.get_by_role("button", name="Rename").click()
    page.goto(begun)
    expect(page.locator(TITLE)).to_have_text("About quokkas")

    page.locator(".chat-sidebar [data-action=search]").click()
    page.fill("[name=q]", "quokk")
    page.get_by_role("button", name="Search").click()
    page.locator(".chat-search__hit").first.click()
    expect(page.locator(TITLE)).to_have_text("About quokkas")

    page.locator(".chat-new").click()
    expect(page).to_have_url(f"{site.url}/chat/")
    expect(page.locator("li[data-role=user]")).to_have_count(0)

    page.goto(begun)
    shown.click()
    with page.expect_navigation():
        page.get_by_role("button", name="Delete").click()
    response = page.goto(begun)
    assert response is not None
    assert response.status == 404
    expect(page.get_by_role("link", name="About quokkas")).to_have_count(0)

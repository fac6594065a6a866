"""Everyone can use it: axe finds nothing in any state, keys reach everything, nothing is too wide."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from chat.views.states.pages import STATES
from tests.e2e.accessibility import sideways_pixels, trouble_on, violations_on
from tests.e2e.chat_page import ChatPage
from tests.serving import Site

# How far Tab is followed; a page that keeps the focus in a circle before has a trap.
MOST_STOPS = 60

# test_live_states.py looks at these where they happen.
MET_LIVE = {"thinking", "streaming", "reconnecting", "offline", "signed-out"}

FOCUS = """async () => {
  // The colour of a border takes a moment to get there.
  const onTheirWay = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.allSettled(onTheirWay.map((one) => one.finished));
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  const around = element.closest("label, chat-composer > form, .chat-composer__card") ?? element;
  const seen = [element, around].some((one) => getComputedStyle(one).outlineStyle !== "none")
    || getComputedStyle(around).borderColor !== getComputedStyle(document.querySelector(".chat")).borderColor;
  const { top, bottom, width } = element.getBoundingClientRect();
  const inView = width > 0 && bottom > 0 && top < innerHeight;
  return { name: element.dataset.action || element.id || element.className, seen, inView };
}"""


def open_state(page: Page, site: Site, name: str, query: str = "") -> None:
    page.goto(f"{site.url}/chat/_states/{name}/{query}")
    page.wait_for_selector("chat-page[data-state]")


def trouble_by_path(chat: ChatPage, paths: list[str], others: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Return what is wrong with each page that something is wrong with."""
    found = {}
    for path in paths:
        response = chat.page.goto(chat.url + path)
        assert response is not None
        assert response.ok, path
        found[path] = trouble_on(chat.page, others=others)
    return {path: trouble for path, trouble in found.items() if trouble}


def test_axe_finds_nothing_in_any_state(chat: ChatPage, site: Site) -> None:
    found = {}
    # The messages of all states are on one page; what is around them is the same on each.
    whole = {"empty", "everything"}
    changed = {name for name, state in STATES.items() if state.script or state.error}
    for name in [*whole, *(changed - MET_LIVE)]:
        open_state(chat.page, site, name)
        within = "" if name in whole else "main"
        found[name] = trouble_on(chat.page, within=within)

    assert {name: trouble for name, trouble in found.items() if trouble} == {}


def test_axe_finds_nothing_on_the_pages_around_the_chat(chat: ChatPage) -> None:
    chat.send("/repeat A quokka smiles.")
    chat.wait_for_end()
    conversation = chat.page.url.removeprefix(chat.url)
    paths = [conversation, f"{conversation}options/", f"{conversation}share/", "/chat/search/?q=quokka"]
    paths += ["/chat/data/", "/chat/prompts/", "/chat/?archived=1", "/chat/_states/", "/accounts/"]
    paths += ["/accounts/password/", "/accounts/delete/", "/"]

    assert trouble_by_path(chat, paths) == {}


def test_axe_finds_nothing_on_the_pages_of_a_visitor(visitor: BrowserContext, site: Site) -> None:
    chat = ChatPage(visitor.new_page(), site.url)

    paths = ["/", "/accounts/login/", "/accounts/sign-up/", "/accounts/reset/sent/", "/accounts/reset/a/b/"]
    assert trouble_by_path(chat, paths) == {}


def test_axe_finds_nothing_on_the_pages_of_a_reviewer(visitor: BrowserContext, site: Site) -> None:
    chat = ChatPage(visitor.new_page(), site.url)
    chat.sign_in("admin")
    chat.send("Show me all of it.")
    chat.wait_for_end()
    conversation = chat.page.url.rstrip("/").rsplit("/", 1)[-1]

    paths = [f"/admin/chat/conversation/{conversation}/change/", "/admin/chat/dashboard/"]
    # The links of the path to a page are told apart by nothing: Django's own style sheet draws them.
    assert trouble_by_path(chat, paths, others=[".breadcrumbs"]) == {}


def test_nothing_is_wider_than_a_phone_from_right_to_left(chat: ChatPage, site: Site) -> None:
    chat.page.set_viewport_size({"width": 320, "height": 640})
    for name in ("empty", "right-to-left", "long-words", "table", "errors"):
        open_state(chat.page, site, name, "?dir=rtl")

        assert sideways_pixels(chat.page) == 0, name
    assert violations_on(chat.page) == []


def test_keys_reach_everything_and_the_focus_is_seen(chat: ChatPage, site: Site) -> None:
    page = chat.page
    open_state(page, site, "answer")
    page.locator(".site-header a").first.focus()
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        stops.append(stop)

    names = [stop["name"] for stop in stops]
    assert {"chat-input", "sidebar", "theme", "copy-code", "copy", "regenerate"} <= set(names)
    assert len(stops) < MOST_STOPS, names
    assert [stop for stop in stops if not stop["seen"] or not stop["inView"]] == []


def test_the_focus_stays_while_an_answer_comes(chat: ChatPage) -> None:
    chat.send("/long 20\n/slow 10")
    expect(chat.input).to_be_focused()
    chat.wait_for_end()

    expect(chat.input).to_be_focused()
    expect(chat.page.locator("[aria-live=assertive], [role=log]:not([aria-live=off])")).to_have_count(0)


def test_shortcuts_do_what_the_sheet_says(chat: ChatPage, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = chat.page
    chat.send("/repeat Copied by keys.")
    chat.wait_for_end()

    page.keyboard.press("Control+Shift+C")
    expect(chat.answers.last.locator("[data-copied] use")).to_have_attribute("href", "#chat-icon-done")
    assert page.evaluate("navigator.clipboard.readText()") == "Copied by keys."
    page.keyboard.press("Control+Shift+S")
    expect(page.locator("#chat-sidebar")).to_be_hidden()
    page.reload()
    chat.wait_until_ready()
    expect(page.locator("#chat-sidebar")).to_be_hidden()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Shift+Escape")
    expect(chat.input).to_be_focused()
    chat.input.fill("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+Shift+S")
    page.keyboard.press("Control+Shift+O")
    expect(page).to_have_url(f"{chat.url}/chat/")


def test_paper_has_the_words_and_the_addresses_alone(chat: ChatPage, site: Site) -> None:
    open_state(chat.page, site, "answer")
    chat.page.emulate_media(media="print")

    for hidden in ("#chat-sidebar", "#chat-input", "[data-action=copy]", "[data-action=theme]"):
        expect(chat.page.locator(hidden).first).to_be_hidden()
    link = chat.answer.get_by_role("link").first
    assert "djangoproject.com" in link.evaluate("one => getComputedStyle(one, '::after').content")
    assert link.evaluate("one => getComputedStyle(one.closest('.chat-scroll')).overflowY") == "visible"


def test_forced_colours_keep_what_is_shown_by_colour(chat: ChatPage, site: Site) -> None:
    chat.page.emulate_media(forced_colors="active")
    open_state(chat.page, site, "errors")

    for bordered in (
        chat.questions.first.locator("[data-part=body]"),
        chat.page.locator(".chat-composer__card"),
    ):
        assert bordered.evaluate("one => getComputedStyle(one).borderStyle") == "solid"
    assert violations_on(chat.page) == []

"""Draw the pictures in docs/images/ from the running program: light, dark, phone, Korean."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.serving import Site  # noqa: E402  It stands beside this folder.

IMAGES = ROOT / "docs" / "images"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
CONVERSATIONS = ROOT / "scripts" / "screenshots.json"


def main() -> None:
    """Start a site, give a member conversations, and draw each picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    # A server that is never asked: with it the page does not say that no model is connected.
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "CHAT_MODEL": "gpt-4.1-mini"}
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder), environment).running() as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--font-render-hinting=none"]
        )
        draw_all(browser, site)
        browser.close()


def draw_all(browser: Browser, site: Site) -> None:
    """Draw every picture."""
    with visiting(browser, site, DESKTOP) as page:
        conversations = import_conversations(page, site)
        english, korean = conversations["en"], conversations["ko"]
        draw(page, site, english, "chat.png")
        draw(page, site, "/chat/", "start.png")
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        draw(page, site, english, "chat-dark.png")
    with visiting(browser, site, PHONE) as page:
        draw(page, site, english, "phone.png")
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        draw(page, site, "/chat/", "phone-dark.png")
    with visiting(browser, site, DESKTOP, language="ko") as page:
        draw(page, site, korean, "chat-korean.png")
    with visiting(browser, site, DESKTOP, signed_in=False) as page:
        page.goto(site.url)
        page.screenshot(path=IMAGES / "home.png")


@contextmanager
def visiting(
    browser: Browser, site: Site, viewport: Any, *, language: str = "en", signed_in: bool = True
) -> Iterator[Page]:
    """Give a page of the demo member, or of a visitor, in a language."""
    context = browser.new_context(
        viewport=viewport, device_scale_factor=2, reduced_motion="reduce", locale=language
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    page = context.new_page()
    if signed_in:
        page.goto(f"{site.url}/accounts/login/?next=/chat/")
        page.fill("[name=username]", "demo")
        page.fill("[name=password]", "demo")
        page.press("[name=password]", "Enter")
        page.wait_for_selector("chat-page[data-ready]")
    yield page
    context.close()


def import_conversations(page: Page, site: Site) -> dict[str, str]:
    """Import what the pictures show; return the addresses of the two that are drawn, by their language."""
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": site.url, "Content-Type": "application/json"}
    told = json.loads(CONVERSATIONS.read_text(encoding="utf-8"))
    for conversation in told:
        body = json.dumps(as_export(conversation))
        response = page.request.post(f"{site.url}/chat/api/import/", data=body, headers=headers)
        if not response.ok:
            raise SystemExit(f"The import was refused: {response.text()}")
    listed = page.request.get(f"{site.url}/chat/api/conversations/").json()["results"]
    ids = {one["title"]: one["id"] for one in listed}
    return {one["draw"]: f"/chat/c/{ids[one['title']]}/" for one in told if "draw" in one}


def as_export(conversation: dict[str, Any]) -> dict[str, Any]:
    """Return a conversation as docs/export.md has it."""
    moment = (datetime.now(UTC) - timedelta(hours=conversation["hours_ago"])).isoformat()
    messages = [
        {
            "number": number,
            "parent": number - 1 or None,
            "role": "assistant" if number % 2 == 0 else "user",
            "content": content,
            "created_at": moment,
            "model": "gpt-4.1-mini",
        }
        for number, content in enumerate(conversation["said"], start=1)
    ]
    return {
        "format": "chat.conversation",
        "version": 1,
        "title": conversation["title"],
        "title_is_own": True,
        "assistant": "general",
        "pinned": conversation.get("pinned", False),
        "created_at": moment,
        "updated_at": moment,
        "shown": len(messages),
        "messages": messages,
    }


def draw(page: Page, site: Site, path: str, name: str) -> None:
    """Open a page and keep what is seen of it."""
    page.goto(site.url + path)
    page.wait_for_selector("chat-page[data-ready]", state="attached")
    # Code is highlighted a moment after the page is ready.
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.screenshot(path=IMAGES / name)


if __name__ == "__main__":
    main()

"""Sharing, exporting and importing, as members do it in a browser."""

import json
import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.archive.files import own
from tests.e2e.chat_page import ChatPage

# As on a site without HTTPS; what is copied all the same becomes the page's title.
WITHOUT_CLIPBOARD = """() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("denied"));
    addEventListener("copy", () => { document.title = document.activeElement.value; });
}"""


def import_file(chat: ChatPage, tmp_path: Path, title: str) -> None:
    """Bring a file on the page of the member's data, and open what was in it."""
    answer = "Some **bold** text.\n\n```python\nprint(1)\n```"
    messages = ({"role": "user", "content": "Why?"}, {"role": "assistant", "content": answer, "parent": 1})
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps(own(*messages, title=title)))
    chat.page.goto(f"{chat.url}/chat/data/")
    chat.page.get_by_label("File, at most").set_input_files(file)
    chat.page.get_by_role("button", name="Import").click()
    expect(chat.page.get_by_text("Imported conversations: 1, messages: 2.")).to_be_visible()
    listed = chat.page.request.get(f"{chat.url}/chat/api/conversations/?q={title}").json()["results"]
    imported = next(one for one in listed if one["title"] == title)
    chat.open(f"/chat/c/{imported['id']}/")


def test_a_link_is_made_in_the_dialog_read_by_a_visitor_and_revoked(
    chat: ChatPage, context: BrowserContext, tmp_path: Path
) -> None:
    import_file(chat, tmp_path, "Shared")
    page = chat.page
    # What was said of an earlier message is cleared away, the dialog's lines are not.
    chat.send("/repeat Once more.")
    chat.wait_for_end()
    page.get_by_role("link", name="Share by a link").click()
    dialog = page.get_by_role("dialog", name="Share by a link")
    dialog.get_by_label("The link ends after").select_option(label="A week")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Link", exact=True)
    expect(link).to_be_focused()
    url = link.input_value()
    page.evaluate(WITHOUT_CLIPBOARD)
    dialog.get_by_role("button", name="Copy link").first.click()
    expect(dialog.get_by_text("Copied").first).to_be_visible()
    expect(page).to_have_title(url)

    browser = context.browser
    assert browser
    visitor = browser.new_context().new_page()
    visitor.goto(url)
    expect(visitor.get_by_role("heading", name="Shared", exact=True)).to_be_visible()
    expect(visitor.locator("strong")).to_have_text("bold")
    expect(visitor.get_by_role("link", name="Sign in").last).to_have_attribute("href", re.compile("next="))

    dialog.get_by_role("listitem").first.get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_text("The link was revoked.")).to_be_attached()
    expect(link).to_be_hidden()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Share by a link")).to_be_focused()

    assert visitor.goto(url).status == 404  # type: ignore[union-attr]
    expect(visitor.get_by_role("heading", name="There is nothing here")).to_be_visible()
    visitor.context.close()


def test_a_reader_signs_in_comes_back_and_goes_on_in_a_copy(
    chat: ChatPage, context: BrowserContext, tmp_path: Path
) -> None:
    import_file(chat, tmp_path, "Copied")
    body = {"conversation": chat.page.url.rstrip("/").rsplit("/", 1)[-1]}
    token = next(one["value"] for one in context.cookies() if one["name"] == "csrftoken")
    made = chat.page.request.post(f"{chat.url}/chat/api/shares/", data=body, headers={"X-CSRFToken": token})
    browser = context.browser
    assert browser
    reader = ChatPage(browser.new_context().new_page(), chat.url)

    reader.page.goto(made.json()["url"])
    reader.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    reader.page.fill("[name=username]", "admin")
    reader.page.fill("[name=password]", "admin")
    reader.page.press("[name=password]", "Enter")
    reader.page.get_by_role("button", name="Continue this conversation").click()
    reader.wait_until_ready()

    expect(reader.questions).to_contain_text(["Why?"])
    expect(reader.answer).to_contain_text("Some bold text.")
    assert reader.page.url.rstrip("/").rsplit("/", 1)[-1] != body["conversation"]
    assert reader.faults == []
    reader.page.context.close()


def test_everything_is_exported_as_a_file_and_a_wrong_one_is_refused_in_place(
    chat: ChatPage, tmp_path: Path
) -> None:
    page = chat.page
    page.goto(f"{chat.url}/chat/data/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export everything").click()
    assert re.fullmatch(r"chat-export-\d{4}-\d\d-\d\d\.zip", download.value.suggested_filename)

    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(b"PK\x03\x04 nothing")
    page.get_by_label("File, at most").set_input_files(wrong)
    page.get_by_role("button", name="Import").click()

    expect(page.get_by_role("alert")).to_contain_text("Nothing was imported.")


def test_a_link_is_made_and_revoked_without_javascript(
    chat: ChatPage, context: BrowserContext, tmp_path: Path
) -> None:
    import_file(chat, tmp_path, "Plain")
    conversation = chat.page.url.rstrip("/").rsplit("/", 1)[-1]
    browser = context.browser
    assert browser
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state()).new_page()

    plain.goto(f"{chat.url}/chat/c/{conversation}/share/")
    plain.get_by_role("button", name="Make a link").click()
    url = plain.get_by_label("Link", exact=True).input_value()
    assert plain.goto(url).status == 200  # type: ignore[union-attr]
    plain.get_by_role("link", name="Your links").click()
    plain.get_by_role("button", name="Revoke the link to Plain").first.click()

    assert plain.goto(url).status == 404  # type: ignore[union-attr]
    plain.context.close()

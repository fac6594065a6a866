"""Writing: compositions, the palette, files, drafts, who answers."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.attachments.files import png
from tests.e2e.chat_page import ChatPage


def test_a_korean_enter_ends_the_syllable_and_sends_and_a_japanese_one_only_confirms(
    chat: ChatPage, context: BrowserContext
) -> None:
    browser = context.new_cdp_session(chat.page)
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}

    chat.input.focus()
    browser.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    browser.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "windowsVirtualKeyCode": 229}
    )
    browser.send("Input.insertText", {"text": "日本"})
    expect(chat.input).to_have_value("日本")
    expect(chat.questions).to_have_count(0)

    chat.input.fill("/repeat 안")
    browser.send("Input.imeSetComposition", {"text": "녕", "selectionStart": 1, "selectionEnd": 1})
    expect(chat.input).to_have_value("/repeat 안녕")
    browser.send("Input.insertText", {"text": "녕"})
    browser.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "\r", **enter})
    browser.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    chat.wait_for_end()

    assert chat.stored_answer() == "안녕"
    expect(chat.input).to_have_value("")


def test_the_palette_offers_assistants_and_saved_prompts_by_keyboard(chat: ChatPage) -> None:
    chat.save_prompt("Summarise", "Write about {{topic}} in short")
    chat.input.press_sequentially("/")
    palette = chat.page.get_by_role("listbox")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Assistant")

    chat.input.press("ArrowDown")
    chat.input.press("Enter")
    expect(palette).to_be_hidden()
    expect(chat.page.locator("input[name=assistant]:checked")).to_have_value("interviewer")
    expect(chat.input).to_have_value("")

    chat.input.press_sequentially("/summ")
    chat.input.press("Tab")
    chat.page.keyboard.type("trains")
    expect(chat.input).to_have_value("Write about trains in short")

    chat.input.fill("")
    chat.input.press_sequentially("/")
    chat.input.press("Escape")
    expect(palette).to_be_hidden()
    expect(chat.input).to_have_value("/")


def test_files_are_uploaded_shown_sent_and_refused_with_a_sentence(chat: ChatPage, tmp_path: Path) -> None:
    (tmp_path / "sea.png").write_bytes(png(40, 30))
    (tmp_path / "plan.md").write_text("# Plan")
    (tmp_path / "sound.bin").write_bytes(b"\0\1\2")
    files = chat.page.locator(".chat-composer .chat-file")

    chat.attach(tmp_path / "sea.png", tmp_path / "plan.md", tmp_path / "sound.bin")
    expect(files.filter(has_text="sound.bin")).to_contain_text("cannot be read here")
    expect(files.locator("img")).to_have_js_property("naturalWidth", 40)
    files.filter(has_text="sound.bin").get_by_role("button").click()
    expect(files).to_have_count(2)
    chat.wait_until_it_can_be_sent()
    chat.input.press("Enter")
    chat.wait_for_end()

    expect(files).to_have_count(0)
    expect(chat.answer).to_contain_text("an image, image/png")
    sent = chat.questions.last.locator(".chat-file")
    expect(sent).to_have_count(2)
    chat.page.reload()
    chat.wait_until_ready()
    expect(sent.filter(has_text="sea.png").locator("img")).to_have_js_property("naturalWidth", 40)
    with chat.page.expect_download() as saved:
        sent.filter(has_text="plan.md").get_by_role("link").click()
    assert saved.value.suggested_filename == "plan.md"


def test_a_pasted_image_becomes_a_file_and_a_pasted_table_stays_text(chat: ChatPage) -> None:
    # Who sees the palette has all of the composer.
    chat.input.fill("/")
    expect(chat.page.get_by_role("listbox")).to_be_visible()
    chat.input.fill("")

    chat.paste({"image/png": png(5, 5)})
    expect(chat.page.locator(".chat-composer .chat-file")).to_have_count(1)

    chat.paste({"image/png": png(5, 5), "text/plain": b"a\tb"})
    expect(chat.page.locator(".chat-composer .chat-file")).to_have_count(1)


def test_files_are_dropped_onto_the_page_and_belong_to_the_draft(chat: ChatPage) -> None:
    files = chat.page.locator(".chat-composer .chat-file")

    chat.drop("plan.md", "# Plan")
    chat.drop("notes.txt", "Taken back elsewhere.")
    expect(files.locator("a")).to_have_count(2)
    kept = files.filter(has_text="notes.txt").locator("a").get_attribute("href")
    chat.delete(str(kept))
    chat.page.reload()
    chat.wait_until_ready()

    expect(files.filter(has_text="notes.txt")).to_contain_text("no longer there")
    expect(files.filter(has_text="plan.md").locator("a")).to_have_count(1)
    chat.wait_until_it_can_be_sent()
    chat.button.click()
    expect(chat.questions.last.locator(".chat-file")).to_have_count(1)
    chat.wait_for_end()
    chat.page.reload()
    chat.wait_until_ready()
    expect(files).to_have_count(0)


def test_who_answers_and_with_which_model_is_remembered(chat: ChatPage) -> None:
    chat.page.get_by_label("Writing partner").check(force=True)
    chat.page.get_by_label("Model").select_option("echo-large")
    chat.send("/repeat one")
    chat.wait_for_end()

    chat.page.reload()
    chat.wait_until_ready()

    expect(chat.page.get_by_label("Who answers")).to_have_value("writer")
    expect(chat.page.get_by_label("Model")).to_have_value("echo-large")


def test_a_draft_is_kept_while_the_page_is_away_and_the_field_grows_to_ten_lines(
    chat: ChatPage,
) -> None:
    chat.input.fill("\n".join(f"Line {number}" for number in range(30)))
    assert 230 < chat.input.bounding_box()["height"] < 290  # type: ignore[index]
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.input).to_have_value(re.compile("Line 29$"))

    chat.input.fill("x" * 32_001)
    expect(chat.page.locator("[data-part=note]")).to_contain_text("32001 / 32000")
    expect(chat.button).to_have_attribute("aria-disabled", "true")
    chat.input.fill("한국어 " * 4000)
    expect(chat.page.locator("[data-part=context]")).to_contain_text(re.compile(r"\d\d %"))

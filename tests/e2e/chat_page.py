"""The chat page in the product's words."""

import re
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

# Lost connections are part of the tests; the browser reports each of them.
EXPECTED = re.compile(r"net::ERR_|Failed to load resource")
# Also of a server that was killed: its lease runs out first.
LONGEST_ANSWER_MS = 90_000
# A wheel that was turned scrolls for some frames.
REST = """async (one) => {
  let last = NaN;
  while (one.scrollTop !== last) {
    last = one.scrollTop;
    for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
  }
  return last;
}"""


class ChatPage:
    """What a member does and sees."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._on_console)

    def sign_in(self, name: str = "demo") -> None:
        """Sign in with one of the demo accounts; the chat opens."""
        self.page.goto(f"{self.url}/accounts/login/?next=/chat/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", name)
        self.page.press("[name=password]", "Enter")
        self.wait_until_ready()

    def open(self, path: str = "/chat/") -> None:
        self.page.goto(self.url + path)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        expect(self.page.locator("chat-page[data-ready]")).to_be_visible()

    @property
    def input(self) -> Locator:
        return self.page.locator("#chat-input")

    @property
    def button(self) -> Locator:
        return self.page.locator("[data-part=send]")

    @property
    def answers(self) -> Locator:
        return self.page.locator("li[data-role=assistant]")

    @property
    def questions(self) -> Locator:
        return self.page.locator("li[data-role=user]")

    @property
    def answer(self) -> Locator:
        """The newest answer's text."""
        return self.answers.last.locator("[data-part=body]")

    @property
    def messages(self) -> Locator:
        return self.page.locator("li.chat-message")

    @property
    def editor(self) -> Locator:
        """Where a sent message is written anew."""
        return self.page.get_by_role("textbox", name="Edit your message")

    def edit(self, message: Locator, text: str) -> None:
        """Write a sent message anew and send it."""
        message.hover()
        message.get_by_role("button", name="Edit").click()
        self.editor.fill(text)
        self.editor.press("Enter")

    def choose(self, message: Locator, name: str) -> None:
        """Choose something from a message's menu."""
        message.hover()
        message.get_by_role("button", name="More").click()
        self.page.get_by_role("menuitem", name=name).click()

    def place(self, message: Locator) -> Locator:
        """Which of its versions a message is."""
        return message.locator("[data-part=place]")

    def top_of(self, message: Locator) -> float:
        """Where a message is on the screen."""
        return float(message.evaluate("element => element.getBoundingClientRect().top"))

    def scrolled_to(self) -> float:
        """Return how far the messages are scrolled, once they are at rest."""
        return float(self.page.locator("[data-part=scroll]").evaluate(REST))

    def send(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def attach(self, *paths: Path) -> None:
        self.page.set_input_files(".chat-composer input[type=file]", list(paths))

    def wait_until_it_can_be_sent(self) -> None:
        """Wait until what is written, and each file that was given, is ready to go."""
        expect(self.button).to_have_attribute("aria-disabled", "false")

    def drop(self, name: str, text: str) -> None:
        """Drag a file over the page and let it fall."""
        self.page.locator("chat-page").evaluate(
            """(page, [name, text]) => {
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File([text], name));
                for (const type of ["dragover", "drop"]) {
                    const options = { dataTransfer, bubbles: true, cancelable: true };
                    page.dispatchEvent(new DragEvent(type, options));
                }
            }""",
            [name, text],
        )

    def paste(self, content: dict[str, bytes]) -> None:
        """Paste what a program put onto the clipboard, by its types."""
        self.input.evaluate(
            """(field, content) => {
                const data = new DataTransfer();
                for (const [type, bytes] of Object.entries(content)) {
                    if (type === "text/plain") data.setData(type, String.fromCharCode(...bytes));
                    else data.items.add(new File([new Uint8Array(bytes)], "image.png", { type }));
                }
                field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true }));
            }""",
            {kind: list(held) for kind, held in content.items()},
        )

    def copied(self, pattern: str) -> str:
        """Wait until what fits the pattern has been copied, and return it."""
        reading = "async (pattern) => (await navigator.clipboard.readText()).match(pattern)?.[0]"
        return str(self.page.wait_for_function(reading, arg=pattern).json_value())

    def save_prompt(self, name: str, text: str) -> None:
        """Save a prompt on the page that is for it, and come back."""
        self.page.goto(f"{self.url}/chat/prompts/")
        self.page.get_by_label("Name").first.fill(name)
        self.page.get_by_label("Text").first.fill(text)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Save").first.click()
        self.open()

    def stop(self) -> None:
        expect(self.button).to_have_attribute("data-mode", "stop")
        self.button.click()

    def wait_for_words(self) -> None:
        """Wait until something of the newest answer is there."""
        expect(self.answer).to_have_text(re.compile(r"\S"))

    def wait_for_end(self, status: str = "completed") -> None:
        expect(self.answers.last).to_have_attribute("data-status", status, timeout=LONGEST_ANSWER_MS)

    def answer_text(self) -> str:
        return self.answer.inner_text()

    @property
    def sidebar(self) -> Locator:
        return self.page.locator("[data-part=sidebar]")

    def change(self, method: str, body: object = None, *, path: str = "") -> None:
        """Change the conversation, as some other device would."""
        conversation = self.page.url.rstrip("/").rsplit("/", 1)[-1]
        self._ask(method, f"/chat/api/conversations/{conversation}/{path}", body)

    def delete(self, address: str) -> None:
        """Delete something at its address, as some other tab would."""
        self._ask("DELETE", address)

    def _ask(self, method: str, address: str, body: object = None) -> None:
        token = next(one["value"] for one in self.page.context.cookies() if one["name"] == "csrftoken")
        headers = {"X-CSRFToken": token, "Referer": self.url}
        assert self.page.request.fetch(self.url + address, method=method, data=body, headers=headers).ok

    def row(self, title: str) -> Locator:
        """A conversation in the list."""
        return self.sidebar.locator("[data-conversation]").filter(has_text=title)

    def choose_for(self, row: Locator, name: str) -> None:
        """Choose something from the menu of a conversation in the list."""
        row.hover()
        row.get_by_role("link", name="Options").click()
        self.page.get_by_role("menuitem", name=name, exact=True).click()

    def begin_conversation(self, title: str) -> None:
        """Have a conversation of that title, with one answer."""
        self.open()
        self.input.fill(f"Say:\n/repeat {title} was asked\n{title} was answered")
        self.button.click()
        self.wait_for_end()
        self.change("PATCH", {"title": title})
        self.open(self.page.url.removeprefix(self.url))

    def stored_answer(self) -> str:
        """Return the newest answer as the server has it."""
        conversation = self.page.url.rstrip("/").rsplit("/", 1)[-1]
        response = self.page.request.get(f"{self.url}/chat/api/conversations/{conversation}/messages/")
        assert response.ok
        return str(response.json()["results"][0]["content"])

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.faults.append(message.text)

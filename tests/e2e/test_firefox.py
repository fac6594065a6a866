"""The main path in Firefox: sign in, ask, reload in the middle, stop, ask again."""

from pathlib import Path

from tests.e2e.firefox import ENTER, ESCAPE, Firefox, running_firefox
from tests.serving import Site

STATUSES = "[...document.querySelectorAll('li[data-role=assistant]')].map((one) => one.dataset.status)"
QUESTIONS = "document.querySelectorAll('li[data-role=user]').length"
ANSWER = "[...document.querySelectorAll('li[data-role=assistant] [data-part=body]')].at(-1)?.innerText ?? ''"
MODE = "document.querySelector('[data-part=send]').dataset.mode"
READY = "document.querySelector('chat-page')?.dataset.ready !== undefined"


def sign_in(firefox: Firefox, site: Site) -> None:
    firefox.open(f"{site.url}/accounts/login/?next=/chat/")
    firefox.type_into("[name=username]", "demo")
    firefox.type_into("[name=password]", f"demo{ENTER}")
    firefox.wait_until(READY)


def ask(firefox: Firefox, text: str) -> None:
    firefox.type_into("#chat-input", text)
    # A line break of the text is one of the message; Enter alone sends it.
    firefox.wait_until("document.querySelector('#chat-input').value", lambda value: value == text)
    firefox.press(ENTER)


def test_the_main_path_works_in_firefox(site: Site, tmp_path: Path) -> None:
    with running_firefox(tmp_path) as firefox:
        sign_in(firefox, site)

        ask(firefox, "/long 4000")
        firefox.wait_until(ANSWER, lambda text: len(text.split()) > 20)
        firefox.reload()
        firefox.wait_until(READY)
        firefox.wait_until(MODE, lambda mode: mode == "stop")
        firefox.press(ESCAPE)
        firefox.wait_until(STATUSES, lambda found: found == ["cancelled"])
        # What draws it is loaded with the first answer.
        firefox.wait_until(ANSWER, lambda text: 20 < len(text.split()) < 4000)

        ask(firefox, "/repeat **Hello** Firefox")
        firefox.wait_until(STATUSES, lambda found: found == ["cancelled", "completed"])
        firefox.wait_until(ANSWER, lambda text: text == "Hello Firefox")
        assert firefox.value(QUESTIONS) == 2

"""No page has a text that cannot be translated: in a made-up language, all that can be is in brackets."""

import json
from html.parser import HTMLParser

import pytest
from django.utils.translation import trans_real

from chat.views.assistants import usable_assistants
from chat.views.states.pages import STATES

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Django knows it, so that pages may be asked for in it.
LANGUAGE = "eo"
SPOKEN = {"aria-label", "placeholder", "title", "alt", "aria-description"}
# Names, made-up messages, and what is written in other letters on purpose.
NEVER_TRANSLATED = {"code", "kbd", "script", "style"}
NAMES = {"Runs", "Esc", "Enter", "Shift", "www.example.org"}


class Bracketed(trans_real.DjangoTranslation):
    """A language that says everything in English and in brackets."""

    def gettext(self, message):
        return f"⟦{message}⟧" if message else ""

    def ngettext(self, msgid1, msgid2, n):
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context, message):
        return self.gettext(message)


class Texts(HTMLParser):
    """Collects what a page says, in its elements and to those who do not see them."""

    VOID = {"br", "hr", "img", "input", "link", "meta", "use", "path", "rect", "circle"}

    def __init__(self, html):
        super().__init__()
        self.found = []
        self._open = []
        self._is_inside = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        own = dict(attributes)
        self.found += [own[name] for name in SPOKEN & own.keys() if own[name] and not self._is_skipped]
        # What people and models wrote finds its own direction, and what is in another language says so.
        is_written = own.get("dir") == "auto" or ("lang" in own and tag != "html")
        skips = tag in NEVER_TRANSLATED or own.get("data-part") == "body" or is_written
        if tag not in self.VOID:
            self._open.append((tag, skips))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        # A translated sentence may have elements in it.
        if data.strip() and not self._is_skipped and not self._is_inside:
            self.found.append(" ".join(data.split()))
        if "⟦" in data or "⟧" in data:
            self._is_inside = data.rfind("⟦") > data.rfind("⟧")

    @property
    def _is_skipped(self):
        return any(skips for _, skips in self._open)


@pytest.fixture
def visitor(client, settings, monkeypatch, django_user_model):
    """Somebody signed in who reads the made-up language."""
    settings.DEBUG = True
    settings.LANGUAGES = [(LANGUAGE, "Brackets")]
    known = vars(trans_real)["_translations"]
    monkeypatch.setitem(known, LANGUAGE, Bracketed(LANGUAGE))
    client.cookies["django_language"] = LANGUAGE
    client.force_login(django_user_model.objects.create_user(username="7"))
    return client


def hard_coded(html, names):
    """Return what a page says in letters and neither in brackets nor as a name."""
    return [
        text
        for text in Texts(html).found
        if "⟦" not in text and "⟧" not in text and any("a" <= letter.lower() <= "z" for letter in text)
        if text not in names
    ]


PAGES = ["/", "/accounts/login/", "/chat/", *(f"/chat/_states/{name}/" for name in STATES)]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_nothing_that_cannot_be_translated(visitor, path, django_user_model):
    if "login" in path:
        visitor.logout()
        visitor.cookies["django_language"] = LANGUAGE
    response = visitor.get(path)
    member = django_user_model.objects.get()
    assistants = usable_assistants(member)
    names = NAMES | {text for one in assistants for text in (one.name, one.description, *one.starters)}

    assert response.status_code == 200
    assert "⟦" in response.content.decode()
    assert hard_coded(response.content.decode(), names) == []


def test_the_scripts_say_nothing_that_cannot_be_translated(visitor):
    html = visitor.get("/chat/").content.decode()
    config = html.partition('id="chat-config" type="application/json">')[2].partition("</script>")[0]

    assert [text for text in json.loads(config)["strings"].values() if "⟦" not in text] == []

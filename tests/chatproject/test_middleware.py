"""The site's middlewares are Django's, in Django's order, and take their steps where they need not wait."""

from typing import Any

import asgiref.sync
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.utils.module_loading import import_string

from chatproject.sessions import SessionStore

ORDER = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


@pytest.fixture
def on_threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done on a thread, by name."""
    done: list[str] = []
    call = asgiref.sync.SyncToAsync.__call__

    async def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        done.append(getattr(self.func, "__qualname__", type(self.func).__name__))
        return await call(self, *args, **kwargs)

    monkeypatch.setattr(asgiref.sync.SyncToAsync, "__call__", noted)
    return done


def test_each_is_derived_from_djangos_in_its_order() -> None:
    classes = [import_string(path) for path in settings.MIDDLEWARE]

    for used, expected in zip(classes, ORDER, strict=True):
        assert issubclass(used, import_string(expected))
        assert used.__name__ == expected.rpartition(".")[2]


@pytest.mark.django_db(transaction=True)
async def test_a_request_changes_threads_only_to_ask_the_database(on_threads: list[str]) -> None:
    member = await get_user_model().objects.acreate(username="member")
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(member)
    on_threads.clear()

    response = await client.get("/chat/api/assistants/")

    assert response.status_code == 200
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "Content-Security-Policy" in response.headers
    assert [step for step in on_threads if "Middleware" in step] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_file", [False, True])
async def test_a_form_without_a_token_is_refused(on_threads: list[str], has_file: bool) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    form: dict[str, Any] = {"username": "member", "password": "word"}
    if has_file:
        form["file"] = SimpleUploadedFile("a.txt", b"a")

    refused = await client.post("/accounts/login/", form)
    page = await client.get("/accounts/login/")
    token = page.cookies["csrftoken"].value
    taken = await client.post("/accounts/login/", {**form, "csrfmiddlewaretoken": token})

    assert (refused.status_code, taken.status_code) == (403, 200)


@pytest.mark.django_db(transaction=True)
async def test_a_session_that_changed_is_stored(on_threads: list[str]) -> None:
    member = get_user_model()(username="member")
    member.set_password("word-of-a-member")
    await member.asave()
    client = AsyncClient()

    await client.post("/accounts/login/", {"username": "member", "password": "word-of-a-member"})

    assert (await client.get("/chat/api/assistants/")).status_code == 200
    assert "SessionMiddleware.process_response" in on_threads


@pytest.mark.parametrize("key", ["a" * 32 + "\0", "é" * 32, "a b" * 12, ""])
def test_what_no_session_is_named_is_never_looked_up(key: str) -> None:
    assert SessionStore(key).session_key is None

"""The demo site's pages: home, sign-in, sign-out, language, and the policy on every one of them."""

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "manifest-src 'self'",
}


@pytest.fixture
def member():
    return get_user_model().objects.create_user(username="mina", password="right")


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/admin/login/", "/chat/", "/no-such-page"])
def test_every_page_forbids_foreign_content(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]

    assert {directive.strip() for directive in policy.split(";")} == POLICY


def test_the_home_page_leads_to_the_chat(client):
    assert 'href="/chat/"' in client.get("/").content.decode()


def test_a_member_signs_in_and_lands_in_the_chat(client, member):
    response = client.post("/accounts/login/", {"username": "mina", "password": "right"})

    assert response.status_code == 302
    assert response.headers["Location"] == "/chat/"


def test_signing_in_returns_to_the_page_that_asked_for_it(client, member):
    form = {"username": "mina", "password": "right", "next": "/chat/?draft=1"}

    assert client.post("/accounts/login/", form).headers["Location"] == "/chat/?draft=1"


def test_signing_in_never_leads_to_another_host(client, member):
    form = {"username": "mina", "password": "right", "next": "https://evil.example/"}

    assert client.post("/accounts/login/", form).headers["Location"] == "/chat/"


def test_a_wrong_password_is_said_on_the_form(client, member):
    response = client.post("/accounts/login/", {"username": "mina", "password": "wrong"})

    assert 'role="alert"' in response.content.decode()
    assert 'value="mina"' in response.content.decode()


def test_only_a_post_signs_out(client, member):
    client.force_login(member)

    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").headers["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_the_sign_in_page_names_the_demo_accounts_only_where_they_exist(client, settings):
    settings.DEBUG = True
    assert "<code>demo</code>" in client.get("/accounts/login/").content.decode()

    settings.DEBUG = False
    assert "<code>demo</code>" not in client.get("/accounts/login/").content.decode()


def test_the_language_can_be_switched(client):
    client.post("/language/", {"language": "ko", "next": "/"})

    page = client.get("/").content.decode()
    assert 'lang="ko"' in page
    assert "로그인하고 대화 시작하기" in page


def test_demo_accounts_can_sign_in(settings, capsys):
    settings.DEBUG = True

    call_command("demo_accounts")
    call_command("demo_accounts")

    member = authenticate(username="demo", password="demo")
    superuser = authenticate(username="admin", password="admin")
    assert member is not None
    assert not member.is_superuser
    assert superuser is not None
    assert superuser.is_superuser


def test_demo_accounts_are_refused_without_debug(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo_accounts")
    assert not get_user_model().objects.exists()

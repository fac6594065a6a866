"""Accounts of the demo site: signing up, passwords, and leaving with everything."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core import mail
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Attachment, Conversation, Message, Run, SavedPrompt, SharedConversation
from tests.runs.conftest import engine as running_engine

pytestmark = pytest.mark.django_db

# The fixture of the engine's tests, for those tests only that ask for it by name.
engine = running_engine
PASSWORD = "correct horse battery"
SIGN_UP = {"username": "mina", "email": "", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def member() -> Any:
    return get_user_model().objects.create_user("mina", "mina@example.org", PASSWORD)


def test_a_visitor_signs_up_and_is_in_the_chat(client):
    response = client.post("/accounts/sign-up/", SIGN_UP)

    assert response.headers["Location"] == "/chat/"
    assert client.get("/chat/").status_code == 200
    assert get_user_model().objects.get().username == "mina"


def test_signing_up_goes_on_where_one_came_from_and_never_to_another_host(client):
    there = client.post("/accounts/sign-up/", {**SIGN_UP, "next": "/chat/shared/abc/"})
    client.logout()
    elsewhere = client.post("/accounts/sign-up/", {**SIGN_UP, "username": "ed", "next": "//evil.example/"})

    assert there.headers["Location"] == "/chat/shared/abc/"
    assert elsewhere.headers["Location"] == "/chat/"
    assert "evil" not in client.get("/accounts/sign-up/?next=https://evil.example/").content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"username": ""},
        {"username": "MINA"},
        {"username": "x" * 151},
        {"username": "a b\0"},
        {"username": "<b>"},
        {"password2": "another"},
        {"password1": "12345678", "password2": "12345678"},
        {"email": "nowhere"},
    ],
)
def test_what_no_account_can_be_made_of_is_told_beside_its_field(client, member, changes):
    page = client.post("/accounts/sign-up/", {**SIGN_UP, "username": "ed", **changes}).content.decode()

    assert 'role="alert"' in page
    assert 'aria-invalid="true"' in page
    assert re.search(r'aria-describedby="[^"]*_error"', page)
    assert get_user_model().objects.count() == 1


def test_nobody_signs_up_where_that_is_closed_or_who_is_signed_in(client, member, settings):
    client.force_login(member)
    assert client.get("/accounts/sign-up/").status_code == 302
    client.logout()
    settings.SIGN_UP = False

    assert client.get("/accounts/sign-up/").status_code == 404
    assert client.post("/accounts/sign-up/", SIGN_UP).status_code == 404
    assert "sign-up" not in client.get("/").content.decode() + client.get("/accounts/login/").content.decode()


def test_a_password_is_changed_and_other_sessions_end(client, member, django_user_model):
    client.force_login(member)
    form = {"old_password": PASSWORD, "new_password1": "another battery staple"}

    wrong = client.post("/accounts/password/", {**form, "new_password2": "different"})
    right = client.post("/accounts/password/", {**form, "new_password2": "another battery staple"})

    assert wrong.status_code == 200
    assert 'aria-invalid="true"' in wrong.content.decode()
    assert right.headers["Location"] == "/accounts/password/done/"
    assert client.get("/accounts/password/done/").status_code == 200
    member.refresh_from_db()
    assert member.check_password("another battery staple")


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(client, member):
    sent = client.post("/accounts/reset/", {"email": "mina@example.org"})
    unknown = client.post("/accounts/reset/", {"email": "nobody@example.org"})
    assert sent.headers["Location"] == unknown.headers["Location"] == "/accounts/reset/sent/"
    assert len(mail.outbox) == 1
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link

    form_path = client.get(link[1]).headers["Location"]
    assert client.get(form_path).status_code == 200
    passwords = {"new_password1": "another battery staple", "new_password2": "another battery staple"}
    assert client.post(form_path, passwords).headers["Location"] == "/accounts/reset/done/"

    assert client.get("/accounts/reset/done/").status_code == 200
    assert client.login(username="mina", password="another battery staple")
    assert "This link does not work" in client.get(link[1]).content.decode()


def test_no_link_is_offered_where_no_mail_can_be_sent(client, settings):
    settings.CAN_SEND_MAIL = False

    assert client.get("/accounts/reset/").status_code == 404
    assert client.get(reverse("password_reset_confirm", args=["x", "y"])).status_code == 404
    assert "/accounts/reset/" not in client.get("/accounts/login/").content.decode()


class QuickerClick(MinimumLengthValidator):
    """Takes the name when all else of a form has been looked at: passwords are the last."""

    def validate(self, password: str, user: Any = None) -> None:
        get_user_model().objects.get_or_create(username=SIGN_UP["username"])


def test_the_second_of_two_clicks_at_once_is_told_that_the_name_is_taken(client, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": f"{__name__}.QuickerClick"}]

    response = client.post("/accounts/sign-up/", SIGN_UP)

    assert response.context["form"].errors.keys() == {"username"}
    assert not response.wsgi_request.user.is_authenticated


@pytest.mark.parametrize("name", ["account", "password_change", "account_delete"])
def test_pages_of_an_account_need_one(client, name):
    path = reverse(name)

    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.django_db(transaction=True)
async def test_leaving_deletes_everything_and_stops_what_is_being_answered(engine, client):
    member = await get_user_model().objects.acreate_user("mina", password=PASSWORD)
    other = await get_user_model().objects.acreate_user("ed", password=PASSWORD)
    kept = await Conversation.objects.acreate(owner=other, assistant="general")
    browser = AsyncClient()
    await browser.aforce_login(member)
    made = (await browser.post("/chat/api/conversations/", {}, content_type="application/json")).json()
    address = f"/chat/api/conversations/{made['id']}/messages/"
    said = {"content": "/stall after 1", "client_message_id": "a"}
    await browser.post(address, said, content_type="application/json")
    run = await Run.objects.aget()
    await SharedConversation.objects.acreate(owner=member, conversation_id=made["id"], token_hash="x")
    await SavedPrompt.objects.acreate(owner=member, name="a", text="b")

    wrong = await browser.post("/accounts/delete/", {"password": "wrong"})
    assert wrong.status_code == 400
    assert "This is not your password." in wrong.content.decode()
    left = await browser.post("/accounts/delete/", {"password": PASSWORD})

    assert left.status_code == 303
    assert "was deleted" in (await browser.get("/")).content.decode()
    assert not await get_user_model().objects.filter(username="mina").aexists()
    for model in (Run, Message, SharedConversation, SavedPrompt, Attachment):
        assert not await model._default_manager.aexists(), model
    assert [one.pk async for one in Conversation.objects.all()] == [kept.pk]
    assert not await Run.objects.filter(pk=run.pk).aexists()
    assert (await browser.get("/chat/")).status_code == 302


async def test_staff_do_not_delete_themselves_here(client):
    staff = await get_user_model().objects.acreate_user("boss", password=PASSWORD, is_staff=True)
    browser = AsyncClient()
    await browser.aforce_login(staff)

    response = await browser.post("/accounts/delete/", {"password": PASSWORD})

    assert response.status_code == 400
    assert await get_user_model().objects.filter(username="boss").aexists()


async def test_who_was_staff_and_is_in_the_log_loses_nothing_here(client):
    former = await get_user_model().objects.acreate_user("former", password=PASSWORD)
    kept = await Conversation.objects.acreate(owner=former, assistant="general")
    await LogEntry.objects.acreate(
        user=former, action_flag=CHANGE, object_repr="a link", change_message="revoked"
    )
    browser = AsyncClient()
    await browser.aforce_login(former)

    page = await browser.get("/accounts/delete/")
    response = await browser.post("/accounts/delete/", {"password": PASSWORD})

    assert response.status_code == 400
    for shown in (page, response):
        assert "by another member of staff" in shown.content.decode()
        assert 'name="password"' not in shown.content.decode()
    assert await LogEntry.objects.filter(user=former).acount() == 1
    assert await Conversation.objects.filter(pk=kept.pk).aexists()

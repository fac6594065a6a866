"""The designers' pages of the page's states."""

import pytest
from django.test import Client

from chat.views.states.pages import STATES

pytestmark = pytest.mark.django_db


@pytest.fixture
def designer(django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user(username="dana"))
    return client


def test_there_are_none_where_the_site_is_not_being_developed(designer, settings):
    settings.DEBUG = False

    assert designer.get("/chat/_states/").status_code == 404
    assert designer.get("/chat/_states/empty/").status_code == 404


@pytest.mark.slow
def test_every_state_is_drawn_and_stores_nothing(designer, settings, django_user_model):
    from chat.models import Conversation, Message

    settings.DEBUG = True
    listed = designer.get("/chat/_states/").content.decode()

    for name in STATES:
        assert f'/_states/{name}/"' in listed
        assert designer.get(f"/chat/_states/{name}/").status_code == 200, name
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_a_state_that_nobody_drew_is_not_found(designer, settings):
    settings.DEBUG = True

    assert designer.get("/chat/_states/nothing/").status_code == 404

"""The doctor's visit to a host site; ``test_sites.py`` runs it with the settings of each."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from chat.doctor.visit import CannotVisit, Visit, visiting
from chat.models import Conversation, Run
from chat.permissions import OwnerPolicy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member() -> Any:
    model = get_user_model()
    return model._default_manager.create(**{model.USERNAME_FIELD: "member@site.example"})


def status_for(visit: Visit) -> int:
    """Ask for the conversation as a browser with the cookie does."""
    address = reverse("chat:conversation-item", args=[visit.conversation_id])
    return Client(headers={"cookie": visit.cookie}).get(address).status_code


def test_a_temporary_member_is_signed_in_and_is_gone_afterwards() -> None:
    with visiting() as visit:
        assert status_for(visit) == 200
        run = visit.begin_run()
        # No process of the site may take it: it never waited for one.
        assert Run.objects.get(pk=run.run_id).lease_owner == run.owner

    assert not get_user_model()._default_manager.exists()
    assert not Run.objects.exists()
    assert status_for(visit) == 401


def test_what_breaks_leaves_nothing_behind() -> None:
    def break_off() -> None:
        with visiting() as visit:
            visit.begin_run()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()

    assert not get_user_model()._default_manager.exists()
    assert not Conversation.objects.exists()


def test_a_member_of_the_sites_own_stays(member: Any) -> None:
    with visiting("member@site.example") as visit:
        assert status_for(visit) == 200

    member.refresh_from_db()
    assert not Conversation.objects.exists()


def test_a_policy_that_wants_nobody_new_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(OwnerPolicy):
        def may_chat(self, user: Any) -> bool:
            return False

    monkeypatch.setattr("chat.doctor.visit.current_policy", Closed)

    with pytest.raises(CannotVisit, match="--as"), visiting():
        pass

    assert not get_user_model()._default_manager.exists()

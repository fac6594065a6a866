"""How an operator learns which assistants there are, and what is wrong with them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from chat.assistants import load_assistants
from chat.checks import check_assistants
from tests.assistants.conftest import PERSONA, WriteFile


def test_the_command_lists_key_name_model_and_version_of_each(write: WriteFile):
    write("guide.yaml", PERSONA + "model: gpt-small\n")
    out = StringIO()

    call_command("chat_assistants", stdout=out)

    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["general", "interviewer", "writer", "guide"]
    assert lines[3].split() == ["guide", "Guide", "gpt-small", load_assistants()["guide"].version]
    assert "(the provider's model)" in lines[0]


def test_the_command_fails_at_a_file_that_cannot_be_used(write: WriteFile):
    write("guide.yaml", "name: Guide\n")

    with pytest.raises(CommandError, match=r"guide\.yaml: system_prompt is missing") as raised:
        call_command("chat_assistants")

    assert raised.value.returncode == 1


def test_the_check_finds_nothing_wrong_with_what_is_shipped():
    assert check_assistants(None) == []


def test_the_check_says_what_is_wrong_and_where_to_look(write: WriteFile):
    write("guide.yaml", PERSONA + "colour: red\n")

    [problem] = check_assistants(None)

    assert problem.id == "chat.E003"
    assert "guide.yaml: unknown key colour" in problem.msg
    assert problem.hint == "docs/assistants.md shows what a file holds."


def test_settings_that_cannot_be_read_are_left_to_their_own_check(settings: Settings):
    settings.CHAT = {"NO_SUCH_SETTING": 1}

    assert check_assistants(None) == []

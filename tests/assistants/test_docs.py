"""The example of docs/assistants.md is one that works, and no key is left out there."""

import re
from pathlib import Path

from chat.assistants.loading import load_file
from chat.assistants.persona import VARIABLES
from chat.assistants.validation import KNOWN, PARAMETERS
from tests.assistants.conftest import WriteFile

PAGE = (Path(__file__).resolve().parents[2] / "docs/assistants.md").read_text(encoding="utf-8")


def test_the_example_can_be_used_as_it_stands(write: WriteFile):
    persona, questions = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    write("questions/trains.yaml", questions)

    example = load_file(write("travel.yaml", persona))

    assert example.key == "travel"
    assert [question.id for question in example.questions] == ["fastest"]


def test_every_key_parameter_and_variable_is_described():
    assert all(f"`{name}`" in PAGE for name in {*KNOWN, *PARAMETERS})
    assert all(f"`{{{{ {name} }}}}`" in PAGE for name in VARIABLES)

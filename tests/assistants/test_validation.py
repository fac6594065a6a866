"""What is not understood is an error that names the file and the key."""

import pytest

from chat.assistants.loading import load_file
from chat.exceptions import AssistantError
from tests.assistants.conftest import PERSONA, WriteFile

NAME = "name: Guide\n"
PROMPT = "system_prompt: You guide.\n"
EXAMINER = "name: Examiner\nsystem_prompt: 'Ask: {{ questions }}'\nquestions: list.yaml\n"

WRONG = {
    "nothing": ("", "must be a mapping with name, system_prompt"),
    "a list": ("- name", "must be a mapping"),
    "a text": ("name", "must be a mapping"),
    "no name": (PROMPT, "name is missing"),
    "no prompt": (NAME, "system_prompt is missing"),
    "an unknown key": (PERSONA + "promt: x", "unknown key promt; known are description, model, name"),
    "a key that is no text": (PERSONA + "1: x", "unknown key 1"),
    "an empty name": (PROMPT + "name: ' '", "name must be a text that is not empty"),
    "a name that is a number": (PROMPT + "name: 7", "name must be a text"),
    "a name without languages": (PROMPT + "name: {}", "name must be a text"),
    "an empty name in a language": (PROMPT + "name: {ko: ''}", "name in ko must be a text"),
    "a language that YAML reads as false": (PROMPT + "name: {no: Hei}", "name's language must be a text"),
    "an empty description": (PERSONA + "description: ''", "description must be a text"),
    "an empty prompt": (NAME + "system_prompt: ''", "system_prompt must be a text"),
    "a prompt for each language": (NAME + "system_prompt: {en: Guide}", "system_prompt must be a text"),
    "an unknown variable": (
        NAME + "system_prompt: 'Hi {{ user }}'",
        "system_prompt has no variable 'user'; there is date, user_name",
    ),
    "an empty variable": (NAME + "system_prompt: 'Hi {{ }}'", "system_prompt has no variable ''"),
    "questions in the prompt alone": (
        NAME + "system_prompt: '{{ questions }}'",
        "system_prompt has no variable 'questions'",
    ),
    "a variable that is not closed": (
        NAME + "system_prompt: 'Hi {{ date }'",
        "system_prompt has a {{ that begins no variable",
    ),
    "an empty model": (PERSONA + "model: ''", "model must be a text"),
    "a model that is a number": (PERSONA + "model: 0", "model must be a text"),
    "a model that is a list": (PERSONA + "model: []", "model must be a text"),
    "a model that fits no column": (PERSONA + "model: " + "m" * 129, "model must have at most 128"),
    "parameters that are a list": (PERSONA + "parameters: [1]", "parameters must be a mapping"),
    "parameters that are nothing": (PERSONA + "parameters:", "parameters must be a mapping"),
    "an unknown parameter": (PERSONA + "parameters: {heat: 1}", "there is no parameter heat; known are temp"),
    "a parameter out of bounds": (
        PERSONA + "parameters: {temperature: 2.1}",
        "temperature must be a float from 0 to 2",
    ),
    "a parameter that is a text": (PERSONA + "parameters: {top_p: '1'}", "top_p must be a float"),
    "a parameter that is true": (PERSONA + "parameters: {top_p: true}", "top_p must be a float"),
    "a parameter that is no number": (PERSONA + "parameters: {top_p: .nan}", "top_p must be a float"),
    "a whole number with a fraction": (PERSONA + "parameters: {seed: 1.5}", "seed must be a int"),
    "an answer of no tokens": (PERSONA + "parameters: {max_output_tokens: 0}", "max_output_tokens must be"),
    "starters that are a text": (PERSONA + "starters: Go", "starters must be a list"),
    "an empty starter": (PERSONA + "starters: ['']", "starters must be a text"),
    "questions that are a list": (PERSONA + "questions: [a]", "questions must be a text"),
    "a key that stands twice": (PERSONA + "name: Other", "line 3: name stands twice"),
    "a language that stands twice": (PROMPT + "name: {en: A, en: B}", "line 2: en stands twice"),
    "a key that is a list": (PERSONA + "? [a]\n: b", "no readable YAML"),
    "broken YAML": ("name: [", "line 1: "),
    "another object": (PERSONA + "model: !!python/object:os.system x", "could not determine a constructor"),
    "a day that does not exist": (PERSONA + "model: 2024-13-45", "no readable YAML"),
    "a truth that is none": (PERSONA + "model: !!bool x", "no readable YAML"),
    "a time that is none": (PERSONA + "model: !!timestamp x", "no readable YAML"),
    "a number that is none": (PERSONA + "model: !!int ''", "no readable YAML"),
    "nesting without end": ("[" * 5000, "no readable YAML"),
    "a list that holds itself": (PERSONA + "starters: &a [*a]", "starters must be a text"),
    "a lone surrogate": (PROMPT + 'name: "\\uD800"', "name has a character that cannot be stored"),
    "a NUL": (NAME + 'system_prompt: "a\\0"', "system_prompt has a character that cannot be stored"),
    "a character beyond the last": (PROMPT + 'name: "\\UFFFFFFFF"', "no readable YAML"),
}
WRONG_QUESTIONS = {
    "nothing": ("", "the file must be a list"),
    "a mapping": ("a: b", "the file must be a list"),
    "no entries": ("[]", "has no question"),
    "an entry that is a text": ("- Why?", "question 1 must have id, question, points"),
    "an unknown key": ("- {id: a, question: b, points: [c], hint: d}", "question 1 must have id"),
    "no id": ("- {question: b, points: [c]}", "id of question 1 must be a text"),
    "no question": ("- {id: a, points: [c]}", "question 1 must be a text"),
    "no points": ("- {id: a, question: b}", "points of question 1 must be a list"),
    "points that are empty": ("- {id: a, question: b, points: []}", "points of question 1 must not be empty"),
    "a point that is a number": ("- {id: a, question: b, points: [1]}", "a point of question 1 must be"),
    "an empty follow-up": (
        "- {id: a, question: b, points: [c], follow_up: ''}",
        "follow_up of question 1 must be a text",
    ),
    "an id that stands twice": (
        "- {id: a, question: b, points: [c]}\n- {id: a, question: d, points: [e]}",
        "the id a stands twice",
    ),
    "broken YAML": ("- [", "line 1: "),
}


def problem_of(content: str | bytes, write: WriteFile) -> str:
    with pytest.raises(AssistantError) as raised:
        load_file(write("guide.yaml", content))
    return str(raised.value)


@pytest.mark.parametrize(("content", "problem"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_named_with_its_key(write: WriteFile, content: str, problem: str):
    told = problem_of(content, write)

    assert told.startswith("guide.yaml: ")
    assert problem in told


@pytest.mark.parametrize(("content", "problem"), WRONG_QUESTIONS.values(), ids=WRONG_QUESTIONS.keys())
def test_a_wrong_list_of_questions_is_named_with_its_entry(write: WriteFile, content: str, problem: str):
    write("questions/list.yaml", content)

    told = problem_of(EXAMINER, write)

    assert told.startswith("questions/list.yaml: ")
    assert problem in told


def test_bytes_that_are_no_text_are_an_error(write: WriteFile):
    assert problem_of(b"name: \xff\xfe\xfa", write).startswith("guide.yaml: no readable YAML")


def test_questions_that_the_prompt_does_not_use_are_an_error(write: WriteFile):
    write("questions/list.yaml", "- {id: a, question: b, points: [c]}")

    told = problem_of(PERSONA + "questions: list.yaml", write)

    assert told == "guide.yaml: system_prompt must use {{ questions }}, as there are questions"


def test_every_parameter_is_taken_as_it_is_written(write: WriteFile):
    content = """
parameters:
  temperature: 0
  top_p: 0.5
  frequency_penalty: -2
  presence_penalty: 2
  seed: 7
  max_output_tokens: 100
"""
    guide = load_file(write("guide.yaml", PERSONA + content))

    assert guide.parameters == {
        "temperature": 0,
        "top_p": 0.5,
        "frequency_penalty": -2,
        "presence_penalty": 2,
        "seed": 7,
        "max_output_tokens": 100,
    }

"""Where assistants come from, which one wins, and how a version is told from another."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from chat.assistants import get_assistant, load_assistants
from chat.assistants.loading import MOST_BYTES, SHIPPED, load_file
from chat.exceptions import AssistantError
from tests.assistants.conftest import PERSONA, WriteFile

WITH_QUESTIONS = "name: Examiner\nsystem_prompt: 'Ask: {{ questions }}'\nquestions: list.yaml\n"
QUESTIONS = "- {id: one, question: Explain it, points: [because]}\n"


def test_without_own_folders_there_are_the_shipped_ones_and_the_default_is_first():
    assert list(load_assistants()) == ["general", "interviewer", "writer"]


def test_the_default_that_the_settings_name_is_first(settings: Settings):
    settings.CHAT = {**settings.CHAT, "DEFAULT_ASSISTANT": "writer"}

    assert list(load_assistants()) == ["writer", "general", "interviewer"]


def test_a_default_that_does_not_exist_is_an_error(settings: Settings):
    settings.CHAT = {**settings.CHAT, "DEFAULT_ASSISTANT": "nobody"}

    with pytest.raises(AssistantError, match=r"CHAT\['DEFAULT_ASSISTANT'\] names 'nobody'"):
        load_assistants()


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path, settings: Settings):
    settings.CHAT = {**settings.CHAT, "ASSISTANT_DIRS": [tmp_path / "nowhere"]}

    with pytest.raises(AssistantError, match="nowhere is not a folder"):
        load_assistants()


def test_an_own_file_adds_an_assistant_called_after_it(write: WriteFile):
    write("city-guide.yaml", PERSONA)

    guide = get_assistant("city-guide")

    assert (guide.key, guide.name, guide.description) == ("city-guide", "Guide", "Guide")
    assert set(load_assistants()) == {"general", "interviewer", "writer", "city-guide"}


def test_an_own_file_replaces_the_shipped_one_of_its_key(write: WriteFile):
    write("general.yaml", PERSONA)

    assert get_assistant("general").name == "Guide"


def test_of_two_folders_the_later_one_wins(write: WriteFile, tmp_path: Path, settings: Settings):
    write("guide.yaml", PERSONA)
    later = tmp_path / "later"
    later.mkdir()
    (later / "guide.yaml").write_text(PERSONA.replace("Guide", "Later guide"))
    settings.CHAT = {**settings.CHAT, "ASSISTANT_DIRS": [*settings.CHAT["ASSISTANT_DIRS"], later]}

    assert get_assistant("guide").name == "Later guide"


def test_an_unknown_key_is_an_error():
    with pytest.raises(AssistantError, match="no assistant called 'nobody'"):
        get_assistant("nobody")


def test_a_file_that_would_be_overlooked_is_an_error(write: WriteFile):
    write("guide.yml", PERSONA)

    with pytest.raises(AssistantError, match=r"guide\.yml: the name must end in \.yaml"):
        load_assistants()


@pytest.mark.parametrize("stem", ["city guide", "안내", ".guide", "g" * 65])
def test_a_key_that_fits_no_column_and_no_address_is_an_error(write: WriteFile, stem: str):
    path = write(f"{stem}.yaml", PERSONA)

    with pytest.raises(AssistantError, match="the name must be of at most 64 letters"):
        load_file(path)


def test_the_version_names_the_file_and_changes_with_its_content(write: WriteFile):
    first = load_file(write("guide.yaml", PERSONA)).version
    same = load_file(write("guide.yaml", PERSONA)).version
    other = load_file(write("guide.yaml", PERSONA + "# a comment\n")).version

    assert first.startswith("guide.yaml@")
    assert first == same
    assert first != other


def test_the_version_changes_with_the_questions(write: WriteFile):
    write("questions/list.yaml", QUESTIONS)
    first = load_file(write("examiner.yaml", WITH_QUESTIONS)).version

    write("questions/list.yaml", QUESTIONS.replace("Explain", "Draw"))

    assert load_file(write("examiner.yaml", WITH_QUESTIONS)).version != first


@pytest.mark.parametrize("extra", [0, 1])
def test_a_file_has_a_size_that_it_may_not_pass(write: WriteFile, extra: int):
    path = write("guide.yaml", PERSONA + "#" * (MOST_BYTES - len(PERSONA) + extra))

    if extra:
        with pytest.raises(AssistantError, match=rf"guide\.yaml: is larger than {MOST_BYTES} bytes"):
            load_file(path)
    else:
        assert load_file(path).name == "Guide"


def test_questions_have_a_size_that_they_may_not_pass(write: WriteFile):
    write("questions/list.yaml", QUESTIONS + "#" * MOST_BYTES)

    with pytest.raises(AssistantError, match=r"questions/list\.yaml: is larger"):
        load_file(write("examiner.yaml", WITH_QUESTIONS))


@pytest.mark.parametrize(
    "name", ["../secret.yaml", "../../secret.yaml", "/secret.yaml", ".", "..", '"a\\0b"']
)
def test_questions_cannot_be_read_from_outside_their_folder(write: WriteFile, folder: Path, name: str):
    for place in (folder, folder.parent):
        (place / "secret.yaml").write_text(QUESTIONS)
    chosen = f"{folder}{name}" if name.startswith("/") else name
    path = write("examiner.yaml", WITH_QUESTIONS.replace("list.yaml", chosen))

    with pytest.raises(AssistantError, match=r"examiner\.yaml: questions must be|character that cannot"):
        load_file(path)


def test_a_link_out_of_the_questions_folder_is_not_followed(write: WriteFile, folder: Path):
    outside = folder.parent / "secret.yaml"
    outside.write_text(QUESTIONS)
    (folder / "questions/list.yaml").symlink_to(outside)

    with pytest.raises(AssistantError, match="must be a file in the folder questions"):
        load_file(write("examiner.yaml", WITH_QUESTIONS))


def test_questions_that_do_not_exist_are_an_error(write: WriteFile):
    with pytest.raises(AssistantError, match=r"questions/list\.yaml: cannot be read \(No such file"):
        load_file(write("examiner.yaml", WITH_QUESTIONS))


def test_files_are_read_once(write: WriteFile):
    path = write("guide.yaml", PERSONA)
    assert get_assistant("guide").name == "Guide"

    path.unlink()

    assert get_assistant("guide").name == "Guide"


def test_the_shipped_files_are_part_of_the_package():
    assert {path.stem for path in SHIPPED.glob("*.yaml")} == {"general", "interviewer", "writer"}

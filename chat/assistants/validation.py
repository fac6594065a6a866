"""Reads a persona's YAML strictly: what is not understood is an error that names file, line and key."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from chat.assistants.persona import VARIABLE, VARIABLES, Question, Translatable
from chat.exceptions import AssistantError

if TYPE_CHECKING:
    import yaml

# What a model may be given: the type, the least, the most.
PARAMETERS: Mapping[str, tuple[type, float, float]] = {
    "temperature": (float, 0, 2),
    "top_p": (float, 0, 1),
    "frequency_penalty": (float, -2, 2),
    "presence_penalty": (float, -2, 2),
    "seed": (int, 0, 2**31 - 1),
    "max_output_tokens": (int, 1, 1_000_000),
}
REQUIRED = ("name", "system_prompt")
LONGEST_MODEL_NAME = 128
KNOWN = frozenset({*REQUIRED, "description", "model", "parameters", "starters", "questions"})


class PersonaFields(TypedDict):
    """The checked content of a persona's file."""

    names: Translatable
    descriptions: Translatable
    system_prompt: str
    model: str
    parameters: Mapping[str, float | int]
    starter_questions: list[Translatable]
    questions: list[Question]


def read_persona(file: str, content: bytes, read_questions: Callable[[str], bytes]) -> PersonaFields:
    """Return the fields of a persona; ``read_questions`` gives the content of the file they name.

    Raises AssistantError.
    """
    given = _load(file, content)
    if not isinstance(given, dict):
        raise AssistantError(f"{file}: must be a mapping with {', '.join(REQUIRED)}")
    for key in REQUIRED:
        if key not in given:
            raise AssistantError(f"{file}: {key} is missing")
    unknown = sorted(str(key) for key in given if key not in KNOWN)
    if unknown:
        raise AssistantError(f"{file}: unknown key {unknown[0]}; known are {', '.join(sorted(KNOWN))}")
    questions: list[Question] = []
    if "questions" in given:
        name = _text(file, "questions", given["questions"])
        listed = f"questions/{name}"
        questions = _questions(listed, _load(listed, read_questions(name)))
    return PersonaFields(
        names=_translatable(file, "name", given["name"]),
        descriptions=_translatable(file, "description", given.get("description", given["name"])),
        system_prompt=_system_prompt(file, given["system_prompt"], has_questions=bool(questions)),
        model=_model(file, given["model"]) if "model" in given else "",
        parameters=_parameters(file, given.get("parameters", {})),
        starter_questions=[
            _translatable(file, "starters", starter)
            for starter in _list(file, "starters", given.get("starters", []))
        ],
        questions=questions,
    )


def _load(file: str, content: bytes) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise AssistantError(f"{file}: PyYAML is needed; install the extra [prompts]") from error

    class StrictLoader(yaml.SafeLoader):
        """Refuses a key that stands twice, which plain YAML lets the last one win."""

        def construct_mapping(self, node: "yaml.MappingNode", deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
            seen = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if key in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"{key} stands twice", problem_mark=key_node.start_mark
                    )
                seen.add(key)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(content, Loader=StrictLoader)  # noqa: S506 - a SafeLoader
    # PyYAML lets through what it stumbles over: 2024-13-45, !!bool x, !!timestamp x, "\UFFFFFFFF".
    except Exception as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "no readable YAML"
        raise AssistantError(f"{file}: {place}: {getattr(error, 'problem', None) or error}") from error


def _text(file: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise AssistantError(f"{file}: {key} must be a text that is not empty")
    # YAML can write both as escapes; no provider and no database takes them.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise AssistantError(f"{file}: {key} has a character that cannot be stored")
    return value.strip()


def _model(file: str, value: Any) -> str:
    model = _text(file, "model", value)
    if len(model) > LONGEST_MODEL_NAME:
        raise AssistantError(f"{file}: model must have at most {LONGEST_MODEL_NAME} characters")
    return model


def _list(file: str, key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise AssistantError(f"{file}: {key} must be a list")
    return value


def _translatable(file: str, key: str, value: Any) -> Translatable:
    if isinstance(value, dict) and value:
        return {
            # Django writes languages in lower case: pt-br.
            _text(file, f"{key}'s language", language).lower(): _text(file, f"{key} in {language}", text)
            for language, text in value.items()
        }
    return _text(file, key, value)


def _system_prompt(file: str, value: Any, *, has_questions: bool) -> str:
    prompt = _text(file, "system_prompt", value)
    known = VARIABLES if has_questions else VARIABLES - {"questions"}
    for variable in VARIABLE.findall(prompt):
        if variable not in known:
            expected = ", ".join(sorted(known))
            raise AssistantError(f"{file}: system_prompt has no variable {variable!r}; there is {expected}")
    if "{{" in VARIABLE.sub("", prompt):
        raise AssistantError(f"{file}: system_prompt has a {{{{ that begins no variable")
    if has_questions and "questions" not in VARIABLE.findall(prompt):
        raise AssistantError(f"{file}: system_prompt must use {{{{ questions }}}}, as there are questions")
    return prompt


def _parameters(file: str, value: Any) -> Mapping[str, float | int]:
    if not isinstance(value, dict):
        raise AssistantError(f"{file}: parameters must be a mapping")
    for name, number in value.items():
        if name not in PARAMETERS:
            expected = ", ".join(PARAMETERS)
            raise AssistantError(f"{file}: there is no parameter {name}; known are {expected}")
        kind, least, most = PARAMETERS[name]
        is_number = isinstance(number, int) or (kind is float and isinstance(number, float))
        if isinstance(number, bool) or not is_number or not least <= number <= most:
            raise AssistantError(f"{file}: {name} must be a {kind.__name__} from {least:g} to {most:g}")
    return dict(value)


def _questions(file: str, value: Any) -> list[Question]:
    entries = _list(file, "the file", value)
    questions = [
        _question(file, f"question {number}", entry) for number, entry in enumerate(entries, start=1)
    ]
    if not questions:
        raise AssistantError(f"{file}: has no question")
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise AssistantError(f"{file}: the id {question.id} stands twice")
        seen.add(question.id)
    return questions


def _question(file: str, where: str, entry: Any) -> Question:
    if not isinstance(entry, dict) or set(entry) - {"id", "question", "points", "follow_up"}:
        raise AssistantError(f"{file}: {where} must have id, question, points and perhaps follow_up")
    points = [
        _text(file, f"a point of {where}", point)
        for point in _list(file, f"points of {where}", entry.get("points"))
    ]
    if not points:
        raise AssistantError(f"{file}: points of {where} must not be empty")
    return Question(
        id=_text(file, f"id of {where}", entry.get("id")),
        question=_text(file, where, entry.get("question")),
        points=points,
        follow_up=_text(file, f"follow_up of {where}", entry["follow_up"]) if "follow_up" in entry else "",
    )

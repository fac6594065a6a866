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
        questions = _questions(name, _load(name, read_questions(name)))
    return PersonaFields(
        names=_translatable(file, "name", given["name"]),
        descriptions=_translatable(file, "description", given.get("description", given["name"])),
        system_prompt=_system_prompt(file, given["system_prompt"], has_questions=bool(questions)),
        model=_text(file, "model", given["model"]) if given.get("model") else "",
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
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "no readable YAML"
        raise AssistantError(f"{file}: {place}: {getattr(error, 'problem', None) or error}") from error


def _text(file: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise AssistantError(f"{file}: {key} must be a text that is not empty")
    return value.strip()


def _list(file: str, key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise AssistantError(f"{file}: {key} must be a list")
    return value


def _translatable(file: str, key: str, value: Any) -> Translatable:
    if isinstance(value, dict) and value:
        return {
            _text(file, f"{key}'s language", language): _text(file, f"{key} in {language}", text)
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
    questions = []
    for number, entry in enumerate(_list(file, "the file", value), start=1):
        where = f"question {number}"
        if not isinstance(entry, dict) or set(entry) - {"id", "question", "points", "follow_up"}:
            raise AssistantError(f"{file}: {where} must have id, question, points and perhaps follow_up")
        points = [
            _text(file, f"a point of {where}", point) for point in _list(file, where, entry.get("points"))
        ]
        questions.append(
            Question(
                id=_text(file, f"the id of {where}", entry.get("id")),
                question=_text(file, where, entry.get("question")),
                points=points,
                follow_up=_text(file, f"the follow-up of {where}", entry["follow_up"])
                if "follow_up" in entry
                else "",
            )
        )
    if not questions:
        raise AssistantError(f"{file}: has no question")
    return questions

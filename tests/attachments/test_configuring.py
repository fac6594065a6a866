"""What a site may say of models and files, and what is an error."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from chat.conf import WrongSettings, read_settings
from chat.model_choice import ModelChoice


def test_models_are_read_with_their_defaults() -> None:
    given = [{"name": "small"}, {"name": "large", "label": "Large", "vision": True, "prompt_token_budget": 9}]

    small, large = read_settings({"MODELS": given}).MODELS

    assert small == ModelChoice(name="small")
    assert (small.shown, large.shown, large.vision) == ("small", "Large", True)


@pytest.mark.parametrize(
    "models",
    [
        "small",
        {"name": "small"},
        ["small"],
        [{}],
        [{"name": " "}],
        [{"name": "x" * 129}],
        [{"name": 5}],
        [{"name": "a", "vision": "yes"}],
        [{"name": "a", "size": 5}],
        [{"name": "a", "prompt_token_budget": -1}],
        [{"name": "a"}, {"name": "a"}],
    ],
)
def test_what_is_no_list_of_models_is_an_error(models: Any) -> None:
    with pytest.raises(WrongSettings, match="MODELS"):
        read_settings({"MODELS": models})


def test_a_storage_that_does_not_exist_is_an_error(settings: Settings) -> None:
    settings.CHAT = {"ATTACHMENT_STORAGE": "nowhere"}

    assert "chat.E005" in [message.id for message in run_checks()]

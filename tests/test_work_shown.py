"""What led to an answer as it is shown: escaped, with links that lead only to the web."""

import re

import pytest
from django.template import Context, Template

from chat.protocol.events import Source, Step
from chat.protocol.work import Work, encode_work
from tests.test_markdown import ATTACKS

SHOWN = Template("{% load chat_work %}{% chat_steps work %}{% chat_sources work %}")
ELEMENTS = {"link", "details", "summary", "ol", "li", "span", "div", "section", "button", "a", "p"}


def shown(work: Work) -> str:
    return SHOWN.render(Context({"work": encode_work(work)}))


def test_an_answer_without_work_shows_nothing() -> None:
    assert shown(Work()).strip() == ""
    assert SHOWN.render(Context({"work": None})).strip() == ""


def test_steps_say_how_long_they_took() -> None:
    steps = [
        Step(id="1", kind="reasoning", name="", status="done", detail="Let me see", duration_ms=2_400),
        Step(id="2", kind="tool", name="Search", status="failed", duration_ms=600),
    ]

    html = shown(Work(steps=steps))

    assert "Thought for 3 s" in html
    assert "Let me see" in html
    assert 'data-status="failed"' in html
    assert "0.6 s" in html


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_steps_and_sources_stays_text(attack: str) -> None:
    step = Step(id=attack, kind="tool", name=attack, status="done", detail=attack)
    source = Source(id=attack, title=attack, url=attack, content=attack, score=1.0)

    html = shown(Work(steps=[step], sources=[source]))

    assert set(re.findall(r"<([a-z]+)", html)) <= ELEMENTS
    assert not re.search(r"<[^>]+\son\w+=", re.sub(r'="[^"]*"', "", html))
    for address in re.findall(r'<a [^>]*href="([^"]*)"', html):
        assert re.match("(?i)(https?://|mailto:)", address)

"""What the doctor finds: one claim for each thing that was looked at, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``check`` is a stable name for programs; ``says`` and ``advice`` are sentences for people."""

    check: str
    level: Level
    says: str
    advice: str = ""


def ok(check: str, says: str) -> Finding:
    """It is as it should be."""
    return Finding(check=check, level=Level.OK, says=says)


def warning(check: str, says: str, advice: str) -> Finding:
    """It works, and could be better."""
    return Finding(check=check, level=Level.WARNING, says=says, advice=advice)


def problem(check: str, says: str, advice: str) -> Finding:
    """Members suffer from it."""
    return Finding(check=check, level=Level.PROBLEM, says=says, advice=advice)


def skipped(check: str, why: str) -> Finding:
    """It was not looked at."""
    return Finding(check=check, level=Level.SKIPPED, says=why)

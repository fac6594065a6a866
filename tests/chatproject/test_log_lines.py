"""A production log line is one JSON object that a machine can read."""

import json
import logging
import sys

from chatproject.log_lines import JsonFormatter


def written(record):
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return json.loads(line)


def test_a_line_carries_the_message_and_the_extra_fields():
    record = logging.makeLogRecord(
        {"name": "chat.runs", "levelname": "INFO", "msg": "run %s ended", "args": ("r1",), "trace_id": "t1"}
    )

    line = written(record)

    assert line["message"] == "run r1 ended"
    assert line["level"] == "INFO"
    assert line["logger"] == "chat.runs"
    assert line["trace_id"] == "t1"
    assert line["time"].endswith("+00:00")


def test_an_exception_stays_on_its_line():
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})

    assert "ValueError: broken\nin two" in written(record)["exception"]

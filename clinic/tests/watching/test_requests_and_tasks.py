"""One number for a request and what it asks of the worker, in logs that programs read."""

import http.client
import json
import logging
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from clinic.logs import HideVisitLinks, JsonFormatter
from clinic.watching.following import HEADER, request_id
from faults.scene import Scene


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the console of production would show."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(HideVisitLinks())
    root, requests = logging.getLogger(), logging.getLogger("clinic.requests")
    before = requests.level
    requests.setLevel(logging.INFO)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    requests.setLevel(before)


def read_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_answer_has_a_number_of_its_own_and_a_line_without_its_address(
    client: Client, log: StringIO, db: None
) -> None:
    token = "A" * 43

    first = client.get(f"/visits/{token}/", headers={HEADER: "Quetzal"})
    second = client.post("/book/nowhere/hold/?name=Quetzal")

    lines = read_lines(log.getvalue())
    numbers = [line["request_id"] for line in lines if line["logger"] == "clinic.requests"]
    assert numbers == [first[HEADER], second[HEADER]]
    assert len(set(numbers)) == 2
    line = next(line for line in lines if line["logger"] == "clinic.requests")
    assert (line["method"], line["view"], line["status"]) == ("GET", "visits:visit", 404)
    assert line["ms"] > 0
    assert token not in log.getvalue()
    assert "Quetzal feather" not in log.getvalue()


def test_made_up_methods_are_one(client: Client, log: StringIO) -> None:
    client.generic("QUETZAL", "/health/openapi")
    client.generic("BREW", "/health/openapi")

    assert [line["method"] for line in read_lines(log.getvalue()) if "method" in line] == ["other", "other"]


def test_nothing_but_our_own_names_is_written(log: StringIO) -> None:
    """Django hands the request along with what it logs; json would write its address."""
    secret = object()

    logging.getLogger("django.request").error("Broken", extra={"request": secret, "status_code": 500})

    [line] = read_lines(log.getvalue())
    assert set(line) == {"time", "level", "logger", "message", "request_id"}


def test_error_has_its_place_and_kind_and_no_words(log: StringIO) -> None:
    try:
        int(" ".join(["Quetzal", "feather"]))
    except ValueError:
        logging.getLogger("somewhere").exception("It went wrong")

    [line] = read_lines(log.getvalue())
    assert line["error"].endswith("ValueError")
    assert "test_error_has_its_place" in line["error"]
    assert "Quetzal feather" not in log.getvalue()


def test_number_is_gone_after_the_answer(client: Client) -> None:
    client.get("/health/live")

    assert request_id.get() == ""


def test_mail_task_carries_the_number_of_the_booking(scene: Scene) -> None:
    """The real gunicorn, broker, worker and beat, as production writes its logs."""
    scene.clinic.environment |= {"LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
    scene.clinic.start_broker()
    scene.clinic.start_web()
    scene.clinic.start_worker()
    scene.clinic.start_beat()

    scene.book(1)
    scene.wait_until_settled()
    # Beat may take longer to start than the mail to leave.
    scene.wait_until(lambda: sees_all(scene), what="beat and worker are seen")

    lines = [
        line
        for file in scene.clinic.folder.glob("*.log")
        for line in read_objects(file.read_text(errors="replace"))
    ]
    confirmed = {
        line["request_id"]
        for line in lines
        if line.get("view") == "booking:check" and line.get("method") == "POST"
    }
    in_tasks = {
        line["request_id"] for line in lines if line.get("task") == "outbox.tasks.deliver_message_task"
    }
    assert len(confirmed) == 1
    assert confirmed <= in_tasks


def sees_all(scene: Scene) -> bool:
    site = http.client.HTTPConnection(scene.clinic.site.removeprefix("http://"), timeout=10)
    site.request("GET", "/health/ready")
    ready = json.loads(site.getresponse().read())
    return (ready["worker"], ready["beat"]) == ("ok", "ok")


def read_objects(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if re.match(r"\{.*\}$", line):
            yield json.loads(line)

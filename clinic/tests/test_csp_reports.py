"""What browsers report of broken rules: told in our own words, and not for ever."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from clinic import csp_reports

SECRET = "a-token-that-opens-a-visit"
# As Firefox and Safari send it, and as Chromium does.
OLD = {
    "csp-report": {
        "document-uri": f"https://clinic.example.org/visits/{SECRET}/?{SECRET}",
        "referrer": SECRET,
        "violated-directive": "script-src-elem",
        "effective-directive": "script-src-elem",
        "blocked-uri": f"https://{SECRET}.example/{SECRET}.js",
        "script-sample": SECRET,
    }
}
NEW = [
    {
        "type": "csp-violation",
        "user_agent": SECRET,
        "body": {
            "documentURL": f"https://clinic.example.org/visits/{SECRET}/",
            "effectiveDirective": "img-src",
            "blockedURL": "inline",
            "sample": SECRET,
        },
    }
]


@pytest.fixture(autouse=True)
def quiet_minute() -> None:
    csp_reports._written.clear()


def send(client: Client, report: Any) -> int:
    body = report if isinstance(report, str | bytes) else json.dumps(report)
    return client.post("/reports/csp/", body, content_type="application/csp-report").status_code


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (OLD, "script-src-elem on visits:visit, from another place by https"),
        (NEW, "img-src on visits:visit, from inline"),
        ([{"body": {}}], "unknown on an unknown page, from somewhere"),
        (
            {"csp-report": {"document-uri": "http://[", "blocked-uri": "http://["}},
            "unknown on an unknown page",
        ),
    ],
)
def test_log_names_page_and_rule_and_nothing_that_somebody_sent(
    caplog: pytest.LogCaptureFixture, report: Any, line: str
) -> None:
    caplog.set_level(logging.WARNING, logger="clinic.csp_reports")

    status = send(Client(enforce_csrf_checks=True), report)

    assert status == 204
    assert line in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "garbage",
    ["", "no JSON", "[" * 10000, "3", '{"csp-report": 3}', '[[], {"body": []}]', b"\xff\xfe", "x" * 70000],
)
def test_garbage_is_taken_without_a_word(caplog: pytest.LogCaptureFixture, garbage: str | bytes) -> None:
    assert send(Client(), garbage) == 204
    assert "Content-Security-Policy" not in caplog.text


def test_a_flood_writes_no_more_than_its_share(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(csp_reports.LINES_A_MINUTE):
        send(Client(), NEW * 10)

    assert caplog.text.count("img-src") == csp_reports.LINES_A_MINUTE


def test_reports_cost_the_database_nothing(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        send(client, OLD)


def test_pages_say_where_to_report(client: Client, db: None) -> None:
    response = client.get("/privacy/")

    assert response["Reporting-Endpoints"] == 'csp="/reports/csp/"'
    assert "report-to csp" in response["Content-Security-Policy"]
    assert "report-uri /reports/csp/" in response["Content-Security-Policy"]

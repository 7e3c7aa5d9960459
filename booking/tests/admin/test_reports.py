"""/admin/reports/: the list, each report, its chart and its file."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from booking.models import Appointment, VisitType
from booking.reports import REPORTS
from booking.reports.charts import draw_columns
from booking.reports.table import Table

pytestmark = pytest.mark.django_db


def get(desk: Client, name: str, page: str = "", **asked: str) -> Any:
    return desk.get(reverse(f"reports:{name}{page}"), asked)


@pytest.fixture
def past(visit: Appointment, clock: Any) -> Appointment:
    """Tuesday's visit took place, and now it is Thursday."""
    Appointment.objects.update(status="fulfilled")
    clock.shift(timedelta(days=3))
    return visit


def test_index_lists_every_report(desk: Client):
    page = desk.get(reverse("reports:index")).content.decode()

    assert all(reverse(f"reports:{name}") in page for name in REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_report_says_how_it_is_counted_and_names_nobody(desk: Client, past: Appointment, name: str):
    response = get(desk, name)

    page = response.content.decode()
    assert response.status_code == 200
    assert "How it is counted" in page
    assert "Ellis" not in page


def test_chart_needs_no_exception_of_the_policy(desk: Client, past: Appointment):
    page = get(desk, "sources").content.decode()

    [chart] = re.findall(r"<svg viewBox.*?</svg>", page, flags=re.DOTALL)
    assert 'role="img" aria-label="Where bookings come from: Visits booked"' in chart
    assert re.findall(r"<style|<script|\sstyle=|\son\w+=", chart) == []


def test_nothing_to_count_is_said(desk: Client):
    page = get(desk, "sources").content.decode()

    assert "There is nothing to count in these days." in page
    assert "<svg viewBox" not in page


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"first": "2026-11-02", "last": "2026-11-01"}, "The last day must not come before the first day."),
        ({"first": "2020-01-01", "last": "2026-11-01"}, "Choose at most three years."),
        ({"first": "0001-01-01", "last": "0001-01-02"}, "Choose days of this century."),
        ({"last": "0001-01-01"}, "Choose days of this century."),
        ({"first": "soon"}, "From: Enter a valid date."),
        ({"location": "99999999999999999999"}, "Location: Select a valid choice."),
    ],
)
@pytest.mark.parametrize("page", ["", "-csv"])
def test_what_cannot_be_asked_is_said(desk: Client, asked: dict[str, str], words: str, page: str):
    response = get(desk, "missed", page, **asked)

    assert response.status_code == 422
    assert words in response.content.decode()


def test_file_has_what_the_page_has(desk: Client, past: Appointment):
    VisitType.objects.update(name="=1+1")

    response = get(desk, "missed", "-csv")

    lines = b"".join(response).decode().splitlines()
    assert response["Content-Disposition"] == 'attachment; filename="missed-2026-11-26.csv"'
    assert lines[0].startswith("\ufeff")
    assert "Nov 2026,'=1+1,1,0,0.0,0,0.0" in lines


def test_unknown_report_is_not_found(desk: Client):
    assert desk.get("/admin/reports/ranking/").status_code == 404


def test_only_who_may_sees_them(client: Client, django_user_model: Any):
    user = django_user_model.objects.create_user("front", is_staff=True)
    client.force_login(user)
    refused = get(client, "missed").status_code
    user.user_permissions.add(Permission.objects.get(codename="view_reports"))

    assert (refused, get(client, "missed").status_code) == (403, 200)


@pytest.mark.parametrize("count", [1, 12, 13, 157])
def test_chart_has_a_column_for_each_number_and_few_labels(count: int):
    points = [(f"Week {number}", float(number)) for number in range(1, count + 1)]

    chart = draw_columns(points, title="Weeks")

    assert chart.count('class="series columns"') == 1
    assert chart.count("<rect") - 1 == count
    assert chart.count(">Week ") <= 7


def test_label_that_looks_like_markup_stays_text():
    assert "<b>" not in draw_columns([("<b>x</b>", 1.0)], title='"><script>')


def test_cells_of_a_file_are_quoted():
    lines = list(Table(columns=["a,b", '"'], rows=[["@x", None]]).write_csv())

    assert lines == ["\ufeff", '"a,b",""""\r\n', "'@x,\r\n"]

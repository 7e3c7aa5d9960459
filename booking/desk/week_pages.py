"""The page of the desk's week."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from booking.desk.access import show
from booking.desk.week import Cell, WeekChoice, read_week, read_week_choice


@require_GET
def show_week(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    choice = read_week_choice(request.GET, now=now)
    week = read_week(choice, now=now, user=request.user)
    return show(
        request,
        "week.html",
        title=_("Week"),
        choice=choice,
        days=[(day, choice.day.on(day), day == choice.day.today) for day in week.days],
        clinicians=[(row.clinician, _link(row.cells, choice)) for row in week.clinicians],
        types=[(row, _link(row.cells, choice)) for row in week.types],
    )


def _link(cells: Iterable[Cell], choice: WeekChoice) -> list[tuple[Cell, str]]:
    """Return each cell with the address of its day."""
    return [(cell, choice.day.on(cell.day)) for cell in cells]

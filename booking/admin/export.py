"""Visits as a file for a spreadsheet: in words, in scope, and harmless to the program that opens it."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Entry
from audit.reads import record_shown
from booking import scope
from booking.admin.wishes import name_contact, read_phone, spell_needs
from booking.models import Appointment
from booking.spreadsheets import neutralize
from staff.fresh import require_fresh_sign_in

AT_ONCE = 500


class ExportsVisits(admin.ModelAdmin):
    """Mixed into the admin of appointments. A POST, so that no address makes a file."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(scope.EXPORT)

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    @method_decorator(require_fresh_sign_in)
    def export(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> HttpResponseBase:
        """Send the chosen visits: the only place where many of them leave the practice at once.

        Asked again who is there, and recorded before the first line leaves.
        """
        with_answers = scope.may_read_answers(request.user)
        # A hold is no visit yet, and has no patient.
        visits = queryset.filter(patient__isnull=False)
        record_shown(request, visits.values_list("patient", flat=True), kind=Entry.Kind.EXPORTED)
        response = StreamingHttpResponse(
            write_lines(visits, with_answers=with_answers), content_type="text/csv; charset=utf-8"
        )
        name = f"visits-{timezone.localdate().isoformat()}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class _Line:
    """What the csv module writes to: a line comes back as it was written."""

    def write(self, line: str) -> str:
        return line


def write_lines(visits: "QuerySet[Appointment]", *, with_answers: bool) -> Iterator[str]:
    """Yield the file line by line, never more than AT_ONCE visits in memory."""
    writer = csv.writer(_Line())
    # Without the mark, Excel reads "ñ" as two signs.
    yield "\ufeff" + writer.writerow(_name_columns(with_answers=with_answers))
    if with_answers:
        visits = visits.prefetch_related("intake_answers")
    for visit in visits.iterator(chunk_size=AT_ONCE):
        yield writer.writerow(map(neutralize, _list_cells(visit, with_answers=with_answers)))


def _name_columns(*, with_answers: bool) -> list[str]:
    columns = [
        _("Reference"),
        _("Status"),
        _("Day"),
        _("Starts"),
        _("Ends"),
        _("Visit type"),
        _("Clinician"),
        _("Location"),
        _("Room"),
        _("Last name"),
        _("First name"),
        _("Date of birth"),
        _("Whom to call"),
        _("Phone"),
        _("Email"),
        _("Needs"),
        _("Request from a doctor"),
        _("Payment"),
        _("Booked by way of"),
        _("Booked on"),
    ]
    return [*columns, _("Reason"), _("Answers"), _("Came from")] if with_answers else columns


def _list_cells(visit: Appointment, *, with_answers: bool) -> list[Any]:
    assert visit.patient is not None
    cells = [
        visit.display_reference,
        visit.get_status_display(),
        visit.local_start.date().isoformat(),
        f"{visit.local_start:%H:%M}",
        f"{visit.local_end:%H:%M}",
        visit.visit_type,
        visit.practitioner.display_name,
        visit.location,
        visit.room.name if visit.room else "",
        visit.patient.family_name,
        visit.patient.given_name,
        visit.patient.birth_date.isoformat(),
        name_contact(visit.related_person),
        read_phone(visit.contact),
        visit.contact.email if visit.contact else "",
        "; ".join(spell_needs(visit)),
        ": ".join(filter(None, (visit.get_referral_display(), visit.referral_from))),
        visit.get_coverage_display(),
        visit.get_source_display(),
        timezone.localtime(visit.booked_at).date().isoformat() if visit.booked_at else "",
    ]
    return [*cells, *_list_said(visit)] if with_answers else cells


def _list_said(visit: Appointment) -> Iterable[str]:
    answers = "; ".join(f"{answer.wording} {answer.answer}" for answer in visit.intake_answers.all())
    return visit.reason, answers, visit.article

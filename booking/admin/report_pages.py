"""/admin/reports/: what the practice's numbers say, each as a table with its chart and as a file."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from booking import scope
from booking.models import Location, VisitType
from booking.reports import REPORTS, Report
from booking.reports.charts import draw_columns
from booking.reports.span import Span

USUAL = timedelta(weeks=26)
LONGEST = timedelta(days=3 * 366)
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


class SpanForm(forms.Form):
    """Which days, place and type of visit. Every field may be left out."""

    first = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("Through"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    location = forms.ModelChoiceField(
        Location.objects.all(),
        label=gettext_lazy("Location"),
        required=False,
        empty_label=gettext_lazy("All locations"),
    )
    visit_type = forms.ModelChoiceField(
        VisitType.objects.all(),
        label=gettext_lazy("Visit type"),
        required=False,
        empty_label=gettext_lazy("All visit types"),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        last = said.get("last") or timezone.localdate()
        century = forms.ValidationError(_("Choose days of this century."))
        # Before anything is subtracted: there is no day before the first of all.
        if not EARLIEST <= last <= LATEST:
            raise century
        first = said.get("first") or last - USUAL
        if first > last:
            raise forms.ValidationError(_("The last day must not come before the first day."))
        if last - first > LONGEST:
            raise forms.ValidationError(_("Choose at most three years."))
        if first < EARLIEST:
            raise century
        return {**said, "first": first, "last": last}

    @property
    def span(self) -> Span:
        """The form must be valid."""
        return Span(**{name: self.cleaned_data[name] for name in ("first", "last", "location", "visit_type")})


@require_GET
def list_reports(request: HttpRequest) -> HttpResponse:
    _refuse(request)
    return _show(request, "index.html", title=_("Reports"), reports=REPORTS.values())


@require_GET
def show_report(request: HttpRequest, name: str) -> HttpResponse:
    report = _find(request, name)
    form = SpanForm(request.GET, label_suffix="")
    context: dict[str, Any] = {"report": report, "form": form, "reports": REPORTS.values()}
    if form.is_valid():
        span = form.span
        table = report.read(span)
        title = f"{report.title}: {table.unit}"
        chart = draw_columns(table.points, title=title)
        context |= {"span": span, "table": table, "chart": chart, "query": request.GET.urlencode()}
        context["shown"] = SpanForm(initial=vars(span), label_suffix="")
    return _show(request, "report.html", title=report.title, status=422 if form.errors else 200, **context)


@require_GET
def export_report(request: HttpRequest, name: str) -> HttpResponseBase:
    """The table as a file. It has counts only: no more than the page shows, and nobody by name."""
    report = _find(request, name)
    form = SpanForm(request.GET)
    if not form.is_valid():
        return show_report(request, name)
    table = report.read(form.span)
    response = StreamingHttpResponse(table.write_csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{report.name}-{form.span.last}.csv"'
    return response


def _refuse(request: HttpRequest) -> None:
    if not request.user.has_perm(scope.REPORTS):
        raise PermissionDenied


def _find(request: HttpRequest, name: str) -> Report:
    _refuse(request)
    return REPORTS[name]


def _show(
    request: HttpRequest, template: str, *, title: object, status: int = 200, **context: Any
) -> TemplateResponse:
    everything = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/reports/{template}", everything, status=status)

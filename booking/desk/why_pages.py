"""The page that says why a day offers no time."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from booking import scope
from booking.desk.access import show
from booking.desk.why import WhyForm, explain


@require_GET
def show_why(request: HttpRequest) -> HttpResponse:
    # Other pages link here with what they know: then nothing is missing yet.
    sent = request.GET if "clinician" in request.GET else None
    form = WhyForm(sent, initial=request.GET.dict(), label_suffix="")
    field = form.fields["clinician"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = scope.visible_practitioners(request.user)
    asked = form.cleaned_data if form.is_valid() else None
    return show(
        request,
        "why.html",
        title=_("Why no time?"),
        form=form,
        asked=asked,
        answer=explain(**asked, now=timezone.now()) if asked else None,
    )

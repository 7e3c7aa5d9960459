"""Between steps 2 and 3: keep a time for this browser while its details are typed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from booking import actions
from booking.availability import SetUp, SlotChoice, is_only_choice, know_set_up, parse_slot_key
from booking.forms.details import DetailsForm
from booking.models import VisitType
from booking.models.appointment import PractitionerChoice
from booking.views.article import read_article, read_via
from booking.views.errors import UNREADABLE_TIME, answer_error, render_answer
from booking.views.journey import Journey
from booking.views.openings import Chooser
from booking.views.personal import personal
from clinic.client import client_key

WANTED = {"named": PractitionerChoice.NAMED, "same": PractitionerChoice.SAME}


def explain_choice(
    wanted: str, choice: SlotChoice, *, visit_type: VisitType, holder: str, set_up: SetUp
) -> PractitionerChoice:
    """Return why it is this clinician. Nobody is taken at their word that somebody else was free."""
    if wanted in WANTED:
        return WANTED[wanted]
    is_only = is_only_choice(choice, visit_type=visit_type, holder=holder, set_up=set_up)
    return PractitionerChoice.ONLY if is_only else PractitionerChoice.FAIR


def hold(request: HttpRequest, slug: str) -> HttpResponse:
    """Hold the posted slot, then ask for the details, or for the confirmation where those are known."""
    # Not recalled: whoever judges goes by the visit type from here.
    set_up = know_set_up(first_day=timezone.localdate())
    visit_type = set_up.find_type(slug)
    if visit_type is None:
        raise Http404
    if request.method != "POST":
        # A page that refused a time was loaded again by its address.
        return redirect("booking:time", slug)
    journey = Journey(request)
    chooser = Chooser.to_book(visit_type, holder=journey.claim_holder())
    try:
        choice = parse_slot_key(request.POST.get("slot", ""), set_up=set_up)
    except ValueError:
        return render_answer(request, UNREADABLE_TIME, chooser=chooser)
    try:
        held = actions.hold(
            visit_type=visit_type,
            practitioner=choice.practitioner,
            location=choice.location,
            start=choice.start,
            holder=journey.holder,
            holder_address=client_key(request),
            practitioner_choice=explain_choice(
                request.POST.get("wanted", ""),
                choice,
                visit_type=visit_type,
                holder=journey.holder,
                set_up=set_up,
            ),
            by=actions.Actor.patient(),
        )
    except actions.BookingError as error:
        return answer_error(request, error, chooser=chooser, wanted=choice.start)
    journey.keep_hold(
        held,
        time_zone=request.POST.get("patient_time_zone", ""),
        article=read_article(request.POST),
        via=read_via(request.POST),
    )
    return redirect("booking:check" if journey.answers else "booking:details")


@personal
def renew(request: HttpRequest) -> HttpResponse:
    """Start the hold's minutes anew and go back. What was typed so far comes along and is kept."""
    journey = Journey(request)
    held = journey.find_hold()
    if request.method == "POST":
        if "given_name" in request.POST:
            visit_type = held.visit_type if held is not None else None
            journey.keep_answers(DetailsForm(request.POST, visit_type=visit_type))
        if held is not None and held.is_hold:
            try:
                actions.renew_hold(appointment=held, by=actions.Actor.patient())
            except actions.BookingError as error:
                chooser = Chooser.to_book(held.visit_type, holder=journey.holder)
                return answer_error(request, error, chooser=chooser, wanted=held.start)
            if request.POST.get("hold", str(held.uid)) != str(held.uid):
                return redirect(f"{reverse('booking:details')}?other-time")
    return redirect("booking:check" if request.POST.get("next") == "check" else "booking:details")

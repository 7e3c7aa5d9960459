"""The waitlist in the admin: who waits for what, read-only but for taking somebody off."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.reads import record_opened, record_shown
from booking import scope, waiting
from booking.actions import Actor, BookingError
from booking.admin.own_pages import OwnPages
from booking.admin.reading import RecordsReads
from booking.admin.wishes import name_contact, read_phone, spell_wish
from booking.admin.words import explain_error
from booking.models import Practitioner, VisitType, WaitlistEntry
from booking.templatetags.times import short_day

Status = WaitlistEntry.Status


class StatusFilter(admin.SimpleListFilter):
    """By status. Without a choice only those who wait."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        ended = [(value, label) for value, label in Status.choices if value != Status.WAITING]
        return [*ended, ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        waiting_now, *others = super().choices(changelist)
        yield {**waiting_now, "display": Status.WAITING.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
        status = self.value()
        if status == "all":
            return queryset
        return queryset.filter(status=status or Status.WAITING)


class PractitionerFilter(admin.SimpleListFilter):
    """Who would come to this practitioner: those who named them, and those who named nobody."""

    title = gettext_lazy("practitioner")
    parameter_name = "practitioner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = Practitioner.objects.filter(is_active=True)
        return [(person.slug, person.display_name) for person in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
        slug = self.value()
        if not slug:
            return queryset
        offered = VisitType.objects.filter(practitioners__slug=slug)
        anybody = Q(practitioners__isnull=True, visit_type__in=offered)
        return queryset.filter(anybody | Q(practitioners__slug=slug))


@admin.register(WaitlistEntry)
class WaitlistAdmin(RecordsReads, OwnPages):
    list_display = ("since", "patient", "visit_type", "wish", "last_day", "notice", "status")
    list_display_links = ("since",)
    list_filter = (StatusFilter, "visit_type", PractitionerFilter)
    list_per_page = 50
    ordering = ("created_at", "pk")
    # No search_fields: what is typed would stand in the address. The desk finds by POST; docs/adr/0019.
    change_list_template = "admin/booking/found_at_desk.html"
    actions = ("take_off",)
    fieldsets = (
        (None, {"fields": ("status", "since", "visit_type", "wish", "last_day", "notice", "appointment")}),
        (
            gettext_lazy("Patient, and whom to call"),
            {"fields": ("patient", "birth_date", "contact", "phone", "email")},
        ),
        (
            gettext_lazy("Record"),
            {"fields": ("source", "language", "consented_at", "consent_wording", "ended_at")},
        ),
    )
    readonly_fields = ("since", "wish", "last_day", "birth_date", "contact", "phone", "email")

    class Media:
        css = {"all": ("booking/desk.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitlistEntry]:
        entries = scope.visible_wishes(request.user).select_related(
            "patient", "related_person", "visit_type", "appointment__location"
        )
        return entries.prefetch_related("practitioners", "locations").order_by(*self.ordering)

    # --- What may be done ---------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: WaitlistEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: WaitlistEntry | None = None) -> bool:
        return False

    def has_desk_permission(self, request: HttpRequest) -> bool:
        """For taking somebody off; the form itself is read-only for everybody."""
        return request.user.has_perm("booking.change_waitlistentry")

    # --- Columns and fields ---------------------------------------------------------

    @admin.display(description=gettext_lazy("waiting since"), ordering="created_at")
    def since(self, entry: WaitlistEntry) -> str:
        return short_day(timezone.localtime(entry.created_at))

    @admin.display(description=gettext_lazy("wish"))
    def wish(self, entry: WaitlistEntry) -> str:
        return spell_wish(entry)

    @admin.display(description=gettext_lazy("until"), ordering="until")
    def last_day(self, entry: WaitlistEntry) -> str:
        if entry.status == Status.WAITING and entry.until < timezone.localdate():
            return _("%(day)s (has passed)") % {"day": short_day(entry.until)}
        return short_day(entry.until)

    @admin.display(description=gettext_lazy("date of birth"))
    def birth_date(self, entry: WaitlistEntry) -> Any:
        return entry.patient.birth_date

    @admin.display(description=gettext_lazy("whom to call"))
    def contact(self, entry: WaitlistEntry) -> str:
        return name_contact(entry.related_person)

    @admin.display(description=gettext_lazy("phone"))
    def phone(self, entry: WaitlistEntry) -> str:
        return read_phone(entry.contact) or self.get_empty_value_display()

    @admin.display(description=gettext_lazy("email"))
    def email(self, entry: WaitlistEntry) -> str:
        return entry.contact.email or self.get_empty_value_display()

    # --- Taking somebody off ----------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [self.name_page("<int:pk>/off/", self.take_off_view, "off"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        entry = self.get_object(request, object_id)
        is_waiting = entry is not None and entry.status == Status.WAITING
        context = {
            **(extra_context or {}),
            "title": _("Waitlist entry"),
            "can_be_taken_off": is_waiting and self.has_desk_permission(request),
        }
        return super().change_view(request, object_id, form_url, context)

    def take_off_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then take one entry off the list."""
        if not self.has_desk_permission(request):
            raise PermissionDenied
        entry = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method != "POST":
            record_opened(request, entry)
            return self._ask(request, [entry], record=entry)
        self._take_each_off(request, [entry])
        return redirect("admin:booking_waitlistentry_changelist")

    @admin.action(description=gettext_lazy("Take off the list"), permissions=["desk"])
    def take_off(self, request: HttpRequest, queryset: QuerySet[WaitlistEntry]) -> HttpResponse | None:
        entries = list(queryset)
        if "confirmed" not in request.POST:
            record_shown(request, [entry.patient_id for entry in entries])
            return self._ask(request, entries, bulk_action="take_off")
        self._take_each_off(request, entries)
        return None

    def _ask(self, request: HttpRequest, entries: list[WaitlistEntry], **context: Any) -> HttpResponse:
        count = len(entries)
        question = ngettext(
            "Take this wish off the list?", "Take these %(count)d wishes off the list?", count
        )
        return self.render(
            request,
            "confirm.html",
            title=_("Take off the list"),
            entries=entries,
            question=question % {"count": count},
            **context,
        )

    def _take_each_off(self, request: HttpRequest, entries: list[WaitlistEntry]) -> None:
        """Each on its own: one that is refused does not stop the others."""
        done = 0
        for entry in entries:
            try:
                waiting.leave_waitlist(entry=entry, by=Actor.staff(request.user))
                done += 1
            except BookingError as error:
                self.message_user(request, explain_error(error), messages.ERROR)
        if done:
            told = ngettext("%(count)d wish is off the list.", "%(count)d wishes are off the list.", done)
            self.message_user(request, told % {"count": done}, messages.SUCCESS)

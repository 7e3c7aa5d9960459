"""Every page behind the login, and what it takes to see it: the expectations of the crawl.

Permissions are the matrix's. A page that is missing here fails the crawl: say who may see it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from booking.reports import REPORTS

CHANGE_VISIT = "booking.change_appointment"
OK, SHOWN_OR_DONE, POST_ONLY, GET_ONLY = {200}, {200, 302}, {405}, {405}
# Rows that are somebody's own, or not.
WITH_SIDES = {
    "booking.patient",
    "booking.appointment",
    "booking.waitlistentry",
    "booking.waitlistoffer",
    "booking.availabilityexception",
    "outbox.outboxmessage",
}
# What Django's changeform asks of a GET is less than of a POST.
STOCK_VERBS = {"changelist": "view", "add": "add", "change": "view", "history": "view", "delete": "delete"}


@dataclass(frozen=True)
class Page:
    """`needs`: all of them. `of`: the model of the row in the address. `post_needs`: on top, for a POST."""

    needs: tuple[str, ...] = ()
    of: str = ""
    get: frozenset[int] = frozenset(OK)
    post: frozenset[int] = frozenset(SHOWN_OR_DONE)
    post_needs: tuple[str, ...] = ()
    # For whoever is not signed in.
    is_open: bool = False
    # Meant for rows out of one's sight.
    is_for_all_sides: bool = False

    query: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def has_sides(self) -> bool:
        """Whether it is another page for each clinician's patients."""
        return self.of in WITH_SIDES or any(
            "{" in value for value in (*self.query.values(), *self.data.values())
        )


def get_only(*needs: str, **more: Any) -> Page:
    return Page(needs=needs, post=frozenset(GET_ONLY), **more)


def post_only(*needs: str, **more: Any) -> Page:
    return Page(needs=needs, get=frozenset(POST_ONLY), **more)


VISIT, BLOCK, CLOSURE = "booking.appointment", "booking.availabilityexception", "booking.closure"
MAIL, PATIENT, WISH = "outbox.outboxmessage", "booking.patient", "booking.waitlistentry"
OFFER = "booking.waitlistoffer"
BLOCKS = "booking.add_availabilityexception"
ABSENCE, REARRANGEMENT = "booking.absence", "booking.rearrangement"
SEE_WISH, STEER_WISH = "booking.view_waitlistentry", "booking.change_waitlistentry"
# Placeholders in `query` and `data`: {visit}, {patient}, … become the keys of the crawled side.
SEEN = {"version": "0", "from": "booked"}
WISH_SAID = {
    "has_wish": "yes",
    "wish-until": "28",
    "wish-part_of_day": "any",
    "wish-notice": "120",
}

OWN_PAGES = {
    "desk:day": get_only(CHANGE_VISIT, query={"day": "2026-11-24"}),
    "desk:refresh": get_only(CHANGE_VISIT, query={"day": "2026-11-24", "open": "{appointment}"}),
    "desk:find": Page((CHANGE_VISIT, "booking.view_patient"), data={"words": "{part_of_name}"}),
    "desk:book": Page(
        (CHANGE_VISIT, "booking.add_appointment", "booking.view_patient"),
        query={"patient": "{patient}", "slot": "{slot}"},
        data={"patient": "{patient}", "slot": "{slot}", "visit_type": "{visittype}", "book": "yes"},
    ),
    "desk:print": get_only(CHANGE_VISIT, query={"day": "2026-11-24"}),
    "desk:week": get_only(CHANGE_VISIT, query={"week": "2026-11-24"}),
    "desk:why": get_only(
        CHANGE_VISIT,
        query={"clinician": "{practitioner}", "visit_type": "{visittype}", "day": "2026-11-24"},
    ),
    "desk:visit": get_only(CHANGE_VISIT, of=VISIT),
    "desk:step": post_only(CHANGE_VISIT, of=VISIT, data={**SEEN, "step": "arrive"}),
    "desk:move": Page((CHANGE_VISIT,), of=VISIT, query={"slot": "{slot}"}, data={**SEEN, "slot": "{slot}"}),
    "desk:move-back": post_only(CHANGE_VISIT, of=VISIT, data=SEEN),
    "desk:cancel": Page((CHANGE_VISIT,), of=VISIT, data={**SEEN, "reason": "patient"}),
    "desk:unbook": post_only(CHANGE_VISIT, of=VISIT, data=SEEN),
    # A visit that stands alone: one that goes together with others is tried in booking/tests/desk.
    "desk:cancel-together": Page(
        (CHANGE_VISIT,), of=VISIT, get=frozenset(SHOWN_OR_DONE), data={"reason": "patient"}
    ),
    "desk:unbook-together": post_only(CHANGE_VISIT, of=VISIT, data=SEEN),
    "desk:confirmation": get_only(CHANGE_VISIT, of=VISIT),
    "desk:send-again": post_only(CHANGE_VISIT, "outbox.change_outboxmessage", of=MAIL),
    "desk:caught": get_only(CHANGE_VISIT),
    "desk:keep": post_only(CHANGE_VISIT, of=VISIT, data={"seen": "x"}),
    "desk:time": get_only(
        CHANGE_VISIT, "booking.view_availabilityexception", query={"practitioner": "{practitioner}"}
    ),
    "desk:block": Page(
        (CHANGE_VISIT, "booking.add_availabilityexception"),
        query={"practitioner": "{practitioner}"},
        data={"practitioners": "{practitioner}", "kind": "closed", "first_day": "2026-12-01"},
    ),
    "desk:time-change": Page((CHANGE_VISIT, "booking.change_availabilityexception"), of=BLOCK),
    "desk:time-remove": Page((CHANGE_VISIT, "booking.delete_availabilityexception"), of=BLOCK),
    "desk:close": Page((CHANGE_VISIT, "booking.add_closure")),
    "desk:closure-change": Page((CHANGE_VISIT, "booking.change_closure"), of=CLOSURE),
    "desk:closure-remove": Page((CHANGE_VISIT, "booking.delete_closure"), of=CLOSURE),
    "desk:away": Page(
        (CHANGE_VISIT, "booking.add_availabilityexception"),
        data={"practitioner": "{practitioner}", "first_day": "2026-12-01"},
    ),
    "desk:away-plan": get_only(CHANGE_VISIT, BLOCKS, of=ABSENCE),
    "desk:away-find": post_only(CHANGE_VISIT, BLOCKS, of=ABSENCE),
    "desk:away-send": post_only(CHANGE_VISIT, BLOCKS, of=ABSENCE),
    "desk:away-undo": post_only(CHANGE_VISIT, BLOCKS, of=ABSENCE),
    "desk:away-block": post_only(CHANGE_VISIT, BLOCKS, of=BLOCK),
    "desk:away-visit": Page((CHANGE_VISIT, BLOCKS), of=REARRANGEMENT, data={"way": "call"}),
    "desk:away-accept": post_only(CHANGE_VISIT, BLOCKS, of=REARRANGEMENT),
    "desk:away-called": post_only(CHANGE_VISIT, BLOCKS, of=REARRANGEMENT),
    "reports:index": get_only("booking.view_reports"),
    **{
        f"reports:{name}{page}": get_only("booking.view_reports") for name in REPORTS for page in ("", "-csv")
    },
    "desk:language": post_only(CHANGE_VISIT, of=VISIT, data={"language": "es"}),
    "desk:waitlist": get_only(CHANGE_VISIT, SEE_WISH),
    # The patients of the scene wait already: that is said with the page as it was typed.
    "desk:waitlist-add": Page(
        (CHANGE_VISIT, STEER_WISH, "booking.view_patient"),
        query={"patient": "{patient}", "visit_type": "{visittype}"},
        data={"patient": "{patient}", "visit_type": "{visittype}", **WISH_SAID, "keep": "yes"},
        post=frozenset({422}),
    ),
    "desk:earlier": Page((CHANGE_VISIT, STEER_WISH), of=VISIT, data={**SEEN, **WISH_SAID}),
    "desk:waitlist-pause": post_only(CHANGE_VISIT, STEER_WISH),
    "desk:wish": get_only(CHANGE_VISIT, SEE_WISH, of=WISH),
    "desk:wish-offer": post_only(CHANGE_VISIT, STEER_WISH, of=WISH, data={"slot": "{slot}"}),
    "desk:wish-pause": post_only(CHANGE_VISIT, STEER_WISH, of=WISH),
    "desk:offer-accept": post_only(CHANGE_VISIT, STEER_WISH, of=OFFER),
    "desk:offer-withdraw": post_only(CHANGE_VISIT, STEER_WISH, of=OFFER),
    ":break-glass": Page(
        ("audit.break_glass",), of=PATIENT, is_for_all_sides=True, post=frozenset({200, 302, 422})
    ),
    "admin:index": Page(),
    "admin:login": Page(is_open=True, get=frozenset({200, 302}), post=frozenset({200, 302})),
    "admin:logout": Page(is_open=True, get=frozenset({302, 405})),
    "admin:password_change": Page(get=frozenset({302}), post=frozenset({302})),
    "admin:password_change_done": get_only(),
    "admin:jsi18n": get_only(),
    # Names of staff accounts; patients have no search there at all.
    "admin:autocomplete": get_only(
        "auth.view_user",
        query={"app_label": "booking", "model_name": "practitioner", "field_name": "user", "term": "a"},
    ),
    "admin:view_on_site": Page(get=frozenset({302, 404}), post=frozenset({302, 404}), of="education.article"),
    "admin:auth_user_password_change": Page(("auth.change_user",), of="auth.user"),
    "admin:booking_appointment_add": Page(get=frozenset({302}), post=frozenset({302})),
    "admin:booking_appointment_step": post_only(CHANGE_VISIT, of=VISIT, data={**SEEN, "step": "arrive"}),
    "admin:booking_appointment_error": Page((CHANGE_VISIT,), of=VISIT),
    "admin:booking_patient_merge": Page(("booking.change_patient",), of=PATIENT),
    "admin:booking_patient_export": Page(("booking.export_patient",), of=PATIENT),
    "admin:booking_patient_erase": Page(("booking.erase_patient",), of=PATIENT, data={"number": "{patient}"}),
    "admin:booking_practitioner_hours": Page(("booking.change_availabilityrule",), of="booking.practitioner"),
    "admin:booking_waitlistentry_off": Page(("booking.change_waitlistentry",), of=WISH),
    "admin:audit_entry_export": get_only("audit.view_entry", "audit.export_entry"),
    "admin:education_pathquestion_paths": Page(("education.view_pathquestion",)),
    "admin:education_article_versions": Page(("education.view_article",), of="education.article"),
    "admin:education_article_version": Page(
        ("education.view_article",), of="education.article", post_needs=("education.change_article",)
    ),
    "admin:outbox_outboxmessage_steer": post_only(
        "outbox.change_outboxmessage", of=MAIL, data={"act": "stop"}
    ),
    "admin:outbox_outboxmessage_preview": get_only("outbox.view_outboxmessage", of=MAIL),
    "admin:outbox_outboxmessage_html": get_only("outbox.view_outboxmessage", of=MAIL),
    "admin:education_article_preview": Page(("education.view_article",), of="education.article"),
    "admin:education_article_live": Page(("education.change_article",), of="education.article"),
    "admin:education_article_live_new": Page(("education.add_article",)),
    "admin:education_article_links": post_only("education.change_article"),
}

# Nobody adds, changes or deletes these by a form, whatever they may.
READ_ONLY = {
    "audit.breakglass",
    "audit.entry",
    "booking.appointment",
    "booking.waitlistentry",
    "mfa.authenticator",
    "outbox.badaddress",
    "outbox.outboxmessage",
    "staff.invitation",
}
# But for these.
NOT_CLOSED = {
    ("mfa.authenticator", "delete"),
    ("outbox.badaddress", "delete"),
    ("staff.invitation", "add"),
}
NEVER = "never.allowed"


def list_pages() -> Iterator[tuple[str, str]]:
    """Yield name and route of each address under /admin/. Django's own redirects there have no name."""
    for route, name in _walk(get_resolver().url_patterns):
        if route.startswith("admin/"):
            yield name, route


def _walk(patterns: Any, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route, pattern.namespace or space)
        elif isinstance(pattern, URLPattern):
            yield route, f"{space}:{pattern.name}" if pattern.name else ""


def find_page(name: str) -> Page | None:
    """Return what is expected of the page; None for one that nobody has thought of."""
    if name in OWN_PAGES:
        return OWN_PAGES[name]
    space, _, rest = name.partition(":")
    app, _, rest = rest.partition("_")
    model, _, verb = rest.partition("_")
    if space != "admin" or verb not in STOCK_VERBS:
        return None
    label = f"{app}.{model}"
    is_closed = label in READ_ONLY and verb in ("add", "delete") and (label, verb) not in NOT_CLOSED
    needs = NEVER if is_closed else f"{app}.{STOCK_VERBS[verb]}_{model}"
    post_needs: tuple[str, ...] = ()
    if verb == "change":
        post_needs = (NEVER,) if label in READ_ONLY else (f"{app}.change_{model}",)
    return Page(
        needs=(needs,), of=label if verb in ("change", "history", "delete") else "", post_needs=post_needs
    )

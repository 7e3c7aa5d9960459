"""What a reviewer asks of the security of a booking, line by line, and the tests that prove it.

A line without a test, or a test that is no longer there, fails.
"""

import re
from pathlib import Path

import pytest

from clinic.run import ROOT

MUSTS = {
    # --- Links and patients
    "Tokens of 256 bits, only a hash kept": [
        "booking/tests/test_links.py::test_link_opens_its_visit_and_only_a_hash_is_kept"
    ],
    "Bound to their purpose": [
        "booking/tests/views/test_stop_reminders.py::test_manage_link_stops_nothing_and_this_one_opens_no_visit"
    ],
    "Ended by a move": [
        "booking/tests/actions/test_move.py::test_move_ends_the_old_links",
        "booking/tests/views/test_move.py::test_confirmed_move_leads_to_a_new_link_and_ends_the_old",
    ],
    "Dead a day after the visit": [
        "booking/tests/test_links.py::test_link_lives_until_a_day_after_the_visit"
    ],
    "Wrong, expired and unknown look the same": [
        "booking/tests/views/test_visit.py::test_wrong_old_and_expired_links_look_the_same"
    ],
    "Links live on when SECRET_KEY is replaced": [
        "staff/tests/test_new_key.py::test_manage_link_goes_on",
        "staff/tests/test_new_key.py::test_link_to_a_draft",
        "staff/tests/test_new_key.py::test_session_of_staff_goes_on",
    ],
    "GET and HEAD change nothing": ["booking/tests/views/test_harmless.py::test_reading_changes_nothing"],
    "Personal pages: no-store, no-referrer, noindex, refusals and errors too": [
        "booking/tests/views/test_visit.py::test_headers_keep_the_page_and_its_address_to_itself",
        "booking/tests/views/test_visit.py::test_refusals_are_as_private_as_the_page",
        "staff/tests/test_headers.py::test_every_address_of_the_project",
        "staff/tests/test_headers.py::test_every_kind_of_answer",
    ],
    "They show no email, phone, birth date or reason": [
        "booking/tests/views/test_visit.py::test_nothing_private_stands_on_the_page"
    ],
    "A known and an unknown email: the same answer in the same time": [
        "booking/tests/views/test_known_email.py::test_a_known_contact_gets_the_answers_of_an_unknown_one",
        "booking/tests/views/test_find.py::test_hits_and_misses_get_the_same_answer",
        "booking/tests/views/test_find.py::test_hits_count_like_misses_so_that_waiting_tells_nothing",
        "staff/tests/test_password.py::test_known_and_unknown_email_get_the_same_answer_and_the_same_work",
    ],
    "Typing a known email never changes that patient": [
        "booking/tests/views/test_known_email.py::test_the_known_patient_stays_as_they_are_and_a_row_is_added"
    ],
    "Holds: one a session, ten an address (ADR 33), 20 minutes, renewed by each step": [
        "booking/tests/actions/test_hold.py::test_second_hold_of_a_session_gives_up_the_first",
        "booking/tests/actions/test_hold.py::test_one_hold_too_many_from_one_address_is_refused",
        "booking/tests/actions/test_hold.py::test_hold_keeps_the_time_for_twenty_minutes",
        "booking/tests/views/test_details.py::test_good_details_renew_the_hold_and_lead_to_the_check",
        "booking/tests/races/test_limits.py::test_limit_of_holds_an_address_holds_for_eight_at_once",
    ],
    "At most so many coming visits for an email or a phone": [
        "booking/tests/views/test_check_refused.py::test_too_many_coming_visits_send_to_the_phone",
        "booking/tests/races/test_limits.py::test_two_confirms_at_once_cannot_pass_the_limit_of_coming_visits",
    ],
    "Bookings of a network and of an email in a day": [
        "booking/tests/test_limits.py::test_bookings_of_a_day_are_limited_by_network_and_by_email",
        "clinic/tests/test_limits_for_real.py::test_bookings_of_a_network_are_limited_by_the_day",
    ],
    "Limits across processes, without Redis": [
        "booking/tests/test_limits.py::test_limit_asks_neither_a_cache_nor_the_broker",
        "booking/tests/races/test_limits.py::test_limit_of_tries_holds_for_eight_at_once",
        "clinic/tests/test_limits_for_real.py::test_a_guesser_is_stopped_by_all_processes_together",
    ],
    "The client's address from so many proxies; a forged X-Forwarded-For changes nothing": [
        "clinic/tests/test_client.py::test_forwarded_header_is_read_from_our_proxies_only",
        "clinic/tests/test_limits_for_real.py::test_the_proxy_says_who_asks_and_nobody_further_out",
        "booking/tests/views/test_hold.py::test_one_hold_too_many_of_an_address_has_to_wait_whatever_it_forwards",
    ],
    "Past, closed, too far, wrong type, shifted, skipped, somebody else's hold: refused in a sentence": [
        "booking/tests/views/test_hold.py::test_time_that_cannot_be_booked_gets_a_sentence_and_the_nearest_times",
        "booking/tests/views/test_details.py::test_skipped_step_says_to_choose_a_time_first",
        "booking/tests/views/test_details.py::test_hold_of_another_browser_opens_nothing",
        "booking/tests/views/test_check_refused.py::test_hold_of_another_browser_cannot_be_confirmed",
        "booking/tests/test_offered.py::test_offered_exactly_when_bookable",
    ],
    # --- Staff
    "Second factor before any page": [
        "staff/tests/test_second_factor.py::test_password_alone_reaches_no_page",
        "staff/tests/test_second_factor.py::test_password_alone_changes_nothing",
        "clinic/tests/test_tooling_production.py::test_production_refuses_unsafe_values",
    ],
    "Each code once": ["staff/tests/test_sign_in.py::test_each_code_works_once_even_in_another_process"],
    "Signing in is limited, by account and by network": [
        "staff/tests/test_sign_in.py::test_guessing_stops_and_the_owner_gets_in_from_elsewhere",
        "staff/tests/test_sign_in.py::test_one_network_cannot_try_many_accounts",
    ],
    "Out after 15 minutes without use, and after 12 hours": [
        "staff/tests/test_idle.py::test_unused_session_ends_and_leads_back",
        "staff/tests/test_idle.py::test_working_day_ends_after_twelve_hours",
    ],
    "No known account outside the demo": [
        "clinic/tests/test_tooling_production.py::test_production_refuses_the_demo_practice",
        "clinic/tests/test_tooling_production.py::test_production_refuses_an_account_of_the_demo_as_long_as_it_has_its_password",
    ],
    "The matrix of roles, as a page and as a test": [
        "staff/tests/test_roles.py::test_page_of_the_docs_is_written_from_the_matrix",
        "staff/tests/test_crawl.py::test_each_page_answers_as_the_matrix_says",
    ],
    "Scope of every object; no filter is an oracle": [
        "staff/tests/test_scope.py::test_clinician_sees_their_own_and_who_runs_the_desk_sees_all",
        "staff/tests/test_scope.py::test_bulk_step_leaves_others_visits_alone",
        "staff/tests/test_oracle.py::test_address_filters_by_nothing_that_is_not_offered",
        "staff/tests/test_oracle.py::test_nothing_about_patients_is_completed",
    ],
    "Reads and writes are recorded, append-only, without values": [
        "booking/tests/audited/test_reads.py::test_a_page_with_patients_says_whom_it_showed",
        "booking/tests/audited/test_writes.py::test_nothing_that_somebody_said_stands_in_the_trail",
        "audit/tests/test_append_only.py::test_sql_changes_nothing",
    ],
    # --- Web and data
    "CSP without unsafe-inline on every page, with a place for reports": [
        "staff/tests/test_headers.py::test_every_address_of_the_project",
        "clinic/tests/test_csp_reports.py::test_log_names_page_and_rule_and_nothing_that_somebody_sent",
    ],
    "No request to another host": [
        "staff/tests/test_headers.py::test_every_address_of_the_project",
        "clinic/tests/test_privacy.py::test_page_asks_nobody_else",
    ],
    "HSTS, nosniff, COOP, CORP, Permissions-Policy on every kind of answer": [
        "staff/tests/test_headers.py::test_every_kind_of_answer",
        "clinic/tests/test_slow_clients.py::test_what_cannot_be_served_is_refused_and_quoted_nowhere",
        "clinic/tests/test_unreadable.py::test_a_content_type_that_cannot_be_read_is_a_bad_request_with_all_headers",
    ],
    "__Host- cookies": [
        "clinic/tests/test_tooling_production.py::test_cookies_are_taken_from_this_host_over_tls_only"
    ],
    "CSRF everywhere": [
        "booking/tests/views/test_stop_reminders.py::test_no_other_page_goes_without_the_check_of_forms"
    ],
    "Markdown through nh3, nothing typed is marked safe": [
        "education/tests/test_hostile_text.py::test_rendered_text_is_inert",
        "clinic/tests/test_musts.py::test_no_template_trusts_a_text",
    ],
    "CSV cells are no formulas": ["booking/tests/admin/test_export.py::test_no_cell_is_a_formula"],
    "Injection into headers and calendars is a form's error": [
        "booking/tests/views/test_details.py::test_signs_that_cannot_be_kept_get_a_sentence",
        "booking/tests/mail/test_ics.py::test_line_breaks_in_an_email_are_refused",
        "booking/tests/mail/test_messages.py::test_line_breaks_in_names_reach_no_header",
    ],
    "Production refuses unsafe settings": [
        "clinic/tests/test_tooling_production.py::test_production_refuses_unsafe_values",
        "clinic/tests/test_tooling_production.py::test_secrets_may_stand_in_files",
        "clinic/tests/test_musts.py::test_check_for_deployment_is_clean_in_make_check",
    ],
    "Sizes of bodies, fields and headers": [
        "clinic/tests/test_unreadable.py::test_longer_than_any_form_of_ours_is_refused_unread",
        "clinic/tests/test_unreadable.py::test_more_fields_than_any_form_of_ours_has_are_refused",
        "clinic/tests/test_unreadable.py::test_a_file_is_refused",
        "clinic/tests/test_slow_clients.py::test_what_cannot_be_served_is_refused_and_quoted_nowhere",
    ],
    "Slow clients stop nobody": [
        "clinic/tests/test_slow_clients.py::test_two_hundred_slow_connections_do_not_stop_a_booking"
    ],
    "No personal data in logs, tasks, the broker, the outbox, the audit": [
        "clinic/tests/test_no_leaks.py::test_no_mark_of_a_patient_comes_to_where_it_does_not_belong",
    ],
    "A patient is given out whole and erased whole": [
        "booking/tests/privacy/test_inventory.py::test_somebody_has_decided_about_every_model_of_a_patient",
        "booking/tests/privacy/test_erasing.py::test_nothing_of_the_patient_is_left_in_any_table",
        "booking/tests/privacy/test_exporting.py::test_file_has_everything",
    ],
    "Nothing is kept for longer than said": [
        "booking/tests/privacy/test_retention.py::test_dry_run_counts_and_takes_nothing"
    ],
    "Hashes, licences, a bill of materials, no secret in the repository": [
        "clinic/tests/test_tooling_deployment.py::test_lock_has_hashes_and_names_no_registry",
        "clinic/tests/test_supply.py::test_every_licence_is_known_and_allowed",
        "clinic/tests/test_supply.py::test_bill_of_materials_names_every_package_with_its_hash",
        "clinic/tests/test_supply.py::test_no_key_of_a_service_is_in_the_repository",
    ],
    "Backup, wipe, restore: links, the guards, pending mail and the trail are as they were": [
        "clinic/tests/test_restore.py::test_a_clinic_comes_back_on_an_empty_database",
        "clinic/tests/test_restore.py::test_a_full_database_is_replaced_only_when_told",
        "clinic/tests/test_restore.py::test_what_cannot_be_restored_changes_nothing",
        "clinic/tests/test_backup.py::test_copy_has_what_is_still_in_the_log_of_sqlite",
    ],
    "The guard against overlap is asked for at each start": [
        "booking/tests/test_constraints.py::test_check_names_a_missing_guard_and_adding_it_back_mends_it",
    ],
}


@pytest.mark.parametrize("must", MUSTS)
def test_every_must_has_its_tests(must: str) -> None:
    assert MUSTS[must]
    for test in MUSTS[must]:
        file, _, name = test.partition("::")
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), flags=re.MULTILINE), test


def list_templates() -> list[Path]:
    return [
        file
        for folder in ROOT.glob("**/templates")
        if ".venv" not in folder.parts
        for file in folder.rglob("*.*")
    ]


def test_no_template_trusts_a_text() -> None:
    """Plain-text mails escape nothing; a page that did not would be open to whatever somebody typed."""
    trusting = [
        file.relative_to(ROOT).as_posix()
        for file in list_templates()
        if re.search(r"\|\s*safe(?:seq)?\b|autoescape\s+off", file.read_text()) and file.suffix != ".txt"
    ]

    assert len(list_templates()) > 100
    assert trusting == []


def test_check_for_deployment_is_clean_in_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text()

    assert "manage.py check --deploy --fail-level WARNING" in makefile
    assert "SILENCED_SYSTEM_CHECKS" not in (ROOT / "clinic/settings.py").read_text()

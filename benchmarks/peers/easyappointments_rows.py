"""Prints the SQL that makes a freshly installed Easy!Appointments as large as ours.

    php index.php console install
    python3 -m benchmarks.peers.easyappointments_rows | mariadb easyappointments

The provider and the service that its installation makes become the first of eight and a visit of 20 minutes;
all others are copies. The prefix of its tables is the usual one, and 2, 3 are the roles of a provider and a
customer there.
"""

import json
from datetime import date, datetime, timedelta

from benchmarks.peers.visits import CLINICIANS, CLOSES, MINUTES, OPENS, draw_visits

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
HOURS = {"start": f"{OPENS:02}:00", "end": f"{CLOSES:02}:00", "breaks": []}
PLAN = json.dumps({**dict.fromkeys(WEEKDAYS, HOURS), "saturday": None, "sunday": None})

PRACTICE = f"""
SET @service = (SELECT id FROM ea_services LIMIT 1);
SET @first = (SELECT id FROM ea_users WHERE id_roles = 2 LIMIT 1);
UPDATE ea_services SET duration = {MINUTES}, slot_interval = {MINUTES} WHERE id = @service;
UPDATE ea_users SET timezone = 'America/New_York' WHERE id = @first;
UPDATE ea_user_settings SET working_plan = '{PLAN}' WHERE id_users = @first;
INSERT INTO ea_users (first_name, last_name, email, phone_number, timezone, language, is_private, id_roles)
    VALUES ('Bench', 'Patient', 'bench@example.org', '2125550100', 'America/New_York', 'english', 0, 3);
SET @patient = LAST_INSERT_ID();
SET @clinician_0 = @first;
"""

CLINICIAN = """
INSERT INTO ea_users (first_name, last_name, email, phone_number, timezone, language, is_private, id_roles)
    VALUES ('Bench', '{number}', 'clinician-{number}@example.org', '2125550100', 'America/New_York',
        'english', 0, 2);
SET @clinician_{number} = LAST_INSERT_ID();
INSERT INTO ea_services_providers (id_users, id_services) VALUES (@clinician_{number}, @service);
INSERT INTO ea_user_settings (id_users, username, working_plan, working_plan_exceptions, notifications)
    SELECT @clinician_{number}, 'clinician-{number}', working_plan, '{{}}', notifications
    FROM ea_user_settings WHERE id_users = @first;
"""

VISIT = """
INSERT INTO ea_appointments (book_datetime, start_datetime, end_datetime, hash, status, is_unavailability,
        id_users_provider, id_users_customer, id_services)
    VALUES (NOW(), '{start}', '{end}', 'bench{index}', 'Booked', 0, @clinician_{number}, @patient, @service);
"""


def main() -> None:
    print(PRACTICE)
    for number in range(1, CLINICIANS):
        print(CLINICIAN.format(number=number))
    print("START TRANSACTION;")
    for index, (number, day, at) in enumerate(draw_visits(date.today())):  # noqa: DTZ011
        start = datetime.combine(day, at)
        print(VISIT.format(start=start, end=start + timedelta(minutes=MINUTES), index=index, number=number))
    print("COMMIT;")


if __name__ == "__main__":
    main()

"""The demo's accounts: one for each role, and the owner's, who may do everything. All have one password."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from booking.models import Practitioner
from staff.roles import read_matrix, sync_roles

# Exist only where load_demo ran, which is only under DEBUG.
DEMO_STAFF_USERNAME = "frontdesk"
DEMO_STAFF_PASSWORD = "alder-street-demo"

# User name, first and last name, key of the role; the owner needs none.
ACCOUNTS = (
    (DEMO_STAFF_USERNAME, "Jo", "Marsh", "front_desk"),
    ("practitioner", "Lena", "Fischer", "practitioner"),
    ("manager", "Sam", "Rowe", "manager"),
    ("editor", "Kit", "Alvarez", "editor"),
    ("owner", "Ada", "Linden", ""),
)


def make_accounts() -> Any:
    """Create them, give the practitioner's to the first practitioner, and return the front desk's."""
    sync_roles()
    # Made once: it takes its time, on purpose.
    password = make_password(DEMO_STAFF_PASSWORD)
    made = {}
    for username, first_name, last_name, role in ACCOUNTS:
        made[username] = get_user_model().objects.create(
            username=username,
            first_name=first_name,
            last_name=last_name,
            password=password,
            is_staff=True,
            is_superuser=not role,
        )
        if role:
            made[username].groups.add(Group.objects.get(name=read_matrix().roles[role]))
    Practitioner.objects.filter(slug="lena-fischer").update(user=made["practitioner"])
    return made[DEMO_STAFF_USERNAME]

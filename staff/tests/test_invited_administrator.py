"""A manager sends links again, but brings no revoked administrator back."""

import pytest
from django.test import Client
from django.urls import reverse

from staff import inviting
from staff.tests.scene import Scene


@pytest.mark.parametrize(("is_superuser", "is_open"), [(True, False), (False, True)])
def test_manager_does_not_revive_what_they_could_not_give(
    client: Client, scene: Scene, is_superuser: bool, is_open: bool
) -> None:
    invitation = inviting.invite(email="boss@clinic.example.org", is_superuser=is_superuser)
    inviting.revoke(invitation)
    client.force_login(scene.users["manager"])

    client.post(
        reverse("admin:staff_invitation_changelist"),
        {"action": "send_again", "_selected_action": [invitation.pk]},
    )

    invitation.refresh_from_db()
    assert (invitation.revoked_at is None) is is_open

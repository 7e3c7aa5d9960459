"""SECRET_KEY is replaced, the old one stands in SECRET_KEY_FALLBACKS: what was made under it still works."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.test import Client

from booking import links
from booking.forms.guard import _read_stamp, make_start_stamp
from education.drafts import make_draft_path
from education.models import Article, ArticleStatus
from outbox import addresses
from outbox.models import BadAddress
from staff.limits import DEVICE_COOKIE, read_device
from staff.sealing import seal, unseal
from staff.tests.conftest import PASSWORD, SECRET, SignIn
from staff.tests.scene import Scene

NEW_KEY = "the-key-after-the-old-one-" * 3


@pytest.fixture
def draft(db: None) -> Article:
    return Article.objects.create(
        slug="draft", title="Not out yet", summary="S", body="B", status=ArticleStatus.DRAFT
    )


def replace_key(settings: Any, *, keep_old: bool = True) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if keep_old else []
    settings.SECRET_KEY = NEW_KEY


def test_manage_link_goes_on(scene: Scene, client: Client, settings: Any) -> None:
    token = links.issue(scene.rows["booking.appointment"]["own"])

    replace_key(settings, keep_old=False)

    # Links are random, and no key has a part in them.
    assert client.get(f"/visits/{token}/").status_code == 200


def test_session_of_staff_goes_on(client: Client, manager: User, sign_in: SignIn, settings: Any) -> None:
    sign_in()

    replace_key(settings)

    assert client.get("/admin/").status_code == 200
    # It was signed anew: it goes on when the old key is taken away.
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/admin/").status_code == 200


def test_session_ends_without_the_old_key(
    client: Client, manager: User, sign_in: SignIn, settings: Any
) -> None:
    sign_in()

    replace_key(settings, keep_old=False)

    assert client.get("/admin/").status_code == 302


def test_answers_of_a_patient_go_on(client: Client, db: None, settings: Any) -> None:
    session = client.session
    session["booking"] = {"token": "a-token"}
    session.save()

    replace_key(settings)

    assert client.session["booking"] == {"token": "a-token"}


@pytest.mark.parametrize(("keep_old", "status"), [(True, 200), (False, 404)])
def test_link_to_a_draft(client: Client, draft: Article, settings: Any, keep_old: bool, status: int) -> None:
    path = make_draft_path(draft)

    replace_key(settings, keep_old=keep_old)

    assert client.get(path).status_code == status


def test_link_to_a_new_password_goes_on(manager: User, settings: Any) -> None:
    token = default_token_generator.make_token(manager)

    replace_key(settings)

    assert default_token_generator.check_token(manager, token)


def test_app_for_codes_goes_on(app: Authenticator, settings: Any) -> None:
    sealed = seal(SECRET)

    replace_key(settings)

    assert unseal(sealed) == SECRET


def test_known_device_goes_on(client: Client, manager: User, sign_in: SignIn, settings: Any) -> None:
    sign_in(password=PASSWORD)
    request = client.get("/staff/login/").wsgi_request
    request.COOKIES[DEVICE_COOKIE] = client.cookies[DEVICE_COOKIE].value
    before = read_device(request, account=str(manager.pk))

    replace_key(settings)

    assert read_device(request, account=str(manager.pk)) == before != ""


def test_form_that_was_open_goes_on(settings: Any) -> None:
    stamp = make_start_stamp()

    replace_key(settings)

    assert _read_stamp(stamp) is not None


def test_address_that_bounced_stays_marked(db: None, settings: Any) -> None:
    addresses.mark("robin@example.org", reason=BadAddress.Reason.BOUNCED, message=None)

    replace_key(settings)

    with pytest.raises(addresses.AddressBounced):
        addresses.refuse_bounced(["Robin@example.org"])

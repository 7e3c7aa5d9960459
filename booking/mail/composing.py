"""From a message's templates to a mail: subject, text and HTML, in one language.

What is written on an envelope is read by others: subject, sender and preheader name neither the
specialty nor a clinician nor a reason nor a patient, and no mail tells a date of birth or a phone of
a patient. The clinic's long name may say the specialty, so it stands in the body alone.
"""

import re
from collections.abc import Mapping
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from clinic.branding import describe_clinic

_inliner = css_inline.CSSInliner(load_remote_stylesheets=False)


def write_mail(*, template: str, to: str, language: str, values: Mapping[str, Any]) -> EmailMultiAlternatives:
    """Return the mail that templates/emails/<template>/ make of `values`; `language` is a supported one."""
    with translation.override(language):
        context = {**values, "clinic": describe_clinic()}
        subject = render_to_string(f"emails/{template}/subject.txt", context)
        text = render_to_string(f"emails/{template}/body.txt", context).strip() + "\n"
        html = render_to_string(f"emails/{template}/body.html", context)
    email = EmailMultiAlternatives(
        # One line, whatever stands in a name or setting: splitting also ends no-break spaces.
        subject=" ".join(subject.split()),
        # Left-out parts leave empty lines behind.
        body=re.sub(r"\n{3,}", "\n\n", text.replace("\N{NO-BREAK SPACE}", " ")),
        to=[to],
        reply_to=[settings.CLINIC["email"]],
        headers={"Content-Language": language},
    )
    email.attach_alternative(_inliner.inline(html), "text/html")
    return email


def write_name(name: str) -> str:
    """Return a name as a mail greets by it: mail programs make a link of “prizes.com”, of “St. John” none.

    Whoever books with a stranger's email has typed it.
    """
    return re.sub(r"\.(?=\w)", ". ", name)


def choose_language(wanted: str) -> str:
    """Return the supported language that is nearest to `wanted`."""
    try:
        return translation.get_supported_language_variant(wanted)
    except LookupError:
        return settings.LANGUAGE_CODE

"""JSON-LD in a page: a block of data, which no browser runs and no content policy stops."""

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# As Django's json_script does: a text cannot end the element it stands in.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def json_ld(described: Any) -> SafeString:
    """Write what education.finding.json_ld describes; nothing for nothing."""
    if not described:
        return SafeString("")
    text = json.dumps(described, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))

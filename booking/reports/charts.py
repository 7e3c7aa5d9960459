"""A report's numbers as columns, drawn on the server: SVG with attributes only, which any policy allows."""

from collections.abc import Sequence

import leather  # type: ignore[import-untyped]
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from leather import theme

# In units that are a pixel on a phone: there the text must be large enough to read.
WIDTH, HEIGHT = 420, 220
# Stands out from white and from the dark background alike, by three to one.
COLOR = "#2c7fb8"
# More labels than that run into each other.
MOST_LABELS = 6

theme.background_color = "none"
theme.tick_font_family = "sans-serif"
theme.tick_font_size = 12
# The colour of the text around it, which knows the dark theme.
theme.label_color = "currentColor"
theme.tick_color = "#8884"
theme.zero_color = "#888"


def draw_columns(points: Sequence[tuple[str, float | None]], *, title: str) -> SafeString:
    """Return the chart, or nothing where there is nothing to see. The table beside it has the numbers."""
    if not any(value for _, value in points):
        return mark_safe("")
    every = -(-len(points) // MOST_LABELS)
    # Two columns of one name would be one: what has no label has blanks, each another number of them.
    labels = [
        name if number % every == 0 else "\N{NO-BREAK SPACE}" * (number + 1)
        for number, (name, _) in enumerate(points)
    ]
    chart = leather.Chart()
    chart.add_columns(
        [(label, value or 0) for label, (_, value) in zip(labels, points, strict=True)], fill_color=COLOR
    )
    # The library's own text is of numbers and of labels that it escapes.
    drawn = chart.to_svg(width=WIDTH, height=HEIGHT)
    head = f'<svg width="{WIDTH}" height="{HEIGHT}"'
    assert drawn.startswith(head)
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" class="report-chart"{}',
        WIDTH,
        HEIGHT,
        title,
        mark_safe(drawn.removeprefix(head)),  # noqa: S308 - it escapes its labels; a test says so
    )

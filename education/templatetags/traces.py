"""The signature trace of an article: an EMG-like line, always decoration."""

from functools import lru_cache
from random import Random

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

WIDTH, HEIGHT = 120, 32
REST = 0.3
# A path of its own for each seed: (fewest, most) bursts, (densest, widest) step from one turn of the
# line to the next and (lowest, highest) reach, both in px.
BURSTS = (1, 5)
STEP = (2.2, 4.6)
REACH = (4.0, 14.0)
# More than there are articles and topics.
MOST_REMEMBERED = 200


@register.simple_tag
@lru_cache(maxsize=MOST_REMEMBERED)
def trace(seed: str) -> SafeString:
    """An SVG line that is the same for the same seed, on every machine."""
    return format_html(
        '<svg class="trace sig" viewBox="0 0 {} {}" preserveAspectRatio="none"'
        ' aria-hidden="true" focusable="false"><path d="M{}"/></svg>',
        WIDTH,
        HEIGHT,
        draw(seed),
    )


def draw(seed: str) -> str:
    """The points of the line, "x,y x,y …": bursts of spikes with rest between them."""
    random = Random(seed)
    count = random.randint(*BURSTS)
    step = random.uniform(*STEP)
    lane = WIDTH / count
    bursts = []
    for number in range(count):
        length = lane * random.uniform(0.3, 0.8)
        start = number * lane + random.uniform(0, lane - length)
        bursts.append((start, start + length, random.uniform(*REACH)))

    middle, sign, x = HEIGHT / 2, 1, 0.0
    points = [(0.0, middle)]
    while x < WIDTH - 1.25 * step:
        x += step * random.uniform(0.75, 1.25)
        points.append((x, middle + sign * _reach(x, bursts) * random.uniform(0.55, 1)))
        sign = -sign
    points.append((WIDTH, middle))
    return " ".join(f"{x:.0f},{y:.1f}" for x, y in points)


def _reach(x: float, bursts: list[tuple[float, float, float]]) -> float:
    """How far the line may swing at `x`: soft at the shoulders of a burst, nearly still outside."""
    for start, end, highest in bursts:
        if start <= x <= end:
            shoulder = min(x - start, end - x) / (end - start)
            return highest * min(1, 0.25 + shoulder * 6)
    return REST

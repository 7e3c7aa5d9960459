import re
from itertools import combinations
from statistics import fmean

from education.sources import read_sources
from education.templatetags.traces import HEIGHT, WIDTH, draw, trace

STRETCHES = 12
# On average over the stretches; the line may swing 14 px.
LEAST_DIFFERENCE = 2.0


def test_trace_is_the_same_for_the_same_seed():
    assert draw("muscle-spasms") == draw("muscle-spasms")


def read_shape(seed: str) -> list[float]:
    """How far the line swings, in px, in each of twelve stretches of its way."""
    swings = [0.0] * STRETCHES
    for point in draw(seed).split():
        x, y = map(float, point.split(","))
        stretch = min(int(x * STRETCHES / WIDTH), STRETCHES - 1)
        swings[stretch] = max(swings[stretch], abs(y - HEIGHT / 2))
    return swings


def test_traces_of_the_articles_differ_clearly():
    slugs = sorted({source.slug for source in read_sources()})

    pairs = list(combinations(slugs, 2))
    alike = [
        (one, other)
        for one, other in pairs
        if fmean(abs(a - b) for a, b in zip(read_shape(one), read_shape(other), strict=True))
        < LEAST_DIFFERENCE
    ]
    assert len(pairs) == 45
    assert alike == []


def test_trace_has_quiet_and_busy_stretches():
    shapes = [read_shape(source.slug) for source in read_sources()]

    assert all(min(shape) < 1 for shape in shapes)
    assert all(max(shape) > 3 for shape in shapes)


def test_trace_runs_across_its_box_and_stays_inside():
    points = [tuple(map(float, point.split(","))) for point in draw("muscle-spasms").split()]

    xs, ys = [x for x, _ in points], [y for _, y in points]
    assert xs == sorted(xs)
    assert (xs[0], xs[-1]) == (0, WIDTH)
    assert min(ys) >= 0
    assert max(ys) <= HEIGHT


def test_trace_is_hidden_from_screen_readers():
    assert re.match(r'<svg [^>]*aria-hidden="true"', trace("<script>"))

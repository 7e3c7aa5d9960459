import re

from education.sources import read_sources
from education.templatetags.traces import HEIGHT, WIDTH, draw, trace


def test_trace_is_the_same_for_the_same_seed():
    assert draw("muscle-spasms") == draw("muscle-spasms")


def test_every_article_has_a_trace_of_its_own():
    slugs = [source.slug for source in read_sources()]

    assert len({draw(slug) for slug in slugs}) == len(slugs)


def test_trace_runs_across_its_box_and_stays_inside():
    points = [tuple(map(float, point.split(","))) for point in draw("muscle-spasms").split()]

    xs, ys = [x for x, _ in points], [y for _, y in points]
    assert xs == sorted(xs)
    assert (xs[0], xs[-1]) == (0, WIDTH)
    assert min(ys) >= 0
    assert max(ys) <= HEIGHT


def test_trace_is_hidden_from_screen_readers():
    assert re.match(r'<svg [^>]*aria-hidden="true"', trace("<script>"))

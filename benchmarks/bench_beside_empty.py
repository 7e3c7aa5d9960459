"""What the pages cost the web processes beside a view that thinks nothing and sends as many bytes.

`python -m benchmarks.bench_beside_empty` uses the database in DATABASE_URL, which must be empty: the practice
of `bench_desk` with 12 clinicians and 300 visits today, and the articles of education/content. Ours and the
empty views stand behind gunicorn and are asked in turns, the desk and its empty views by somebody who has
signed in. Each page stands beside two: one behind the same middleware, and a bare one. All is CPU time of the
web processes. "Anew" answers are made each time, while the set-up (rooms, hours, closings) is known.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from typing import NamedTuple

# Its import sets Django up, for the models below.
from benchmarks.practice import ZONE

# isort: split
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from benchmarks.bench_desk import CLINICIANS, VISITS_TODAY, add_visits, make_practice, sign_in
from benchmarks.served import PROCESSES, Question, Site, serving, time_in_turns
from booking.models import VisitType
from clinic.views import FIRST_VISIT
from education.models import Article

TIMES = f"/book/{FIRST_VISIT}/"


class Sites(NamedTuple):
    anew: Site
    ours: Site
    empty: Site
    bare: Site


@contextmanager
def serving_all() -> Iterator[Sites]:
    with (
        serving("clinic.wsgi", changed={"DJANGO_SETTINGS_MODULE": "benchmarks.uncached"}) as anew,
        serving("clinic.wsgi") as ours,
        serving("clinic.wsgi", changed={"DJANGO_SETTINGS_MODULE": "benchmarks.empty"}) as empty,
        serving("benchmarks.floor_site") as bare,
    ):
        yield Sites(anew=anew, ours=ours, empty=empty, bare=bare)


def fill() -> None:
    """The desk's practice and the articles. One of its visits is the first one, whose times home shows."""
    make_practice()
    VisitType.objects.filter(slug="visit-0").update(slug=FIRST_VISIT)
    add_visits(datetime.now(ZONE).date())
    call_command("sync_articles", stdout=StringIO())


def list_questions(sites: Sites) -> Iterator[tuple[str, Question]]:
    """Every page by its name. The desk's cookie is of somebody who has taken the second step."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={sign_in().session.session_key}"
    article = Article.objects.published(language="en")[0]
    yield "home", Question(sites.ours, "/")
    yield "list of articles", Question(sites.ours, "/learn/")
    yield "article", Question(sites.ours, article.get_absolute_url())
    yield "kind of visit", Question(sites.ours, "/book/")
    yield "times, anew", Question(sites.anew, TIMES)
    yield "times, remembered", Question(sites.ours, TIMES)
    yield "desk's day", Question(sites.ours, "/admin/desk/", {"Cookie": cookie})
    yield "desk's week", Question(sites.ours, "/admin/desk/week/", {"Cookie": cookie})


def bench(name: str, question: Question, sites: Sites) -> None:
    """Ask as a browser that has seen the page before and sends its cookies along; print both lines."""
    answer = question.site.get(question.path, question.headers)
    cookies = "; ".join(filter(None, [question.headers.get("Cookie"), answer.cookie]))
    headers = {"Cookie": cookies} if cookies else {}
    size = len(question.site.get(question.path, headers).body)
    own = Question(question.site, question.path, headers)
    for beside, site in (("same middleware", sites.empty), ("bare", sites.bare)):
        timing = time_in_turns(own, Question(site, f"/empty?bytes={size}", headers))
        print(
            f"{f'{name}, {beside}':40}{size:10,}{timing.own:10.2f}{timing.floor:10.2f}{timing.times:8.1f}",
            flush=True,
        )


def main() -> int:
    """0: nothing here fails; the figures are to be read."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    fill()
    print(
        f"Pages beside an empty view on {connection.vendor}, {PROCESSES} processes each: "
        f"{CLINICIANS} clinicians, {VISITS_TODAY} visits today; CPU ms"
    )
    print(f"{'':40}{'bytes':>10}{'ms':>10}{'empty':>10}{'times':>8}")
    with serving_all() as sites:
        for name, question in list_questions(sites):
            bench(name, question, sites)
    return 0


if __name__ == "__main__":
    sys.exit(main())

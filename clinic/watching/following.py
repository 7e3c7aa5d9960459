"""A number for each request, that goes along to the tasks it asks for and stands in every log line."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any
from uuid import uuid4

from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from clinic.logs import REQUESTS
from clinic.watching.metrics import count_response

logger = logging.getLogger(REQUESTS)

HEADER = "X-Request-ID"
# As a field of a message: Celery's own fields have names of their own.
FIELD = "clinic_request_id"
# Asked every few seconds by machines, which would be most of the log.
UNLOGGED = ("live", "ready")

request_id: ContextVar[str] = ContextVar("request_id", default="")
task_name: ContextVar[str] = ContextVar("task_name", default="")


def follow_request(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, outside of all others: number the request, count the answer and write one line about it.

    The line names the view and not the address, in which a link to a visit would stand. The number is
    always ours: what a visitor sends could be anything, their name included.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = request_id.set(uuid4().hex)
        began = perf_counter()
        try:
            response = get_response(request)
            seconds = perf_counter() - began
            response.headers[HEADER] = request_id.get()
            view, method = name_view(request), name_method(request)
            count_response(view=view, method=method, status=response.status_code, seconds=seconds)
            # A file of ours has no view; an address that nothing has does, sooner or later, tell something.
            if view not in UNLOGGED and (view != "none" or response.status_code >= 400):
                fields = {"view": view, "method": method, "status": response.status_code}
                logger.info(
                    "%(method)s %(view)s %(status)s",
                    fields,
                    extra={**fields, "ms": round(seconds * 1000, 1)},
                )
            return response
        finally:
            request_id.reset(token)

    return middleware


def name_view(request: HttpRequest) -> str:
    """Return the name of the address as urls.py has it; "none" where no view was reached."""
    match = request.resolver_match
    return (match.view_name or "unnamed") if match else "none"


def name_method(request: HttpRequest) -> str:
    """Anybody may make up a method, each of which would be another series of figures."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "other"


@before_task_publish.connect
def send_number_along(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is not None and request_id.get():
        headers[FIELD] = request_id.get()


@task_prerun.connect
def take_number_up(task: Task, task_id: str, **kwargs: Any) -> None:
    """A task that no request asked for is followed by its own number."""
    request_id.set(getattr(task.request, FIELD, None) or task_id)
    task_name.set(task.name)


@task_postrun.connect
def put_number_down(task: Task, state: str | None = None, **kwargs: Any) -> None:
    """Write a line where a request asked for the task: beat's own come every few seconds."""
    if getattr(task.request, FIELD, None):
        logging.getLogger("clinic.tasks").info("%s %s", task.name, state)
    request_id.set("")
    task_name.set("")

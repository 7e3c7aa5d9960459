"""What is counted of requests. For visits see booking/counting.py, for the parts clinic/watching/server.py.

Each web process counts for itself; where METRICS_BIND is set they do so in files that the server adds up.
"""

from prometheus_client import Counter, Histogram

from booking.counting import count

# In seconds: what feels at once, what feels slow, what is given up.
STEPS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

RESPONSES = Counter(
    "clinic_responses", "Answers, by the name of the view and their status.", ["view", "method", "status"]
)
SECONDS = Histogram(
    "clinic_response_seconds",
    "How long answers took to make, by the name of the view.",
    ["view"],
    buckets=STEPS,
)


def count_response(*, view: str, method: str, status: int, seconds: float) -> None:
    count(lambda: RESPONSES.labels(view=view, method=method, status=str(status)).inc())
    count(lambda: SECONDS.labels(view=view).observe(seconds))

"""How the web process serves. gunicorn reads this file by itself, wherever it is started from the root."""

import os

# Only a container, whose ports are published one by one, should listen on every interface.
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Django is loaded once, and its memory shared.
preload_app = True
# A manage link is a secret that stands in a path: no access log.
accesslog = None
loglevel = "warning"
# It would open a socket in the home folder through which the server can be steered.
control_socket_disable = True

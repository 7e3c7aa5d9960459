"""Where mail providers tell what became of a mail, each by its name: `<provider>/tracking/`.

The secret of MAIL_WEBHOOK_SECRET is asked for by Anymail's views. The others of its addresses are for
incoming mail, which nobody here reads.
"""

from anymail import urls

app_name = "webhooks"

urlpatterns = [pattern for pattern in urls.urlpatterns if str(pattern.name).endswith("_tracking_webhook")]

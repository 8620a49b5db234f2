"""The door for the web server."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import override

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
application = get_wsgi_application()

# Every view is imported, every catalogue read, and the template of the busiest page compiled, before the first visitor
# comes: whoever opened a town's page first waited seconds for it.
for _language, _name in settings.LANGUAGES:
    with override(_language):
        reverse("portal:home")
get_template("portal/town.html")

# What stands after the start stays for ever: the collector need not walk through it again and again. A request makes
# some thousand objects that die with it, so there is little to look for every 700 of them.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)

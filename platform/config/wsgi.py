"""The door for the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
application = get_wsgi_application()

# What stands after the start stays for ever: the collector need not walk through it again and again. A request makes
# some thousand objects that die with it, so there is little to look for every 700 of them.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)

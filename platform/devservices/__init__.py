"""One command from a fresh clone to a running site: PostgreSQL, Valkey and the site's processes, supervised.

For development and tests alone. It must never be imported by the site and never import the site: it starts programs
and speaks to them as any operator would. `devservices.stack` is its library face for browser and kill tests.
"""

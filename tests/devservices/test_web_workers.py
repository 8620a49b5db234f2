"""The web server's workers die by kill -9, all at once: others answer at once, without importing the site anew."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError

from devservices.process import Processes
from devservices.site import Site
from devservices.state import free_port
from tests.devservices.test_run import page_at

Until = Callable[[Callable[[], object]], None]


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_workers_that_are_killed_are_back_without_importing_the_site_anew(
    tiny_site: Path, bare_environ: dict[str, str], until: Until
) -> None:
    wsgi, imports = tiny_site / "config" / "wsgi.py", tiny_site / "imports"
    wsgi.write_text(wsgi.read_text() + f"open({str(imports)!r}, 'a').write(f'{{os.getpid()}} ')\n")
    port, run = free_port(), tiny_site.parent / "run"
    (run / "pids").mkdir(parents=True)
    env = {**bare_environ, "DJANGO_SETTINGS_MODULE": "tiny", "ASAR_RUN_DIR": str(run)}
    web = Site(root=tiny_site, run=run, logs=run, host="127.0.0.1", port=port, env=env).web()
    processes = Processes(pids=run / "pids", run=run)
    processes.launch(web)

    def answers() -> bool:
        try:
            return page_at(f"http://127.0.0.1:{port}") == b"tiny"
        except (URLError, ConnectionError):
            return False

    try:
        processes.wait_ready(web, seconds=60)
        main = processes.pid("web")
        assert main is not None
        until(lambda: len(children(main)) == 2)
        before = children(main)
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        until(lambda: len(set(children(main)) - set(before)) == 2 and answers())
        assert imports.read_text().split() == [str(main)]
    finally:
        processes.stop("web")

"""Sets one PDF, alone in a process of its own (`common.pdf` starts it): a request on stdin, the file on stdout.

typst keeps Python's lock while it works and cannot be stopped from inside; a process can. This file must never import
anything of the site: it gets no secret, no database and no address of one.
"""

import json
import resource
import sys
from pathlib import Path

import typst

FONTS = Path(__file__).parent / "fonts"
# Programs that fetch packages would look here and at this proxy: there is nothing.
NOWHERE = "/nonexistent"
MOST_MEMORY = 4 * 1024**3  # of addresses, most of which are never used; 10,000 rows take 0.8 GB of memory


def main() -> None:
    """Exit code 0 and a file, or 1 and the reason on stderr."""
    asked = json.load(sys.stdin.buffer)
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu_seconds"], asked["cpu_seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    folder = Path(asked["folder"])
    try:
        made = typst.compile(
            str(folder / asked["template"]),
            root=str(folder),
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)]),
            ignore_system_fonts=True,
            package_path=NOWHERE,
            package_cache_path=NOWHERE,
            sys_inputs={"data": asked["data"]},
            timestamp=asked["timestamp"],
            **asked["as"],
        )
    except typst.TypstError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)
    pages = made if isinstance(made, list) else [made]
    sys.stdout.buffer.write(pages[asked["page"]])


if __name__ == "__main__":
    main()

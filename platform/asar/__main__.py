"""`asar verify FILE | URL` and `asar audit URL`. Must never import Django or the site."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from asar.auditing import audit
from asar.findings import UNREADABLE, Report, UnreadableError
from asar.trust import chosen
from asar.verifying import verify

_DESCRIPTION = "Checks a town's public log without trusting the site: no database, no account, no Django."
_ENDING = "Ends with 0 when everything is proven, 1 when something is wrong or not proven, 2 when nothing can be read."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="asar", description=_DESCRIPTION, epilog=_ENDING)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("verify", help="check one proof file", epilog=_ENDING)
    one.add_argument("target", metavar="FILE|URL", help="a .tlog-proof file, or its address")
    one.add_argument("--entry", metavar="FILE", help="the entry's exact bytes, when the proof does not carry them")
    one.add_argument(
        "--succession", metavar="FILE|URL", help="the statement that the log was ended, if it was (<log>/succession)"
    )
    one.add_argument("--json", action="store_true", help="also show the entry's own JSON")
    whole = commands.add_parser("audit", help="mirror and recompute a whole log", epilog=_ENDING)
    whole.add_argument("target", metavar="URL", help="the log's address, or a folder with a copy of a log")
    whole.add_argument("--keep", metavar="DIR", type=Path, help="keep a copy here and check that the log only grows")
    whole.add_argument("--again", action="store_true", help="read everything from the site, also what the copy holds")
    whole.add_argument(
        "--ledger",
        metavar="URL",
        help="the public ledger as JSON lines, to compare with the log (a site of ours is found)",
    )
    for command in (one, whole):
        trust = command.add_mutually_exclusive_group()
        trust.add_argument(
            "--key", metavar="VKEY", action="append", default=[], help="a key that you trust; may be repeated"
        )
        trust.add_argument("--keys", metavar="FILE|URL", help="keys that you trust, one a line")
        trust.add_argument("--policy", metavar="FILE|URL", help="a policy file: logs, witnesses, quorum")
    return parser


def _run(options: argparse.Namespace) -> Report:
    trust = chosen(key=options.key, keys=options.keys, policy=options.policy)
    if options.command == "verify":
        return verify(
            target=options.target, trust=trust, entry=options.entry, raw=options.json, succession=options.succession
        )
    return audit(
        target=options.target,
        trust=trust,
        now=datetime.now(UTC),
        keep=options.keep,
        again=options.again,
        ledger=options.ledger,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the number that it ends with."""
    options = _parser().parse_args(arguments)
    try:
        report = _run(options)
    except UnreadableError as error:
        sys.stderr.write(f"asar: {error}\n")
        return UNREADABLE
    report.write()
    return report.code


if __name__ == "__main__":
    sys.exit(main())

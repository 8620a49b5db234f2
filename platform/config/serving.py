"""The web server: Granian with the application imported once, before its workers are forked.

A worker that dies is back at once, and all of them share one copy of the code: importing it anew takes seconds of
computing, during which nobody listens if it was the last one. Nothing here may open a connection or start a thread:
what exists before the fork is every worker's.
"""

from granian.cli import cli

from config import wsgi

__all__ = ["wsgi"]

if __name__ == "__main__":
    cli(auto_envvar_prefix="GRANIAN")

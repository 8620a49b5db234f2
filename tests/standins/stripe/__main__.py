"""Starts the Stripe stand-in: `python tests/standins/stripe --port N --data DIR ...`.

It makes the folder importable as `standins.stripe` whatever the working directory is, so that the modules can import
each other relatively. It must NEVER put this folder itself on the path: its module names are nobody else's business.
"""

import importlib
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    sys.path[0] = str(TESTS)
    sys.exit(importlib.import_module("standins.stripe.serve").main(sys.argv[1:]))

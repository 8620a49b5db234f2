"""`asar verify FILE | URL` and `asar audit URL`. Must never import Django or the site."""

import sys


def main() -> int:
    """Run the command; 0 means everything holds."""
    return 0


if __name__ == "__main__":
    sys.exit(main())

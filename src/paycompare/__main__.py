"""Run the command line: ``python -m paycompare``."""

from __future__ import annotations

import sys

from paycompare.cli import main

if __name__ == "__main__":
    sys.exit(main())

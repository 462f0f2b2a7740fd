"""``python -m domix`` is the command ``domix``."""

from __future__ import annotations

import sys

from domix import cli

if __name__ == "__main__":
    sys.exit(cli.main())

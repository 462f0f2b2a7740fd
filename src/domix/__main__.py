"""``python -m domix`` is the command ``domix``."""

from __future__ import annotations

import sys

from domix import cli

sys.exit(cli.main())

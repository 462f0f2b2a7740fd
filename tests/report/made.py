"""Results of made components, and the sections of their reports."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from domix import (
    Disentanglement,
    example,
)

DATE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def found(*components, **more):
    """A result of made components."""
    return Disentanglement(
        example.network(), components, "likelihood", rows=1000.0, alpha=0.05, **more
    )


def section(text, title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]

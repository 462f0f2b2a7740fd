"""What docs/how-to/large.md shows must be what domix does."""

from __future__ import annotations

from pathlib import Path

from domix.cli.files.streams import IN_MEMORY
from domix.data.files import SUFFIXES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "how-to" / "large.md").read_text(encoding="utf-8")


def test_formats_and_options_are_named():
    assert all(f"`{suffix}`" in PAGE for suffix in SUFFIXES if not suffix.endswith(".gz"))
    assert all(f"`{name}`" in PAGE or f"`--{name}`" in PAGE for name in IN_MEMORY)

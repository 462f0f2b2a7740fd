"""A progress bar for long work, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domix.errors import MissingExtraError

Report = Callable[[str, float | None], None]
"""Called with the stage and the share of it that is done; None where that is not known."""


@contextmanager
def reporting(progress: bool) -> Iterator[Report]:
    """Yield a function to report to; it draws on stderr if ``progress``, and else does nothing."""
    if not progress:
        yield lambda *_: None
        return
    try:
        from tqdm import tqdm
    except ImportError:
        raise MissingExtraError("a progress bar", "tqdm", "app") from None
    with tqdm(total=1.0, bar_format="{desc}: {bar} {elapsed}", leave=False) as bar:

        def report(stage: str, share: float | None) -> None:
            bar.set_description_str(stage, refresh=False)
            bar.n = 1.0 if share is None else share
            bar.refresh()

        yield report

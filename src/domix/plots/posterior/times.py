"""The times of rows, as numbers on an axis."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from domix.data.frame import RowsLike, is_frame
from domix.errors import DataError
from domix.util.arrays import Floats

ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
"""How a date begins in text."""

DATE_LIKE = re.compile(r"\d{1,4}[-./]\w{1,9}[-./]\d{2,4}\b")
"""How dates of other forms begin, whose order as texts is not that of time."""

MISSING = {"", "None", "nan", "NaN", "NaT", "<NA>"}
"""Texts of values that are missing."""


CLOCK = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
"""A time of day, or a duration, in text."""


class Scale(Enum):
    """What the numbers of times are."""

    NUMBER = "number"
    DATE = "date"
    """Days since 1970, of UTC where there is a zone."""
    CATEGORY = "category"
    """Ranks among all texts."""


class _Ranked(str):
    """A text of a column whose states have an order, with its rank in it."""

    rank: int

    def __new__(cls, text: str, rank: int) -> Self:
        """Make the text."""
        ranked = super().__new__(cls, text)
        ranked.rank = rank
        return ranked


@dataclass(frozen=True)
class Times:
    """Times of rows.

    Attributes
    ----------
    numbers : ndarray of float64, shape (rows,)
        NaN where the time is missing.
    scale : Scale
    name : str
        What to write at the axis.
    categories : tuple of str
        The texts by rank.
    zone : tzinfo or None
        In which dates are shown; the numbers are of UTC then.
    """

    numbers: Floats
    scale: Scale
    name: str
    categories: tuple[str, ...] = ()
    zone: tzinfo | None = None


def take_column(
    data: RowsLike, name: str, variables: Sequence[str]
) -> tuple[Any, tzinfo | None, RowsLike]:
    """Take a column out of a data frame; a variable stays in it, too.

    Returns
    -------
    times : ndarray
    zone : tzinfo or None
        Their time zone; the times are of UTC then.
    data : data frame
        The other columns.

    Raises
    ------
    DataError
        The data are codes, or the column is missing.

    Examples
    --------
    >>> import polars
    >>> times, _, rows = take_column(polars.DataFrame({"A": [0, 1], "day": [3, 4]}), "day", ["A"])
    >>> times.tolist(), rows.columns
    ([3, 4], ['A'])
    """
    if not is_frame(data):
        raise DataError(
            f"{name!r} names a column, but data is no data frame; pass the times themselves",
            argument="time",
        )
    import narwhals as nw

    native: Any = data
    frame: Any = nw.from_native(native)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if name not in frame.columns:
        raise DataError(f"data has no column {name!r}", argument="time")
    rest = frame if name in variables else frame.drop(name)
    return *_read_column(frame[name]), rest.to_native()


def list_times(data: RowsLike, name: str, variables: Sequence[str]) -> tuple[list[Any], RowsLike]:
    """Take a column out of a data frame as :func:`take_column`; dates keep their time zone.

    Raises
    ------
    DataError
        As from :func:`take_column`.

    Examples
    --------
    >>> import polars
    >>> times, _ = list_times(polars.DataFrame({"A": [0, 1], "day": ["mon", "tue"]}), "day", ["A"])
    >>> times
    ['mon', 'tue']
    """
    times, zone, rest = take_column(data, name, variables)
    if zone is None:
        # As Python objects, dates and durations of nanoseconds would be whole numbers.
        return (list(times) if times.dtype.kind in "mM" else times.tolist()), rest
    dates = times.astype("datetime64[us]").tolist()
    return [date and date.replace(tzinfo=UTC).astimezone(zone) for date in dates], rest


def _read_column(column: Any) -> tuple[Any, tzinfo | None]:
    """Return the values of a column, and their time zone; the values are of UTC then."""
    import narwhals as nw

    if isinstance(column.dtype, nw.Enum):
        known = {str(s): _Ranked(str(s), rank) for rank, s in enumerate(column.dtype.categories)}
        return np.array([known.get(str(value)) for value in column.to_list()], dtype=object), None
    zone = getattr(column.dtype, "time_zone", None)
    if zone is None:
        return column.to_numpy(), None
    utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return utc.to_numpy(), _find_zone(zone)


def _find_zone(name: str) -> tzinfo:
    """Return a time zone by its name, or UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def read_times(values: Any, rows: int, name: str, zone: tzinfo | None = None) -> Times:
    """Read numbers, dates, durations or texts that sort; texts that all are these are read so.

    Durations, and times of day such as 9:30, are hours. Texts of a column whose states have an
    order (Enum, ordered categorical) keep it. None, NaN, NaT and empty texts are missing. Without
    a ``zone``, dates that have one are shown in that of the first.

    Raises
    ------
    DataError
        There are not as many as rows, none that is not missing, or dates in another form than
        ISO 8601.

    Examples
    --------
    >>> times = read_times(["10", "9", ""], 3, "step")
    >>> times.numbers.tolist(), times.scale.value
    ([10.0, 9.0, nan], 'number')
    >>> read_times(["b", "a", "b"], 3, "phase").categories
    ('a', 'b')
    """
    if not isinstance(values, Iterable):
        raise DataError(
            f"must be a column or the time of each row, not {values!r}", argument="time"
        )
    import narwhals as nw

    values = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(values, nw.Series):
        values, own_zone = _read_column(values)
        zone = zone or own_zone
    if not hasattr(values, "__array__"):
        values = list(values)
        # As an array of texts, they would lose their ranks.
        is_ranked = any(isinstance(value, _Ranked) for value in values)
        values = np.asarray(values, dtype=object if is_ranked else None)
    array = np.asarray(values)
    if array.shape != (rows,):
        shape = " x ".join(map(str, array.shape))
        raise DataError(f"must have a time for each of {rows:,} rows, not {shape}", argument="time")
    if array.dtype.kind in "biuf":
        times = Times(array.astype(np.float64), Scale.NUMBER, name)
    elif array.dtype.kind == "M":
        times = Times(_count_days(array), Scale.DATE, name, zone=zone)
    elif array.dtype.kind == "m":
        times = Times(array / np.timedelta64(1, "h"), Scale.NUMBER, f"{name} (hours)")
    else:
        times = _read_objects(array.tolist(), name)
    if not np.isfinite(times.numbers).any():
        raise DataError("no row has a time", argument="time")
    return times


def _read_objects(values: list[Any], name: str) -> Times:
    zone: tzinfo | None = None
    distinct = [value for value in dict.fromkeys(values) if str(value) not in MISSING]
    ranked = [value for value in distinct if isinstance(value, _Ranked)]
    if ranked:
        ranked.sort(key=lambda text: text.rank)
        return _rank(values, ranked, name)
    readers: list[tuple[Scale, Callable[[Any], Any], str]] = [
        (Scale.DATE, _read_date, name),
        (Scale.NUMBER, _read_hours, f"{name} (hours)"),
        (Scale.NUMBER, float, name),
    ]
    for scale, read, axis in readers:
        try:
            numbers = [read(value) for value in distinct]
        except (TypeError, ValueError):
            continue
        if scale is Scale.DATE:
            zone = next((v.tzinfo for v in numbers if v.tzinfo), None)
            naive = [v.astimezone(UTC).replace(tzinfo=None) if v.tzinfo else v for v in numbers]
            numbers = _count_days(np.array(naive, dtype="datetime64[us]")).tolist()
        known = dict(zip(distinct, numbers, strict=True))
        return Times(_look_up(values, known), scale, axis, zone=zone)
    odd = next((str(value) for value in distinct if DATE_LIKE.match(str(value))), None)
    if odd is not None:
        raise DataError(
            f"{odd!r} looks like a date, but is not written as 2026-03-10 or 2026-03-10 09:00; "
            "convert the column first, as by polars.col(...).str.to_datetime(...)",
            argument="time",
        )
    return _rank(values, sorted({str(value) for value in distinct}), name)


def _rank(values: Sequence[Any], texts: Sequence[str], name: str) -> Times:
    """Replace values by the places of their texts."""
    places = {text: float(place) for place, text in enumerate(texts)}
    found = {value: places[str(value)] for value in set(values) if str(value) in places}
    return Times(_look_up(values, found), Scale.CATEGORY, name, tuple(map(str, texts)))


def _look_up(values: Iterable[Any], known: dict[Any, float]) -> Floats:
    return np.array([known.get(value, np.nan) for value in values], dtype=np.float64)


def _read_date(value: Any) -> datetime:
    if isinstance(value, str) and ISO.fullmatch(value):
        return datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    raise TypeError(value)


def _read_hours(value: Any) -> float:
    if isinstance(value, time):
        value = timedelta(
            0, value.second, value.microsecond, minutes=value.minute, hours=value.hour
        )
    if isinstance(value, timedelta):
        return value / timedelta(hours=1)
    found = CLOCK.fullmatch(value)
    if found is None:
        raise ValueError(value)
    hours, minutes, seconds = found.groups(default="0")
    return int(hours) + int(minutes) / 60 + float(seconds) / 3600


def _count_days(dates: npt.NDArray[np.datetime64]) -> Floats:
    passed = dates.astype("datetime64[us]") - np.datetime64("1970-01-01", "us")
    return np.asarray(passed / np.timedelta64(1, "D"), dtype=np.float64)

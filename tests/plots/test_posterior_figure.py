"""The figure of posteriors: strips over rows, and over time."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Component, DataError, Disentanglement, DomixWarning, Network, do
from domix.plots import plot_posterior
from domix.plots.posterior.times import Scale, read_times
from domix.plots.posterior.windows import MOST_STEPS, MOST_WINDOWS, cut_times, sort_rows
from plots.samples import many_targets, one_target, planted_result, soft_result
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts


def rows_of(result, count=300, as_frame=False):
    return result.mixture.sample(count, rng=0, as_frame=as_frame)


def labels_of(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_structure_over_rows():
    result = planted_result()
    check_figure("posterior", plot_posterior(result, rows_of(result)))


def test_structure_over_time():
    result = planted_result()
    days = [date(2026, 11, 1 + i // 12) for i in range(300)]
    check_figure("posterior-time", plot_posterior(result, rows_of(result), days))


@pytest.mark.parametrize("result", [planted_result, soft_result, one_target, many_targets])
@pytest.mark.parametrize("time", [None, [f"phase {i % 3}" for i in range(300)], range(300)])
def test_no_text_is_cut_or_hidden(result, time):
    figure = plot_posterior(result(), rows_of(result()), time)
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == []


posteriors = st.lists(
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=40
).map(lambda rows: np.array(rows) / np.sum(rows, axis=1, keepdims=True))


@given(posteriors, st.integers(1, 30))
def test_windows_keep_expected_counts(posterior, copies):
    posterior = np.repeat(posterior, copies, axis=0)
    times = np.arange(len(posterior)) % 11 / 7.0
    counts = np.arange(len(posterior)) % 5 + np.float64(1)
    for windows in (sort_rows(posterior, counts)[0], cut_times(posterior, times, counts)):
        sums = np.nansum(windows.means * windows.rows[:, None], axis=0)
        assert sums == pytest.approx(counts @ posterior)
        assert windows.rows.sum() == counts.sum()
        assert np.all(np.diff(windows.edges) > 0)


@given(posteriors)
def test_rows_of_one_target_are_sorted_by_probability(posterior):
    windows, ends = sort_rows(posterior, np.ones(len(posterior)))
    start = 0
    for component, end in enumerate(map(int, ends)):
        block = windows.means[start:end]
        assert np.all(block.argmax(axis=1) == component)
        assert np.all(np.diff(block[:, component]) <= 0)
        start = end
    assert start == len(posterior)


def test_many_rows_become_few_steps():
    posterior = np.random.default_rng(0).dirichlet([1, 1], 100_000)
    times = np.random.default_rng(1).normal(size=100_000)
    assert len(sort_rows(posterior, np.ones(100_000))[0].rows) == MOST_STEPS
    assert len(cut_times(posterior, times, np.ones(100_000)).rows) == MOST_WINDOWS


def test_a_gap_in_time_is_left_open():
    windows = cut_times(np.ones((5, 1)), np.array([0.0, 1.0, 2.0, 30.0, 31.0]), np.ones(5))
    assert np.isnan(windows.means).sum() == 1
    gap = int(windows.rows.argmin())
    assert windows.edges[gap + 1] - windows.edges[gap] == 27.0


@pytest.mark.parametrize("make", [polars.DataFrame, pandas.DataFrame])
def test_the_time_column_is_no_variable(make):
    result = planted_result()
    columns = {**rows_of(result, as_frame=True).to_dict(as_series=False), "minute": range(300)}
    frame = make(columns)
    figure = plot_posterior(result, frame, "minute")
    assert figure.axes[0].get_xlabel() == "minute"
    assert labels_of(figure)[-1] == "rows"
    with pytest.raises(DataError, match="minute"):
        plot_posterior(result, frame)
    with pytest.raises(DataError, match="no column 'hour'"):
        plot_posterior(result, frame, "hour")
    with pytest.raises(DataError, match="other"):
        plot_posterior(result, make({**columns, "other": range(300)}), "minute")


def test_a_variable_can_be_the_time():
    net = Network({"day": []}, {"day": ["a", "b"]}, {"day": [0.5, 0.5]})
    result = Disentanglement(net, (Component(do(), 0.5), Component(do(day="a"), 0.5)), "likelihood")
    figure = plot_posterior(result, polars.DataFrame({"day": ["a", "b", "a"]}), "day")
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["a", "b"]


def test_times_are_read_as_what_they_are():
    hours = [datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in (1, 2)]
    read = read_times(hours, 2, "time")
    assert read.scale is Scale.DATE
    assert np.diff(read.numbers) == pytest.approx(1 / 24)
    elsewhere = [hour.astimezone(timezone(timedelta(hours=5))) for hour in hours]
    assert read_times(elsewhere, 2, "time").numbers == pytest.approx(read.numbers)
    for same in (
        ["2026-11-01T01:00", "2026-11-01 02:00:00"],
        np.array(["2026-11-01T01", "2026-11-01T02"], dtype="datetime64[h]"),
        pandas.Series(pandas.to_datetime(hours)),
        polars.Series([hour.replace(tzinfo=None) for hour in hours]),
    ):
        assert read_times(same, 2, "time").numbers == pytest.approx(read.numbers)
    texts = read_times(["late", None, "early"], 3, "phase")
    assert texts.categories == ("early", "late")
    assert np.isnan(texts.numbers).tolist() == [False, True, False]
    assert read_times(["10", "9"], 2, "step").numbers.tolist() == [10, 9]


def test_dates_are_read_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.dates", None)
    dates = ["1970-01-03", datetime(1970, 1, 1, 12), date(1969, 12, 31)]
    assert read_times(dates, 3, "day").numbers.tolist() == [2, 0.5, -1]


HALVES = [timedelta(hours=10), None, timedelta(hours=9, minutes=30)]


@pytest.mark.parametrize(
    "values",
    [
        HALVES,
        np.array(HALVES, dtype="timedelta64[s]"),
        polars.Series(HALVES),
        pandas.Series(HALVES),
        ["10:00", "", "9:30"],
        ["10:00:00", None, "09:30:00.0"],
        [time(10), None, time(9, 30)],
        polars.Series([time(10), None, time(9, 30)]),
    ],
)
def test_durations_and_times_of_day_are_hours(values):
    read = read_times(values, 3, "after")
    assert (read.scale, read.name) == (Scale.NUMBER, "after (hours)")
    assert read.numbers.tolist() == pytest.approx([10, np.nan, 9.5], nan_ok=True)


PHASES = ["before", "during", "after"]


@pytest.mark.parametrize(
    "values",
    [
        polars.Series(["after", None, "before"], dtype=polars.Enum(PHASES)),
        pandas.Series(pandas.Categorical(["after", None, "before"], PHASES, ordered=True)),
    ],
)
def test_a_declared_order_of_texts_is_kept(values):
    read = read_times(values, 3, "phase")
    assert read.categories == ("before", "after")
    assert read.numbers.tolist() == pytest.approx([1, np.nan, 0], nan_ok=True)
    make = type(values).__module__.partition(".")[0]
    frame = {"polars": polars, "pandas": pandas}[make].DataFrame({"A": [0, 1, 0], "phase": values})
    figure = plot_posterior(one_target(), frame, "phase")
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["before", "after"]


def test_dates_with_a_zone_are_shown_in_it():
    result = one_target()
    when = pandas.date_range("2026-11-01 09:00", periods=3, freq="h", tz="Asia/Tokyo")
    figure = plot_posterior(result, pandas.DataFrame({"A": [0, 1, 0], "when": when}), "when")
    assert figure.axes[0].get_xlabel() == "when (Asia/Tokyo)"
    shown = [text.get_text() for text in shown_texts(figure)]
    assert {"09:00\n2026-11-01", "11:00\n2026-11-01"} <= set(shown)


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (range(4), "must have a time for each of 3 rows, not 4"),
        (["", None, "NA"[:0]], "no row has a time"),
        ("when", "names a column, but data is no data frame"),
        (5, "must be a column or the time of each row, not 5"),
        ([date(1, 1, 1), date(2026, 1, 1), date(2026, 1, 2)], "leave the years 1 to 9999"),
        ([date(9999, 12, 31)] * 3, "leave the years 1 to 9999"),
        (["03/10/2026 09:00 AM", "03/10/2026 12:00 AM", ""], "'03/10/2026 09:00 AM' looks like"),
        (["28.02.2026", "01.03.2026", "02.03.2026"], "'28.02.2026' looks like a date"),
        (["10/Mar/2026:09:00:00 +0100"] * 3, "looks like a date"),
    ],
)
def test_times_that_do_not_fit_are_refused(time, message):
    with pytest.raises(DataError, match=f"time: .*{message}"):
        plot_posterior(one_target(), [[0], [1], [0]], time)


def test_times_of_other_rows_are_refused():
    rows = pandas.DataFrame({"A": [0, 1, 0]})
    times = pandas.Series([1, 2, 3])
    plot_posterior(one_target(), rows, times)
    with pytest.raises(DataError, match="time: the index is not that of the rows"):
        plot_posterior(one_target(), rows[::-1], times)


def test_impossible_rows_are_left_out_and_counted():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [1.0, 0.0]})
    result = Disentanglement(net, (Component(do(), 1.0),), "likelihood")
    with pytest.warns(DomixWarning):
        figure = plot_posterior(result, [[0], [1], [0]])
    assert "(1 row without posterior left out)" in figure.axes[0].get_xlabel()
    with pytest.warns(DomixWarning), pytest.raises(DataError, match="no row has a posterior"):
        plot_posterior(result, [[1]])


def test_known_labels_are_certain():
    result = one_target()
    vars(result)["components"] = (Component(do(), 0.5), Component(do(A=0), 0.5))
    figure = plot_posterior(result, [[0]] * 10, labels=[do(A=0)] * 10)
    assert [text.get_text() for text in figure.axes[0].texts][:2] == ["0 (0.0%)", "10 (100.0%)"]


def test_beyond_24_targets_the_others_share_a_strip():
    result = many_targets(30)
    labels = labels_of(plot_posterior(result, rows_of(result)))
    assert len(labels) == 24
    assert labels[-1] == "7 more targets"


@pytest.mark.parametrize("time", [None, [1, 2, 3, 4]])
def test_counts_are_rows_that_occurred_as_often(time):
    result = planted_result()
    rows, counts = rows_of(result, 4), [100, 0, 5000, 1]
    repeated = np.repeat(rows, counts, axis=0)
    times = None if time is None else np.repeat(time, counts)
    figure = plot_posterior(result, rows, time, counts=counts)
    again = plot_posterior(result, repeated, times)
    assert [t.get_text() for t in shown_texts(figure)] == [t.get_text() for t in shown_texts(again)]
    with pytest.raises(DataError, match="counts"):
        plot_posterior(result, rows, time, counts=[1, 2])


@pytest.mark.parametrize(("missing", "words"), [(1, "1 row without"), (2, "2 rows without")])
def test_rows_left_out_are_counted(missing, words):
    result = planted_result()
    times = [None] * missing + [1.0] * (9 - missing)
    assert words in plot_posterior(result, rows_of(result, 9), times).axes[0].get_xlabel()

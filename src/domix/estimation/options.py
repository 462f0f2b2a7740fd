"""The numbers that tune the search, in one place.

A field is a choice: another value gives another search, faster or more thorough. Guards of
arithmetic (the least weight whose logarithm is taken, say) are no choices and stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EmLimits", "SearchOptions"]


@dataclass(frozen=True)
class EmLimits:
    """When an EM fit stops: the first of two limits that is reached."""

    tol: float
    """Nats: a cycle of the accelerated EM that gains less than this is the last one."""
    steps: int
    """Evaluations of the EM map."""


@dataclass(frozen=True)
class SearchOptions:
    """The choices of the search; the defaults are what :func:`domix.disentangle` uses.

    Each field says its unit and its reason. Unless it says otherwise, a default was chosen on the
    development seeds of ``domix study`` (docs/measured.md). An ablation is
    ``replace(SearchOptions(), field=value)``.
    """

    # Expectation-maximization (estimation.em)

    joint_fit: EmLimits = EmLimits(1e-3, 500)
    """Fit of weights and tables for a fixed support, where nothing else is said."""
    impossible_row_cost: float = 50.0
    """Nats that a data row costs which no component can produce. Finite, so that a search can
    compare supports that all leave some row out."""
    max_prior_count: float = 0.1
    """Largest prior count of a row of a CPT while targets are searched for and tested. A pseudocount
    penalizes a nearly deterministic row for states that never occur. A target that sets the variable
    takes its data rows off that CPT and escapes the penalty, which is no evidence for the target:
    with a pseudocount of 1 per entry, targets were found where there were none."""
    min_prior_count: float = 1e-6
    """Smallest prior count of a CPT entry: EM cannot leave an entry of zero."""
    negligible_component: float = 1e-10
    """Ratio of likelihoods: a component this much less likely than the best one for a data row is
    ignored there. Rows with one component left are counted once for all steps of a fit."""
    min_start_weight: float = 1e-12
    """Smallest weight at which a fit starts: EM cannot leave a weight of zero."""
    cached_targets: int = 20_000
    """Targets whose data rows are kept in memory; more are computed again when needed."""
    cached_ratios: int = 256
    """Targets whose likelihood ratios, one per data row, are kept in memory."""
    squarem_first_step: float = 4.0
    """Longest extrapolation at first, in EM steps. It grows by ``squarem_step_growth`` each time it
    is reached without loss, and shrinks by as much after a loss (Varadhan and Roland 2008)."""
    squarem_step_growth: float = 4.0
    """See ``squarem_first_step``."""
    squarem_min_weight_ratio: float = 0.02
    """Smallest ratio of an extrapolated weight to that of plain EM: larger steps overshoot to weights
    that EM takes long to bring back."""
    squarem_max_log_change: float = 1.5
    """The same for table entries: the largest difference of their logarithms from plain EM."""
    hopeless_steps: int = 6
    """EM steps after which a fit may end because it will not reach the objective asked for: when
    what it lacks is more than ``hopeless_gains`` times its last gain plus ``hopeless_nats``."""
    hopeless_gains: float = 40.0
    """See ``hopeless_steps``."""
    hopeless_nats: float = 5.0
    """Nats; see ``hopeless_steps``."""

    # Forward pass and prefixes (estimation.selection.forward, prefixes, relift, reorder)

    # Backward elimination (estimation.selection.backward)

    elimination_start: EmLimits = EmLimits(1e-2, 400)
    """First fit of a support whose targets are to be tested; only large drop costs are read off."""
    elimination_refit: EmLimits = EmLimits(1e-2, 200)
    """Refit once the empty components are gone."""
    elimination_drop: EmLimits = EmLimits(1e-2, 100)
    """Refit once a tested target is dropped."""
    elimination_end: EmLimits = EmLimits(1e-3, 400)
    """Fit of the support that is left, whose score is compared with others."""
    drop_test: EmLimits = EmLimits(0.02, 60)
    """Fit without a target. It stops as soon as the outcome of the test is clear."""
    drop_ranking: EmLimits = EmLimits(0.05, 40)
    """Continuation of that fit where the target fails, so that the cheapest target goes first."""
    final_drop_test: EmLimits = EmLimits(1e-3, 500)
    """The same for the reported p-values, which must not depend on where a fit stops."""
    min_expected_rows: float = 0.2
    """Expected data rows: a component with fewer is dropped untested, since no test keeps it."""
    safe_excess: float = 20.0
    """Nats: a target whose drop cost was this far above its critical value is not tested again,
    for drop costs rarely change by more between two supports of a search ..."""
    safe_weight_change: float = 0.05
    """... unless its weight has changed by more than this share since."""
    added_start_weight: float = 1e-6
    """Weight at which a target enters a support where nothing better is known: EM cannot bring back
    a weight of zero, and anything larger disturbs the first steps."""
    remaining_start_weight: float = 1e-7
    """Weight added to every other component when one is dropped, so that each can take its rows."""

    # Local search and its moves (estimation.selection.local_search, moves)

    max_rounds: int = 60
    """Rounds of the local search. It usually ends after a handful; the limit guards its end."""
    min_score_gain: float = 1e-3
    """Nats by which a move must improve the score: more than fits that stop early differ by."""
    trial_fit: EmLimits = EmLimits(0.1, 30)
    """Fit of an intermediate support, which only the prediction of moves reads."""
    trial_gain: float = 0.5
    """Share of the smallest critical value in question that a predicted gain must reach for a
    refit: predictions keep the tables and the other weights, and so are too low."""
    listed_gain: float = 0.15
    """The same share for a move to be listed at all, as part of a swap or tried on its own late."""
    line_search_gain: float = 0.2
    """Share of the least gain asked for that the quadratic prediction must reach for an exact line
    search: the prediction is rough far from zero."""
    max_line_searches: int = 60
    """Exact line searches in one ranking of single changes; each passes over the rows."""
    candidates_per_line_search: int = 3
    """Single changes that are considered for each of these, for some are not allowed."""
    max_pair_donors: int = 4
    """Donors that are compared for an intersection or a union; the heaviest give most."""
    max_batch: int = 12
    """Single changes that are made at once; more of them get in each other's way."""
    max_single_changes: int = 10
    """Single changes that are tried one at a time in a round, after everything else but swaps."""
    max_start_share: float = 0.5
    """Largest share of its donor's weight at which a target starts: EM is slow to bring back what
    was taken ..."""
    max_refitted_start_share: float = 0.98
    """... and where a row of a CPT was refitted with the target, the share is known better."""
    min_entry_count: float = 1e-3
    """Expected count that stays in a CPT entry when rows are taken from it, so that later fits can
    bring it back."""
    refitted_row_share: float = 1e-3
    """Share of the moved counts below which a row of a CPT is left as it is."""
    max_additions: int = 8
    """Additions with refitted rows that are tried in a round."""
    addition_share: float = 0.5
    """Share of a component's counts that must have the value of an addition; otherwise single
    changes see it."""
    addition_rows: float = 2.0
    """Expected data rows that a component needs for an addition: fewer pay for no target."""
    min_replacement_gain: float = 0.05
    """Nats, difference of penalties included, that a replacement must promise. Little is asked for,
    since the number of targets stays."""
    max_replacement_loss: float = 10.0
    """Nats of likelihood that a replacement may lose: no difference of penalties outweighs more."""
    replacement_rows_left: float = 0.5
    """Expected data rows of a target that may have another value than its replacement sets."""
    extension_share: float = 0.8
    """Share of a target's counts that must have a value for an extension to set it. Not all: rows
    are shared with other targets."""
    split_row_share: float = 0.9
    """Share of the counts of a row of a CPT that must be one target's for the row to be its own:
    with fewer, the other counts hold the row in place."""
    split_target_share: float = 0.8
    """Share of a target's counts that must be in such rows for the target to be split."""
    split_value_share: float = 0.02
    """Share of a target's counts that a value needs for a part of its own ..."""
    split_value_rows: float = 2.0
    """... and expected data rows."""
    split_extension_share: float = 0.8
    """``extension_share`` for the parts of a split."""
    max_split_loss: float = 10.0
    """Nats that the parts of a split may lose before moves from them are ranked."""
    max_blocked_variables: int = 4
    """Variables in a round that are lifted again under other excluded values; each costs a fit of
    all lifts per value."""
    max_blocked_line_searches: int = 30
    """``max_line_searches`` in the search for these variables."""
    max_blocked_additions: int = 16
    """``max_additions`` in the search for these variables."""
    max_relifted_excess: int = 12
    """Targets, beyond two for each present one, that a variable lifted again may leave."""
    max_merge_loss: float = 20.0
    """Nats that a merge may lose before the refit: other targets take over much of what is lost."""
    max_merges: int = 8
    """Merges that are tried in a round."""
    max_swaps: int = 12
    """Targets in a round that are taken out for a swap, the cheapest first."""
    max_swap_excess: float = 60.0
    """Nats: a target whose drop cost is this far above its critical value is not taken out."""
    max_swap_batch: int = 6
    """Single changes that are made at once in place of a target taken out ..."""
    max_swap_changes: int = 2
    """... and that are tried one at a time."""

    # Search, groups and uncertainty (estimation)

    sample_rows: int = 2**14
    """Distinct rows of the sample on which targets are searched for where there are many rows: the
    time of a search grows with the rows, and targets with a weight worth reporting show on these.
    """

    sample_factor: int = 2
    """Times ``sample_rows`` from which on the search starts with a sample."""

    idle_orders: int = 2
    """Topological orders in a row that bring no new target before no other is tried."""

    most_orders: int = 6
    """Topological orders that are tried in all: each lifts every variable again."""

    group_searches: int = 4
    """Passes over all mixtures of shared tables in which each is searched; most need two."""

    group_fresh_searches: int = 2
    """Searches of each mixture from the start. In the first pass, the first mixture sees the
    control rows alone; its second search sees what the others tell of the tables."""

    group_fits: int = 50
    """Passes over all mixtures of shared tables in which each is fitted in turn."""

    group_change: float = 0.1
    """Expected counts of table entries, summed over all mixtures: the fits have converged once a
    pass changes less."""

    gradient_steps: int = 200
    """Conjugate gradient steps for the response of the tables to one weight."""

    gradient_tolerance: float = 1e-5
    """Relative residual at which these steps stop: standard errors are good to as many digits."""

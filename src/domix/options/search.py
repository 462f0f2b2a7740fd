"""The numbers that tune the search for targets and its fits."""

from __future__ import annotations

from dataclasses import dataclass


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
    development seeds of ``domix study`` (docs/reference/measured.md). An ablation is
    ``replace(SearchOptions(), field=value)``.
    """

    # Expectation-maximization (em)

    joint_fit: EmLimits = EmLimits(1e-3, 500)
    """Fit of weights and tables for a fixed support, where nothing else is said."""
    impossible_row_cost: float = 50.0
    """Nats that a data row costs which no component can produce. Finite, so that a search can
    compare supports that all leave some row out."""
    max_prior_count: float = 0.1
    """Largest prior count of a row of a CPT while targets are searched for and tested. A
    pseudocount penalizes a nearly deterministic row for states that never occur. A target that sets
    the variable takes its data rows off that CPT and escapes the penalty, which is not evidence for
    the target: with a pseudocount of 1 per entry, targets were found where there were none."""
    min_prior_count: float = 1e-6
    """Smallest prior count of a CPT entry: EM cannot leave an entry of zero."""
    negligible_component: float = 1e-10
    """Ratio of likelihoods: a component this much less likely than the best one for a data row is
    ignored there. Rows with one component left are counted once for all steps of a fit."""
    contrast_start: float = 1e-4
    """Smallest weight or share at which a fit with a background starts."""
    min_start_weight: float = 1e-12
    """Smallest weight at which a fit starts: EM cannot leave a weight of zero."""
    cached_targets: int = 20_000
    """Targets whose data rows are kept in memory. Others are computed when needed, so that this
    changes time and memory alone."""
    cached_ratios: int = 256
    """The same for likelihood ratios, which take more memory and are needed for one fit only."""
    squarem_first_step: float = 4.0
    """Longest extrapolation at first, in EM steps. It grows by ``squarem_step_growth`` each time it
    is reached without loss, and shrinks by as much after a loss (Varadhan and Roland 2008)."""
    squarem_step_growth: float = 4.0
    """Factor; see ``squarem_first_step``."""
    squarem_min_weight_ratio: float = 0.02
    """Smallest ratio of an extrapolated weight to that of plain EM: larger steps overshoot to
    weights that EM takes long to bring back."""
    squarem_max_log_change: float = 1.5
    """Nats; the same for table entries: the largest difference of their logarithms from plain
    EM."""
    unreachable_steps: int = 6
    """EM steps after which a fit may end because it will not reach the objective asked for: when it
    lacks more than ``unreachable_gains`` times its last gain plus ``unreachable_nats``."""
    unreachable_gains: float = 40.0
    """Factor; see ``unreachable_steps``."""
    unreachable_nats: float = 5.0
    """Nats; see ``unreachable_steps``."""

    # Forward pass and prefixes (selection.forward, prefixes, relift, reorder)

    unset_share: float = 0.8
    """Share of a prefix's weight that starts with the lift that does not set the variable. It is
    large because most targets set few variables."""
    excluded_state_fit: EmLimits = EmLimits(0.05, 100)
    """Fit of all lifts of a variable under each excluded state, of which the best is taken."""
    lift_fit: EmLimits = EmLimits(1e-3, 300)
    """Fit under the best excluded state, before and after lifts are dropped."""
    lift_drop_test: EmLimits = EmLimits(1e-2, 60)
    """Fit without a lift. It stops as soon as the outcome is clear."""
    lift_drop_refit: EmLimits = EmLimits(1e-2, 30)
    """Continuation of that fit once the lift is dropped."""
    lift_critical_share: float = 0.5
    """Share of the critical value below which a lift is dropped: a lift that later variables will
    separate from others may not be significant yet."""
    min_competing_prefixes: int = 8
    """Smallest number of prefixes that competing lifts are counted for. The first variables have
    few prefixes, but their lifts compete with those of all variables that follow."""
    empty_lift_rows: float = 0.3
    """Expected data rows below which a lift is dropped untested: no test would keep it."""
    kept_lift_weight: float = 1e-9
    """Smallest weight of a kept lift before the next fit: an included target must not be lost where
    EM drove its weight to zero."""
    heavy_lift: float = 0.1
    """Weight from which on a lift is not tested before the joint fit, which rarely drops it."""
    max_prefixes: int = 60
    """Prefixes that are carried to the next variable; the time for it grows with their number."""
    negligible_prefix: float = 1e-12
    """Responsibility below which a prefix leaves the list of a group of data rows, so that lists
    stay short."""
    merge_precision: float = 1e6
    """Groups of data rows are merged when the log-likelihoods of all their prefixes, in nats, are
    equal after rounding to multiples of one over this: the difference does not change a fit."""
    pruning_rounds: int = 3
    """Rounds of quick pruning. All but the last drop half of the lifts in question, since lifts of
    one prefix can stand in for each other."""
    pruning_fit: EmLimits = EmLimits(0.2, 15)
    """Refit after each of these rounds."""
    relift_unset_share: float = 0.5
    """``unset_share`` when one variable is lifted again."""
    relift_fit: EmLimits = EmLimits(0.1, 40)
    """Fit of all lifts of that variable."""
    relift_min_cost: float = 0.0
    """Nats: its lifts of a smaller drop cost are pruned; the elimination that follows tests the
    others."""
    relift_min_rows: float = 0.5
    """Expected data rows below which its lifts are pruned, at any drop cost."""
    present_share: float = 0.9
    """Share of the starting weights that the present targets keep when all variables are lifted in
    another order."""
    reorder_excluded_state_fit: EmLimits = EmLimits(0.1, 60)
    """``excluded_state_fit`` in that order."""
    reorder_fit: EmLimits = EmLimits(1e-2, 100)
    """``lift_fit`` in that order."""
    reorder_min_cost: float = 1.5
    """Nats: lifts of a smaller drop cost are pruned in that order. A lift that is lost costs
    little, since the present targets are protected."""
    reorder_min_rows: float = 0.3
    """Expected data rows below which lifts are pruned in that order, at any drop cost."""
    screened_values: int = 2**24
    """Rows times variables from which on variables are screened before they are lifted in another
    order, if the search started with a sample. Lifts of 1,000 variables on 10^5 rows took over half
    of the time."""
    screened_lift_gain: float = 3.0
    """Nats that a fresh lift must then promise for its variable to be lifted: with 100 variables
    and 8 targets 6 of them have such a lift, but 46 have one that promises 2 nats. It is twice
    ``reorder_min_cost``, as if there were half of the rows."""
    fresh_gain: float = 0.3
    """Share of the smallest critical value of the present targets that a target from another order
    must promise."""
    max_fresh_targets: int = 20
    """Targets from another order that are added at once, those of the largest gains."""

    # Backward elimination (selection.backward)

    elimination_start: EmLimits = EmLimits(1e-2, 400)
    """First fit of a support whose targets are tested next: only large differences matter yet."""
    elimination_refit: EmLimits = EmLimits(1e-2, 200)
    """Fit of the support without its empty components."""
    elimination_drop: EmLimits = EmLimits(1e-2, 100)
    """Fit of the support after a target was dropped."""
    elimination_end: EmLimits = EmLimits(1e-3, 400)
    """Last fit of the support, whose score is compared with other scores."""
    drop_test: EmLimits = EmLimits(0.02, 60)
    """Fit without one target. It stops as soon as the result of the test is clear."""
    drop_ranking: EmLimits = EmLimits(0.05, 40)
    """Continuation of that fit where the target fails: drop costs must tell which is the lowest."""
    final_drop_test: EmLimits = EmLimits(1e-3, 500)
    """Fit without one target for the reported p-values, which must not depend on an early stop."""
    min_expected_rows: float = 0.2
    """Expected data rows: a component with fewer is dropped without a test, which it would fail."""
    safe_excess: float = 20.0
    """Nats: a target whose drop cost was this far above its critical value is not tested again. A
    drop cost rarely changes by more from one support of a search to the next."""
    safe_weight_change: float = 0.05
    """Relative change of the weight since, from which on such a target is tested again."""
    added_start_weight: float = 1e-6
    """Weight with which a target enters a support, in addition to what moves to it. EM cannot leave
    a weight of zero, and a larger one would disturb the first steps."""
    remaining_start_weight: float = 1e-7
    """Weight that is added to all other components when one is dropped, for the same reason."""

    # Local search and its moves (selection.local_search, moves)

    max_rounds: int = 60
    """Rounds of one local search, which usually converges after a handful."""
    min_score_gain: float = 1e-3
    """Nats by which the score must increase: fits that stop early differ by less."""
    trial_fit: EmLimits = EmLimits(0.1, 30)
    """Fit of a support from which moves are only predicted."""
    trial_gain: float = 0.5
    """Share of the smallest critical value that a predicted gain must reach for a refit.
    Predictions are too low, since they keep the tables and the other weights."""
    listed_gain: float = 0.15
    """The same share for a single change to be ranked: changes with small gains are tried last."""
    line_search_gain: float = 0.2
    """Share of the least gain that the quadratic prediction must reach for an exact line search.
    The prediction is inaccurate far from zero."""
    max_line_searches: int = 60
    """Exact line searches in one ranking of single changes. Each reads the rows of two targets."""
    candidates_per_line_search: int = 3
    """Single changes that are considered per line search, since some are not allowed."""
    max_pair_donors: int = 4
    """Components, the heaviest first, that are compared as donors of an intersection or a union,
    and beside which pairs of values are screened."""
    max_batch: int = 12
    """Single changes that are made at once. With more of them, some are made for the same rows."""
    max_single_changes: int = 5
    """Single changes per round that are tried one at a time."""
    max_start_share: float = 0.5
    """Largest share of its donor's weight with which a target starts: EM is slow to return
    weight."""
    max_refitted_start_share: float = 0.98
    """The same where a row of a CPT was refitted with the target, which makes the share
    accurate."""
    min_entry_count: float = 1e-3
    """Expected counts that are left in a CPT entry when rows are taken from it: EM cannot leave an
    entry of zero."""
    refitted_row_share: float = 1e-3
    """Share of all moved counts below which a row of a CPT is not refitted."""
    max_additions: int = 8
    """Additions per round that are tried."""
    addition_share: float = 0.5
    """Share of a component's expected counts that must have the value which an addition sets.
    Single changes find additions with a smaller share."""
    addition_rows: float = 2.0
    """Expected data rows that the donor of an addition needs: with fewer, no target passes."""
    min_replacement_gain: float = 0.05
    """Nats of predicted score gain of a replacement that is tried. It is small, since the number of
    targets stays the same."""
    max_replacement_loss: float = 10.0
    """Nats of log-likelihood that a replacement may lose: penalties rarely differ by more."""
    replacement_rows_left: float = 0.5
    """Expected data rows of a target that may have another value than its replacement sets."""
    extension_share: float = 0.8
    """Share of a target's expected counts that must have a value for an extension to set it. It is
    below 1, since other targets share in the rows."""
    split_row_share: float = 0.9
    """Share of the counts of a row of a CPT that a target must own for a split there. Otherwise the
    other counts keep the row from following the target."""
    split_target_share: float = 0.8
    """Share of its own expected counts that a target must have in such rows to be split."""
    split_value_share: float = 0.02
    """Share of a target's expected counts that a value needs for a part of the split."""
    split_value_rows: float = 2.0
    """Expected data rows that a value needs for a part of the split."""
    split_extension_share: float = 0.8
    """Share of a part's expected counts that must have a value for the part to be extended by
    it."""
    max_split_loss: float = 10.0
    """Nats that a split may lose for moves to be ranked from its parts."""
    max_blocked_variables: int = 4
    """Variables per round that are lifted again. Each takes one fit of all lifts per value."""
    max_blocked_line_searches: int = 30
    """Exact line searches in the ranking that finds these variables."""
    max_blocked_additions: int = 16
    """Additions in the ranking that finds these variables."""
    uninformed_control_rows: float = 2.0
    """Control rows, pseudocounts included, below which a row of a CPT is uninformed."""
    uninformed_share: float = 0.15
    """Share of the data rows that must read uninformed rows of its CPT for a variable to be lifted
    again."""
    max_uninformed_variables: int = 12
    """Variables per round that are lifted again for this reason."""
    max_relift_loss: float = 5.0
    """Nats that another excluded value may lose for such a variable: the lift does not see yet what
    the other targets can do with it."""
    max_last_relifts: int = 6
    """Variables and excluded values that are tried where control rows are few and nothing else
    improves the score."""
    max_explored_loss: float = 20.0
    """Nats of score that a variable lifted again may lack for further moves to be tried from it."""
    max_relifted_excess: int = 12
    """Targets, in excess of two per target of the support, to which a variable lifted again
    leads."""
    max_merge_loss: float = 20.0
    """Nats that a merge may lose before the refit, in which other targets take over some rows."""
    max_merges: int = 8
    """Merges per round that are tried."""
    prediction_steps: int = 4
    """EM steps of the prediction of a target with its tables. It starts near its end."""
    extension_steps: int = 3
    """EM steps for the weight of each extension of a target by one value."""
    max_paired_variables: int = 64
    """Variables of which all pairs of values are screened: the time grows with their square."""
    min_pair_gain: float = 0.2
    """Nats of quadratic prediction from which on a pair of values is extended. That prediction is
    half a nat for each data row that proves the pair, whatever the row itself would gain."""
    min_joint_pair_gain: float = 2.0
    """The same for a pair beside a target of the support, whose own rows it divides."""
    max_grown_pairs: int = 12
    """Pairs that are extended per round, the best first; as many beside targets of the support."""
    max_revision_loss: float = 2.0
    """Nats of predicted score that a revision may lack to be tried."""
    max_revisions: int = 6
    """Revisions per round that are tried, the best of each target."""
    joint_score_gain: float = 0.7
    """Nats by which a joint addition must increase the score. All pairs are screened, and with few
    data rows the chi-square approximation of the test is least accurate for rare ones: without
    this margin, 5 to 6 % of runs in which nothing was done had a false target."""
    max_joint_loss: float = 3.0
    """Nats of predicted score that a joint addition may lack: predictions are rather too low."""
    max_joint_additions: int = 3
    """Joint additions per round that are tried."""
    max_swaps: int = 12
    """Targets per round that are taken out, those with the lowest drop costs first."""
    max_swap_excess: float = 60.0
    """Nats: a target whose drop cost is this far above its critical value is not taken out."""
    max_swap_batch: int = 6
    """Single changes that are made at once in place of a target that is taken out."""
    max_swap_changes: int = 2
    """Single changes that are tried one at a time in its place."""

    # Search, groups and uncertainty (selection, estimation)

    sample_rows: int = 2**14
    """Distinct rows of the sample on which targets are searched for where there are many rows: the
    time of a search grows with the rows, and these show targets of a weight that matters."""

    sample_factor: int = 2
    """Times ``sample_rows`` from which on the search starts with a sample."""

    lifted_rows: int = 2**18
    """Distinct rows on which all variables are lifted again; of more, a sample."""

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

"""The uniqueness theorem, proved for all positive tables of a small DAG.

``prove`` is the public call. ``outline`` lists the obligations of the proof in their order:
``lemma`` (Lemma 4.1), ``variables`` (one step of the induction along the topological order) and
``dual`` (a second way, by a closed-form inverse). ``formulas`` holds the closed forms, as
``monomials`` in the entries of a ``dag``'s tables.
"""

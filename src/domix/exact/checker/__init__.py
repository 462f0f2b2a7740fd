"""The certificate checker: it imports core, util and errors only.

``check`` is the public call. It verifies the ``lifts`` in order, from the ``network`` alone,
compares the mixture that they lead to with ``p_mix``, and the document's ``claims`` with both.
"""

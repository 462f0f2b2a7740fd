"""Long work: a journal of its finished steps on disk, and how Ctrl-C ends it with an answer."""

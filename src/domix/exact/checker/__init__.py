"""The certificate checker: it imports core, util and errors only."""

"""Is written to and calls nobody: logs, events, counters."""

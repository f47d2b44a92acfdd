"""The surroundings of one call: variables, directory, cache, locks and child processes."""

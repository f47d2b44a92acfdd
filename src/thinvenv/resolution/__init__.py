"""From a request and the state of an environment to a plan."""

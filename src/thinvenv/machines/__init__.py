"""Many machines: a matrix for CI, and the nodes of a Ray cluster."""

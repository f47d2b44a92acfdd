"""Fleets: many environments looked at together, what they cost and repeat."""

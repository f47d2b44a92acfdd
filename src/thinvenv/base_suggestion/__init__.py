"""Which bases a fleet should have: suggestions from what its environments ask for and hold."""

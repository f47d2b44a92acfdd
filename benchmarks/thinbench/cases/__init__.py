"""The cases: functions that measure all peers and return a ``Case``."""

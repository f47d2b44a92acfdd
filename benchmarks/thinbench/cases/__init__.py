"""The cases: each a function that measures all peers in turns and returns a ``Case``."""

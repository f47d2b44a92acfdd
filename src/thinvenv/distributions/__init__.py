"""One installed distribution, read from its metadata."""

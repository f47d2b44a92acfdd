"""Creating an environment over one or more bases."""

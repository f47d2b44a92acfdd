"""Creates environments over one or more bases."""

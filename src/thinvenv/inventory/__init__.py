"""The layers of an environment, and the distributions in them."""

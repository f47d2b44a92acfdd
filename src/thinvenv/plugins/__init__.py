"""The hooks of thinvenv and the plugins that implement them."""

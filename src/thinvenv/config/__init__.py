"""Settings from configuration files, environment variables and options."""

"""What configuration files, environment variables and options say."""

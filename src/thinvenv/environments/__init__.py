"""What an environment is: its interpreter, its receipt and its current state."""

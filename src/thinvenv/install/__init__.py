"""From a plan to the disk, and whether the result holds."""

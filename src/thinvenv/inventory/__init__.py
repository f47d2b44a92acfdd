"""What an environment has: its layers, and the distributions in them.

Nothing is imported here: :mod:`.layers` alone answers whether anything changed, and does so
without the parser that :mod:`.take` needs.
"""

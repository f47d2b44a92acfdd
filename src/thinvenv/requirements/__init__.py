"""Requirements from arguments, files and projects, read into a `Request`.

Nothing is imported here: most requests name neither a file nor a group.
"""

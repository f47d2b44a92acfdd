"""What people write - arguments, files, groups - as a :class:`~thinvenv.model.Request`.

Nothing is imported here: most requests name neither a file nor a group.
"""

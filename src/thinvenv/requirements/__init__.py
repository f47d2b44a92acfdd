"""What people write - arguments, files, groups - as a :class:`~thinvenv.model.Request`."""

from __future__ import annotations

from thinvenv.requirements.arguments import request_from
from thinvenv.requirements.files import constraints_in, roots_in
from thinvenv.requirements.groups import group_roots
from thinvenv.requirements.roots import editable_root, root
from thinvenv.requirements.sources import source_fingerprint

__all__ = [
    "constraints_in",
    "editable_root",
    "group_roots",
    "request_from",
    "root",
    "roots_in",
    "source_fingerprint",
]

"""Whether an environment contains what it did, whatever the times of its files.

Images and archives do not keep the times of files: they cut them to seconds, or set all to the same. They change the
size of folders and the order of names in them, too. The fingerprint of the layers then differs from that in the
receipt, although nothing has changed. The receipt therefore has a second digest, of what the layers contain and what
the interpreter is (:mod:`thinvenv.installation.content`). It takes longer to compute, so it counts only if the
fingerprint differs. The cache remembers the answer, and a call that finds it there loads nothing else. Nothing is
written into the environment, which may be part of an image.

If a base changes, this is the question in each of the environments over it. Where one of them has the same content
as before, others with that content have it too, if they themselves have not changed: the first answer counts for all.
"""

from __future__ import annotations

import os

from thinvenv.environments import receipt
from thinvenv.files import content_digest, read_if_any
from thinvenv.files.fingerprint import build_files, digest, file_state
from thinvenv.inventory.layers import own_part

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable

    from thinvenv.context.context import Context
    from thinvenv.environments.receipt import Receipt
    from thinvenv.model import Request

_KIND = "contents"


def request_digest(request: Request, context: Context) -> str:
    """Return a digest of a request that is the same after a round trip through an image.

    It is empty if a local archive or project has to be compared by its time: one that is not in development mode.

    Args:
        request: The request.
        context: The surroundings of the call, whose plugins count by their names and versions.

    """
    paths = [root for root in request.roots if root.path]
    if not all(root.editable for root in paths):
        return ""
    sources = {root.path: digest(map(_digest_of, build_files(root.path))) for root in paths}
    return receipt.request_digest(request, sources, "\n".join(context.plugins))


def _digest_of(path: str) -> str:
    content = read_if_any(path)
    return content_digest(content) if content else ""


def is_satisfied(
    request: Request, saved: Receipt, prefix: str, identity: Callable[[], tuple[str, str]], context: Context
) -> bool:
    """Return whether a request is satisfied, since times alone have changed after the last install.

    Args:
        request: The request.
        saved: The receipt of the environment, in which nothing is pending.
        prefix: The root of the environment.
        identity: Returns what the receipt has as ``environment_key`` and ``fingerprint``, as they are now.
        context: The surroundings of the call. Its cache remembers the answer.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: Its interpreter does not start.

    """
    if not saved.content or saved.environment is None or saved.environment.prefix != prefix:
        return False
    if request_digest(request, context) not in saved.lasting_requests:
        return False
    key, current = identity()
    own_is_unchanged = own_part(saved.fingerprint) == own_part(current) and saved.environment_key == key
    of_bases = digest([saved.content, current.removeprefix(own_part(current))])
    of_environment = digest([prefix, file_state(os.path.join(prefix, receipt.FILE_NAME)), saved.content, current, key])
    cached = (of_bases, of_environment) if own_is_unchanged else (of_environment,)
    if any(context.cache.load(_KIND, name) is not None for name in cached):
        return True
    from thinvenv.installation.content import has_content  # noqa: PLC0415 - a lookup in the cache does without

    if not has_content(saved, prefix, context):
        return False
    has_links = bool(saved.environment.linkable or saved.environment.stores)
    if (has_links or not own_is_unchanged) and not _is_intact(prefix, context):
        return False
    context.cache.store(_KIND, of_bases, {})
    context.cache.store(_KIND, of_environment, {})
    return True


def _is_intact(prefix: str, context: Context) -> bool:
    """Return whether an environment has all that was linked and written into it: an image may lack it."""
    from thinvenv.installation.check import check  # noqa: PLC0415 - a lookup in the cache does without

    findings = check(prefix, context).findings
    return not any(finding.level == "error" for finding in findings)

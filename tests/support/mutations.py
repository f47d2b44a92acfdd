"""Mutations of valid files: what a damaged disk, a careless person or an attacker makes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from thinvenv.files import json_with_checksum

if TYPE_CHECKING:
    from random import Random

TOKENS = (
    *(
        b"\0",
        b"\x1b[2J",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n\n",
        b"\\\n",
        b"\t",
        b'"',
        b"'",
        b"#",
        b";",
        b"%",
        b"$",
    ),
    *(
        b"../../name",
        b"/etc/passwd",
        b"..",
        b"-r file",
        b"-c file",
        b"--index-url",
        b"${HOME}",
        b"file:///",
        b"git+https://",
    ),
    *(
        b"alpha @ https://user:password@host/x",
        b"extra == 'x'",
        b"python_version ~= '3'",
        b"===",
        b"!=*",
        b"1.*.2",
        b"1e999",
    ),
    *(b" " * 3000, b"9" * 5000, b"(" * 500, b"[" * 3000, b"{" * 3000, b"a" * 300, b"," * 500, b"a," * 500),
    *("ä".encode(), "\u202e".encode(), "\U0001f40d".encode(), "\u2028".encode(), b"\x85", b"\x0c"),
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    3.5,
    10**30,
    "",
    "../../name",
    "\0",
    "\x1b[2J",
    "a" * 300,
    [],
    {},
    [[]],
    [None],
    {"": None},
)


def mutated(data: bytes, random: Random) -> bytes:
    """Return a file with a few bytes, tokens or lines changed; JSON is often changed in one value alone."""
    if data.startswith(b"{") and random.random() < 0.7:
        return json.dumps(_with_other_value(json.loads(data), random)).encode()
    for _ in range(random.choice((1, 1, 2, 5))):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice((0, 1, 4, 60)))
        part = random.choice(
            (random.choice(TOKENS), random.randbytes(random.choice((1, 4))), b"", data[:end][-80:] * 2)
        )
        data = data[:start] + part + data[end:]
    return data


def mutated_document(data: bytes, salt: str, random: Random) -> bytes:
    """Return a changed document with a checksum, which matches in most cases: what is behind it has to be checked, too.

    Args:
        data: The document, a JSON object without its checksum.
        salt: The text that its checksum depends on, see :func:`thinvenv.files.json_with_checksum`.
        random: The source of random numbers.

    """
    if random.random() < 0.1:
        return mutated(json_with_checksum(data.decode(), salt), random)
    return json_with_checksum(mutated(data, random).decode(errors="replace"), salt)


def _with_other_value(value: Any, random: Random) -> Any:
    """Return a JSON value in which one value has become another, or a key has gone."""
    if not isinstance(value, (dict, list)) or not value or random.random() < 0.1:
        return random.choice(VALUES)
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    chosen = random.choice(keys)
    if random.random() < 0.1:
        if isinstance(value, dict):
            return {key: item for key, item in value.items() if key != chosen}
        return value[:chosen] + value[chosen + 1 :]
    changed: Any = value.copy()
    changed[chosen] = _with_other_value(value[chosen], random)
    return changed

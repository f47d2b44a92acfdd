"""Gives a parser the inputs that atheris finds by coverage: ``python coverage_fuzzing.py PARSER [OPTION]...``.

The options are those of libFuzzer. The process ends with an error if the parser raises what no caller expects.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["thinvenv"]):
    from thinvenv import urls
    from thinvenv.distributions import installed_files, requirement_cache
    from thinvenv.environments import receipt


def read_receipt(data: bytes) -> None:
    """Decode a receipt as a caller does that takes a damaged one for none."""
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        receipt.decode(json.loads(data))


PARSERS = {
    "RECORD": lambda data: installed_files.parse_record(data.decode(errors="replace")),
    "requirement": lambda data: requirement_cache.requirement(data.decode(errors="replace")),
    "URL": lambda data: urls.redacted(data.decode(errors="replace")),
    "receipt": read_receipt,
}

if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, PARSERS[name])
    atheris.Fuzz()

"""What a runtime environment asks of thinvenv: how it is read, checked and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from thinvenv.errors import UsageError
from thinvenv.machines import node_request
from thinvenv.machines.node_request import NodeRequest, check_alone, read_request, uri_of

SCHEMA = json.loads(Path(node_request.__file__).with_name("ray_schema.json").read_text())

WRONG = [
    {"package": ["numpy"]},
    {"packages": "numpy"},
    {"packages": ["numpy", 2]},
    {"packages": [" "]},
    {"reuse": ["link"]},
    {"only_reuse": "torch"},
    "numpy",
]


def test_a_list_stands_for_packages() -> None:
    assert read_request(["numpy>=2"]) == read_request({"packages": ["numpy>=2"]}) == NodeRequest(("numpy>=2",))


@pytest.mark.parametrize("section", WRONG, ids=str)
def test_a_wrong_field_is_an_error_that_names_the_runtime_env(section: Any) -> None:
    with pytest.raises(UsageError, match=r"^runtime_env: "):
        read_request(section)


@pytest.mark.parametrize("section", [value for value in WRONG if value != {"packages": [" "]}], ids=str)
def test_the_schema_rejects_what_is_wrong(section: Any) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaException):
        fastjsonschema.validate(SCHEMA, section)


def test_the_schema_accepts_all_fields() -> None:
    section = {"packages": ["a", "-r b.txt"], "reuse": "link", "backend": "uv", "bases": ["/opt/stack"]}
    section |= {"stores": ["default"], "only_reuse": ["torch", "nvidia-*"], "never_reuse": ["scipy"]}

    fastjsonschema.validate(SCHEMA, section)

    assert read_request(section).bases == ("/opt/stack",)
    assert SCHEMA["title"] == node_request.FIELD


def test_an_unclosed_quote_is_an_error() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_request(["-r 'reqs.txt"])


def test_a_line_with_an_option_is_split_and_a_requirement_is_not() -> None:
    request = read_request({"packages": ["a ; python_version > '3'", "-r 'my reqs.txt' --pre"], "reuse": "link"})

    assert request.arguments(["ray==2"]) == [
        *("--reuse", "link", "ray==2"),
        *("a ; python_version > '3'", "-r", "my reqs.txt", "--pre"),
    ]


def test_what_the_engine_needs_is_reused_beside_the_globs() -> None:
    also = ["click", "ray"]

    assert read_request({"only_reuse": ["torch"]}).arguments((), also) == [
        *("--only-reuse", "torch", "--only-reuse", "click", "--only-reuse", "ray")
    ]
    assert read_request([]).arguments((), also) == []


@pytest.mark.parametrize("name", ["pip", "uv", "conda", "py_executable", "container", "image_uri"])
def test_another_installer_beside_it_is_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match=f'cannot be combined with "{name}"'):
        check_alone({"thinvenv": ["a"], name: ["b"]})


def test_nothing_else_is_refused() -> None:
    check_alone({"thinvenv": ["a"], "env_vars": {"A": "1"}, "working_dir": "gcs://a.zip", "pip": None})


def test_requests_that_may_share_an_environment_have_one_uri() -> None:
    request = read_request(["a"])
    shared: list[dict[str, Any]] = [{}, {"env_vars": {"OMP_NUM_THREADS": "1"}}, {"working_dir": "gcs://b.zip"}]

    assert len({uri_of(request, runtime_env) for runtime_env in shared}) == 1


@pytest.mark.parametrize(
    ("section", "runtime_env"),
    [
        (["b"], {}),
        ({"packages": ["a"], "reuse": "link"}, {}),
        (["a"], {"env_vars": {"UV_DEFAULT_INDEX": "https://example.org"}}),
    ],
)
def test_other_requests_have_other_uris(section: Any, runtime_env: dict[str, Any]) -> None:
    assert uri_of(read_request(section), runtime_env) != uri_of(read_request(["a"]), {})


@pytest.mark.parametrize("line", ["-r reqs.txt", "./project", "../project", "/opt/project", "wheels/a.whl"])
def test_the_working_directory_counts_if_files_are_named(line: str) -> None:
    request = read_request([line])

    assert uri_of(request, {"working_dir": "gcs://a.zip"}) != uri_of(request, {"working_dir": "gcs://b.zip"})


def test_a_direct_reference_is_no_file_of_the_working_directory() -> None:
    assert not read_request(["a @ https://example.org/a.whl"]).names_files

"""The workflow of GitHub and the hooks of git run what `make` runs, and nothing of their own."""

import json
import re
import shlex
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from clinic.run import ROOT

# YAML 1.1 reads `on:` as a truth.
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
STEPS: list[dict[str, Any]] = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0][
    "hooks"
]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def test_workflow_follows_the_schema() -> None:
    schemas = files("check_jsonschema").joinpath("builtin_schemas/vendor")
    schema = json.loads(schemas.joinpath("github-workflows.json").read_text())
    workflow = {"on" if key is True else key: value for key, value in WORKFLOW.items()}

    errors = [error.message for error in validator_for(schema)(schema).iter_errors(workflow)]

    assert errors == []


def test_workflow_runs_what_every_change_has_to_pass() -> None:
    commands = [step["run"] for step in WORKFLOW["jobs"]["test"]["steps"] if "run" in step]

    assert "bash .ci/run" in commands
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test"


def test_workflow_may_only_read_and_names_exact_actions() -> None:
    uses = [step["uses"] for step in STEPS if "uses" in step]

    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in WORKFLOW["jobs"].values())
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in uses)
    assert all(step["with"]["persist-credentials"] is False for step in STEPS if "uses" in step)


def test_workflow_hands_no_words_of_strangers_to_a_shell() -> None:
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_workflow_fills_in_what_the_example_leaves_empty() -> None:
    empty = re.findall(r"^([A-Z_]+)=$", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    script = "".join(step.get("run", "") for step in WORKFLOW["jobs"]["containers"]["steps"])

    assert empty
    assert re.findall(r"s/\^([A-Z_]+)=", script) == empty


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hook_is_a_target_of_make(hook: dict[str, Any]) -> None:
    program, target = shlex.split(hook["entry"])

    assert program == "make"
    assert target in TARGETS
    assert hook["language"] == "system"
    assert hook["pass_filenames"] is False

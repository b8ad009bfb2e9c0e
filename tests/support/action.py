"""What a GitHub runner does with the shell steps of a composite action, and no more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from support.published import ROOT

ACTION = ROOT / "action.yml"
_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")
TOKEN = "the token of the job"


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


@dataclass
class Done:
    """A step that has run: its status, log, outputs and job summary."""

    status: int
    log: str
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def lines(self) -> list[str]:
        return self.log.splitlines()


class Runner:
    """Runs steps of the action, by id, in a workspace."""

    def __init__(self, workspace: Path, temp: Path, python: str = sys.executable) -> None:
        self.workspace, self.temp = workspace, temp
        self.action = read_yaml(ACTION)
        self.known = {"steps.python.outputs.python-path": python}
        own = Path(sys.executable).parent / "disarm-lint"
        self.known["steps.install.outputs.command"] = str(own)
        self.known["github.token"] = TOKEN

    def step(self, name: str) -> Any:
        (found,) = [step for step in self.action["runs"]["steps"] if step.get("id") == name]
        return found

    def run(self, name: str, inputs: dict[str, str] | None = None, **extra: str) -> Done:
        step = self.step(name)
        values = {key: spec["default"] for key, spec in self.action["inputs"].items()}
        values.update(inputs or {})
        known = {**{f"inputs.{key}": value for key, value in values.items()}, **self.known}
        written = {key: self.temp / f"{name}.{key}" for key in ("output", "summary")}
        for path in written.values():
            path.write_bytes(b"")
        script = self.temp / f"{name}.sh"
        script.write_text(step["run"], encoding="utf-8")
        kept = {k: os.environ[k] for k in os.environ if not k.startswith(("GITHUB_", "INPUT_"))}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env={
                **kept,
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_OUTPUT": str(written["output"]),
                "GITHUB_STEP_SUMMARY": str(written["summary"]),
                "RUNNER_TEMP": str(self.temp),
                **{
                    key: _EXPRESSION.sub(lambda match: known[match[1]], text)
                    for key, text in step["env"].items()
                },
                **extra,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        outputs = dict(
            line.split("=", 1)
            for line in written["output"].read_text(encoding="utf-8").splitlines()
        )
        self.known.update({f"steps.{name}.outputs.{key}": v for key, v in outputs.items()})
        return Done(
            done.returncode,
            done.stdout.decode("utf-8"),
            outputs,
            written["summary"].read_text(encoding="utf-8"),
        )

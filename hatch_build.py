"""Compile the framework profiles that come with the linter: YAML for people, JSON for each run."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from ruamel.yaml import YAML

PROFILES = Path("schemas/disarm_schemas/profiles")


def compile_profile(source: bytes) -> str:
    """Return a profile as JSON, with the checksum of the YAML that it was made from."""
    data = YAML(typ="safe").load(source.decode("utf-8"))
    return json.dumps({"checksum": zlib.crc32(source), "profile": data}, ensure_ascii=False)


class ProfileBuildHook(BuildHookInterface[Any]):
    """Write each profile beside its YAML, for wheels and for editable installations."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Compile before the files are collected."""
        for source in sorted((Path(self.root) / PROFILES).glob("*.yaml")):
            target = source.with_suffix(".json")
            target.write_text(compile_profile(source.read_bytes()), encoding="utf-8")
            build_data["artifacts"].append(f"/{PROFILES}/{target.name}")

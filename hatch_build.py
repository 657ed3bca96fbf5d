"""Put the provider folders into the wheel.

They stand at the top of the repository, where someone who adds a tariff looks for them, and are
installed as ``paycompare/providers/<id>``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = {".toml", ".py"}
"""Tariffs and adapters; the recorded answers in ``samples/`` stay in the sdist, for the tests."""


class ProviderFolders(BuildHookInterface[BuilderConfig]):
    """Map every shipped file of ``providers/`` to its place inside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files, except to an editable install, which reads them where they are."""
        if version == "editable":
            return
        for path in sorted(Path(self.root, "providers").rglob("*")):
            inside = path.relative_to(self.root)
            if path.suffix in SHIPPED and "samples" not in inside.parts:
                build_data["force_include"][str(path)] = f"paycompare/{inside.as_posix()}"

"""Where this user's computer keeps what can be made again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path | None:
    """Return the folder for what can be made again, which may not exist yet; None when nothing shall be kept.

    ``PAYCOMPARE_CACHE`` names another folder than the system's usual one, or ``off``.
    """
    named = os.environ.get("PAYCOMPARE_CACHE")
    if named == "off":
        return None
    if named:
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "paycompare"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "paycompare"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "paycompare"

"""The provider folders: beside this file in a wheel, at the repository root in a checkout.

A provider is one folder, ``providers/<id>/``, and nothing else has to know of it. Walk ``__path__``
to list the folders: a resource reader sees only its first entry.
"""

from __future__ import annotations

from pathlib import Path

_CHECKOUT = Path(__file__).parents[3] / "providers"
if (_CHECKOUT.parent / "pyproject.toml").is_file():
    __path__.append(str(_CHECKOUT))

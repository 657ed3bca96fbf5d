"""Who answers live, what each needs, and whether it answers now."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from paycompare.client import Client
from paycompare.errors import CredentialsMissing, ProviderChanged, ProviderRefused
from paycompare.live.adapters import find_adapters
from paycompare.live.settings import missing
from paycompare.published.catalogue import Catalogue
from paycompare.question import ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from paycompare.live.adapters import Found
    from paycompare.live.fetch import Outcome

__all__ = ["Held", "Probed", "probe", "sources_held"]

State = Literal["answered", "declined", "refused", "drifted", "unreachable", "not set"]

_QUESTIONS: Final = (
    {"pays": "200 EUR", "sender": "DE/EUR", "to": "GB/GBP", "segment": "personal"},
    {"pays": "200 EUR", "sender": "DE/EUR", "to": "GB/GBP", "segment": "business"},
    {"gets": "200 USD", "sender": "NG/NGN", "to": "US/USD", "segment": "business"},
    {"pays": "200 EUR", "sender": "DE/EUR", "to": "GB/GBP", "segment": "personal", "pay_in": "card"},
)
"""Small questions, the next one asked where a source declines the one before."""


@dataclass(frozen=True, slots=True)
class Held:
    """A source that answers live.

    Attributes:
        found: Its adapter.
        missing: The variables that it needs and that are not set.
    """

    found: Found
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of a small question.

    Attributes:
        state: ``answered``, ``declined`` (it serves none of the small questions), ``refused``, ``drifted`` (it
            answered, but not as documented), ``unreachable`` or ``not set``.
        words: The reason, or what it said.
    """

    state: State
    words: str


def sources_held(catalogue: Sequence[Path] = (), environ: Mapping[str, str] | None = None) -> tuple[Held, ...]:
    """Return every source that answers live, by id.

    Args:
        catalogue: Provider folders of the caller's own.
        environ: What credentials are taken from; the process environment when left out.

    Example:
        >>> "wise_comparisons" in {held.found.id for held in sources_held()}
        True
    """
    held = Catalogue.load(list(catalogue))
    folders = [folder.path for folder in held.folders.values() if (folder.path / "adapter.py").is_file()]
    given = os.environ if environ is None else environ
    return tuple(Held(found, missing(found, given)) for found in find_adapters(folders))


def probe(held: Sequence[Held], client: Client | None = None) -> dict[str, Probed]:
    """Ask each source one small question over the network.

    Args:
        held: The sources.
        client: Who asks; one of its own when left out.

    Returns:
        Source id to what came of it.
    """
    from paycompare.live import blocking

    async def probed() -> dict[str, Probed]:
        asking = client or Client()
        try:
            found = await asyncio.gather(*(_probed(asking, one) for one in held))
        finally:
            if client is None:
                await asking.close()
        return dict(zip((one.found.id for one in held), found, strict=True))

    return blocking.run(probed())


async def _probed(client: Client, held: Held) -> Probed:
    if held.missing:
        return Probed("not set", ", ".join(held.missing))
    reasons: list[str] = []
    for options in _QUESTIONS:
        asked = dict(options)
        question = ask(asked.pop("pays", None), **asked)  # type: ignore[arg-type]  # `ask` checks each option and names it
        [outcome] = await client.fetcher.ask_all(
            [held.found], question.payments[0], lambda *pair, held=question: held.references.rate(*pair).value
        )
        if outcome.declined is None:
            return _result(outcome)
        reasons.append(outcome.declined)
    return Probed("declined", "; ".join(dict.fromkeys(reasons)))


def _result(outcome: Outcome) -> Probed:
    error = outcome.error
    if error is None:
        count = len(outcome.answers)
        return Probed("answered", f"{count} answer{'s' * (count != 1)} in {outcome.seconds:.1f} s")
    if isinstance(error, CredentialsMissing):
        return Probed("not set", ", ".join(error.variables))
    if isinstance(error, ProviderChanged):
        return Probed("drifted", error.message)
    return Probed("refused" if isinstance(error, ProviderRefused) else "unreachable", error.message)

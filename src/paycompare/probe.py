"""Who answers live, what each needs, and whether it answers now."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from paycompare.client import Client
from paycompare.errors import CredentialsMissing, ProviderChanged, ProviderRefused
from paycompare.live.adapters import Adapters
from paycompare.live.settings import missing
from paycompare.published.catalogue import Catalogue
from paycompare.question import ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from paycompare.live.adapters import Found
    from paycompare.live.fetch import Outcome

__all__ = ["Held", "Probed", "probe", "sources_held"]

State = Literal["answered", "declined", "refused", "drifted", "unreachable", "not set", "unusable"]

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
        id: The name of its folder.
        found: Its adapter; None when that cannot be used.
        missing: The variables that it needs and that are not set.
        problem: Why its adapter cannot be used; None when it can.
    """

    id: str
    found: Found | None
    missing: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of a small question.

    Attributes:
        state: ``answered``, ``declined`` (it serves none of the small questions), ``refused``, ``drifted`` (it
            answered, but not as documented), ``unreachable``, ``not set`` or ``unusable`` (its adapter is none).
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
        >>> "wise_comparisons" in {held.id for held in sources_held()}
        True
    """
    given = os.environ if environ is None else environ
    adapters = Adapters.load(Catalogue.load(list(catalogue)).live_folders)
    held = [Held(found.id, found, missing(found, given)) for found in adapters.found]
    broken = [Held(name, None, problem=str(error)) for name, error in adapters.failures.items()]
    return tuple(sorted([*held, *broken], key=lambda one: one.id))


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
            # Whatever one source does, the others have their line.
            found = await asyncio.gather(*(_probed(asking, one) for one in held), return_exceptions=True)
        finally:
            if client is None:
                await asking.close()
        return {one.id: _line(result) for one, result in zip(held, found, strict=True)}

    return blocking.run(probed())


def _line(result: Probed | BaseException) -> Probed:
    return result if isinstance(result, Probed) else Probed("drifted", type(result).__name__)


async def _probed(client: Client, held: Held) -> Probed:
    if held.found is None:
        return Probed("unusable", held.problem or "")
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

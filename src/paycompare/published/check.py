"""Check provider folders: does every file hold together, and does every worked example come out as its page prints it?

Everything is checked before anything is reported. Nothing of a folder is executed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from paycompare.errors import PaycompareError, Problem, TariffError
from paycompare.money import Money, as_decimal
from paycompare.published.bind import Options, bind, priced_step
from paycompare.published.catalogue import folder_of
from paycompare.published.match import WORDED
from paycompare.published.prices import Pricing, margin_spread, price_spread
from paycompare.published.reading import read_folder
from paycompare.reference.stack import References
from paycompare.scenario import price
from paycompare.terms import Payment
from paycompare.walk import Taken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paycompare.offer import Offer
    from paycompare.published.catalogue import Folder, Leaf
    from paycompare.published.schema import Check, Conditions, Step
    from paycompare.walk import Walk

__all__ = ["check_folder"]

_EPOCH: Final = date(2026, 1, 1)


def check_folder(path: Path) -> list[Problem]:
    """Return everything that is wrong with a provider folder.

    Args:
        path: The folder that holds ``provider.toml``.

    Returns:
        The problems; none when the folder holds.
    """
    try:
        folder = folder_of(path, read_folder(path))
    except TariffError as error:
        return list(error.problems)
    problems = [problem for leaf in folder.leaves for problem in _of_leaf(folder, leaf)]
    return problems + list(_overlaps(folder))


def _of_leaf(folder: Folder, leaf: Leaf) -> Iterator[Problem]:
    place = f"tariff {leaf.tariff.id!r}"
    sound = True
    for step in leaf.tariff.step:
        try:
            _build(folder, leaf, step)
        except ValueError as error:
            sound = False
            yield _problem(leaf, f"{place}, step {step.name!r}", error)
    for name, kind in dict.fromkeys(_defined_names(leaf)):
        try:
            if kind == "zone":
                leaf.known.members(name, leaf.first_day or _any_day(leaf))
            else:
                leaf.known.window(name)
        except ValueError as error:
            yield _problem(leaf, place, error)
    if not sound:
        return
    for number, example in enumerate(leaf.tariff.check):
        yield from _of_example(folder, leaf, example, f"{place}, check {number + 1}")


def _problem(leaf: Leaf, place: str, error: ValueError) -> Problem:
    """Return an error of the arithmetic, which says what it found and expected, as a problem of the file."""
    found, _, expected = str(error).partition(", expected ")
    return Problem(leaf.file, place, found.removeprefix("found "), expected or "a price that can be computed")


def _defined_names(leaf: Leaf) -> Iterator[tuple[str, str]]:
    """Yield the zones and windows that a tariff names, each with its kind."""
    tariff = leaf.tariff
    for end in (tariff.payer, tariff.payee):
        yield from ((name, "zone") for name in (*end.zones, *end.not_zones))
    for conditions in (tariff.conditions, *(only for step in tariff.step for only in _conditions_of(step))):
        yield from ((name, "zone") for name in (*conditions.payee_zones, *conditions.not_payee_zones))
        yield from ((name, "window") for name in (*conditions.within, *conditions.outside))


def _conditions_of(step: Step) -> Iterator[Conditions]:
    surcharges = (extra.only for margin in step.margin for extra in margin.plus)
    yield from (only for only in (step.only, *(one.only for one in step.margin), *surcharges) if only is not None)


def _any_day(leaf: Leaf) -> date:
    """Return a day for a tariff without one: the last on which a zone began, when all that still hold are there."""
    return max((zone.since for zone in leaf.known.zones if zone.since), default=_EPOCH)


def _build(folder: Folder, leaf: Leaf, step: Step) -> None:
    """Build every price and margin of a step, each currency being worth one: whether it adds up does not depend on it.

    Raises:
        ValueError: Bands overlap, or a price that is the same as another's is not there.
    """
    pricing = Pricing(step.name, worth=lambda _: Fraction(1))
    if step.price is not None:
        source = priced_step(folder, step, leaf.first_day or _EPOCH)
        price_spread(source.price or step.price, pricing)
    for margin in step.margin:
        margin_spread(margin, pricing)


def _of_example(folder: Folder, leaf: Leaf, example: Check, place: str) -> Iterator[Problem]:
    try:
        payment = _payment(leaf, example)
        references = References(on=payment.on, user={pair: str(as_decimal(v)) for pair, v in example.reference.items()})
        offer = bind(folder, leaf, payment, references, Options(), ())
        if isinstance(offer, str):
            yield Problem(leaf.file, place, f"the tariff does not apply: {offer}", "an example that it applies to")
            return
        scenarios = price(offer, payment.side, payment.fixed.exact, payment.fixed.currency)
    except (PaycompareError, ValueError) as error:
        yield Problem(leaf.file, place, str(error), "an example that can be computed")
        return
    if not scenarios:
        yield Problem(leaf.file, place, "no principal fits", "an amount that the tariff accepts")
        return
    for name, expected in example.expect.items():
        yield from _compared(leaf, offer, [one.walk for one in scenarios], (name, expected), example, place)


def _payment(leaf: Leaf, example: Check) -> Payment:
    conditions = leaf.tariff.conditions
    fixed: dict[str, object] = {"pays": example.pays, "sends": example.sends, "gets": example.gets}
    words = {name: str(allowed[0]) for name in WORDED if (allowed := getattr(conditions, name))}
    if example.plan is not None:
        words["plan"] = example.plan
    payment = Payment.ask(
        **fixed,  # type: ignore[arg-type]  # one of the three is set
        sender=example.sender,
        to=example.to,
        at=example.at or leaf.first_day,
        client=leaf.tariff.client,
        usage=example.usage,
        joined=example.joined,
        **words,
    )
    return replace(payment, rail=leaf.tariff.rail)


def _compared(
    leaf: Leaf,
    offer: Offer,
    walks: list[Walk],
    said: tuple[str, Money | Fraction],
    example: Check,
    place: str,
) -> Iterator[Problem]:
    name, expected = said
    found = [_figure(offer, walk, name) for walk in walks]
    known = [figure for figure in found if figure is not None]
    if not known:
        names = ["paid", "landed", "principal", "converted", "rate", *(step.name for step in offer.steps)]
        yield Problem(leaf.file, place, f"no figure {name!r}", f"one of {', '.join(names)}")
        return
    printed = expected.exact if isinstance(expected, Money) else expected
    low, high = min(value for value, _ in known), max(value for value, _ in known)
    code = known[0][1]
    if isinstance(expected, Money) and code not in (None, expected.currency):
        yield Problem(leaf.file, place, f"{name} in {code}", f"the currency that the page prints, {expected.currency}")
    elif not low - example.tolerance <= printed <= high + example.tolerance:
        span = f"{as_decimal(low)}" if low == high else f"{as_decimal(low)} to {as_decimal(high)}"
        yield Problem(leaf.file, place, f"{name} comes out as {span}", f"{as_decimal(printed)}, as the page prints")


def _figure(offer: Offer, walk: Walk, name: str) -> tuple[Fraction, str | None] | None:
    """Return a figure of a walk by the name that an example gives it, and its currency."""
    whole = {
        "paid": (walk.paid, offer.payer_currency),
        "landed": (walk.landed, offer.payout_currency),
        "principal": (walk.principal, offer.principal_currency),
    }
    if name in whole:
        return whole[name]
    for line in walk.lines:
        if isinstance(line, Taken):
            if line.name == name:
                step = next(step for step in offer.steps if step.name == name)
                return line.charge, getattr(step, "currencies", {}).get(line.bite)
        elif name == "converted":
            return line.source, next(getattr(s, "source", None) for s in offer.steps if s.name == line.name)
        elif name == "rate":
            return line.rate, None
        elif name == line.name:
            value = line.source - line.target / next(
                getattr(s, "reference", Fraction(1)) for s in offer.steps if s.name == name
            )
            return value, None
    return None


def _overlaps(folder: Folder) -> Iterator[Problem]:
    """Report versions of one tariff that hold on the same day, and names that two different pages use."""
    by_id: dict[str, list[Leaf]] = {}
    for leaf in folder.leaves:
        for other in by_id.setdefault(leaf.tariff.id, []):
            if _overlap(leaf, other):
                found = f"valid {_span(leaf)} here and {_span(other)} in {other.file}"
                yield Problem(leaf.file, f"tariff {leaf.tariff.id!r}", found, "versions that do not overlap")
        by_id[leaf.tariff.id].append(leaf)


def _overlap(one: Leaf, other: Leaf) -> bool:
    """Tell whether two versions are both said to hold on some day; an open end stops where the next one starts."""
    starts = one.tariff.valid_from, other.tariff.valid_from
    if starts[0] is None or starts[1] is None or starts[0] == starts[1]:
        return True
    first, second = (one, other) if starts[0] < starts[1] else (other, one)
    return first.tariff.valid_to is not None and first.tariff.valid_to > (
        second.tariff.valid_from or first.tariff.valid_to
    )


def _span(leaf: Leaf) -> str:
    return f"from {leaf.tariff.valid_from or 'an unstated day'} to {leaf.tariff.valid_to or 'an open end'}"

"""A quote: an offer priced for one payment, every figure with its parts, its evidence and its range.

Each scenario of the offer is a `Case`. In every case the value of what was lost on the way equals the sum of
the named parts exactly; the displayed parts are made to add up by largest remainder, ties in step order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Literal

from paycompare.measure import MEASURES, Cost, Figures, Measure, measured
from paycompare.money import Money, apportion, as_decimal, rounded
from paycompare.offer import Convert, Offer, Separate, Take
from paycompare.scenario import rank_key
from paycompare.terms import Range
from paycompare.walk import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from paycompare.offer import Owner
    from paycompare.reference.rate import Rate
    from paycompare.scenario import Scenario
    from paycompare.terms import Evidence, Payment
    from paycompare.walk import Walk

__all__ = ["Case", "Live", "Part", "PartRange", "Quote", "Standing", "quoted"]

Standing = Literal["complete", "modelled", "bounded", "unconfirmed"]
"""How much of an offer is known: only the first two are ranked, only the first can win."""


PartKind = Literal["charge", "margin", "undivided"]


@dataclass(frozen=True, slots=True)
class Live:
    """What a live quote says of itself, as its source stated it.

    Attributes:
        source: Id of the source that was asked.
        collected_at: When the price held.
        expires_at: Until when it holds; None when the source does not say.
        estimate: Why it is an estimate and not the provider's own word; None when it is its word.
        paid: What leaves the payer, as stated.
        landed: What reaches the payee, as stated.
        rate: Payee currency per payer currency, as stated; None when it is not.
        mid: The mid-market rate of its own instant, as stated; None when it is not.
        error_bp: How far the market may have moved between its instant and the reference, in basis points; 0 when it
            was moved by its own margin to the reference.
    """

    source: str
    collected_at: datetime
    expires_at: datetime | None
    estimate: str | None
    paid: Money
    landed: Money
    rate: Fraction | None
    mid: Fraction | None
    error_bp: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one step took, in one case.

    Attributes:
        name: The charge, or the margin of a conversion.
        owner: Who keeps it.
        kind: ``charge``, ``margin``, or ``undivided`` where the source does not tell the two apart.
        bite: ``on_top``, ``from_amount``, ``billed_later``, ``aside``, or ``in_the_rate`` for a margin.
        taken: What was taken, in the currency in which it was taken; a margin in the currency converted.
        value: The same, valued at the reference in the payer's currency, exactly.
        shown: The value as displayed, so that the displayed parts add up to the displayed total.
        evidence: Where the figure is from.
        flags: Remarks such as "converted at the reference".
    """

    name: str
    owner: Owner
    kind: PartKind
    bite: str
    taken: Money
    value: Fraction
    shown: Money
    evidence: Evidence
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartRange:
    """What one step takes over all cases.

    Attributes:
        name: The charge, or the margin of a conversion.
        owner: Who keeps it.
        kind: ``charge``, ``margin`` or ``undivided``.
        bite: Where it bites in the worst case.
        taken: In the currency in which it is taken.
        value: Valued at the reference in the payer's currency, as displayed.
        evidence: Where the figure is from.
        flags: Remarks.
    """

    name: str
    owner: Owner
    kind: PartKind
    bite: str
    taken: Range[Money]
    value: Range[Money]
    evidence: Evidence
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario, walked.

    Attributes:
        positions: Cause to its position, 0 cheap to 1 dear.
        principal: The amount instructed.
        paid: Everything that leaves the payer, billed later included.
        later: The part of it that is billed later.
        landed: What the provider discloses will reach the payee's institution.
        applied_rate: Payee currency per payer currency over all conversions together; None without conversion, or
            where nothing is debited.
        lost: paid - landed at the reference, in the payer's currency, exactly.
        parts: What it went into; their values sum to ``lost``.
        aside: What is collected beside the payment and comes back, such as a creditable tax; in no total.
        figures: What the measures are computed from.
    """

    positions: Mapping[str, Fraction]
    principal: Money
    paid: Money
    later: Money
    landed: Money
    applied_rate: Fraction | None
    lost: Fraction
    parts: tuple[Part, ...]
    aside: tuple[Part, ...]
    figures: Figures


@dataclass(frozen=True, kw_only=True, repr=False)
class Quote:
    """An offer priced for one payment.

    Attributes:
        offer: The offer.
        payment: The payment.
        cases: Every scenario, at least one.
        reference: Payee currency per payer currency that the margin is measured on.
        standing: How much is known.
        unknowns: Third-party charges that no page fixes.
        expected_deductions: Range of what third parties typically take, in the payee's currency; None if unknown.
        rank: Place among the ranked quotes, equal for ties; None when it is not ranked.
        ranks: Best and worst place it could have; None when it is not ranked.
        live: What a live source stated; None for a published tariff.
        flags: Remarks on the whole quote.
    """

    offer: Offer
    payment: Payment
    cases: tuple[Case, ...]
    reference: Rate
    standing: Standing
    unknowns: frozenset[str]
    expected_deductions: Range[Fraction] | None = None
    rank: int | None = None
    ranks: Range[int] | None = None
    live: Live | None = None
    flags: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        """Id of the provider."""
        return self.offer.provider

    @property
    def evidence(self) -> Evidence:
        """The page of the tariff, or the caller's own word when a rate was supplied."""
        return self.offer.evidence

    @property
    def speed(self) -> str | None:
        """What the provider states about the time it takes; None when it states nothing."""
        return self.offer.speed

    @property
    def expires_at(self) -> datetime | None:
        """When a live quote stops being valid; None when its source does not say, and for a published tariff."""
        return self.live.expires_at if self.live else None

    @property
    def at_best(self) -> bool:
        """Whether every figure is the best case only, because something of the provider's own is not published."""
        return bool(self.offer.unpublished)

    @property
    def paid(self) -> Range[Money]:
        """Everything that leaves the payer."""
        return _spanned(case.paid for case in self.cases)

    @property
    def landed(self) -> Range[Money]:
        """What the provider discloses will reach the payee's institution."""
        return _spanned(case.landed for case in self.cases)

    @property
    def principal(self) -> Range[Money]:
        """The amount instructed."""
        return _spanned(case.principal for case in self.cases)

    @property
    def landed_expected(self) -> Range[Money] | None:
        """What lands after typical third-party charges; None when there are some and nothing is known of them."""
        if not self.unknowns:
            return self.landed
        if self.expected_deductions is None or self.at_best:
            return None
        landed, less = self.landed, self.expected_deductions
        code, step = self.offer.payout_currency, self.offer.grid[self.offer.payout_currency]
        ends = (landed.low.exact - less.high, landed.high.exact - less.low)
        low, high = (_money(rounded(max(end, Fraction(0)), step), code) for end in ends)
        return Range(low, high)

    @property
    def parts(self) -> tuple[PartRange, ...]:
        """What was lost on the way, by name, each over all cases."""
        return self._over_cases(lambda case: case.parts)

    @property
    def aside(self) -> tuple[PartRange, ...]:
        """What is collected beside the payment and comes back, such as a creditable tax, each over all cases."""
        return self._over_cases(lambda case: case.aside)

    @property
    def separate(self) -> tuple[Separate, ...]:
        """Prices beside the total: of the offer, such as a plan, and of this payment, such as a creditable tax."""
        credited = (
            Separate(part.name, "; ".join((*part.flags, "creditable: it comes back, and is in no total")), part.taken)
            for part in self.aside
        )
        return (*self.offer.separate, *credited)

    def _over_cases(self, parts: Callable[[Case], Sequence[Part]]) -> tuple[PartRange, ...]:
        columns = list(zip(*map(parts, self.cases), strict=True))
        worst = parts(self.worst)
        return tuple(
            PartRange(
                name=column[0].name,
                owner=column[0].owner,
                kind=column[0].kind,
                bite=worst[index].bite,
                taken=_span_of_part(column),
                value=_spanned(part.shown for part in column),
                evidence=column[0].evidence,
                flags=column[0].flags,
            )
            for index, column in enumerate(columns)
        )

    @cached_property
    def worst(self) -> Case:
        """The case that counts for the rank."""
        return max(self.cases, key=self.key_of)

    @cached_property
    def best(self) -> Case:
        """The most favourable case."""
        return min(self.cases, key=self.key_of)

    def key_of(self, case: Case) -> Fraction:
        """Return what a case is ranked by, smaller is better; see `paycompare.scenario.rank_key`."""
        return rank_key(self.payment.side, case.figures.paid, case.figures.landed)

    @cached_property
    def key(self) -> Range[Fraction]:
        """Rank keys of the best and the worst case."""
        return Range(self.key_of(self.best), self.key_of(self.worst))

    def may_lead(self, other: Quote) -> bool:
        """Tell whether this quote can turn out ahead of another, what moves both moving them together."""
        return any(mine.low < its.high for mine, its in self._side_by_side(other))

    def surely_leads(self, other: Quote) -> bool:
        """Tell whether this quote is ahead of another however both turn out."""
        return all(mine.high < its.low for mine, its in self._side_by_side(other))

    def _side_by_side(self, other: Quote) -> Iterator[tuple[Range[Fraction], Range[Fraction]]]:
        """Yield the rank keys of both quotes for each position of what they have in common."""
        common = tuple(sorted(self.offer.common_causes & other.offer.common_causes))
        mine, its = self._keys_by(common), other._keys_by(common)
        at = mine.keys() & its.keys()
        yield from ((mine[one], its[one]) for one in at) if at else ((self.key, other.key),)

    def _keys_by(self, causes: tuple[str, ...]) -> Mapping[tuple[Fraction, ...], Range[Fraction]]:
        if causes not in self._split:
            found: dict[tuple[Fraction, ...], list[Fraction]] = {}
            for case in self.cases:
                found.setdefault(tuple(case.positions[cause] for cause in causes), []).append(self.key_of(case))
            self._split[causes] = {at: Range(min(keys), max(keys)) for at, keys in found.items()}
        return self._split[causes]

    @cached_property
    def _split(self) -> dict[tuple[str, ...], Mapping[tuple[Fraction, ...], Range[Fraction]]]:
        """Rank keys by the positions of some causes, kept because a quote is held against many others."""
        return {}

    @property
    def unspent(self) -> Range[Money] | None:
        """What stays with the payer because no principal uses it up; None unless the payer's side is fixed."""
        if self.payment.side != "pays":
            return None
        fixed, code = self.payment.fixed.amount, self.payment.fixed.currency
        return _spanned(Money.of(fixed - case.paid.amount, code) for case in self.cases)

    @property
    def overshoot(self) -> Range[Money] | None:
        """What lands beyond the amount asked for; None unless the payee's side is fixed."""
        if self.payment.side != "gets":
            return None
        fixed, code = self.payment.fixed.amount, self.payment.fixed.currency
        return _spanned(Money.of(case.landed.amount - fixed, code) for case in self.cases)

    def cost(self, measure: str = "landed_cost") -> Cost | None:
        """Return the cost under a named definition.

        Args:
            measure: One of `paycompare.measure.MEASURES`.

        Returns:
            Share and money, each a range over all cases; None when the source does not give the split it needs.

        Raises:
            PaymentError: There is no such measure.
        """
        found = [measured(case.figures, measure) for case in self.cases]
        known = [pair for pair in found if pair is not None]
        if len(known) < len(found):
            return None
        code = self.offer.payer_currency
        step = self.offer.grid[code]
        shares = [cost / of for cost, of in known]
        money = [_money(rounded(cost, step), code) for cost, _ in known]
        name: Measure = next(one for one in MEASURES if one == measure)
        return Cost(name, Range(min(shares), max(shares)), _spanned(money), self.at_best)

    def __repr__(self) -> str:
        """Return the quote in one line; every figure has an attribute."""
        return f"<Quote {self.offer.id}: pays {self.paid}, lands {self.landed}, {self.standing}>"

    def ranked(self, rank: int, ranks: Range[int]) -> Quote:
        """Return the same quote with its place."""
        return replace(self, rank=rank, ranks=ranks)


def _spanned(values: Iterable[Money]) -> Range[Money]:
    listed = list(values)
    return Range(min(listed), max(listed))


def _span_of_part(column: Sequence[Part]) -> Range[Money]:
    """Span a part in its own currency; where its place, and so its currency, is open, in the worst case's."""
    worst = max(column, key=lambda part: part.value)
    return _spanned(part.taken for part in column if part.taken.currency == worst.taken.currency)


def quoted(
    offer: Offer,
    payment: Payment,
    scenarios: Sequence[Scenario],
    reference: Rate,
    standing: Standing,
    *,
    expected_deductions: Range[Fraction] | None = None,
    live: Live | None = None,
    flags: tuple[str, ...] = (),
) -> Quote:
    """Turn the scenarios of an offer into a quote.

    Args:
        offer: The offer.
        payment: The payment it was priced for.
        scenarios: From `paycompare.scenario.price`; at least one.
        reference: Payee currency per payer currency.
        standing: How much of the offer is known.
        expected_deductions: What third parties typically take, in the payee's currency.
        live: What a live source stated.
        flags: Remarks on the whole quote.
    """
    cases = tuple(_case(offer, scenario.positions, scenario.walk) for scenario in scenarios)
    return Quote(
        offer=offer,
        payment=payment,
        cases=cases,
        reference=reference,
        standing=standing,
        unknowns=offer.unknowns,
        expected_deductions=expected_deductions,
        live=live,
        flags=offer.flags + flags + (("beats the reference rate",) if _beaten(offer, cases) else ()),
    )


def _beaten(offer: Offer, cases: Sequence[Case]) -> bool:
    """Tell whether more lands than the reference gives, by more than rounding can do."""
    return any(case.lost <= -offer.grid[offer.payer_currency] for case in cases)


def _case(offer: Offer, positions: Mapping[str, Fraction], walk: Walk) -> Case:
    payer, payout = offer.payer_currency, offer.payout_currency
    landed = walk.landed * offer.values[payout]
    lost = walk.paid - landed
    conversions = [line for line in walk.lines if not isinstance(line, Taken)]
    applied = None
    if conversions and all(line.source for line in conversions):  # a debit computed backwards may round to nothing
        applied = prod((line.target / line.source for line in conversions), start=Fraction(1))
    return Case(
        positions=positions,
        principal=_money(walk.principal, offer.principal_currency),
        paid=_money(walk.paid, payer),
        later=_money(walk.later, payer),
        landed=_money(walk.landed, payout),
        applied_rate=applied,
        lost=lost,
        parts=_parts(offer, walk, lost),
        aside=_aside(offer, walk),
        figures=_figures(offer, walk, landed),
    )


def _money(value: Fraction, code: str) -> Money:
    return Money.of(as_decimal(value), code)


def _figures(offer: Offer, walk: Walk, landed: Fraction) -> Figures:
    steps = {step.name: step for step in offer.steps if isinstance(step, Convert)}
    principal = walk.principal * offer.values[offer.principal_currency]
    conversions = [(steps[line.name], line) for line in walk.lines if not isinstance(line, Taken)]
    if any(step.undivided for step in steps.values()):
        return Figures(paid=walk.paid, landed=landed, principal=principal, converted=None, delivered=None)
    converted = principal
    if conversions:
        step, line = conversions[0]
        converted = line.source * offer.values[step.source]
    margins = (
        line.source * offer.values[step.source] - line.target * offer.values[step.target] for step, line in conversions
    )
    return Figures(
        paid=walk.paid,
        landed=landed,
        principal=principal,
        converted=converted,
        delivered=converted - sum(margins, Fraction(0)),
    )


def _kind(step: Take | Convert) -> PartKind:
    if isinstance(step, Take):
        return "charge"
    return "undivided" if step.undivided else "margin"


def _parts(offer: Offer, walk: Walk, lost: Fraction) -> tuple[Part, ...]:
    converts = {step.name: step for step in offer.steps if isinstance(step, Convert)}
    raw: list[tuple[Take | Convert, str, str, Fraction, Fraction]] = []
    for line in walk.lines:
        if not isinstance(line, Taken):
            step = converts[line.name]
            value = line.source * offer.values[step.source] - line.target * offer.values[step.target]
            raw.append((step, "in_the_rate", step.source, value / offer.values[step.source], value))
        elif line.bite != "aside":
            raw.append(_taken(offer, line))
    code = offer.payer_currency
    grid = offer.grid[code]
    shown = apportion([value for *_, value in raw], rounded(lost, grid), grid)
    return tuple(_part(*one, _money(display, code)) for one, display in zip(raw, shown, strict=True))


def _aside(offer: Offer, walk: Walk) -> tuple[Part, ...]:
    code = offer.payer_currency
    taken = [_taken(offer, line) for line in walk.lines if isinstance(line, Taken) and line.bite == "aside"]
    return tuple(_part(*one, _money(rounded(one[-1], offer.grid[code]), code)) for one in taken)


def _taken(offer: Offer, line: Taken) -> tuple[Take, str, str, Fraction, Fraction]:
    """Return a charge with where it bites, its currency, its amount there, and its value in the payer's currency."""
    take = next(step for step in offer.steps if isinstance(step, Take) and step.name == line.name)
    code = next(code for bite, code in take.currencies.items() if bite == line.bite)
    return take, line.bite, code, line.charge, line.charge * offer.values[code]


def _part(step: Take | Convert, bite: str, code: str, taken: Fraction, value: Fraction, shown: Money) -> Part:
    return Part(
        name=step.name,
        owner=step.owner,
        kind=_kind(step),
        bite=bite,
        taken=_money(taken, code),
        value=value,
        shown=shown,
        evidence=step.evidence,
        flags=step.flags,
    )

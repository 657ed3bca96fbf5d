"""Bind a tariff to a payment: its words become an offer, a chain of exact steps in the payment's currencies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from paycompare.curve import Curve
from paycompare.errors import PaymentError, Problem, TariffError
from paycompare.money import Rounding, as_decimal, minor_unit
from paycompare.offer import Convert, Limit, Offer, Separate, Spread, Take, Unpublished
from paycompare.published.catalogue import evidence_of
from paycompare.published.levies import Levies, levied
from paycompare.published.locks import lock_for, locks_of
from paycompare.published.match import DECIDES, applies, left_open, served
from paycompare.published.prices import Priced, Pricing, floor_words, margin_of, margin_spread, price_spread
from paycompare.published.rates import modelled_margin
from paycompare.published.undecided import NoPrice, as_it_may_be
from paycompare.scenario import MOST_CAUSES
from paycompare.terms import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from paycompare.offer import Bite
    from paycompare.published.catalogue import Folder, Leaf
    from paycompare.published.price_schema import Margin
    from paycompare.published.schema import LevyTable, RoundingTable, Step, TariffTable
    from paycompare.reference.stack import References
    from paycompare.terms import Estimate, Payment

__all__ = ["Options", "bind", "priced_step"]

_ONE: Final = Fraction(1)
_LEAST_LIKELY: Final = Fraction(1, 2)
"""A rate below this share of the reference, or above its inverse, is a slip of the pen."""

_USER: Final = Evidence("user", "the caller")


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller knows better.

    Attributes:
        rates: Provider id to a rate that it gave the caller, payee currency per payer currency.
        assume: ``fx_margin`` or a provider id to a margin taken for what is not published.
        levies: Levy id to None, which drops it, or to another share.
    """

    rates: Mapping[str, Fraction] = field(default_factory=dict)
    assume: Mapping[str, Estimate] = field(default_factory=dict)
    levies: Mapping[str, Fraction | None] = field(default_factory=dict)


@dataclass
class _Binding:
    """A tariff being bound; collects what the steps leave open.

    Attributes:
        held: The currency of what the next step finds.
        reached: The currency that the conversions so far lead to; the payer's before the first.
        whole: Whether a conversion without ``to`` was among them, which leads to the payee's currency.
    """

    folder: Folder
    leaf: Leaf
    payment: Payment
    references: References
    options: Options
    levy_tables: Sequence[LevyTable]
    held: str = ""
    reached: str = ""
    whole: bool = False
    currencies: dict[str, str] = field(default_factory=dict)
    values: dict[str, Fraction] = field(default_factory=dict)
    unpublished: list[Unpublished] = field(default_factory=list)
    modelled: list[str] = field(default_factory=list)
    assumed: set[str] = field(default_factory=set)

    @property
    def tariff(self) -> TariffTable:
        return self.leaf.tariff

    def value(self, code: str) -> Fraction:
        """Return units of the payer's currency per unit of a currency, at the reference."""
        if code not in self.values:
            self.values[code] = self.references.convert(_ONE, code, self.payment.corridor.payer.currency)
        return self.values[code]

    def pricing(self, step: Step, own: str, printed: str | None = None) -> Pricing:
        """Return what the price or margin of a step needs besides its words.

        Args:
            step: The step.
            own: The currency of its price.
            printed: The currency of figures without one, where the price is written down in another step.
        """
        cause = f"{step.name} of {self.folder.id}"
        plain = self.factor(printed or own, own)
        return Pricing(cause, self.payment.usage, worth=lambda code: self.factor(code, own), plain=plain)

    def factor(self, source: str, target: str) -> Fraction:
        """Return units of target per unit of source, at the reference."""
        return _ONE if source == target else self.value(source) / self.value(target)


def bind(
    folder: Folder,
    leaf: Leaf,
    payment: Payment,
    references: References,
    options: Options,
    levy_tables: Sequence[LevyTable],
) -> Offer | str:
    """Return the offer that a tariff makes for a payment, or why it makes none.

    Args:
        folder: The institution.
        leaf: The tariff and its page.
        payment: The payment.
        references: What each currency is worth.
        options: What the caller knows better.
        levy_tables: The levies that may apply.

    Raises:
        TariffError: The file contradicts itself in a way that only shows when it is used, such as overlapping bands
            or a zone that is not defined on that day.
        RateUnavailable: A currency that the tariff needs has no reference rate.
    """
    binding = _Binding(folder, leaf, payment, references, options, levy_tables)
    try:
        locked, doubt = _locked(leaf.tariff, payment)
        binding.payment = locked
        answer = served(leaf.tariff, locked, leaf.known)
        return answer.reason or _offer(binding, "; ".join(filter(None, (answer.unconfirmed, doubt))) or None)
    except NoPrice as reason:
        return str(reason)
    except ValueError as error:
        if isinstance(error, TariffError | PaymentError):
            raise
        raise TariffError(
            [Problem(leaf.file, f"tariff {leaf.tariff.id!r}", str(error), "a chain that adds up")]
        ) from error


def _locked(tariff: TariffTable, payment: Payment) -> tuple[Payment, str | None]:
    """Return the payment with the lock that the tariff has for it, and a doubt where its page speaks of none."""
    corridor = payment.corridor
    if payment.quote_validity is None or corridor.payer.currency == corridor.payee.currency:
        return payment, None
    locks = locks_of(tariff)
    if not locks:
        return payment, f"its page does not say that it locks the rate for {payment.quote_validity}"
    lock = lock_for(payment.quote_validity, locks)
    if lock is None:
        msg = f"it locks a rate for at most {locks[-1]}"
        raise NoPrice(msg)
    return replace(payment, quote_validity=lock), None


def _offer(binding: _Binding, unconfirmed: str | None) -> Offer | str:
    tariff, payment = binding.tariff, binding.payment
    payer, payee = payment.corridor.payer.currency, payment.corridor.payee.currency
    instructed = _instructed(tariff, payment)
    binding.held, binding.reached = payer if instructed == "payer" else payee, payer
    binding.currencies = {"principal": binding.held, "held": binding.held, "converted": payer}
    steps: list[Take | Convert] = []
    for step in tariff.step:
        if not applies(step.only, payment, binding.leaf.known, may_be_open=DECIDES):
            continue
        made = _step(binding, step)
        if isinstance(made, str):
            return made
        steps += [made] if made else []
    if binding.reached != payee:
        return f"its page gives no conversion from {binding.reached} to {payee}"
    levies = Levies(binding.levy_tables, binding.options.levies, tariff.includes_levies, binding.folder.about.kind)
    steps = levied(steps, levies, payment, binding)
    offer = Offer(
        provider=binding.folder.id,
        tariff=tariff.id,
        title=f"{binding.folder.about.name}: {tariff.title}",
        payer_currency=payer,
        payout_currency=payee,
        instructed=instructed,
        steps=tuple(steps),
        values={code: binding.value(code) for code in {payer, payee, *_step_currencies(steps)}},
        grid={code: minor_unit(code) for code in {payer, payee, *_step_currencies(steps)}},
        evidence=evidence_of(binding.leaf.page),
        limits=tuple(_limits(binding, tariff, instructed)),
        unknowns=_unknowns(tariff, payment),
        unpublished=tuple(binding.unpublished),
        unconfirmed=None if _given_a_rate(steps) else unconfirmed,
        modelled=tuple(binding.modelled),
        assumed=frozenset(binding.assumed),
        conditions=_conditions(tariff),
        separate=tuple(Separate(one.name, one.words, one.amount, one.per, one.waived) for one in tariff.separate),
        speed=tariff.time,
        flags=(tariff.note,) if tariff.note else (),
    )
    if len(offer.causes) > MOST_CAUSES:
        msg = f"{len(offer.causes)} independent ranges"
        raise ValueError(msg)
    return offer


def _step(binding: _Binding, step: Step) -> Take | Convert | str | None:
    """Return a step of the payment's chain, None when there is nothing to take or convert, or why there is no offer."""
    opened = left_open(step.only, binding.payment)
    if step.convert:
        _refuse_open(step.name, opened)
        return _convert(binding, step)
    taken = _take(binding, step)
    if taken is None or step.only is None or not opened:
        return taken
    return as_it_may_be(taken, step.only, opened, binding.tariff)


def _refuse_open(name: str, opened: Sequence[str]) -> None:
    if opened:
        msg = f"its {name} depends on the {' and '.join(opened)}, which is not said"
        raise NoPrice(msg)


def _given_a_rate(steps: Sequence[Take | Convert]) -> bool:
    """Tell whether the provider gave the caller a rate, which also says that it serves the payment."""
    return any(isinstance(step, Convert) and step.stated is not None for step in steps)


def _instructed(tariff: TariffTable, payment: Payment) -> Literal["payer", "payee"]:
    if tariff.instructed != "either":
        return tariff.instructed
    in_payee_currency = payment.fixed.currency == payment.corridor.payee.currency
    return "payee" if payment.side == "gets" or (payment.side == "sends" and in_payee_currency) else "payer"


def _limits(binding: _Binding, tariff: TariffTable, instructed: str) -> Iterator[Limit]:
    """Yield the limits where they bite; one stated in a currency of neither side is moved at the reference."""
    payer, payee = binding.payment.corridor.payer.currency, binding.payment.corridor.payee.currency
    own = payer if instructed == "payer" else payee
    places: dict[str, Literal["principal", "debit", "landed"]] = {payer: "debit", payee: "landed", own: "principal"}
    for least, most in ((tariff.least, None), (None, tariff.most)):
        stated = least or most
        if stated is None:
            continue
        code = stated.currency if stated.currency in places else own
        limit = stated.exact * binding.factor(stated.currency, code)
        yield Limit(places[code], limit if least else None, limit if most else None, code)


def _take(binding: _Binding, step: Step) -> Take | None:
    if step.price is None or step.place is None:
        return None
    payer = binding.payment.corridor.payer.currency
    payee = binding.payment.corridor.payee.currency
    named = (step.base,) if isinstance(step.base, str) else step.base
    bases = {
        name: binding.held if name == "held" else binding.currencies[name]
        for name in named
        if name in binding.currencies
    }
    if not bases:
        return None  # every charge that it is computed on is left out of this payment
    of_base = next(iter(bases.values()))
    worded = {"payer": payer, "payee": payee, None: of_base}
    own = worded.get(step.currency, step.currency) or of_base
    bites: tuple[Bite, ...] = ("on_top", "from_amount") if step.place == "unstated" else (step.place,)
    taken_in: dict[Bite, str] = {bite: binding.held if bite == "from_amount" else payer for bite in bites}
    source = priced_step(binding.folder, step, binding.payment.on)
    printed = worded.get(source.currency, source.currency) or of_base
    price = source.price or step.price
    priced = price_spread(price, binding.pricing(step, own, printed))
    if priced.least is not None:
        least = priced.least * binding.factor(own, taken_in[bites[0]])
        binding.unpublished.append(Unpublished(step.name, "charge", least, floor_words(price, printed)))
    converted = own not in taken_in.values()
    binding.currencies[step.name] = taken_in[bites[0]]
    return Take(
        name=step.name,
        owner=step.owner,
        base=tuple((name, binding.factor(code, own)) for name, code in bases.items()),
        price=priced.spread,
        bites=bites,
        into={bite: binding.factor(own, code) for bite, code in taken_in.items()},
        currencies=taken_in,
        rounding={bite: _rounding(step.rounding, code) for bite, code in taken_in.items()},
        base_rounding=None if step.base_rounding is None else _rounding(step.base_rounding, own),
        evidence=evidence_of(binding.leaf.page),
        flags=_remarks(step.name, bites, converted=converted),
    )


def priced_step(folder: Folder, step: Step, on: date) -> Step:
    """Return the step that writes the price of a step down: itself, or another of its folder that costs the same.

    Args:
        folder: The folder that the step stands in.
        step: A step that takes.
        on: The day on which the other price must hold.

    Raises:
        ValueError: There is no such price, it is the same as another's in its turn, or its currency is not said.
    """
    if step.price is None or step.price.same_as is None:
        return step
    wanted = step.price.same_as
    tariff_id, _, name = wanted.partition("/")
    held = [one.tariff for one in folder.leaves if one.tariff.id == tariff_id and one.holds(on)]
    found = next((one for tariff in held for one in tariff.step if one.name == name), None)
    if found is None or found.price is None or found.price.same_as is not None:
        msg = f"found same_as {wanted!r}, expected 'tariff/step' of a price in this folder that holds on {on}"
        raise ValueError(msg)
    if found.currency is None and step.currency is not None:
        msg = f"found same_as {wanted!r}, a step without 'currency', expected the currency of its figures there"
        raise ValueError(msg)
    return found


def _remarks(name: str, bites: Sequence[Bite], *, converted: bool) -> tuple[str, ...]:
    words = name.replace("_", " ")
    open_place = (f"the page does not say whether the {words} is on top or taken from the amount",)
    return (open_place if len(bites) > 1 else ()) + (
        (f"the {words} is converted at the reference",) if converted else ()
    )


def _convert(binding: _Binding, step: Step) -> Convert | str | None:
    """Return the conversion from what was reached so far, None where it is there already, or why it cannot be made."""
    payer, payee = binding.payment.corridor.payer.currency, binding.payment.corridor.payee.currency
    source, target = binding.reached, step.to or payee
    if source == target:
        return f"its page gives two conversions from {payer} to {payee}" if binding.whole else None
    flags: tuple[str, ...] = ()
    stated = binding.options.rates.get(binding.folder.id) if (source, target) == (payer, payee) else None
    evidence = evidence_of(binding.leaf.page)
    if stated is not None:
        _check_likely(binding, stated, (source, target))
        spread, weight, evidence, flags = (
            Spread.known(Curve.constant(Fraction(0))),
            _ONE,
            _USER,
            ("rate from the caller",),
        )
    else:
        spread, weight = _margin(binding, step, (source, target))
    binding.held = binding.reached = target
    binding.whole = binding.whole or step.to is None
    binding.currencies["converted"] = source
    return Convert(
        name=step.name,
        owner=step.owner,
        source=source,
        target=target,
        reference=binding.factor(source, target),
        margin=spread,
        weight=weight,
        form=step.form,
        stated=stated,
        rate_step=None if step.rate_decimals is None else Fraction(1, 10**step.rate_decimals),
        rate_inverted=step.rate_quoted == "payer_per_payee",
        forwards=_rounding(step.rounding, target),
        backwards=_rounding(step.rounding, source),
        basis=step.basis or "",
        evidence=evidence,
        flags=flags,
    )


def _check_likely(binding: _Binding, stated: Fraction, pair: tuple[str, str]) -> None:
    """Refuse a rate of the caller's that is off by half or more: it is the inverse, or lacks a digit."""
    rate = binding.references.rate(*pair)
    ratio = stated / rate.value
    if _LEAST_LIKELY < ratio < 1 / _LEAST_LIKELY or "parallel_market" in rate.flags:
        return
    inverse = as_decimal(1 / stated, 4)
    meant = (
        f"; did you mean its inverse, {inverse}?" if _LEAST_LIKELY < 1 / stated / rate.value < 1 / _LEAST_LIKELY else ""
    )
    expected = f"{pair[1]} per {pair[0]}, near the reference {as_decimal(rate.value, 4)}{meant}"
    raise PaymentError(f"rates[{binding.folder.id!r}]", str(as_decimal(stated)), expected)


def _margin(binding: _Binding, step: Step, pair: tuple[str, str]) -> tuple[Spread, Fraction]:
    """Return the margin over the amount converted, and the factor into the currency of its bounds."""
    for one in step.margin:
        _refuse_open(step.name, left_open(one.only, binding.payment))
    table = margin_of(step.margin, pair, lambda only: applies(only, binding.payment, binding.leaf.known))
    if table is None:  # it serves the pair and has no margin for it: that is one more thing that it does not publish
        priced = Priced(Spread.known(Curve.constant(Fraction(0))), Fraction(0))
    else:
        priced = margin_spread(table, binding.pricing(step, table.currency or pair[0]))
    spread = priced.spread if priced.least is None else _estimated(binding, step, pair, priced)
    weight = binding.factor(pair[0], table.currency) if table and table.currency else _ONE
    return _surcharged(binding, step, table, spread), weight


def _estimated(binding: _Binding, step: Step, pair: tuple[str, str], priced: Priced) -> Spread:
    """Return what stands in for a margin that is not published: an assumption, rates that were seen, or its least."""
    least = priced.least or Fraction(0)
    given = binding.options.assume
    key = binding.folder.id if binding.folder.id in given else "fx_margin"
    if (assumed := given.get(key)) is not None:
        binding.assumed.add(key)
        low, high = (max(end, least) for end in (assumed.low, assumed.high))
        binding.modelled.append(_assumed(step.name, (low, high), assumed, least))
        ends = (Curve.constant(low), Curve.constant(high))
        return Spread.known(ends[0]) if low == high else Spread(*ends, f"{step.name} as assumed")
    seen = modelled_margin(binding.folder, pair, binding.payment, f"{step.name} of {binding.folder.id}", least)
    if seen is not None:
        binding.modelled.append(seen.words)
        return seen.spread
    floor = f"{as_decimal(least * 100)}%" if least else ""
    binding.unpublished.append(Unpublished(step.name, "margin", least, floor))
    return priced.spread


def _surcharged(binding: _Binding, step: Step, table: Margin | None, spread: Spread) -> Spread:
    for extra in table.plus if table else ():
        _refuse_open(step.name, left_open(extra.only, binding.payment))
        if not applies(extra.only, binding.payment, binding.leaf.known):
            continue
        if extra.share is None:
            binding.unpublished.append(Unpublished(step.name, "surcharge", Fraction(0)))
        else:
            spread = spread.shifted(extra.share)
    return spread


def _assumed(step: str, taken: tuple[Fraction, Fraction], assumed: Estimate, least: Fraction) -> str:
    """Return what is assumed, on what it rests, and what was given where that is below what a margin can be."""
    said = [f"{step} assumed at {_ends(*taken)}", *filter(None, [assumed.words])]
    if assumed.low < least:
        floor = _ends(least)
        said.append(f"given as {_ends(assumed.low, assumed.high)}, where what is below {floor} is taken as {floor}")
    return ", ".join(said)


def _ends(*shares: Fraction) -> str:
    return " to ".join(f"{as_decimal(share * 100)}%" for share in dict.fromkeys(shares))


def _rounding(table: RoundingTable, code: str) -> Rounding:
    return Rounding(table.step if table.step is not None else minor_unit(code), table.mode)


def _step_currencies(steps: Sequence[Take | Convert]) -> set[str]:
    return {
        code
        for step in steps
        for code in (step.currencies.values() if isinstance(step, Take) else (step.source, step.target))
    }


def _unknowns(tariff: TariffTable, payment: Payment) -> frozenset[str]:
    """Name the third-party charges that no page fixes.

    A page that speaks of them is followed. Otherwise a transfer over local rails meets none; anything else meets the
    payee's bank, and correspondents too unless the payer bears all charges.
    """
    met: tuple[str, ...]
    if tariff.third_parties is not None:
        met = tariff.third_parties
    elif tariff.rail in ("local", "sepa", "own_network") or payment.pay_out != "account":
        met = ()
    else:
        met = ("payee_bank",) if payment.bearer == "DEBT" else ("correspondents", "payee_bank")
    payee = payment.corridor.payee
    if payment.client == "payee":  # the price is of the payee's own institution
        met = tuple(name for name in met if name != "payee_bank")
    names = {"correspondents": payee.currency, "payee_bank": payee.country or payee.currency}
    return frozenset(f"{name}:{names[name]}" for name in met)


def _conditions(tariff: TariffTable) -> dict[str, str]:
    stated = {name: value for name, value in vars(tariff.conditions).items() if value}
    words = {name: " or ".join(map(str, value)) for name, value in stated.items() if isinstance(value, tuple)}
    if tariff.rail:
        words["rail"] = tariff.rail
    if tariff.promotion:
        words["promotion"] = tariff.promotion
    return words

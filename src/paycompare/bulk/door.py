"""The door for many payments at once: a frame comes in, and one of the same kind goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import polars as pl

from paycompare.bulk.bindings import PROVENANCE, SIDES, provenance
from paycompare.bulk.payments import QUESTION, understood
from paycompare.bulk.pricer import Pricer, Report
from paycompare.errors import PaymentError, nearest
from paycompare.question import Knowing, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paycompare.bulk.blocks import Money
    from paycompare.bulk.pricer import Keep

__all__ = ["Prices", "Pricing", "price", "pricer", "table_of"]


class Pricing(Knowing, total=False):
    """What the call says of all payments, and what the caller knows better."""

    side: str
    currency: str
    corridor: str
    sender: str
    to: str


@dataclass(frozen=True, slots=True, repr=False)
class Prices:
    """Payments, priced.

    Attributes:
        rows: One row for each payment and offer, or for each payment; a frame of the kind that came in.
        report: What became of the payments.
        catalogue_hash: SHA-256 over the tariff files that were read.
    """

    rows: Any
    report: Report
    catalogue_hash: str
    _pricer: Pricer

    def bindings(self) -> pl.DataFrame:
        """Return what the rows rest on, one row for each value of their column ``binding``, as a polars DataFrame.

        Page, dates, reference rate and its source, standing and names of the parts; see
        `paycompare.bulk.bindings.PROVENANCE`.
        """
        return table_of(self._pricer)

    def __repr__(self) -> str:
        """Return the report; the rows show themselves."""
        return f"<Prices: {self.report}>"


def table_of(made: Pricer) -> pl.DataFrame:
    """Return what the rows of a pricer rest on; see `Prices.bindings`."""
    records = [provenance(one) for one in made.bindings.values()]
    return pl.DataFrame(records, schema=_PROVENANCE_SCHEMA, orient="row")


_OF_THE_AMOUNT = ("side", "currency", "corridor", "sender", "to")
_TEXTS = {"not_ranked_because", "parts", "part_groups", "unknowns", "flags"}
_DAYS = {"on", "reference_observed", "published", "seen"}
_PROVENANCE_SCHEMA: dict[str, pl.DataType] = {
    name: pl.List(pl.String)
    if name in _TEXTS
    else pl.Date()
    if name in _DAYS
    else {
        "binding": pl.Int64(),
        "reference_rate": pl.Decimal(38, 12),
        "reference_error_bp": pl.Int64(),
    }.get(name, pl.String())
    for name in PROVENANCE
}


def price(
    frame: Any,  # noqa: ANN401 -- any frame that narwhals reads
    *,
    keep: Keep = "offers",
    money: Money = "decimal",
    parts: bool = False,
    threads: int = 0,
    **said: Unpack[Pricing],
) -> Prices:
    """Price many payments at once, to the same minor units as one `compare` after another.

    The frame has a column ``amount`` (decimals, whole numbers or text, in units of its currency) or ``amount_minor``
    (whole minor units). What else is to be said of a payment comes from columns or, for all of them, from the call,
    under the same names: ``side`` (``pays``, which is the default, ``sends`` or ``gets``), ``currency`` of the amount,
    ``corridor`` or ``sender`` and ``to``, ``at``, and the conditions of `paycompare.terms.CONDITIONS`. A column
    ``payment`` names the payments; else they are numbered from 0.

    A payment that cannot be meant, or that nobody serves, comes back as one row whose ``problem`` says why.

    Args:
        frame: A polars, pandas or Arrow frame. A polars LazyFrame is priced batch by batch, when it is collected
            or written, so that it may be larger than memory.
        keep: ``offers`` for one row for each payment and offer, ``best`` for the winner of each payment: the first,
            by worst case, of the offers that are complete; of equals the first by id, and ``tied`` says so. Temporary
            prices are in neither.
        money: ``decimal`` for units of the currency, six places; ``minor`` for whole minor units.
        parts: Whether the parts are listed step by step too, in a column ``parts``.
        threads: How many slices are priced at a time; 0 for one a processor.
        **said: What holds for all payments, and ``rates``, ``reference``, ``assume``, ``levies``, ``providers``,
            ``exclude``, ``catalogue``, ``max_age``, ``max_rate_age`` and ``complete`` as for `paycompare.compare`.

    Returns:
        The rows, a report, and what they rest on. A row has ``payment``, ``offer``, ``standing``, the currencies, the
        ``principal``, the low and high end of what is ``paid`` and of what ``landed`` in those, ``lost`` with its parts
        ``charges``, ``fx_margin``, ``levies`` and ``third_parties``, which are those of the worst case, at the
        reference in the payer's currency, ``tied``, ``binding`` and ``problem``; docs/performance.md lists them.

    Raises:
        PaymentError: The call cannot be meant, or the frame has no amounts, or binary floats for amounts.
        TariffError: A folder of ``catalogue`` is missing or takes the id of another.

    Example:
        A rate of 205 JPY per GBP, given by the provider, on 100 and 200 GBP that the payer pays:

        >>> import polars as pl
        >>> payments = pl.DataFrame({"amount": ["100", "200", "1.005"]})
        >>> found = price(
        ...     payments, corridor="GB/GBP>JP/JPY", at="2026-10-30", providers=["wise"], rates={"wise": "205"}
        ... )
        >>> found.report.payments
        3
    """
    made = pricer(keep=keep, money=money, parts=parts, threads=threads, **said)
    if isinstance(frame, pl.LazyFrame):
        from paycompare.bulk.streams import lazily

        rows: Any = lazily(frame, made)
    elif isinstance(frame, pl.DataFrame):
        rows = made.price(frame)
    else:
        rows = _in_kind(frame, made)
    return Prices(rows, made.report, made.question.catalogue.hash, made)


def pricer(
    *, keep: Keep = "offers", money: Money = "decimal", parts: bool = False, threads: int = 0, **said: Unpack[Pricing]
) -> Pricer:
    """Read what a call says of all payments; the arguments are those of `price`.

    Raises:
        PaymentError: It cannot be meant.
        TariffError: A folder of ``catalogue`` is missing or takes the id of another.
    """
    words: dict[str, object] = {name: value for name, value in said.items() if name in QUESTION and value is not None}
    for name, value, known in (
        ("keep", keep, ("offers", "best")),
        ("money", money, ("decimal", "minor")),
        ("side", words.get("side", "pays"), SIDES),
    ):
        if value not in known:
            raise PaymentError(name, value, f"{' or '.join(map(repr, known))}{nearest(str(value), known)}")
    for name in ("live", "quotes"):
        if said.get(name) is not None:
            raise PaymentError(name, said.get(name), "nothing: what is quoted holds for one amount; ask `compare`")
    # What is wrong for any corridor would flag every row, and is said at once instead.
    options: Mapping[str, Any] = {name: value for name, value in said.items() if name not in _OF_THE_AMOUNT}
    return Pricer(template(**options), words, keep, money, parts, threads)


def _in_kind(frame: Any, made: Pricer) -> Any:  # noqa: ANN401 -- any frame that narwhals reads
    """Price a frame of another kind, and return the rows as that kind; what is the caller's own is not read."""
    import narwhals as nw

    try:
        read = nw.from_native(frame, eager_only=True)
    except TypeError:
        raise PaymentError("frame", type(frame).__name__, "a polars or pandas frame, or an Arrow table") from None
    except nw.exceptions.DuplicateError:
        raise PaymentError("frame", "two columns of one name", "each column once") from None
    names = [str(name) for name in read.columns]
    rows = made.price(pl.DataFrame([_series(read[name]) for name in understood(names, made.said)]))
    if read.implementation.is_pyarrow():
        return rows.to_arrow()
    if read.implementation.is_pandas():
        return rows.to_pandas()
    return nw.from_native(rows).to_native()


def _series(column: Any) -> pl.Series:  # noqa: ANN401 -- a column of any frame that narwhals reads
    try:
        return column.to_polars()  # type: ignore[no-any-return]  # narwhals says which it is at run time
    except (TypeError, ValueError):  # pandas holds values of several kinds in one column, Arrow does not
        expected = "one kind throughout, such as text"
        raise PaymentError(f"column {column.name}", "values of several kinds", expected) from None

"""`paycompare.price` on Apache Spark: the same kernel on every worker, the catalogue sent to each once.

Nothing of it is imported by the rest of the library, and Spark itself only when `price` is called; install it with
``pip install paycompare[spark]``. Java 17 or newer must be there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from paycompare.bulk.blocks import schema
from paycompare.bulk.door import pricer
from paycompare.bulk.payments import AMOUNTS
from paycompare.errors import PaymentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

    from paycompare.bulk.blocks import Money
    from paycompare.bulk.door import Pricing
    from paycompare.bulk.pricer import Keep, Pricer

__all__ = ["price"]

_SPARK_TYPES = {"Categorical": "string", "String": "string", "Int64": "bigint", "Boolean": "boolean"}


def price(
    frame: DataFrame, *, keep: Keep = "offers", money: Money = "decimal", parts: bool = False, **said: Unpack[Pricing]
) -> DataFrame:
    """Price a Spark frame of payments; the rows are those that `paycompare.price` gives.

    Args:
        frame: The payments, with the columns that `paycompare.price` takes and a column ``payment`` that names them:
            rows of a Spark frame have no number.
        keep: As for `paycompare.price`.
        money: As for `paycompare.price`.
        parts: As for `paycompare.price`.
        **said: As for `paycompare.price`. Folders in ``catalogue`` are read here, once, and sent to the workers.

    Returns:
        The rows, lazily, in no certain order; each names what it rests on by the same ``binding`` as on one machine,
        so `paycompare.price` of one payment for each question gives the table of bindings.

    Raises:
        PaymentError: The call cannot be meant, or the frame has no column ``payment`` or no amounts.
        TariffError: A folder of ``catalogue`` is missing or takes the id of another.

    Example:
        ::

            priced = paycompare.spark.price(payments, corridor="GB/GBP>KE/KES", at="2026-10-30", keep="best")
            priced.write.parquet("priced")
    """
    for names in (("payment",), AMOUNTS):
        if not set(names) & set(frame.columns):
            raise PaymentError("frame", f"the columns {', '.join(frame.columns)}", f"a column {' or '.join(names)}")
    made = pricer(keep=keep, money=money, parts=parts, threads=1, **said)  # a worker has a processor to itself
    sent = frame.sparkSession.sparkContext.broadcast(made)

    def priced(batches: Iterator[RecordBatch]) -> Iterator[RecordBatch]:
        import polars as pl
        import pyarrow as pa

        def plainly(kind: pa.DataType) -> pa.DataType:
            """Return the type that Spark knows for texts and lists, which Arrow has in several lengths."""
            if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
                return pa.string()
            return pa.list_(kind.value_type) if pa.types.is_large_list(kind) else kind

        mine: Pricer = sent.value
        for batch in batches:
            rows = mine.price(pl.DataFrame(pl.from_arrow(batch)))
            plain = rows.with_columns(pl.col(pl.Categorical).cast(pl.String)).to_arrow()
            fields = [(field.name, plainly(field.type)) for field in plain.schema]
            yield from plain.cast(pa.schema(fields)).to_batches()

    kind = dict(frame.dtypes)["payment"]
    columns = {name: _spark_type(str(each)) for name, each in schema(money, parts=parts).items() if name != "row"}
    wanted = ", ".join(f"`{name}` {each}" for name, each in {"payment": kind, **columns}.items())
    return frame.mapInArrow(priced, wanted)


def _spark_type(polars: str) -> str:
    if polars.startswith("List("):
        return f"array<{_spark_type(polars[5:-1])}>"
    if polars.startswith("Decimal"):
        return "decimal(38,6)"
    return _SPARK_TYPES[polars]

"""A survey: its rows in the one schema, where they came from, and the questions that they answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from paycompare.survey.names import alpha3
from paycompare.survey.schema import AMOUNTS, SurveyColumn, columns_for, refuse_no_span
from paycompare.survey.tally import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike

    from paycompare.survey.flows import Flows
    from paycompare.survey.indices import IndexTable, SurveyTable
    from paycompare.survey.own import Answer
    from paycompare.survey.rule import IndexRule
    from paycompare.survey.tally import LoadReport

__all__ = ["ATTRIBUTION", "Survey"]

ATTRIBUTION: Final = (
    "The World Bank, Remittance Prices Worldwide, available at http://remittanceprices.worldbank.org (CC BY 4.0)"
)
"""The wording that the workbook's terms of use ask for, with the licence that the data catalogue states."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Survey:
    """Prices observed by somebody, in one schema, with where they came from.

    Attributes:
        frame: One row for each service that was priced, with the columns of `schema`.
        report: How the file was read: rows, quarters, what was coerced, what is null and why, its sha256.
        amounts: The amounts that were priced, in US dollars by name.
        attribution: What a publication has to say about the source.
        restrictions: What `only` left out, in words.
        segment: What kind of payments were priced: remittances, or retail for business payments.
        whole: Every row, where `only` or `panel` left some out of ``frame``: which firms serve most of a quarter's
            corridors is counted over these.
        periods: The quarters that have rows, in order.
    """

    frame: pl.DataFrame
    report: LoadReport
    amounts: tuple[int, ...] = AMOUNTS
    attribution: str = ATTRIBUTION
    restrictions: tuple[str, ...] = ()
    segment: str = "remittances"
    whole: pl.DataFrame | None = None
    periods: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Find the quarters once: every result cites them."""
        object.__setattr__(self, "periods", tuple(self.frame["period"].unique().cast(pl.String).sort()))

    @property
    def schema(self) -> tuple[SurveyColumn, ...]:
        """Every column with its kind and words."""
        return columns_for(self.amounts)

    @property
    def everything(self) -> pl.DataFrame:
        """Every row that the survey had before anything was left out."""
        return self.frame if self.whole is None else self.whole

    @property
    def sha256(self) -> str:
        """Of the file's bytes, in hexadecimal."""
        return self.report.sha256

    def cite(self) -> str:
        """Return what a publication has to say: source, file, hash, quarters, and what was left out."""
        file, quarters = "file " if self.report.size else "", self._quarters()
        limits = f"; {'; '.join(self.restrictions)}" if self.restrictions else ""
        return f"{self.attribution}; {file}{self.report.file}, sha256 {self.sha256}{quarters}{limits}."

    def only(
        self,
        *,
        sender: str | Sequence[str] | None = None,
        to: str | Sequence[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Survey:
        """Return the part of the survey that a question is about.

        Args:
            sender: Sending countries, by ISO code or English name.
            to: Receiving countries, likewise.
            since: First quarter, such as ``2011_1Q``.
            until: Last quarter.

        Raises:
            PaymentError: A country or a quarter is none, or the first quarter is after the last.
        """
        refuse_no_span(since, until)
        kept, said = self.frame, list(self.restrictions)
        for column, words, places in (("source", "from", sender), ("destination", "to", to)):
            if places is not None:
                codes = [alpha3(place) for place in ([places] if isinstance(places, str) else places)]
                kept = kept.filter(pl.col(column).is_in(codes))
                said.append(f"{words} {', '.join(codes)}")
        for argument, bound in (("since", since), ("until", until)):
            if bound is not None:
                period = pl.col("period").cast(pl.String)
                kept = kept.filter(period >= bound if argument == "since" else period <= bound)
                said.append(f"{argument} {bound}")
        return replace(self, frame=kept, restrictions=tuple(said), whole=self.everything)

    def panel(self) -> Survey:
        """Return the corridors that have services in every quarter of the survey, so that quarters compare.

        The survey's sample of corridors grew over the years; an average over all of them is not a consistent series.
        """
        everywhere = (
            self.frame.lazy()
            .group_by("corridor")
            .agg(pl.col("period").n_unique().alias("quarters"))
            .filter(pl.col("quarters") == len(self.periods))
        )
        kept = self.frame.lazy().join(everywhere, on="corridor", how="semi", maintain_order="left").collect()
        said = f"corridors that every quarter has: {kept['corridor'].n_unique():,}"
        return replace(self, frame=kept, restrictions=(*self.restrictions, said), whole=self.everything)

    def with_countries(self, table: str | PathLike[str] | pl.DataFrame) -> Survey:
        """Return the survey with regions and income groups from a table of yours, for vintages that state none.

        Args:
            table: A CSV or a frame with the World Bank's columns ``Country Code``, ``Region`` and ``Income``. A
                classification belongs to its year; what the survey itself states is never replaced.

        Raises:
            SurveyError: The table has other columns.
        """
        from paycompare.survey.classification import classified

        return classified(self, table)

    def index(
        self,
        name: str | IndexRule = "average",
        *,
        by: str | Sequence[str] = (),
        flows: Flows | pl.DataFrame | None = None,
        **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
    ) -> IndexTable:
        """Work out an index for every quarter; see `paycompare.survey.indices.index`."""
        from paycompare.survey.indices import index

        return index(self, name, by=by, flows=flows, **changes)

    def distribution(
        self,
        name: str | IndexRule = "average",
        *,
        by: str | Sequence[str] = (),
        thresholds: Sequence[float] = (3, 5, 10),
        **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
    ) -> IndexTable:
        """Tell how costs spread, and which share is below thresholds; see `paycompare.survey.indices.distribution`."""
        from paycompare.survey.indices import distribution

        return distribution(self, name, by=by, thresholds=thresholds, **changes)

    def slope(
        self,
        name: str | IndexRule = "average",
        *,
        by: str | Sequence[str] = (),
        **changes: Any,  # noqa: ANN401 -- parts of the rule, which have types of their own
    ) -> SurveyTable:
        """Hold the cost of the smaller amount against the larger; see `paycompare.survey.indices.slope`."""
        from paycompare.survey.indices import slope

        return slope(self, name, by=by, **changes)

    def transparency(self, *, by: str | Sequence[str] = ()) -> SurveyTable:
        """Tell which share of services discloses its rate; see `paycompare.survey.indices.transparency`."""
        from paycompare.survey.indices import transparency

        return transparency(self, by=by)

    @classmethod
    def of_answers(cls, answers: Mapping[int, Iterable[Answer]], *, segment: str | None = None) -> Survey:
        """Make a survey of what `paycompare.compare` answered; see `paycompare.survey.own.survey_of_answers`."""
        from paycompare.survey.own import survey_of_answers

        return survey_of_answers(answers, segment=segment)

    @classmethod
    def of_table(
        cls, table: str | PathLike[str] | pl.DataFrame, *, attribution: str, segment: str = "remittances"
    ) -> Survey:
        """Make a survey of prices that somebody collected; see `paycompare.survey.collected.survey_of_table`."""
        from paycompare.survey.collected import survey_of_table

        return survey_of_table(table, attribution=attribution, segment=segment)

    def __repr__(self) -> str:
        """Return the survey in one line; ``print`` shows the load report."""
        return f"<Survey {self.report.file}: {self.frame.height:,} rows{self._quarters()}>"

    def _quarters(self) -> str:
        return f", {span(self.periods)}" if self.periods else ""

    def __str__(self) -> str:
        """Return the load report, and what was left out since."""
        return "\n".join([str(self.report), *(f"  only {limit}" for limit in self.restrictions)])

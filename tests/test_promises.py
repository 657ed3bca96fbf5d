"""Promises that no single module keeps alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

import paycompare as pc
from paycompare.countries import countries

DAY = date(2026, 10, 30)
SENDERS = ["GB/GBP", "US/USD", "DE/EUR", "AU/AUD", "KE/KES", "JP/JPY", "KW/KWD"]


def answered(sender: str, to: str) -> str:
    """Return which kind of answer a corridor gets: figures, or which reason why not."""
    try:
        answer = pc.compare(f"1000 {sender.partition('/')[2]}", sender=sender, to=to, at=DAY)
    except pc.NoOffer as error:
        return "reasons" if error.reasons else "nothing"
    except pc.RateUnavailable as error:
        return "ask for a rate" if "reference={" in str(error) else "nothing"
    return "figures" if answer.quotes or answer.bounds else "nothing"


@pytest.mark.parametrize("sender", SENDERS)
def test_every_corridor_is_answered_offline(sender: str) -> None:
    """To every country, shared out among the senders, there are figures, or the reasons why not; nothing else."""
    mine = sorted(countries())[SENDERS.index(sender) :: len(SENDERS)]
    kinds = {to: answered(sender, to) for to in mine}
    assert [to for to, kind in kinds.items() if kind == "nothing"] == []


def test_the_main_senders_get_figures() -> None:
    """From the United Kingdom to India, Kenya and the United States there are figures, not only reasons."""
    assert {answered("GB/GBP", to) for to in ("IN", "KE", "US")} == {"figures"}


@pytest.mark.parametrize("segment", ["personal", "business"])
@pytest.mark.parametrize(("sender", "to"), [("GB/GBP", "US/USD"), ("US/USD", "DE/EUR"), ("MY/MYR", "JP/JPY")])
def test_parts_reconcile_in_every_case_of_every_offer(sender: str, to: str, segment: str) -> None:
    """Over the real catalogue, the parts sum to what was lost exactly, and the cents shown to the cents lost."""
    asked = f"2500 {sender.partition('/')[2]}"
    answer = pc.compare(sends=asked, sender=sender, to=to, segment=segment, at=DAY)
    quotes = [*answer.quotes, *(bound.quote for bound in answer.bounds), *answer.promotions]
    assert quotes
    for quote in quotes:
        for case in quote.cases:
            assert sum(part.value for part in case.parts) == case.lost
            shown = sum(part.shown.exact for part in case.parts)
            assert abs(shown - case.lost) <= quote.offer.grid[quote.offer.payer_currency] / 2


def test_every_figure_names_its_page_and_its_age() -> None:
    """Each part of each quote carries an address and a date, or says that it has none."""
    answer = pc.compare("20000 AUD", to="SG", segment="business", at=DAY)
    for quote in answer.quotes:
        for part in quote.parts:
            assert part.evidence.source.startswith("https://")
            assert part.evidence.age(DAY).startswith(("seen ", "stated ", "undated"))
    assert all(rate.source and rate.observed <= DAY for rate in answer.references)


def test_the_same_question_has_the_same_answer() -> None:
    """Nothing but the time spent differs between two runs."""
    first, second = (pc.compare("1000 GBP", to="IN", at=DAY) for _ in range(2))
    assert replace(first, elapsed_ms=0) == replace(second, elapsed_ms=0)


def test_what_is_not_known_of_the_payees_bank_is_said() -> None:
    """A bank without a folder changes no figure, and the answer says so; the hour is used, so nothing is said of it."""
    moment = datetime(2026, 10, 31, 23, tzinfo=UTC)
    answer = pc.compare("1000 GBP", to="IN", at=moment, payee_institution="state_bank")
    assert "state_bank is not in the catalogue: what it takes is not known" in answer.assumptions
    assert "ordered in market hours" not in answer.assumptions

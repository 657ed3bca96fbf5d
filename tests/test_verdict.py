"""The verdict: decided, open, or decided unless, with what would change it, nearest first and at most three."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from paycompare.comparison import answered
from paycompare.errors import NoOffer, ProviderUnavailable
from paycompare.live.asked import Asked
from paycompare.question import ask, with_live
from tests.catalogues import write_folder
from tests.test_comparison import DAY, compare

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.verdict import Verdict

SILENT = "not_published = true"


def judge(root: Path, **more: Any) -> Verdict:
    """Return the verdict on the folders of a test."""
    return compare(root, **more).verdict


def flips(verdict: Verdict) -> list[tuple[str, str]]:
    """Return kind and provider of each flip, in order."""
    return [(flip.kind, flip.offer.partition("/")[0]) for flip in verdict.flips]


def test_without_any_published_price_the_verdict_is_open(tmp_path: Path) -> None:
    """Two banks that keep their margins to themselves leave nobody to win, and that is the verdict."""
    write_folder(tmp_path, "one_bank", margin=SILENT)
    write_folder(tmp_path, "two_bank", margin=SILENT)
    verdict = judge(tmp_path)
    assert (verdict.state, verdict.best, verdict.tied, verdict.flips) == ("open", None, (), ())
    assert str(verdict).startswith("Open: no offer is both fully published and confirmed to serve this payment; ask ")
    assert [bound.condition for bound in compare(tmp_path).bounds] == ["nothing to compare it with"] * 2


def test_among_estimates_the_leader_is_named_but_does_not_win(tmp_path: Path) -> None:
    """At an assumed 1 percent both are ranked; the one without a fee leads."""
    write_folder(tmp_path, "dear_bank", margin=SILENT, fee='flat = "5"')
    write_folder(tmp_path, "cheap_bank", margin=SILENT)
    verdict = judge(tmp_path, assume={"fx_margin": "0.01"})
    assert (verdict.state, verdict.best) == ("open", None)
    assert "cheap_bank: Transfer leads among estimates" in verdict.words


def test_a_tie_names_everybody_in_it_and_nobody_else(tmp_path: Path) -> None:
    """5 and 5 tie; 6 is not part of it."""
    for name, fee in (("c_bank", "6"), ("b_bank", "5"), ("a_bank", "5")):
        write_folder(tmp_path, name, fee=f'flat = "{fee}"')
    verdict = judge(tmp_path)
    assert verdict.tied == ("a_bank/out", "b_bank/out")
    assert verdict.words == "Open: a tie between a_bank: Transfer, b_bank: Transfer."
    assert compare(tmp_path).best is None


def test_two_tariffs_of_one_provider_on_a_level_are_no_tie(tmp_path: Path) -> None:
    """Whichever of the two it is, the same provider wins."""
    folder = write_folder(tmp_path, "some_bank", fee='flat = "5"')
    page = folder / "tariffs" / "page.toml"
    text = page.read_text(encoding="utf-8").replace('id = "out"', 'id = "app"')
    (folder / "tariffs" / "second.toml").write_text(text, encoding="utf-8")
    write_folder(tmp_path, "dear_bank", fee='flat = "6"')
    verdict = judge(tmp_path)
    assert (verdict.state, verdict.best, verdict.tied) == ("decided", "some_bank/app", ())


def test_another_tariff_of_the_winner_can_be_the_cheaper_one(tmp_path: Path) -> None:
    """The provider stays, but which of its tariffs wins is open when the dearer one's range reaches below."""
    folder = write_folder(tmp_path, "some_bank", fee='flat = "5"')
    page = folder / "tariffs" / "page.toml"
    text = page.read_text(encoding="utf-8").replace('id = "out"', 'id = "app"')
    ranged = text.replace('price = { flat = "5" }', 'price = { at_most = { flat = "8" } }')
    (folder / "tariffs" / "second.toml").write_text(ranged, encoding="utf-8")
    assert [flip.kind for flip in judge(tmp_path).flips] == ["range"]


OFFERS: dict[str, tuple[str, dict[str, Any]]] = {
    # Against a winner by SWIFT that charges 5, whose page was seen 31 months before:
    "range": ("b_range", {"fee": 'between = [{ flat = "4" }, { flat = "9" }]', "rail": "swift"}),
    "model": ("c_model", {"fee": SILENT, "margin": SILENT, "rail": "swift"}),
    "margin": ("d_margin", {"margin": SILENT, "rail": "swift"}),
    "charge": ("e_charge", {"fee": SILENT, "rail": "swift"}),
    "serves": ("f_serves", {"payee": 'other_currencies = "yes"', "rail": "swift"}),
    "third_party": ("g_local", {"fee": 'flat = "10"'}),
}


def scene(root: Path, *kinds: str, old: bool = False, **more: Any) -> Verdict:
    """Write the winner and one offer for each kind of flip, and judge them."""
    dated = "seen = 2024-03-15" if old else "seen = 2026-10-01"
    write_folder(root, "a_winner", fee='flat = "5"', rail="swift", dated=dated)
    for kind in kinds:
        name, pieces = OFFERS[kind]
        write_folder(root, name, **pieces)
    return judge(root, **more)


@pytest.mark.parametrize("kind", ["range", "margin", "charge", "serves", "third_party"])
def test_each_kind_of_doubt_is_a_flip_of_its_own(tmp_path: Path, kind: str) -> None:
    """What could change the winner is named by its kind and by the offer that would win."""
    verdict = scene(tmp_path, kind)
    assert (verdict.state, verdict.best) == ("decided_unless", "a_winner/out")
    assert flips(verdict) == [(kind, OFFERS[kind][0])]
    assert verdict.more == 0


def test_flips_come_in_the_order_of_the_method_and_at_most_three(tmp_path: Path) -> None:
    """Age, range, margin, charge, service, third parties: three are shown, three more are counted."""
    verdict = scene(tmp_path, "third_party", "serves", "charge", "margin", "range", old=True)
    assert flips(verdict) == [("age", "a_winner"), ("range", "b_range"), ("margin", "d_margin")]
    assert verdict.more == 3
    assert verdict.words.endswith("; and 3 more.")


def test_the_later_flips_come_in_the_order_of_the_method_too(tmp_path: Path) -> None:
    """Charge, service, third parties: exactly three are all shown."""
    verdict = scene(tmp_path, "third_party", "serves", "charge")
    assert flips(verdict) == [("charge", "e_charge"), ("serves", "f_serves"), ("third_party", "g_local")]
    assert (verdict.more, "more." in verdict.words) == (0, False)


def test_a_range_comes_before_an_estimate_that_leads(tmp_path: Path) -> None:
    """Published ranges first, then what was assumed; here 0.1 percent, which costs 1 GBP against the winner's 5."""
    write_folder(tmp_path, "c_model", margin=SILENT, rail="swift")
    verdict = scene(tmp_path, "range", assume={"c_model": "0.001"})
    assert flips(verdict) == [("range", "b_range"), ("model", "c_model")]
    assert "as estimated (fx_margin assumed at 0.1%)" in verdict.words


def test_an_estimate_that_does_not_lead_is_no_flip(tmp_path: Path) -> None:
    """At an assumed 1 percent it costs 10 against 5."""
    write_folder(tmp_path, "c_model", margin=SILENT, rail="swift")
    assert scene(tmp_path, assume={"c_model": "0.01"}).state == "decided"


def test_unpublished_margins_come_with_the_widest_room_first(tmp_path: Path) -> None:
    """Against a fee of 5: without a fee a margin under 0.5 percent wins, with a fee of 2 one under 3/998."""
    write_folder(tmp_path, "b_narrow", fee='flat = "2"', margin=SILENT)
    write_folder(tmp_path, "c_wide", margin=SILENT)
    write_folder(tmp_path, "a_winner", fee='flat = "5"')
    verdict = judge(tmp_path)
    assert flips(verdict) == [("margin", "c_wide"), ("margin", "b_narrow")]
    assert ["0.50%" in verdict.flips[0].words, "0.30%" in verdict.flips[1].words] == [True, True]


def test_of_third_party_charges_the_nearest_rival_is_named(tmp_path: Path) -> None:
    """Local offers at 10 and 20 against 5 by SWIFT: 5 GBP worth, 800 KES, is the room that counts."""
    write_folder(tmp_path, "far_bank", fee='flat = "20"')
    verdict = scene(tmp_path, "third_party")
    assert flips(verdict) == [("third_party", "g_local")]
    assert "take more than 800.00 KES on the way (g_local: Transfer then wins)" in verdict.words


def test_a_margin_that_is_not_published_counts_once_third_parties_take_enough(tmp_path: Path) -> None:
    """A local bank at 10 plus an unknown margin loses to 5 by SWIFT, until others take over 800 KES on the way."""
    write_folder(tmp_path, "local_bank", fee='flat = "10"', margin=SILENT)
    verdict = scene(tmp_path)
    assert flips(verdict) == [("third_party", "local_bank")]
    assert "take more than 800.00 KES on the way (local_bank: Transfer then wins at its best)" in verdict.words


def test_an_estimate_that_trails_counts_once_third_parties_take_enough(tmp_path: Path) -> None:
    """A local bank at an assumed 1 percent costs 10 against 5 by SWIFT: as estimated it loses by 800 KES."""
    write_folder(tmp_path, "local_bank", margin=SILENT)
    verdict = scene(tmp_path, assume={"local_bank": "0.01"})
    assert flips(verdict) == [("third_party", "local_bank")]


@pytest.mark.parametrize(
    ("fixed", "room"),
    [
        # Sending 1,000 on top of fees of 5 and 10: shares 5/1005 and 10/1010 of what is paid; their difference of
        # 1005 paid, at 160 KES: (10/1010 - 5/1005) x 1005 x 160 = 792.079...
        ({"sends": "1000 GBP"}, "792.08 KES"),
        # To get 160,000 KES one pays 1,005 or 1,010: with the 5 GBP more the winner lands 800 KES more.
        ({"gets": "160000 KES"}, "800.00 KES"),
    ],
)
def test_the_room_for_third_parties_is_what_the_winner_has_in_hand(
    tmp_path: Path, fixed: dict[str, str], room: str
) -> None:
    """Where what is paid differs, the room is the difference of the shares of cost, rounded up to the minor unit."""
    write_folder(tmp_path, "swift_bank", fee='flat = "5"', place="on_top", rail="swift")
    write_folder(tmp_path, "local_bank", fee='flat = "10"', place="on_top")
    verdict = judge(tmp_path, pays=None, **fixed)
    assert flips(verdict) == [("third_party", "local_bank")]
    assert f"take more than {room} on the way" in verdict.words


@pytest.mark.parametrize(("seen", "state"), [("2025-10-31", "decided"), ("2025-10-30", "decided_unless")])
def test_evidence_is_young_enough_until_it_is_a_year_old(tmp_path: Path, seen: str, state: str) -> None:
    """365 days before 2026-10-30 is 2025-10-30: under 365 days old is from the 31st on."""
    write_folder(tmp_path, "some_bank", dated=f"seen = {seen}")
    assert judge(tmp_path).state == state


def test_the_callers_own_limit_of_age_replaces_the_year(tmp_path: Path) -> None:
    """With 1,000 days allowed a page of 31 months decides."""
    write_folder(tmp_path, "some_bank", dated="seen = 2024-03-15")
    assert judge(tmp_path, max_age=timedelta(days=1000)).state == "decided"


def test_a_rate_from_the_caller_does_not_make_an_old_page_young(tmp_path: Path) -> None:
    """The fee is still the page's; the rate itself has no age."""
    write_folder(tmp_path, "old_bank", margin=SILENT, dated="seen = 2024-03-15")
    assert flips(judge(tmp_path, rates={"old_bank": "159"})) == [("age", "old_bank")]


def test_a_bound_that_can_only_beat_the_winners_worst_case_may_win(tmp_path: Path) -> None:
    """The winner takes 0 to 2 percent: an offer of 10 flat plus a margin never surely beats it, but may below 1.01.

    990 x (1 - m) x 160 is more than 980 x 160 for m below 10/990: 1.010 percent still is, 1.011 percent is not.
    """
    write_folder(tmp_path, "a_winner", margin='at_most = "0.02"')
    write_folder(tmp_path, "silent_bank", fee='flat = "10"', margin=SILENT)
    answer = compare(tmp_path)
    (bound,) = answer.bounds
    assert (bound.wins_below, bound.may_win_below) == (Fraction(0), Fraction("0.01011"))
    assert bound.ask_rate is None
    assert re.search(r"wins at best only below a 1\.01% margin", answer.verdict.words)


PAYS_OUT = 'unlisted = "yes", currencies = ["{0}"], other_currencies = "no"'


@pytest.mark.parametrize(
    ("fee", "reference", "state"),
    [
        ("5", None, "open"),
        ("50", None, "decided"),
        ("5", {"GBP/KES": "160", "GBP/USD": "1.25"}, "decided"),
    ],
)
def test_offers_in_two_currencies_tie_within_the_error_of_the_reference(
    tmp_path: Path, fee: str, reference: dict[str, str] | None, state: str
) -> None:
    """A monthly table of the shilling cannot tell half a percent from nothing, but five percent it can.

    The caller's own rates have no error, so with them half a percent decides.
    """
    write_folder(tmp_path, "dollar_bank", payee=PAYS_OUT.format("USD"))
    write_folder(tmp_path, "shilling_bank", payee=PAYS_OUT.format("KES"), fee=f'flat = "{fee}"')
    verdict = judge(tmp_path, to=["KE/KES", "KE/USD"], reference=reference)
    assert verdict.state == state
    assert verdict.best == (None if state == "open" else "dollar_bank/out")


def test_offers_in_one_currency_do_not_tie_however_poor_the_reference(tmp_path: Path) -> None:
    """The error is shared and cancels: a fee of 0.01 against none is decided."""
    write_folder(tmp_path, "a_bank", fee='flat = "0.01"')
    write_folder(tmp_path, "b_bank")
    verdict = judge(tmp_path, reference=None)
    assert (verdict.state, verdict.best) == ("decided", "b_bank/out")


def test_a_sibling_that_meets_no_third_party_is_a_rival_too(tmp_path: Path) -> None:
    """5 by SWIFT leads 6 locally by 1 GBP, 160 KES: more than that on the way, and the same bank's other way wins."""
    folder = write_folder(tmp_path, "some_bank", fee='flat = "5"', rail="swift")
    text = (folder / "tariffs" / "page.toml").read_text(encoding="utf-8")
    local = text.replace('id = "out"', 'id = "local"').replace('rail = "swift"', 'rail = "local"')
    (folder / "tariffs" / "second.toml").write_text(local.replace('flat = "5"', 'flat = "6"'), encoding="utf-8")
    verdict = judge(tmp_path)
    assert [(flip.kind, flip.offer) for flip in verdict.flips] == [("third_party", "some_bank/local")]
    assert "take more than 160.00 KES on the way" in verdict.words


def test_an_old_page_of_a_levy_is_the_levys(tmp_path: Path) -> None:
    """The bank's own page is young; that of Kenya's excise on its fee is of June 2024."""
    payer = 'countries = ["KE"], unlisted = "no", currencies = ["KES"], other_currencies = "no"'
    write_folder(tmp_path, "a_bank", fee='flat = "5"', payer=payer)
    answer = compare(tmp_path, "100000 KES", sender="KE/KES", to="GB/GBP")
    assert [flip.words for flip in answer.verdict.flips] == [
        "ke excise has changed: its page was stated Jun 2024, 28 months ago"
    ]


def test_with_several_currencies_the_verdict_says_which_won(tmp_path: Path) -> None:
    """Without a fee in shillings, and 1 percent in dollars."""
    margin = 'currencies = ["GBP", "KES"], share = "0" }, { share = "0.01"'
    write_folder(tmp_path, "a_bank", margin=margin)
    assert judge(tmp_path, to=["KE/KES", "KE/USD"]).words == "Decided: a_bank: Transfer, in KES."
    assert judge(tmp_path).words == "Decided: a_bank: Transfer."


@pytest.mark.parametrize(("gives", "kinds"), [("prices", ["failure"]), ("rates", []), ("observations", [])])
def test_only_who_has_prices_could_have_been_cheaper(tmp_path: Path, gives: str, kinds: list[str]) -> None:
    """A source of reference rates that is down is reported, and is no rival."""
    write_folder(tmp_path, "a_bank", fee='flat = "5"')
    question = ask("1000 GBP", to="KE/KES", sender="GB/GBP", at=DAY, catalogue=[tmp_path], providers=["a_bank"])
    down = ProviderUnavailable("a_source", "down")
    asked = Asked("a_source", question.payments[0], datetime.now(UTC), "https://a.example", error=down, gives=gives)
    answer = answered(with_live(question, [asked]), 0.0)
    assert [(flip.kind, flip.offer) for flip in answer.verdict.flips] == [(kind, "a_source") for kind in kinds]
    [failure] = answer.failures
    assert (failure.provider, failure.kind, failure.retryable) == ("a_source", "ProviderUnavailable", True)


def test_a_failure_stays_with_the_error_when_nobody_serves(tmp_path: Path) -> None:
    """A program can tell a source that is down from a corridor that nobody serves."""
    write_folder(tmp_path, "a_bank", payee='countries = ["TZ"], unlisted = "no", other_currencies = "yes"')
    question = ask("1000 GBP", to="KE/KES", sender="GB/GBP", at=DAY, catalogue=[tmp_path], providers=["a_bank"])
    down = ProviderUnavailable("a_source", "down")
    asked = Asked("a_source", question.payments[0], datetime.now(UTC), "https://a.example", error=down)
    with pytest.raises(NoOffer) as raised:
        answered(with_live(question, [asked]), 0.0)
    assert [one.provider for one in raised.value.failures] == ["a_source"]
    assert raised.value.retryable
    with pytest.raises(NoOffer) as raised:
        answered(question, 0.0)
    assert (raised.value.failures, raised.value.retryable) == ((), False)

"""Comparing: what is ranked, what is only bounded, and what would have to be true for the answer to change."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import paycompare as pc
from paycompare.published.catalogue import Catalogue
from paycompare.terms import Place
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.comparison import Comparison

DAY = date(2026, 10, 30)


def compare(root: Path, pays: str | None = "1000 GBP", **more: Any) -> Comparison:
    """Compare the folders of a test alone, at 160 KES per GBP."""
    names = sorted(path.name for path in root.iterdir())
    options: dict[str, Any] = {
        "to": "KE/KES",
        "sender": "GB/GBP",
        "at": DAY,
        "reference": {"GBP/KES": "160"},
        "catalogue": [root],
        "providers": names,
        **more,
    }
    return pc.compare(pays, **options)


def test_the_offer_that_lands_most_wins_and_it_is_decided(tmp_path: Path) -> None:
    """Fees of 5 and 10 from 1,000 at the reference land 159,200 and 158,400 KES; nothing is open, so it is decided."""
    write_folder(tmp_path, "dear_bank", fee='flat = "10"')
    write_folder(tmp_path, "cheap_bank", fee='flat = "5"')
    answer = compare(tmp_path)
    assert [(quote.rank, quote.provider, str(quote.landed)) for quote in answer.quotes] == [
        (1, "cheap_bank", "159,200.00 KES"),
        (2, "dear_bank", "158,400.00 KES"),
    ]
    assert (answer.verdict.state, answer.verdict.best) == ("decided", "cheap_bank/out")
    assert answer.best is answer.quotes[0]


def test_a_margin_that_is_not_published_makes_a_bound_with_the_rate_to_ask_for(tmp_path: Path) -> None:
    """The winner lands 990 x 160 = 158,400; the bound converts all 1,000, so it wins at any rate above 158.40.

    That is a margin under 1 percent. The rate to ask for is the least with five digits that wins: 158.41.
    """
    write_folder(tmp_path, "open_bank", fee='flat = "10"')
    write_folder(tmp_path, "silent_bank", margin="not_published = true")
    answer = compare(tmp_path)
    (bound,) = answer.bounds
    assert (bound.wins_below, bound.may_win_below) == (Fraction("0.01"), Fraction("0.01"))
    assert str(bound.ask_rate) == "158.41"
    assert answer.verdict.state == "decided_unless"
    assert "below a 1.00% margin: ask for 158.41 KES per GBP or better" in answer.verdict.words


def test_a_bound_that_loses_at_zero_margin_does_not_open_the_verdict(tmp_path: Path) -> None:
    """A fee of 20 with an unknown margin cannot beat a fee of 10 without one, whatever the margin."""
    write_folder(tmp_path, "open_bank", fee='flat = "10"')
    write_folder(tmp_path, "silent_bank", fee='flat = "20"', margin="not_published = true")
    answer = compare(tmp_path)
    assert answer.verdict.state == "decided"
    assert answer.bounds[0].condition == "loses whatever is not published"


def test_a_bound_says_from_which_amount_on_it_would_win(tmp_path: Path) -> None:
    """10 flat against 1 percent: at 800 paid it loses; one percent rounds above 10.00 from 1,000.50 on."""
    write_folder(tmp_path, "open_bank", fee='share = "0.01"')
    write_folder(tmp_path, "silent_bank", fee='flat = "10"', margin="not_published = true")
    (bound,) = compare(tmp_path, "800 GBP").bounds
    assert not bound.beats_winner
    assert str(bound.flips_at) == "1,000.50 GBP"


def test_an_unpublished_charge_is_solved_in_money(tmp_path: Path) -> None:
    """Against a fee of 10 an unpublished fee wins below 10.00 GBP."""
    write_folder(tmp_path, "open_bank", fee='flat = "10"')
    write_folder(tmp_path, "silent_bank", fee="not_published = true")
    (bound,) = compare(tmp_path).bounds
    assert [(one.kind, one.wins_below, one.currency) for one in bound.thresholds] == [("charge", Fraction(10), "GBP")]
    assert bound.ask_rate is None
    assert bound.condition == "wins only if its fee is under 10.00 GBP"


def test_from_half_a_percent_is_a_bound_that_starts_there(tmp_path: Path) -> None:
    """A margin "from 0.5 percent" is bounded at 0.5, not at zero: 995 GBP worth lands at best."""
    write_folder(tmp_path, "from_bank", margin='at_least = "0.005"')
    write_folder(tmp_path, "open_bank", fee='flat = "10"')
    (bound,) = compare(tmp_path).bounds
    assert str(bound.quote.landed) == "159,200.00 KES"
    assert bound.wins_below == Fraction("0.01")


def test_up_to_is_a_range_that_ranks_by_its_worst_case(tmp_path: Path) -> None:
    """A margin of up to 2 percent lands 156,800 to 160,000; it ranks behind 1 percent and could be first."""
    write_folder(tmp_path, "firm_bank", margin='share = "0.01"')
    write_folder(tmp_path, "up_to_bank", margin='at_most = "0.02"')
    answer = compare(tmp_path)
    assert [quote.provider for quote in answer.quotes] == ["firm_bank", "up_to_bank"]
    assert str(answer.quotes[1].landed) == "156,800.00 KES to 160,000.00 KES"
    assert [str(quote.ranks) for quote in answer.quotes] == ["1 to 2", "1 to 2"]
    assert [flip.kind for flip in answer.verdict.flips] == ["range"]


def test_a_rate_the_provider_gave_completes_its_offer(tmp_path: Path) -> None:
    """With 159 KES per GBP in hand the silent bank is ranked, first, on the caller's own evidence."""
    write_folder(tmp_path, "open_bank", fee='flat = "10"')
    write_folder(tmp_path, "silent_bank", margin="not_published = true")
    answer = compare(tmp_path, rates={"silent_bank": "159"})
    best = answer.best
    assert best is not None
    assert (best.provider, str(best.landed), answer.bounds) == ("silent_bank", "159,000.00 KES", ())
    assert {part.evidence.kind for part in best.parts} == {"page", "user"}


def test_a_rate_in_hand_also_says_that_the_provider_serves_the_payment(tmp_path: Path) -> None:
    """A page that does not name Kenya no longer matters once the bank has quoted a rate for it."""
    write_folder(tmp_path, "vague_bank", margin="not_published = true", payee="")
    answer = compare(tmp_path, rates={"vague_bank": "159"})
    assert [(quote.provider, quote.standing) for quote in answer.quotes] == [("vague_bank", "complete")]


def test_an_assumed_margin_is_ranked_and_marked_and_never_wins(tmp_path: Path) -> None:
    """At an assumed 0.5 percent the silent bank leads, but the best is the one with published prices."""
    write_folder(tmp_path, "open_bank", fee='flat = "10"')
    write_folder(tmp_path, "silent_bank", margin="not_published = true")
    answer = compare(tmp_path, assume={"fx_margin": "0.005"})
    assert [(quote.provider, quote.standing) for quote in answer.quotes] == [
        ("silent_bank", "modelled"),
        ("open_bank", "complete"),
    ]
    assert answer.verdict.best == "open_bank/out"
    assert [flip.kind for flip in answer.verdict.flips] == ["model"]


def test_an_old_page_keeps_a_verdict_from_being_decided(tmp_path: Path) -> None:
    """A page seen 31 months ago wins with that said; the caller's own limit can turn it into a bound."""
    write_folder(tmp_path, "old_bank", dated="seen = 2024-03-15")
    write_folder(tmp_path, "new_bank", fee='flat = "1"')
    answer = compare(tmp_path)
    assert "seen Mar 2024, 31 months" in answer.verdict.words
    strict = compare(tmp_path, max_age=timedelta(days=365))
    assert (strict.verdict.best, strict.bounds[0].provider) == ("new_bank/out", "old_bank")


def test_an_undated_page_is_said_to_be_undated(tmp_path: Path) -> None:
    """No date is never read as a fresh one."""
    write_folder(tmp_path, "some_bank", dated="undated = true")
    assert "its page is undated" in compare(tmp_path).verdict.words


def test_a_third_party_charge_that_the_winner_meets_alone_is_named_with_its_room(tmp_path: Path) -> None:
    """By SWIFT 159,200 lands before others take anything, locally 158,400: 800.00 KES is the room."""
    write_folder(tmp_path, "local_bank", fee='flat = "10"')
    write_folder(tmp_path, "swift_bank", fee='flat = "5"', rail="swift")
    answer = compare(tmp_path)
    (flip,) = answer.verdict.flips
    assert (flip.kind, answer.verdict.best) == ("third_party", "swift_bank/out")
    assert "correspondents:KES and payee_bank:KE take more than 800.00 KES" in flip.words


def test_third_party_charges_that_both_meet_cancel(tmp_path: Path) -> None:
    """Two banks by SWIFT share their unknowns, so the cheaper one is decided."""
    write_folder(tmp_path, "one_bank", fee='flat = "10"', rail="swift")
    write_folder(tmp_path, "two_bank", fee='flat = "5"', rail="swift")
    assert compare(tmp_path).verdict.state == "decided"


def test_end_to_end_keeps_offers_with_unknown_third_parties_out_of_the_ranking(tmp_path: Path) -> None:
    """Only what is known all the way is ranked; the other is bounded with the reason."""
    write_folder(tmp_path, "local_bank", fee='flat = "10"')
    write_folder(tmp_path, "swift_bank", fee='flat = "5"', rail="swift")
    answer = compare(tmp_path, complete="end_to_end")
    assert [quote.provider for quote in answer.quotes] == ["local_bank"]
    assert answer.bounds[0].why == ("charges of correspondents:KES, payee_bank:KE are unknown",)


def test_a_tie_is_called_a_tie_and_listed_by_id(tmp_path: Path) -> None:
    """Two providers with one price share the first place, and nobody wins."""
    write_folder(tmp_path, "b_bank", fee='flat = "5"')
    write_folder(tmp_path, "a_bank", fee='flat = "5"')
    answer = compare(tmp_path)
    assert [(quote.rank, quote.provider) for quote in answer.quotes] == [(1, "a_bank"), (1, "b_bank")]
    assert (answer.verdict.state, answer.verdict.tied) == ("open", ("a_bank/out", "b_bank/out"))


def test_a_page_that_does_not_name_the_country_is_not_confirmed(tmp_path: Path) -> None:
    """It is priced and kept beside the ranking, with what its page leaves unsaid."""
    write_folder(tmp_path, "sure_bank", fee='flat = "5"')
    write_folder(tmp_path, "vague_bank", payee='other_currencies = "yes"')
    answer = compare(tmp_path)
    assert answer.bounds[0].why == ("its page does not say that it serves a payee in Kenya",)
    assert [flip.kind for flip in answer.verdict.flips] == ["serves"]


def test_a_page_that_is_silent_on_cash_says_nothing_about_cash(tmp_path: Path) -> None:
    """From account to account is what silence means; cash has to be on the page."""
    write_folder(tmp_path, "some_bank")
    with pytest.raises(pc.NoOffer) as caught:
        compare(tmp_path, pay_in="cash")
    assert caught.value.reasons == {"some_bank/out": "its page does not speak of money paid in by cash"}


def test_a_payment_beyond_the_maximum_is_declined_with_the_limit(tmp_path: Path) -> None:
    """An offer up to 500 is not made for 1,000, and the reason gives its limit as money."""
    write_folder(tmp_path, "small_house", more='most = "500 GBP"')
    write_folder(tmp_path, "some_bank")
    declined = compare(tmp_path).declined
    assert declined == {"small_house/out": "no principal fits this amount (it takes payments to 500.00 GBP)"}


def test_a_promotion_is_priced_apart_and_never_ranked(tmp_path: Path) -> None:
    """A first transfer without fee is shown, and the ordinary price wins."""
    write_folder(tmp_path, "promo_bank", more='promotion = "first transfer of a new customer"')
    write_folder(tmp_path, "plain_bank", fee='flat = "5"')
    answer = compare(tmp_path)
    assert [quote.provider for quote in answer.quotes] == ["plain_bank"]
    assert [quote.provider for quote in answer.promotions] == ["promo_bank"]


def test_one_broken_folder_is_reported_and_never_fatal(tmp_path: Path) -> None:
    """A misspelt key costs that folder alone."""
    write_folder(tmp_path, "good_bank")
    write_folder(tmp_path, "broken_bank", more='colour = "red"')
    answer = compare(tmp_path)
    assert [quote.provider for quote in answer.quotes] == ["good_bank"]
    assert [failure.provider for failure in answer.failures] == ["broken_bank"]
    assert "tariff[0].colour" in answer.failures[0].reason


def test_overlapping_tiers_are_reported_beside_the_others(tmp_path: Path) -> None:
    """A tier after the open-ended one cannot be priced; its folder fails and the others answer."""
    bands = 'bands = [{ price = { flat = "1" } }, { up_to = "100", price = { flat = "2" } }]'
    write_folder(tmp_path, "good_bank")
    write_folder(tmp_path, "tier_bank", fee=bands)
    assert [failure.provider for failure in compare(tmp_path).failures] == ["tier_bank"]


def test_every_offer_is_held_to_the_same_side(tmp_path: Path) -> None:
    """Paying 1,000 never debits more, and getting 150,000 never lands less, whoever is asked."""
    write_folder(tmp_path, "top_bank", fee='share = "0.013"', place="on_top", margin='share = "0.02"')
    write_folder(tmp_path, "net_bank", fee='flat = "7"', margin='share = "0.01"')
    assert all(quote.paid.high.exact <= 1000 for quote in compare(tmp_path).quotes)
    wanted = compare(tmp_path, None, gets="150000 KES", to=None)
    assert all(quote.landed.low.exact >= 150_000 for quote in wanted.quotes)


def test_the_payees_currency_may_be_a_choice(tmp_path: Path) -> None:
    """Offers that pay out shillings and dollars are ranked together by reference value."""
    write_folder(tmp_path, "some_bank", fee='flat = "5"')
    answer = compare(tmp_path, to=["KE/KES", "KE/USD"], reference={"GBP/KES": "160", "GBP/USD": "1.25"})
    assert {quote.offer.payout_currency for quote in answer.quotes} == {"KES", "USD"}


def test_the_us_excise_falls_on_cash_and_not_on_accounts(tmp_path: Path) -> None:
    """One percent of 1,000 USD sent, from a consumer who hands over cash, since 2026-01-01."""
    payer = 'countries = ["US"], unlisted = "no", currencies = ["USD"], other_currencies = "no"'
    write_folder(tmp_path, "us_house", payer=payer, more='conditions = { pay_in = ["cash", "account"] }')
    more = {"sender": "US/USD", "reference": {"USD/KES": "130"}}
    cash = compare(tmp_path, None, sends="1000 USD", pay_in="cash", **more).quotes[0]
    assert {part.name: str(part.value) for part in cash.parts}["us_remittance_excise"] == "10.00 USD"
    account = compare(tmp_path, None, sends="1000 USD", **more).quotes[0]
    assert "us_remittance_excise" not in {part.name for part in account.parts}
    dropped = compare(tmp_path, None, sends="1000 USD", pay_in="cash", levies={"us_remittance_excise": None}, **more)
    assert str(dropped.quotes[0].paid) == "1,000.00 USD"


def test_kenyas_excise_falls_on_the_charges(tmp_path: Path) -> None:
    """15 percent of a fee of 400 KES is 60.00 KES; nothing is charged on the principal."""
    payer = 'countries = ["KE"], unlisted = "no", currencies = ["KES"], other_currencies = "no"'
    folder = write_folder(tmp_path, "ke_bank", payer=payer, place="on_top", fee='flat = "400"')
    page = folder / "tariffs" / "page.toml"
    page.write_text(page.read_text(encoding="utf-8").replace('currency = "GBP"', 'currency = "KES"'), encoding="utf-8")
    quote = compare(tmp_path, None, sends="10000 KES", sender="KE/KES", to="GB/GBP").quotes[0]
    assert {part.name: str(part.value) for part in quote.parts}["ke_excise"] == "60.00 KES"
    assert str(quote.paid) == "10,460.00 KES"


def test_a_date_before_any_tariff_names_the_first_one(tmp_path: Path) -> None:
    """The error says from which day on an answer could be had."""
    write_folder(tmp_path, "some_bank", dated="seen = 2026-10-01")
    with pytest.raises(pc.NoOffer, match="found 2019-05-01, expected a day from 2026-10-01 on"):
        compare(tmp_path, at=date(2019, 5, 1))


def test_a_corridor_that_nobody_serves_has_a_reason_for_each_tariff(tmp_path: Path) -> None:
    """The reasons stand beside the ids."""
    write_folder(tmp_path, "some_bank")
    with pytest.raises(pc.NoOffer, match="nobody in the catalogue serves") as caught:
        compare(tmp_path, "1000 USD", sender="US/USD", reference={})
    assert caught.value.reasons == {"some_bank/out": "it does not serve a payer in United States"}


def test_an_unknown_provider_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt id never silently asks nobody."""
    write_folder(tmp_path, "some_bank")
    with pytest.raises(pc.PaymentError, match="nearest is 'some_bank'"):
        compare(tmp_path, providers=["sume_bank"])


def test_excluded_providers_are_not_asked(tmp_path: Path) -> None:
    """What is excluded appears nowhere."""
    write_folder(tmp_path, "a_bank")
    write_folder(tmp_path, "b_bank", fee='flat = "5"')
    answer = compare(tmp_path, exclude=["a_bank"])
    assert [quote.provider for quote in answer.quotes] == ["b_bank"]
    assert "a_bank/out" not in answer.declined


def test_an_id_that_is_taken_is_refused(tmp_path: Path) -> None:
    """Two folders of one name cannot both be asked."""
    for half in ("one", "two"):
        write_folder(tmp_path / half, "some_bank")
    with pytest.raises(pc.TariffError, match="an id that is free"):
        pc.compare("1000 GBP", to="KE", at=DAY, catalogue=[tmp_path / "one", tmp_path / "two"])


words = st.text(alphabet="abcdefghij ", min_size=1, max_size=12).filter(lambda text: text.strip())


@given(
    words,
    words,
    st.sampled_from(["bank", "payment_institution", "post_office"]),
    st.sampled_from(["GB", "DE", "US"]),
)
def test_nothing_but_the_numbers_changes_the_order(
    tmp_path_factory: pytest.TempPathFactory, name: str, title: str, kind: str, country: str
) -> None:
    """Names, titles, kinds, home countries and terms of the dearer provider do not lift it above the cheaper one."""
    root = tmp_path_factory.mktemp("neutral")
    about = f'name = "{name}"\nkind = "{kind}"\ncountry = "{country}"\nterms = "https://a.example"\n'
    write_folder(
        root,
        "a_dear_bank",
        fee='flat = "6"',
        about=about,
        title=title,
        more=f'note = "{title}"\ntime = "{name}"',
    )
    write_folder(root, "z_cheap_bank", fee='flat = "5"')
    answer = compare(root)
    assert [quote.provider for quote in answer.quotes] == ["z_cheap_bank", "a_dear_bank"]
    assert answer.verdict.best == "z_cheap_bank/out"


def test_payouts_that_tie_within_the_reference_are_a_tie(tmp_path: Path) -> None:
    """One provider paying shillings or dollars lands the same value: which is dearer the reference cannot tell."""
    write_folder(tmp_path, "some_bank", fee='flat = "5"')
    answer = compare(tmp_path, to=["KE/KES", "IN/INR"], reference={})
    assert (answer.verdict.state, len(answer.verdict.tied)) == ("open", 2)


def test_a_rate_that_was_not_used_is_said(tmp_path: Path) -> None:
    """A rate of a bank whose tariffs are for others does not vanish without a word."""
    write_folder(tmp_path, "a_bank")
    write_folder(tmp_path, "firms_bank", more='conditions = { segment = ["business"] }')
    answer = compare(tmp_path, rates={"firms_bank": "159"})
    assert "the rate of firms_bank was not used: none of its tariffs is for this payment" in answer.assumptions


@pytest.mark.parametrize(("day", "said"), [(date(2031, 10, 30), True), (date(2026, 11, 30), False)])
def test_a_day_that_nobody_can_know_of_is_answered_with_what_was_last_known(
    tmp_path: Path, day: date, *, said: bool
) -> None:
    """A rate that is five years older than the payment is named as the last one; a month's age is in its line alone."""
    write_folder(tmp_path, "a_bank")
    answer = compare(tmp_path, at=day, reference={}, to="IN/INR")
    words = "prices as last known: the newest reference rate held for GBP/INR is of "
    assert any(one.startswith(words) for one in answer.assumptions) == said


def test_an_assumed_margin_that_was_not_used_is_said(tmp_path: Path) -> None:
    """A margin assumed where one is published, or for whom none of the tariffs is, changes nothing and is named."""
    write_folder(tmp_path, "a_bank", margin='share = "0.01"')
    write_folder(tmp_path, "firms_bank", more='conditions = { segment = ["business"] }')
    answer = compare(tmp_path, assume={"a_bank": "0.02", "firms_bank": "0.02", "fx_margin": "0.02"})
    said = [one for one in answer.assumptions if "was not used" in one]
    assert said == [
        "the margin assumed for a_bank was not used: none of its offers leaves one open",
        "the margin assumed for firms_bank was not used: none of its tariffs is for this payment",
        "the margin assumed was not used: no offer leaves one open",
    ]


def test_an_assumed_margin_that_was_used_is_an_estimate_and_no_remark(tmp_path: Path) -> None:
    """One bank takes its own assumed margin, another the one for all; both are used, and nothing is reported."""
    write_folder(tmp_path, "a_bank", margin="not_published = true")
    write_folder(tmp_path, "b_bank", margin="not_published = true")
    answer = compare(tmp_path, assume={"a_bank": "0.02", "fx_margin": "0.03"})
    assert [str(quote.landed.low) for quote in answer.quotes] == ["156,800.00 KES", "155,200.00 KES"]
    assert not [one for one in answer.assumptions if "was not used" in one]


def test_a_rate_the_wrong_way_round_is_refused_with_its_inverse(tmp_path: Path) -> None:
    """0.00625 GBP per KES is not 0.00625 KES per GBP; the message offers 160."""
    write_folder(tmp_path, "a_bank")
    with pytest.raises(
        pc.PaymentError, match=r"KES per GBP, near the reference 160.0000; did you mean its inverse, 160.0000"
    ):
        compare(tmp_path, rates={"a_bank": "0.00625"})


def test_a_plan_that_nobody_has_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt plan would leave out, silently, everybody who has plans."""
    write_folder(tmp_path, "a_bank", more='conditions = { plan = ["basic"] }')
    with pytest.raises(pc.PaymentError, match="nearest is 'basic'"):
        compare(tmp_path, plan="Basic")


def test_an_option_that_does_not_exist_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt option is found among all of them, not only among the conditions."""
    write_folder(tmp_path, "a_bank")
    with pytest.raises(pc.PaymentError, match="nearest is 'catalogue'"):
        compare(tmp_path, catalog=["ours"])


@pytest.mark.parametrize("name", ["rates", "reference", "assume", "levies"])
def test_figures_that_stand_for_nobody_are_refused(tmp_path: Path, name: str) -> None:
    """A bare number says neither whose rate it is nor of which pair."""
    write_folder(tmp_path, "a_bank")
    with pytest.raises(pc.PaymentError, match=f"{name}: found '1.35', expected a mapping"):
        compare(tmp_path, **{name: "1.35"})


def test_the_day_may_be_its_text(tmp_path: Path) -> None:
    """An ISO 8601 day means the day; anything else says how to write one."""
    write_folder(tmp_path, "a_bank")
    assert compare(tmp_path, at="2026-10-30").payment.on == DAY
    with pytest.raises(pc.PaymentError, match="a day such as '2026-10-30'"):
        compare(tmp_path, at="30.10.2026")


def test_plans_that_are_not_counted_are_said(tmp_path: Path) -> None:
    """A monthly price stands beside the offer and the answer says that it is not in the total."""
    write_folder(tmp_path, "a_bank", more='separate = [{ name = "plan", words = "10 GBP a month" }]')
    assert any(said.startswith("plans and subscriptions are not counted") for said in compare(tmp_path).assumptions)


def test_a_folder_that_failed_is_named_when_nobody_serves(tmp_path: Path) -> None:
    """The reason of an empty answer may be the caller's own folder, so it is in the message."""
    write_folder(tmp_path, "broken_bank", more='colour = "red"')
    with pytest.raises(pc.NoOffer, match=r"could not be asked: broken_bank: .*colour"):
        compare(tmp_path)


def test_a_temporary_price_with_a_margin_that_is_not_published_is_not_shown_as_free(tmp_path: Path) -> None:
    """A promotion without fee and with an unknown margin has a reason, not a cost of zero."""
    write_folder(tmp_path, "promo_bank", margin="not_published = true", more='promotion = "this month"')
    write_folder(tmp_path, "plain_bank", fee='flat = "5"')
    answer = compare(tmp_path)
    assert answer.promotions == ()
    assert answer.declined["promo_bank/out"] == "a temporary price, and its fx margin is not published"


def test_the_cost_of_a_bound_is_a_least_cost(tmp_path: Path) -> None:
    """With its margin unknown, 10 of 1,000 is the least that it can cost, and the words say so."""
    write_folder(tmp_path, "silent_bank", fee='flat = "10"', margin="not_published = true")
    cost = compare(tmp_path).bounds[0].quote.cost()
    assert cost is not None
    assert cost.percent == "at least 1.00%"


def test_a_pair_without_a_margin_is_bounded_and_opens_the_verdict(tmp_path: Path) -> None:
    """A page that serves the pair and lists margins for others alone has not said that this one is dear."""
    write_folder(tmp_path, "open_bank", fee='flat = "10"')
    write_folder(tmp_path, "partial_bank", margin='currencies = ["GBP", "USD"], share = "0.01"')
    answer = compare(tmp_path)
    assert [bound.provider for bound in answer.bounds] == ["partial_bank"]
    assert answer.verdict.state == "decided_unless"


def test_an_offer_that_is_possible_at_its_cheap_end_alone_is_not_passed_over(tmp_path: Path) -> None:
    """A fee of 0 to 10 with a least payment of 995 sent: paying 1,000 fits at the cheap end, so it could win."""
    write_folder(tmp_path, "open_bank", fee='flat = "50"')
    ranged = 'between = [{ flat = "0" }, { flat = "10" }]'
    write_folder(tmp_path, "narrow_bank", fee=ranged, place="on_top", more='least = "995 GBP"')
    answer = compare(tmp_path)
    assert answer.bounds[0].why == ("at the dear end of its range it is not offered",)
    assert answer.verdict.state == "decided_unless"


def test_a_provider_that_could_not_be_asked_might_have_won(tmp_path: Path) -> None:
    """A broken folder keeps a verdict from being decided."""
    write_folder(tmp_path, "good_bank")
    write_folder(tmp_path, "broken_bank", more='colour = "red"')
    assert [flip.kind for flip in compare(tmp_path).verdict.flips] == ["failure"]


def test_a_rate_belongs_to_one_pair(tmp_path: Path) -> None:
    """One rate for two payout currencies would be wrong for one of them."""
    write_folder(tmp_path, "a_bank")
    with pytest.raises(pc.PaymentError, match="a rate belongs to one pair"):
        compare(tmp_path, to=["KE/KES", "KE/USD"], rates={"a_bank": "159"})


def test_a_version_that_was_followed_by_another_does_not_come_back(tmp_path: Path) -> None:
    """The second version ended; the first, open-ended one was over when the second began."""
    folder = write_folder(tmp_path, "a_bank", more="valid_from = 2023-01-01")
    page = folder / "tariffs" / "page.toml"
    second = page.read_text(encoding="utf-8").replace(
        "valid_from = 2023-01-01", "valid_from = 2025-01-01\nvalid_to = 2026-06-01"
    )
    (folder / "tariffs" / "second.toml").write_text(second, encoding="utf-8")
    with pytest.raises(pc.NoOffer):
        compare(tmp_path)


def test_an_unpublished_charge_of_another_currency_is_solved_in_what_is_taken(tmp_path: Path) -> None:
    """A fee of unknown yen, taken in pounds, wins below the 10.00 GBP that the other bank charges."""
    write_folder(tmp_path, "open_bank", fee='flat = "10"', place="on_top")
    folder = write_folder(tmp_path, "yen_bank", fee="not_published = true", place="on_top")
    page = folder / "tariffs" / "page.toml"
    page.write_text(page.read_text(encoding="utf-8").replace('currency = "GBP"', 'currency = "JPY"'), encoding="utf-8")
    (one,) = compare(tmp_path).bounds[0].thresholds
    assert (one.currency, one.wins_below) == ("GBP", Fraction(10))


def test_a_floor_of_another_currency_is_counted_in_what_is_taken(tmp_path: Path) -> None:
    """From 2,000 JPY, 10 GBP at 200, where the other bank charges 15: it wins below 15.00 GBP, not 2,000.01."""
    write_folder(tmp_path, "open_bank", fee='flat = "15"', place="on_top")
    folder = write_folder(tmp_path, "yen_bank", fee='at_least = { flat = "2000" }', place="on_top")
    page = folder / "tariffs" / "page.toml"
    page.write_text(page.read_text(encoding="utf-8").replace('currency = "GBP"', 'currency = "JPY"'), encoding="utf-8")
    (bound,) = compare(tmp_path, reference={"GBP/KES": "160", "GBP/JPY": "200"}).bounds
    assert [one.least for one in bound.quote.offer.unpublished] == [10]
    assert bound.condition == "wins only if its fee is under 15.00 GBP"
    assert bound.why == ("its fee is published only as 'from 2,000 JPY'",)


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ('{ share = "0.005" }', "from 0.5%"),
        ('{ share = "0.005", flat = "2", least = "5" }', "from 2.00 GBP and 0.5%, at least 5.00 GBP"),
        ('{ flat = "1", each = "1000", most = "20 USD" }', "from 1.00 GBP for each 1,000.00 GBP, at most 20.00 USD"),
        ('{ share = "0.005", scale = "1.2" }', "from 0.5%, times 1.2"),
        ('{ highest = [{ flat = "2" }, { share = "0.001" }] }', "from what its page prints for the amount"),
    ],
)
def test_a_floor_is_said_as_its_page_has_it(tmp_path: Path, price: str, words: str) -> None:
    """A floor that grows with the amount is one too: it is not "not published"."""
    write_folder(tmp_path, "from_bank", fee=f"at_least = {price}")
    assert compare(tmp_path, reference={"GBP/KES": "160", "GBP/USD": "1.25"}).bounds[0].why == (
        f"its fee is published only as '{words}'",
    )


def test_charges_borne_by_the_payer_meet_no_correspondents(tmp_path: Path) -> None:
    """Under DEBT by SWIFT only the payee's bank is unknown; under SHAR the correspondents are too."""
    write_folder(tmp_path, "a_bank", rail="swift")
    unknowns = [compare(tmp_path, bearer=bearer).quotes[0].unknowns for bearer in ("DEBT", "SHAR")]
    assert unknowns == [{"payee_bank:KE"}, {"payee_bank:KE", "correspondents:KES"}]


@pytest.mark.parametrize("kind", ["copy", "quoted", "observed"])
def test_every_kind_of_page_ages(tmp_path: Path, kind: str) -> None:
    """What somebody else wrote down two years before is no fresher than the provider's own page."""
    folder = write_folder(tmp_path, "a_bank", dated="seen = 2024-10-01")
    page = folder / "tariffs" / "page.toml"
    page.write_text(page.read_text(encoding="utf-8").replace('kind = "page"', f'kind = "{kind}"'), encoding="utf-8")
    assert [flip.kind for flip in compare(tmp_path).verdict.flips] == ["age"]


def test_what_cannot_be_read_costs_its_folder_alone(tmp_path: Path) -> None:
    """A directory where a file should be, and a step of zero, are reported with their place."""
    write_folder(tmp_path, "good_bank")
    (write_folder(tmp_path, "odd_bank") / "tariffs" / "b.toml").mkdir()
    folder = write_folder(tmp_path, "zero_bank")
    page = folder / "tariffs" / "page.toml"
    text = page.read_text(encoding="utf-8").replace(
        'currency = "GBP"\n', 'currency = "GBP"\nrounding = { step = "0" }\n', 1
    )
    page.write_text(text, encoding="utf-8")
    answer = compare(tmp_path)
    assert [failure.provider for failure in answer.failures] == ["odd_bank", "zero_bank"]
    assert [quote.provider for quote in answer.quotes] == ["good_bank"]


def test_a_folder_for_payers_elsewhere_is_left_unread_and_says_so(tmp_path: Path) -> None:
    """Whoever serves payers in Kenya alone is passed over for one in Britain, with the reason for each tariff."""
    kenya = 'countries = ["KE"], unlisted = "no", currencies = ["KES"]'
    write_folder(tmp_path, "kenyan_bank", payer=kenya)
    write_folder(tmp_path, "british_bank")
    found = compare(tmp_path)
    assert found.declined == {"kenyan_bank/out": "it does not serve a payer in United Kingdom"}
    assert "leaves" not in vars(Catalogue.load([tmp_path]).folders["kenyan_bank"])


@pytest.mark.parametrize(
    ("payer", "taken"),
    [
        ('countries = ["KE"], unlisted = "no"', False),
        ('countries = ["KE"]', True),  # its page does not say that it takes no others
        ('zones = ["here"], unlisted = "no"', True),
        ('zones = ["there"], unlisted = "no"', False),
    ],
)
def test_a_folder_is_passed_over_only_when_all_its_pages_say_no(tmp_path: Path, payer: str, *, taken: bool) -> None:
    """What a page leaves open is looked at; zones count as what they hold."""
    zones = "".join(
        f'\n[[zone]]\nid = "{name}"\ncountries = ["{code}"]\n' for name, code in (("here", "GB"), ("there", "KE"))
    )
    write_folder(tmp_path, "a_bank", payer=payer, steps=zones)
    folder = Catalogue.load([tmp_path]).folders["a_bank"]
    assert folder.takes_payers_of(Place("GB", "GBP"), DAY) == taken


def test_a_folder_without_provider_folders_is_refused(tmp_path: Path) -> None:
    """A catalogue in which nothing is found would go unnoticed: the answer would be that of the others."""
    with pytest.raises(pc.TariffError, match=r"found no provider\.toml in it or in a folder right below it"):
        pc.compare("1000 GBP", to="KE", at=DAY, catalogue=[tmp_path])

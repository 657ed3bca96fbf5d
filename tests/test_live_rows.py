"""An answer of many rows: a bad one costs itself, the same price is one offer, and no offer hides another."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import paycompare as pc
from paycompare.client import Client
from paycompare.errors import ProviderChanged
from paycompare.live.adapters import find_adapters
from paycompare.live.asked import NOT_TODAY, Asked
from paycompare.live.priced import Charge, LiveRate, Priced, sound, told_apart
from paycompare.money import Money

if TYPE_CHECKING:
    from paycompare.live.fetch import Event

OTHERS = [found.id for found in find_adapters() if found.id != "wise_comparisons"]


def quote(landed: int, **more: Any) -> dict[str, Any]:
    """Return a quote for 1,000 EUR with a fee of 10: (1000 - 10) x rate."""
    return {
        "rate": landed / 990,
        "fee": 10,
        "receivedAmount": landed,
        "sendAmount": None,
        "markup": None,
        "isConsideredMidMarketRate": False,
        "dateCollected": datetime.now(UTC).isoformat(),
        "sourceCountry": None,
        "targetCountry": None,
        **more,
    }


def row(alias: str, *quotes: dict[str, Any]) -> dict[str, Any]:
    """Return a provider with its quotes."""
    return {"alias": alias, "name": alias.title(), "quotes": list(quotes)}


def compared(*rows: dict[str, Any], events: list[Event] | None = None, **options: Any) -> pc.Comparison:
    """Compare on the answer of Wise comparisons alone."""
    body = {"sourceCurrency": "EUR", "targetCurrency": "PHP", "providers": list(rows)}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    async def ask() -> pc.Comparison:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        told = None if events is None else events.append
        async with http, Client(http=http, on_event=told) as client:
            return await client.compare("1000 EUR", **{"to": "PH/PHP", "exclude": OTHERS, **options})

    return asyncio.run(ask())


def landed(answer: pc.Comparison) -> dict[str, str]:
    """Return what each live quote lands, as stated, by offer."""
    return {one.offer.id.removesuffix("@wise_comparisons"): str(one.live.landed) for one in answer.quotes if one.live}


GOOD = row("instarem", quote(69300))


@pytest.mark.parametrize("spoilt", [{"fee": "ten"}, {"rate": None}, {"receivedAmount": 71000.5, "rate": 70}])
def test_a_row_that_cannot_be_read_costs_no_other(spoilt: dict[str, Any]) -> None:
    """It is said with its provider's name and its field, as a drift, and everybody else is ranked."""
    events: list[Event] = []
    answer = compared(GOOD, row("remitly", quote(69000, **spoilt)), events=events)
    assert landed(answer) == {"instarem/bank_transfer": "69,300.00 PHP"}
    [failure] = answer.failures
    assert (failure.provider, failure.kind) == ("wise_comparisons", "ProviderChanged")
    assert "one of 2 rows" in failure.reason
    assert [event.kind for event in events if event.kind == "drift"] == ["drift"]


@pytest.mark.parametrize("spoilt", [{"fee": "ten"}, {"rate": None}, {"targetCountry": 5}])
def test_a_quote_that_cannot_be_read_costs_no_other_of_its_provider(spoilt: dict[str, Any]) -> None:
    """A provider has one for each country; what is wrong with that of one is said with the provider's name."""
    answer = compared(row("remitly", quote(69000, **spoilt), quote(69300)))
    assert landed(answer) == {"remitly/bank_transfer": "69,300.00 PHP"}
    [failure] = answer.failures
    assert failure.reason.startswith("providers[0].quotes[0].")
    assert failure.reason.endswith(", in the row of remitly; one of 2 rows")


def test_a_row_that_cannot_be_read_has_a_name() -> None:
    """The failure says whose row it is and where in the answer, and how many more there are."""
    answer = compared(row("remitly", quote(1, fee="ten")), GOOD, row("xoom", {}))
    [failure] = answer.failures
    assert failure.reason.startswith("providers[0].quotes[0].fee: found 'ten', expected ")
    assert failure.reason.endswith(", in the row of remitly; 1 more of 3 rows could not be read")


def test_a_field_that_no_row_has_is_a_change_of_the_source() -> None:
    """Where nothing can be read, there is no answer to rank."""
    with pytest.raises(pc.NoOffer) as caught:
        compared(
            row("instarem", quote(69300, fee=None)),
            row("remitly", quote(69000, fee=None)),
            providers=["wise_comparisons"],
        )
    [failure] = caught.value.failures
    assert failure.reason.startswith("providers[0].quotes[0].fee: found null, expected a value, in the row of instarem")


def test_prices_of_other_countries_are_told_apart() -> None:
    """Where the payer's country is open, each price names its countries; those that cost the same are one offer."""
    rows = [
        quote(69000, sourceCountry="ES"),
        quote(68000, sourceCountry="DE"),
        quote(69000, sourceCountry="BE"),
        quote(67000),
    ]
    kept = {
        "instarem/bank_transfer": "69,300.00 PHP",
        "remitly/bank_transfer_from_be_es": "69,000.00 PHP",
        "remitly/bank_transfer_from_de": "68,000.00 PHP",
        "remitly/bank_transfer": "67,000.00 PHP",
    }
    for order in (rows, rows[::-1]):
        answer = compared(GOOD, row("remitly", *order))
        assert landed(answer) == kept
    offers = {one.offer.title: one.offer.conditions for one in answer.quotes if one.provider == "remitly"}
    assert offers["Remitly, bank transfer, from BE, ES"] == {"payer_country": "BE, ES"}
    assert "any of the payer's countries that live prices name: sender= (--from) leaves one" in answer.assumptions
    assert landed(compared(GOOD, row("remitly", *rows), sender="DE")) == {
        "instarem/bank_transfer": "69,300.00 PHP",
        "remitly/bank_transfer": "68,000.00 PHP",
    }
    assert landed(compared(GOOD, row("remitly", *rows), sender="FR"))["remitly/bank_transfer"] == "67,000.00 PHP"


def test_a_price_for_a_country_without_the_currency_is_none() -> None:
    """A payer who may be in any country that uses the euro is not in Iceland."""
    assert list(landed(compared(GOOD, row("remitly", quote(69000, sourceCountry="IS"))))) == ["instarem/bank_transfer"]


def test_a_provider_that_comes_twice_hides_neither_price() -> None:
    """Two prices of one name are both shown, each with what was stated of it; the same price twice is one."""
    answer = compared(GOOD, row("remitly", quote(69000)), row("remitly", quote(60000)), row("remitly", quote(60000)))
    assert landed(answer) == {
        "instarem/bank_transfer": "69,300.00 PHP",
        "remitly/bank_transfer": "69,000.00 PHP",
        "remitly/bank_transfer_2": "60,000.00 PHP",
    }


def priced(**more: Any) -> Priced:
    """Return a price: 1,000 EUR at 70."""
    fields: dict[str, Any] = {
        "service": "transfer",
        "title": "Acme",
        "convention": "in_rate",
        "given": Money.of("1000", "EUR"),
        "landed": Money.of("70000", "PHP"),
        "rate": Fraction(70),
        "collected_at": datetime(2026, 10, 30, 10, tzinfo=UTC),
    }
    return Priced(**{**fields, **more})


def test_one_price_of_several_countries_is_as_old_as_the_oldest() -> None:
    """What is merged is not made younger; one that is for all needs no list."""
    earlier = priced().collected_at - timedelta(hours=3)
    [merged] = told_apart([priced(payers=("DE",)), priced(payers=("AT",), collected_at=earlier)])
    assert (merged.service, merged.payers, merged.collected_at) == ("transfer_from_at_de", ("AT", "DE"), earlier)
    [for_all] = told_apart([priced(payers=("DE",)), priced()])
    assert (for_all.service, for_all.payers) == ("transfer", ())
    assert [one.title for one in told_apart([priced(payees=("DE",)), priced(payees=("FR",))])] == [
        "Acme, to DE",
        "Acme, to FR",
    ]


def test_more_prices_than_a_corridor_has_are_refused() -> None:
    """Two hundred offers of one source are taken, and one more is no answer as documented."""
    many = [priced(service=f"transfer_{number}") for number in range(201)]
    assert len(sound("acme", many[:200])) == 200
    with pytest.raises(ProviderChanged, match="found 201 answers, expected at most 200"):
        sound("acme", many)


def test_rows_without_end_are_not_read_to_their_end() -> None:
    """What follows the rows that any corridor can have costs nothing."""
    with pytest.raises(ProviderChanged, match="found more than 5000 rows"):
        sound("acme", (priced(service=f"s{number}") for number in count()))


def test_what_is_no_answer_is_said() -> None:
    """An adapter that gives something else is named, and keeps what it gave right."""
    price, wrong = sound("acme", [priced(), {"landed": 1}])
    assert isinstance(price, Priced)
    assert isinstance(wrong, ProviderChanged)
    assert "found dict" in wrong.message
    assert sound("acme", []) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        *(({name: 5}, name) for name in ("service", "title", "given", "landed", "charges", "provider", "estimate")),
        *(({name: 5}, name) for name in ("promotion", "speed", "convention", "rate", "mid")),
        *(({name: "DE"}, name) for name in ("missing", "unknowns", "payers", "payees", "flags")),
        *(({name: (5,)}, name) for name in ("missing", "payers", "payees", "flags", "charges")),
        ({"unknowns": frozenset({5})}, "unknowns"),
        ({"conditions": {"pay_in": 5}}, "conditions"),
        ({"rate": None, "convention": None}, "convention"),
        ({"charges": (Charge("fee", 10),)}, "amount"),  # type: ignore[arg-type]  # as an adapter may
        ({"charges": (Charge("fee", Money.of("10", "EUR"), "me"),)}, "owner"),  # type: ignore[arg-type]  # as it may
    ],
)
def test_a_price_of_other_types_costs_no_other(change: dict[str, Any], field: str) -> None:
    """It would be met where all are compared; what an adapter left out, such as a rate that is not known, is none."""
    price, wrong = sound("acme", [priced(), priced(**change)])
    assert price == priced()
    assert isinstance(wrong, ProviderChanged)
    assert wrong.field.endswith(f".{field}")


def test_a_rate_of_a_day_with_a_time_is_none() -> None:
    """Days and instants cannot be compared, and rates are, with those of others."""
    rate = LiveRate(
        base="EUR", quote="KES", value=Fraction(150), observed=datetime(2026, 10, 30, tzinfo=UTC),
        publisher="Acme", url="https://acme.example", kind="market_mid",
    )  # fmt: skip
    with pytest.raises(ProviderChanged, match=r"LiveRate\.observed"):
        sound("acme", [rate])


def test_a_charge_in_a_third_currency_is_a_change() -> None:
    """It is part of neither what is paid nor what lands, so that it would be counted nowhere."""
    with pytest.raises(ProviderChanged, match=r"transfer.cable: found 10.00 USD, expected an amount in EUR or PHP"):
        sound("acme", [priced(charges=(*priced().charges, Charge("cable", Money.of("10", "USD"))))])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"collected_at": datetime.fromisoformat("2026-10-30")},
            "collected_at: found 2026-10-30 00:00:00, expected an instant",
        ),
        ({"expires_at": datetime.fromisoformat("2026-10-30")}, "expires_at"),
        ({"conditions": {"weather": "fine"}}, "conditions: found 'weather', expected one of client"),
    ],
)
def test_a_price_that_means_nothing_cannot_be_made(change: dict[str, Any], words: str) -> None:
    """An instant without a zone, and a condition that no payment has, are refused where they are written."""
    with pytest.raises(ValueError, match=words):
        priced(**change)


def test_a_price_for_payers_elsewhere_is_declined() -> None:
    """An adapter need not look at the countries that were asked."""
    from paycompare.question import ask, gather, with_live

    asking = ask("1000 EUR", sender="DE", to="PH", at="2026-10-30", reference={"EUR/PHP": "72"}, providers=["wise"])
    prices = (priced(payers=("FR", "ES")), priced(service="other", payees=("IN",)))
    asked = Asked("wise", asking.payments[0], priced().collected_at, "https://acme.example", prices)
    declined = gather(with_live(asking, [asked])).declined
    assert declined["wise/transfer@wise"] == "for a payer in FR or ES"
    assert declined["wise/other@wise"] == "for a payee in IN"


def test_a_provider_that_only_a_live_source_has_can_be_asked_for_and_left_out() -> None:
    """An id that the catalogue does not have filters what a live source says; the answer is made again the same."""
    rows = (GOOD, row("acme_remit", quote(69000)))
    only = compared(*rows, providers=["acme_remit"])
    assert list(landed(only)) == ["acme_remit/bank_transfer"]
    assert list(landed(compared(*rows, exclude=[*OTHERS, "acme_remit"]))) == ["instarem/bank_transfer"]


@pytest.mark.parametrize("name", ["providers", "exclude"])
def test_an_id_that_nobody_has_is_refused_after_the_answers(name: str) -> None:
    """A slip of the pen gets the nearest id, of live sources too; offline, it is refused at once."""
    given: dict[str, Any] = {name: [*([] if name == "providers" else OTHERS), "acme_remti"]}
    with pytest.raises(pc.PaymentError, match=r"a live source named for this payment, nearest is 'acme_remit'"):
        compared(GOOD, row("acme_remit", quote(69000)), **given)
    with pytest.raises(pc.PaymentError, match="the id of a provider;"):
        pc.compare("1000 EUR", to="PH", providers=["acme_remit_gone"])


def test_an_id_may_be_of_a_source_that_failed() -> None:
    """Where a source of prices could not be heard, nobody says that an id is wrong."""
    with pytest.raises(pc.NoOffer) as caught:
        compared(row("acme_remit", {}), providers=["acme_remit"])
    assert [one.provider for one in caught.value.failures] == ["wise_comparisons"]


@pytest.mark.parametrize("days", [-40, 40])
def test_a_price_of_today_is_none_for_another_day(days: int) -> None:
    """For a payment of another day nobody is asked for a price, and the answer says why."""
    events: list[Event] = []
    day = datetime.now(UTC).date() + timedelta(days=days)
    answer = compared(GOOD, at=day, events=events)
    assert (landed(answer), events) == ({}, [])
    assert answer.declined["wise_comparisons (live)"] == NOT_TODAY
    assert NOT_TODAY in answer.assumptions
    with pytest.raises(pc.NoOffer, match=NOT_TODAY):
        compared(GOOD, at=day, providers=["wise_comparisons"])


@pytest.mark.parametrize("collected", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_of_no_time_is_a_change(collected: str) -> None:
    """An instant that cannot be said in another zone is no instant, and is refused where it is read."""
    answer = compared(GOOD, row("remitly", quote(69000, dateCollected=collected)))
    assert list(landed(answer)) == ["instarem/bank_transfer"]
    assert "quotes[0].dateCollected: found" in answer.failures[0].reason
    assert str(answer)


def test_a_price_of_the_future_is_none() -> None:
    """What is collected after the day of the payment was not its price."""
    later = datetime.now(UTC) + timedelta(days=3)
    answer = compared(GOOD, row("remitly", quote(69000, dateCollected=later.isoformat())))
    assert list(landed(answer)) == ["instarem/bank_transfer"]
    [reason] = [why for name, why in answer.declined.items() if name.startswith("remitly/bank_transfer@")]
    assert reason == f"first known to hold on {later.date()}"


def test_estimates_of_one_provider_are_one_doubt() -> None:
    """What one provider asks in five countries is one reason to doubt, and leaves room for others."""
    rows = [quote(70900 - number, sourceCountry=code) for number, code in enumerate(("DE", "ES", "FR"))]
    answer = compared(
        row("wise", quote(70000)), row("remitly", *rows), exclude=[one for one in OTHERS if one != "wise"]
    )
    flips = [flip.offer for flip in answer.verdict.flips if flip.kind == "model"]
    assert flips == ["remitly/bank_transfer_from_de@wise_comparisons"]

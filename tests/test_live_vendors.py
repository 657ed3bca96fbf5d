"""What the vendors publish: their descriptions, against our requests and samples; their answers, against our reading.

Both are read in place, in ``../shared`` beside the checkout. That the samples' requests are the adapters' own is the
contract suite's to say.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from paycompare.errors import ProviderRefused, ProviderUnavailable, RateUnavailable
from paycompare.live.adapter import Ask, Declined, LiveRate, Observed, Priced
from paycompare.live.adapters import find_adapters
from paycompare.live.exchange import accept, read_answers, retry_after
from paycompare.live.priced import parted
from paycompare.live.reading import Response
from paycompare.money import Money
from paycompare.terms import Payment
from tests.recorded import Sample, samples_of

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.live.adapter import Answer

FOUND = {found.id: found for found in find_adapters()}


@dataclass(frozen=True)
class Described:
    """Where a vendor describes what an adapter asks.

    Attributes:
        file: The description, below ``../shared``.
        server: What its paths leave out of ours, as a pattern.
        silent: Paths that it says nothing of, as a pattern.
        wrong: Fields of answers that it gives another type than the vendor's recorded answers have.
    """

    file: str
    server: str = ""
    silent: str = r"(?!)"
    wrong: frozenset[str] = frozenset()


DESCRIBED: Final = {
    "currencycloud": Described(
        "specs/currencycloud.yml", wrong=frozenset({"base", "charge_type", "deposit_required", "partner_rate"})
    ),
    "frankfurter": Described("samples/fx/frankfurter_v2_openapi.json"),
    "mangopay": Described("specs/mangopay.json", server=r"/market-1", silent=r"/oauth/token"),
    "mastercard": Described("specs/mastercard-currency-conversion-calculator.yml"),
    "revolut_business": Described("specs/revolut-business.json"),
    "visa": Described("specs/visa-foreign-exchange.yml"),
    "wise": Described("specs/wise-platform.yml"),
    "wise_comparisons": Described("specs/wise-platform.yml", wrong=frozenset({"duration"})),
}
CALLS: Final = [
    pytest.param(source, sample, call, id=f"{source}-{sample.path.stem}-{number}")
    for source in DESCRIBED
    for sample in samples_of(FOUND[source])
    for number, call in enumerate(sample.calls)
]

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f]")
"""Two of the files have control characters where a quotation mark was meant."""

_BROKEN: Final = re.compile(r"iso-4217|\\\\")
"""Patterns that no value can match: a format in the wrong place, and one that is escaped twice."""

_ANY: Final = {"oneOf": "anyOf"}
"""Visa's alternatives differ in optional fields alone, so that an answer fits several of them."""


@cache
def description(file: Path) -> dict[str, Any]:
    """Return a description, without the patterns that are broken in it."""
    text = _CONTROL.sub("'", file.read_text(encoding="utf-8"))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = json.loads(text) if file.suffix == ".json" else yaml.load(text, loader)  # noqa: S506 -- both are safe loaders
    return dict(mended(read))


def mended(node: Any) -> Any:
    """Drop broken patterns, let alternatives overlap, and write ``nullable`` as JSON Schema has it."""
    if isinstance(node, list):
        return [mended(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        _ANY.get(name, name): mended(value) for name, value in node.items() if name != "pattern" or not is_broken(value)
    }
    return {**kept, "type": [kept["type"], "null"]} if kept.get("nullable") is True and "type" in kept else kept


def is_broken(pattern: object) -> bool:
    """Tell whether a pattern is one that no value can match."""
    return isinstance(pattern, str) and bool(_BROKEN.search(pattern))


def resolved(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference."""
    while "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def check(
    spec: dict[str, Any], schema: dict[str, Any], value: object, where: str, wrong: frozenset[str] = frozenset()
) -> None:
    """Validate a value by a schema of a description, but for the fields in which that is wrong."""
    whole = {"allOf": [schema], "components": spec.get("components", {}), "definitions": spec.get("definitions", {})}
    errors = [error for error in Draft202012Validator(whole).iter_errors(value) if wrong.isdisjoint(error.path)]
    assert not errors, [f"{where} {list(error.path)}: {error.message[:200]}" for error in errors]


def operation_of(spec: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Return what a description says of a method and a path; it must say something."""
    for template, operations in sorted(spec["paths"].items(), key=lambda one: one[0].count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in operations:
            return {"parameters": [], **operations[method.lower()]}
    pytest.fail(f"{method} {path} is not described")


@pytest.mark.parametrize(("source", "sample", "call"), CALLS)
def test_samples_are_as_the_vendor_describes(shared: Path, source: str, sample: Sample, call: dict[str, Any]) -> None:
    """Path, parameters, body and answer of each exchange agree with the vendor's own description."""
    where, asked, answered = DESCRIBED[source], call["request"], call["response"]
    path = re.sub(f"^{where.server}", "", asked["path"])
    if re.fullmatch(where.silent, path):
        pytest.skip("the description says nothing of this path")
    spec = description(shared / where.file)
    operation = operation_of(spec, asked["method"], path)
    check_parameters(spec, operation, asked)
    check_body(spec, operation, asked)
    check_answer(spec, operation, answered, where.wrong)
    assert sample.calls


def check_parameters(spec: dict[str, Any], operation: dict[str, Any], asked: dict[str, Any]) -> None:
    """Every parameter sent is described and well formed, and every needed one is sent."""
    parameters = [resolved(spec, one) for one in operation["parameters"]]
    sent = {
        "query": asked.get("query", {}),
        "header": {name.lower(): v for name, v in asked.get("headers", {}).items()},
    }
    sent["formData"] = dict(part.split("=") for part in asked["body"].split("&")) if is_form(asked) else {}
    for place in ("query", "formData"):
        known = {one["name"] for one in parameters if one["in"] == place}
        assert (place == "formData" and not known) or sent[place].keys() <= known
    for one in parameters:
        name = one["name"].lower() if one["in"] == "header" else one["name"]
        value = sent.get(one["in"], {}).get(name)
        if one["in"] == "header" and one.get("required") and asked.get("headers"):
            assert value is not None, name
        if one["in"] in {"query", "formData"}:
            assert value is not None or not one.get("required"), name
            if value is not None:
                schema = resolved(spec, one.get("schema", {key: one[key] for key in ("type", "enum") if key in one}))
                check(spec, schema, read_as(schema, value), name)


def is_form(asked: dict[str, Any]) -> bool:
    """Tell whether a body is a form."""
    return isinstance(asked.get("body"), str)


def read_as(schema: dict[str, Any], value: str) -> object:
    """Return a parameter, which is text on the wire, as the type that its schema has."""
    if schema.get("type") in {"number", "integer"}:
        return json.loads(value)
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}[value]
    return [value] if schema.get("type") == "array" else value


def check_body(spec: dict[str, Any], operation: dict[str, Any], asked: dict[str, Any]) -> None:
    """A JSON body is as described, and has no field that is not."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    check(spec, content["schema"], plain(asked["body"]), "request")
    assert asked["body"].keys() <= fields_of(spec, content["schema"])


def fields_of(spec: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """Return the names of the fields that an object may have by a schema, or by one of its alternatives."""
    found = resolved(spec, schema)
    parts = [part for name in ("allOf", "anyOf") for part in found.get(name, [])]
    return set(found.get("properties", {})).union(*(fields_of(spec, part) for part in parts))


def check_answer(
    spec: dict[str, Any], operation: dict[str, Any], answered: dict[str, Any], wrong: frozenset[str]
) -> None:
    """The answer of a sample is as described for its status, where the description has a shape for it."""
    described = operation["responses"].get(str(answered["status"]))
    if described is None or "body" not in answered:
        return
    said = resolved(spec, described)
    schema = said.get("schema") or said.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        check(spec, schema, plain(answered["body"]), f"answer {answered['status']}", wrong)


def plain(value: object) -> object:
    """Return JSON with the numbers that a schema validator knows."""
    return json.loads(json.dumps(value, default=float))


@dataclass(frozen=True)
class Recorded:
    """An answer that somebody recorded, or that a documentation prints.

    Attributes:
        source: Id of the adapter that reads it.
        ask: The question, as keywords of `Payment.ask`.
        answers: Files below ``../shared/samples``, or the body itself.
        status: HTTP status of the last answer.
    """

    source: str
    ask: dict[str, str]
    answers: tuple[str | bytes, ...]
    status: int = 200

    def read(self, shared: Path) -> tuple[Answer, ...]:
        """Return what the adapter reads in it."""
        found, asked = FOUND[self.source], dict(self.ask)
        ask = Ask(
            source=found.id,
            payment=Payment.ask(asked.pop("pays", None), **asked),
            now=datetime.fromisoformat("2026-10-30T10:00:00+00:00"),
            base=found.source.url,
            reference=lambda base, quote: Fraction(1) if base == quote else Fraction("1.1"),
        )
        bodies = [one if isinstance(one, bytes) else (shared / "samples" / one).read_bytes() for one in self.answers]
        statuses = [200] * (len(bodies) - 1) + [self.status]
        answers = [
            Response(source=found.id, status=status, headers={}, body=body, received_at=ask.now)
            for status, body in zip(statuses, bodies, strict=True)
        ]
        for answer in answers:
            accept(found.adapter, answer)
        said, wrong = parted(read_answers(found.adapter, ask, answers))
        assert wrong is None
        return said


DE_PH: Final = {"pays": "1000 EUR", "sender": "DE", "to": "PH", "at": "2026-07-02"}
GB_IN_CLOUD: Final = {"gets": "10000 GBP", "sender": "US", "segment": "business", "at": "2026-10-30"}
IN_BUSINESS: Final = {"segment": "business", "at": "2026-10-30"}


def test_a_recorded_quote_of_wise_has_a_price_for_each_way_to_pay(shared: Path) -> None:
    """Seventeen of eighteen options are open; by bank transfer, (1000 - 8.12) x 70.2048 = 69634.74 (half up)."""
    prices = Recorded("wise", DE_PH, ("wise/eur-php-1000.v3-quotes-unauth.json",)).read(shared)
    assert len(prices) == 17
    first = prices[0]
    assert isinstance(first, Priced)
    assert first.landed == Money.of("69634.74", "PHP")
    assert [charge.amount for charge in first.charges] == [Money.of("8.12", "EUR")]
    assert {price.conditions["pay_in"] for price in prices if isinstance(price, Priced)} == {"account", "card"}


def test_a_documented_rate_of_revolut_is_read(shared: Path) -> None:
    """One euro for 1.0044 dollars, rounded down to the cent in the sample, without a fee."""
    ask = {"sends": "1 EUR", "sender": "DE", "to": "US", **IN_BUSINESS}
    (price,) = Recorded("revolut_business", ask, ("revolut_business/eur-usd.rate.json",)).read(shared)
    assert isinstance(price, Priced)
    assert (price.landed, price.rate) == (Money.of("1.00", "USD"), Fraction("1.0044090351"))


def test_a_recorded_rate_and_fee_of_currencycloud_are_read(shared: Path) -> None:
    """10000 pounds for 14089 dollars, with a fee of 10 euros that is 11 dollars at the reference of this test."""
    names = ("payments.quote_payment_fee", "rates.can_provide_detailed_rate")
    files: tuple[str | bytes, ...] = (b'{"auth_token": "t"}', *(f"currencycloud/{name}.json" for name in names))
    (price,) = Recorded("currencycloud", GB_IN_CLOUD, files).read(shared)
    assert isinstance(price, Priced)
    assert (price.given, price.landed) == (Money.of("14089", "USD"), Money.of("10000", "GBP"))
    assert price.paid == 14100
    assert price.mid == 1 / Fraction("1.4086")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3600", 3600.0),
        ("Fri, 30 Oct 2026 10:00:05 GMT", 5.0),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("soon", None),
    ],
)
def test_a_wait_that_cannot_be_read_is_none(said: str, seconds: float | None) -> None:
    """Seconds, or a date, counted from the answer."""
    at = datetime.fromisoformat("2026-10-30T10:00:00+00:00")
    answer = Response(source="some", status=429, headers={"retry-after": said}, body=b"", received_at=at)
    assert retry_after(answer) == seconds


def test_a_fee_in_a_currency_without_reference_is_declined_and_no_fault_of_the_service() -> None:
    """An amount of its own currency needs none."""

    def nothing(base: str, quote: str) -> Fraction:
        raise RateUnavailable(f"{base}/{quote}")

    payment = Payment.ask("1000 EUR", sender="DE", to="US", at="2026-10-30")
    ask = Ask(source="some", payment=payment, now=datetime.now(UTC), base="https://some.example", reference=nothing)
    assert ask.converted(Money.of("1.20", "EUR"), "EUR") == Money.of("1.20", "EUR")
    with pytest.raises(Declined, match=r"it states 1.20 ZWG, and there is no reference rate for EUR"):
        ask.converted(Money.of("1.20", "ZWG"), "EUR")


def test_a_documented_rate_of_flutterwave_is_read(shared: Path) -> None:
    """1000 dollars for 114988.50 shillings, the rate being stated the other way round."""
    fee = b'{"status": "success", "message": "", "data": [{"currency": "USD", "fee_type": "value", "fee": 0}]}'
    ask = {"gets": "1000 USD", "sender": "KE", "to": "US", **IN_BUSINESS}
    files = (fee, "flutterwave/kes-usd-1000.v3-transfer-rates.json")
    (price,) = Recorded("flutterwave", ask, files).read(shared)
    assert isinstance(price, Priced)
    assert (price.given, price.rate) == (Money.of("114988.50", "KES"), Fraction(1000) / Fraction("114988.5"))


def test_a_documented_quote_of_stripe_is_read(shared: Path) -> None:
    """1.12415 less 2% is 1.10167 francs for a pound, of two currencies that were asked for."""
    ask = {"pays": "1000 GBP", "sender": "GB", "to": "CH", "client": "payee", **IN_BUSINESS}
    (price,) = Recorded("stripe", ask, ("stripe/chf.fx_quote.json",)).read(shared)
    assert isinstance(price, Priced)
    assert (price.landed, price.mid) == (Money.of("1101.67", "CHF"), Fraction("1.12415"))


@pytest.mark.parametrize(
    ("recorded", "rates"),
    [
        (
            Recorded(
                "ecb", {"pays": "1 BRL", "sender": "BR", "to": "AU", "at": "2026-02-22"}, ("fx/ecb_sdmx_exr.csv",)
            ),
            {("EUR", "AUD", "1.6697", "2026-02-20"), ("EUR", "BRL", "6.1358", "2026-02-20")},
        ),
        (
            Recorded(
                "banca_d_italia",
                {"pays": "1 AFN", "sender": "AF", "to": "AU", "at": "2026-02-11"},
                ("fx/banca_d_italia_dailyrates.csv",),
            ),
            {("EUR", "AFN", "75.6731", "2026-02-11"), ("EUR", "AUD", "1.6737", "2026-02-11")},
        ),
        (
            Recorded(
                "frankfurter",
                {"pays": "1 USD", "sender": "US", "to": "TM", "at": "2014-06-02"},
                ("fx/frankfurter_v2_rates_expand.json",),
            ),
            {("USD", "TMT", "3.5", "2014-06-02")},
        ),
        (
            Recorded(
                "un_rates",
                {"pays": "1 NGN", "sender": "NG", "to": "AF", "at": "2026-10-30"},
                ("fx/un_operational_rates.xml",),
            ),
            {("USD", "AFN", "64.883", "2026-10-01"), ("USD", "NGN", "1329.98", "2026-10-01")},
        ),
        (
            Recorded(
                "hmrc", {"pays": "1 EUR", "sender": "DE", "to": "JP", "at": "2026-07-15"}, ("fx/hmrc_monthly.csv",)
            ),
            {("GBP", "EUR", "1.1564", "2026-07-01"), ("GBP", "JPY", "214.8908", "2026-07-01")},
        ),
    ],
    ids=lambda one: one.source if isinstance(one, Recorded) else None,
)
def test_recorded_reference_rates_are_read(
    shared: Path, recorded: Recorded, rates: set[tuple[str, str, str, str]]
) -> None:
    """The figures are those that stand in the file."""
    read = recorded.read(shared)
    assert all(isinstance(one, LiveRate) for one in read)
    assert {(one.base, one.quote, one.value, one.observed) for one in read if isinstance(one, LiveRate)} == {
        (base, quote, Fraction(value), date.fromisoformat(day)) for base, quote, value, day in rates
    }


def test_recorded_averages_of_the_world_bank_are_read(shared: Path) -> None:
    """The newest of Colombia in the file is 2.434% in 2023, and Venezuela has none."""
    ask = {"pays": "200 EUR", "sender": "XOF", "to": "CO", "at": "2026-10-30"}
    files = ("worldbank/wdi.SI.RMT.COST.IB.ZS.COL-ECU-PER-DOM-MEX-GTM.json",)
    (average,) = Recorded("world_bank_indicators", {**ask, "pays": "200 XOF"}, files).read(shared)
    assert isinstance(average, Observed)
    assert (average.country, average.share, average.period) == ("CO", Fraction("0.02434"), "2023")
    with pytest.raises(Declined):
        Recorded(
            "world_bank_indicators",
            {**ask, "pays": "200 XOF", "to": "VE"},
            ("worldbank/wdi.SI.RMT.COST.IB.ZS.VEN.json",),
        ).read(shared)


@pytest.mark.parametrize(
    ("recorded", "kind", "said"),
    [
        (Recorded("wise", DE_PH, ("wise/error.route-not-supported.422.json",), 422), Declined, "not supported"),
        (Recorded("wise", DE_PH, ("wise/error.unauthorized.401.json",), 401), ProviderRefused, "credentials"),
        (
            Recorded("revolut_business", DE_PH, ("revolut_business/error.rate-unknown.404.json",), 404),
            Declined,
            "Exchange rate unknown",
        ),
        (
            Recorded("flutterwave", DE_PH, ("flutterwave/error.v3-transfer-rates.json",)),
            ProviderUnavailable,
            "Unable to fetch rates",
        ),
        (
            Recorded("world_bank_indicators", DE_PH, ("worldbank/error.invalid-value.200.json",)),
            ProviderRefused,
            "not valid",
        ),
        *(
            (Recorded("currencycloud", GB_IN_CLOUD, (f"currencycloud/{file}.json",), status), kind, said)
            for file, status, kind, said in (
                ("errors.contains_full_details_for_api_error", 400, ProviderRefused, "auth_invalid_user_login_details"),
                ("errors.is_raised_on_forbidden_request", 403, ProviderRefused, "permission_denied"),
                ("errors.is_raised_on_incorrect_authentication_details", 401, ProviderRefused, "credentials"),
                ("errors.is_raised_when_a_resource_is_not_found", 404, ProviderRefused, "beneficiary_not_found"),
                ("errors.is_raised_when_too_many_requests_have_been_issued", 429, ProviderUnavailable, "429"),
                ("payments.delivery_date_error", 400, ProviderRefused, "invalid_payment_date"),
            )
        ),
    ],
    ids=lambda one: f"{one.source}-{str(one.answers[-1]).rpartition('/')[2]}" if isinstance(one, Recorded) else None,
)
def test_recorded_errors_map_to_their_classes(
    shared: Path, recorded: Recorded, kind: type[Exception], said: str
) -> None:
    """An error that a vendor documents, or that was recorded, is the right one, in its own words."""
    with pytest.raises(kind, match=said):
        recorded.read(shared)

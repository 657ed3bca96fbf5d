"""The command line: an answer on standard output, one sentence about a mistake on standard error, an exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from paycompare.cli import main
from paycompare.export import json_schema
from tests.answers import write_hostile, write_varied
from tests.catalogues import write_folder

SOURCES = Path(__file__).parents[1] / "src"


def question(root: Path, *more: str, amount: str = "1000 GBP") -> list[str]:
    """Return a command that compares the folders of a test alone, at 160 KES per GBP."""
    ids = [word for path in sorted(root.iterdir()) for word in ("--provider", path.name)]
    common = ["--to", "KE/KES", "--from", "GB/GBP", "--at", "2026-10-30", "--reference", "GBP/KES=160"]
    return ["compare", amount, *common, "--catalogue", str(root), *ids, *more]


def answered(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command prints; it must succeed and complain of nothing."""
    code = main(arguments)
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")
    return printed.out


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 2) -> str:
    """Return the complaint about a command; it must fail with this code and print no answer."""
    found = main(arguments)
    printed = capsys.readouterr()
    assert (found, printed.out) == (code, "")
    assert "Traceback" not in printed.err
    return printed.err


def quotes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return provider to the least that lands, of the ranked quotes of a command."""
    found = json.loads(answered([*arguments, "--json"], capsys))
    return {quote["provider"]: quote["landed"]["low"]["amount"] for quote in found["quotes"]}


def fresh(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in an interpreter of its own."""
    surroundings = {**os.environ, "PYTHONPATH": str(SOURCES), **environment}
    command = [sys.executable, "-m", "paycompare", *arguments]
    return subprocess.run(command, env=surroundings, capture_output=True, check=False)


def test_a_comparison_is_a_table_with_the_verdict_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """5 and 1 percent of 995 leave 157,608.00 KES of 1,000 GBP, which is the most here."""
    text = answered(question(write_varied(tmp_path)), capsys)
    assert text.index("Verdict: alpha: Transfer, unless:") < text.index("157,608.00 KES")


def test_the_three_forms_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON keeps to its schema, CSV is readable as such, Markdown has the verdict in bold."""
    arguments = question(write_varied(tmp_path))
    found = json.loads(answered([*arguments, "--json"], capsys))
    assert Draft202012Validator(json_schema()).is_valid(found)
    read = list(csv.DictReader(io.StringIO(answered([*arguments, "--csv"], capsys))))
    assert {row["provider"] for row in read} >= {"alpha", "gamma", "promo"}
    assert "**Verdict: alpha: Transfer, unless:**" in answered([*arguments, "--markdown"], capsys)


def test_the_amount_may_be_two_words_and_either_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fee of 5 on top: of 1,000 paid 995 x 160 land, 1,000 sent land whole, and 1,600 received cost 15."""
    write_folder(tmp_path, "plain", fee='flat = "5"', place="on_top")
    rest = question(tmp_path)[2:]
    assert quotes(["compare", "1000", "GBP", *rest], capsys) == {"plain": "159200.00"}
    assert quotes(["compare", "1000 GBP", "--sends", *rest], capsys) == {"plain": "160000.00"}
    found = json.loads(answered(["compare", "1600 KES", "--gets", "--json", *rest], capsys))
    assert found["quotes"][0]["paid"]["high"] == {"amount": "15.00", "currency": "GBP"}


def test_a_rate_of_your_own_completes_an_offer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At 158.50 KES per GBP, as the provider said, 1,000 GBP land 158,500."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    assert quotes(question(tmp_path, "--rate", "silent=158.50"), capsys) == {"silent": "158500.00"}


def test_an_assumed_margin_makes_an_estimate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2.5 percent off 160,000 leaves 156,000, for one provider or for all."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    for name in ("fx_margin", "silent"):
        assert quotes(question(tmp_path, "--assume", f"{name}=0.025"), capsys) == {"silent": "156000.00"}


def test_offers_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By id; by age, where the one seen in March 2025 is too old; and by charges that nobody knows."""
    arguments = question(write_varied(tmp_path))
    assert set(quotes(arguments, capsys)) == {"alpha", "beta", "range"}
    assert set(quotes([*arguments, "--exclude", "alpha"], capsys)) == {"beta", "range"}
    assert set(quotes([*arguments, "--max-age", "365"], capsys)) == {"alpha"}
    assert set(quotes([*arguments, "--complete", "end_to_end"], capsys)) == {"alpha", "range"}


def test_conditions_reach_the_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tariff for businesses whose payer bears all charges is found with both conditions, not with one."""
    write_folder(tmp_path, "firm", more='conditions = { segment = ["business"], bearer = ["DEBT"] }')
    both = question(tmp_path, "--segment", "business", "--bearer", "DEBT")
    assert quotes(both, capsys) == {"firm": "160000.00"}
    found = json.loads(answered([*both, "--pay-in", "account", "--json"], capsys))
    assert found["payment"]["conditions"]["bearer"] == "DEBT"
    refused(question(tmp_path, "--segment", "business"), capsys, code=3)


def test_several_payout_currencies_may_be_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Paying Kenya in shillings or in dollars gives a quote for each."""
    write_folder(tmp_path, "plain")
    found = json.loads(answered([*question(tmp_path), "--to", "KE/USD", "--json"], capsys))
    assert {quote["payout_currency"] for quote in found["quotes"]} == {"KES", "USD"}


def test_parts_and_reasons_are_listed_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What each step took, and why a tariff does not apply."""
    text = answered(question(write_varied(tmp_path), "--parts", "--why"), capsys)
    assert "9.95 GBP  FX margin (the provider, in the rate)" in text
    assert "- far/out: it does not serve a payer in United Kingdom" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at", "yesterday"], "--at: found 'yesterday', expected a day such as 2026-10-30"),
        (["--rate", "alpha"], "--rate: found 'alpha', expected a name, '=' and a number"),
        (["--rate", "alpha=x"], "--rate alpha: found 'x'"),
        (["--assume", "fx_margn=0.02"], "nearest is 'fx_margin'"),
        (["--provider", "alpa"], "--provider: found 'alpa'"),
        (["--provider", "alpa"], "nearest is 'alpha'"),
        (["--exclude", "alpa"], "--exclude: found 'alpa'"),
        (["--segment", "busines"], "--segment: found 'busines', expected one of personal, business"),
        (["--pay-in", "cheque"], "--pay-in: found 'cheque'"),
        (["--max-age", "a year"], "--max-age: found 'a year', expected a whole number of days"),
        (["--complete", "all"], "--complete: found 'all'"),
        (["--no-levy", "ke_exise"], "nearest is 'ke_excise'"),
        (["--rate", "alpha=1", "--rate", "alpha=2"], "--rate: found 'alpha=2', expected one number for 'alpha'"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """What was found and what was expected, with the nearest valid value, on one line and with code 2."""
    complaint = refused(question(write_varied(tmp_path), *words), capsys)
    assert said in complaint
    assert complaint.startswith("paycompare: ")
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("amount", ["1000", "a lot GBP", "-5 GBP", "1000 GPB", "0 GBP", "1e9999999 GBP"])
def test_an_amount_that_cannot_be_meant_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], amount: str
) -> None:
    """Without currency, not a number, not above zero, of no currency: code 2 and a sentence."""
    write_folder(tmp_path, "plain")
    arguments = question(tmp_path)
    assert refused(["compare", *arguments[2:], "--", amount], capsys).count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["compare"], ["compare", "1 GBP", "--gets", "--sends"], ["compare", "1 GBP", "--sound"], ["fly"]],
)
def test_a_command_that_does_not_exist_is_a_mistake(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Unknown commands and options, and options that exclude one another, give code 2 and the usage."""
    assert "usage: paycompare" in refused(arguments, capsys)


def test_a_payment_without_a_payee_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """The option that is missing is named."""
    assert "--to: found nothing, expected the payee's place" in refused(["compare", "1000 GBP"], capsys)


def test_nobody_serves_the_payment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code 3, one sentence, and the reason of each tariff when asked why."""
    write_folder(tmp_path, "far", payer='countries = ["US"], unlisted = "no", currencies = ["GBP"]')
    assert refused(question(tmp_path), capsys, code=3).count("\n") == 1
    reasons = refused(question(tmp_path, "--why"), capsys, code=3)
    assert "it does not serve a payer in United Kingdom: far/out" in reasons


def test_nobody_serves_the_payment_and_a_folder_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What failed is said too, and the reasons are still named by the option that lists them."""
    write_folder(tmp_path, "far", payer='countries = ["US"], unlisted = "no", currencies = ["GBP"]')
    broken = write_folder(tmp_path, "broken") / "provider.toml"
    broken.write_text("name =", encoding="utf-8")
    said = refused(question(tmp_path), capsys, code=3)
    assert "could not be asked: broken: " in said
    assert ".reasons" not in said
    assert "(--why lists the reason of each tariff)" in said


def test_bounds_alone_are_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An offer with an unpublished margin cannot be ranked, and is an answer nevertheless."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    text = answered(question(tmp_path), capsys)
    assert "Verdict: Open:" in text
    assert "silent: Transfer" in text


def test_names_from_outside_are_shown_and_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in an answer nor in a complaint does a name clear the screen."""
    text = answered(question(write_hostile(tmp_path), "--parts"), capsys)
    assert "\x1b" not in text
    assert "Clear[2JBank" in text
    assert "\x1b" not in refused(["compare", "1 GBP", "--to", "\x1b[2JIN"], capsys)


def test_break_evens_are_found_for_amounts_without_currency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """10 flat beats 1 percent from 1,000.50 on, where 1 percent of the amount rounds above 10.00."""
    write_folder(tmp_path, "flat_fee", fee='flat = "10"')
    write_folder(tmp_path, "share_fee", fee='share = "0.01"')
    scope = ["--catalogue", str(tmp_path), "--provider", "flat_fee", "--provider", "share_fee"]
    day = ["--at", "2026-10-30", "--reference", "GBP/KES=160"]
    command = ["crossovers", "GB/GBP", "KE/KES", "--least", "100", "--most", "5,000", *day, *scope]
    rows = [line.split() for line in answered(command, capsys).splitlines() if "_fee:" in line]
    assert (rows[0][0], rows[0][-2]) == ("100.00", "share_fee:")
    assert (rows[-1][0], rows[-1][-2]) == ("1,000.50", "flat_fee:")
    assert "--most" in refused([*command[:6], "50", *command[7:]], capsys)
    assert "--side" in refused([*command, "--side", "sends"], capsys)


def test_what_is_held_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each folder with its tariffs, newest date and what it leaves out; totals; one provider with its pages."""
    write_varied(tmp_path)
    held = ["providers", "--catalogue", str(tmp_path)]
    rows = {line.split()[0]: line for line in answered(held, capsys).splitlines() if line.strip()}
    assert rows["gamma"].split()[1:] == ["gamma", "bank", "GB", "1", "2026-10-01", "fx", "margin", "(1)"]
    assert rows["beta"].split()[5] == "undated"
    summary = answered([*held, "--summary"], capsys)
    assert "broken cannot be read" in summary
    assert "gamma  " not in summary
    one = answered([*held, "beta"], capsys)
    assert "https://beta.example/fees" in one
    assert "undated" in one
    assert "nearest is 'alpha'" in refused([*held, "alpa"], capsys)
    assert "kind" in refused([*held, "broken"], capsys)


def test_folders_are_checked_without_running_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound folder gives 0, a wrong one 2 with place, finding and remedy; an adapter in it is never imported."""
    sound = write_folder(tmp_path, "sound")
    trace = tmp_path / "trace"
    (sound / "adapter.py").write_text(f"open({str(trace)!r}, 'w').close()\n", encoding="utf-8")
    assert answered(["check", str(sound)], capsys) == f"{sound}: no problem\n"
    wrong = write_folder(tmp_path, "wrong", fee='flat = "a lot"')
    assert main(["check", str(sound), str(wrong)]) == 2
    printed = capsys.readouterr().out
    assert "wrong/tariffs/page.toml, at tariff" in printed
    assert "found: " in printed
    assert "expected: " in printed
    assert not trace.exists()


def test_version_and_help_are_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are printed with code 0."""
    assert "compare" in answered(["--help"], capsys)
    assert "--segment" in answered(["compare", "--help"], capsys)
    try:
        expected = f"paycompare {version('paycompare')}\n"
    except PackageNotFoundError:
        expected = "paycompare, run from its sources without being installed\n"
    assert answered(["--version"], capsys) == expected


def loaded(arguments: list[str]) -> set[str]:
    """Return the modules that a command has loaded when it is done, in an interpreter of its own."""
    script = (
        "import sys; from paycompare.cli import main; main(sys.argv[1:]); "
        "sys.stderr.write('\\n' + ' '.join(sys.modules))"
    )
    command = [sys.executable, "-c", script, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return set(done.stderr.decode().splitlines()[-1].split())


def test_a_command_loads_only_what_it_needs(tmp_path: Path) -> None:
    """The help and a wrong call load no models, machine forms no table printer, and nothing loads frames or HTTP."""
    arguments = question(write_varied(tmp_path))
    assert not loaded(["--help"]) & {"pydantic", "rich", "polars", "httpx"}
    assert not loaded(["compare", "1 GBP", "--at", "x"]) & {"rich", "polars", "httpx"}
    for form in ("--json", "--csv", "--markdown"):
        assert not loaded([*arguments, form]) & {"rich", "polars", "httpx"}
    assert not loaded(arguments) & {"polars", "httpx"}


def test_a_reader_that_leaves_early_is_no_mistake(tmp_path: Path) -> None:
    """When whoever reads the answer closes the pipe, nothing is complained about."""
    command = [sys.executable, "-m", "paycompare", *question(write_varied(tmp_path), "--json")]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        complaint = running.stderr.read()
    assert (running.returncode, complaint) == (0, b"")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_encoding_can_be_written(tmp_path: Path, encoding: str) -> None:
    """A name with an accent and the lines of a table come out in whatever encoding was asked for."""
    write_folder(tmp_path, "societe", about='name = "Société Ω"\nkind = "bank"\ncountry = "GB"\n')
    done = fresh(*question(tmp_path), PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert "Soci" in text
    assert ("─────" if encoding == "utf-8" else "-----") in text


def test_output_is_utf_8_unless_asked_otherwise(tmp_path: Path) -> None:
    """A pipe gets UTF-8 even where the system's own encoding is another."""
    write_folder(tmp_path, "societe", about='name = "Société"\nkind = "bank"\ncountry = "GB"\n')
    done = fresh(*question(tmp_path, "--json"), LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert "Société" in json.loads(done.stdout.decode("utf-8"))["quotes"][0]["title"]

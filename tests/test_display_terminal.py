"""The answer as text: the verdict first, everything that counts said once, nothing from outside obeyed."""

from __future__ import annotations

import re
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

import paycompare as pc
from paycompare.display import as_text, crossovers_as_text
from paycompare.display.terminal import render
from paycompare.export import to_markdown
from tests.answers import DAY, compared, varied, write_hostile, write_shared_out
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from pathlib import Path


def flat(text: str) -> str:
    """Return a text on one line, so that where it wraps does not matter."""
    return " ".join(text.split())


def test_the_verdict_stands_first_with_its_number(tmp_path: Path) -> None:
    """Payment, reference, then who wins and the rate at which that would change, all before the first table."""
    text = as_text(varied(tmp_path))
    head, _, _ = text.partition("Ranked")
    assert head.startswith("Payer pays 1,000.00 GBP, GB/GBP>KE/KES, 2026-10-30, personal, bearer SHAR\n")
    assert "Reference: 1 GBP = 160.000 KES (" in head
    assert "Verdict: alpha: Transfer, unless:" in head
    assert "1. gamma: Transfer wins below a 1.49% margin: ask for 157.61 KES per GBP or better" in head


def test_what_each_part_took_adds_up_on_the_screen(tmp_path: Path) -> None:
    """Of 1,000 GBP, 5 go to charges and 1 percent of 995, 9.95, to the margin: 14.95 in all, 1.50 percent half up."""
    write_folder(tmp_path, "alpha", fee='flat = "5"', margin='share = "0.01"')
    lines = as_text(compared(tmp_path)).splitlines()
    row = next(index for index, line in enumerate(lines) if "alpha: Transfer" in line and "1,000.00 GBP" in line)
    assert lines[row].split() == ["1", "alpha:", "Transfer", "1,000.00", "GBP", "charges", "5.00", "1.50%"]
    assert "157,608.00 KES" in lines[row + 1]
    assert re.search(r"FX margin +9\.95$", lines[row + 1])
    assert re.search(r"lost +14\.95 GBP$", lines[row + 2])


def test_the_state_and_third_parties_have_lines_of_their_own(tmp_path: Path) -> None:
    """Of 10.00 lost, 3.00 are a levy and 7.00 went to a correspondent; nothing was charged or hidden in the rate."""
    text = flat(as_text(compared(write_shared_out(tmp_path)), parts=True))
    assert "levies 3.00" in text
    assert "third parties 7.00" in text
    assert "lost 10.00 GBP" in text
    assert "3.00 GBP stamp (the state, on top)" in text
    assert "7.00 GBP cover (correspondent banks, on top)" in text


def test_what_typically_arrives_is_said_where_somebody_published_it(tmp_path: Path) -> None:
    """What correspondents were seen to take is printed with its page; what the payee's bank takes stays unknown."""
    folder = write_folder(tmp_path, "swift_bank", rail="swift")
    seen = '[page]\nsource = "https://watch.example/"\nkind = "page"\nundated = true\n'
    taken = '[[deduction]]\nof = "correspondents"\ncurrency = "KES"\nbetween = ["100", "300"]\n'
    (folder / "tariffs" / "seen.toml").write_text(seen + taken, encoding="utf-8")
    text = flat(as_text(compared(tmp_path)))
    assert "correspondents:KES typically take 100.00 KES to 300.00 KES (https://watch.example/, undated)" in text
    assert "arrives" not in text


def test_bounds_alone_have_nothing_to_win_against(tmp_path: Path) -> None:
    """Without a complete offer the bounds are listed with their best case and no condition."""
    write_folder(tmp_path, "silent", margin="not_published = true")
    text = as_text(compared(tmp_path))
    assert "Verdict: Open:" in text
    assert "lands 160,000.00 KES" in text
    assert "It wins" not in text


@pytest.mark.parametrize("width", [80, 100, 120])
def test_it_fits_the_width_and_is_plain(tmp_path: Path, width: int) -> None:
    """No line is wider than asked for, ends in blanks or carries a control character."""
    text = as_text(varied(tmp_path), width=width, parts=True, why=True)
    for line in text.splitlines():
        assert len(line) <= width
        assert line == line.rstrip()
        assert line.isprintable()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_every_width_says_the_same(tmp_path: Path, width: int) -> None:
    """Names, amounts, costs and ages are there in full at each width."""
    text = as_text(varied(tmp_path), width=width)
    for figure in ("157,608.00 KES", "14.95 GBP", "1.50%", "2.00%", "155,200.00 KES to", "156,000.00 KES"):
        assert figure in text
    assert "…" not in text


def test_ranges_are_printed_as_ranges(tmp_path: Path) -> None:
    """A margin of 2.5 to 3 percent lands 155,200 to 156,000, costs 2.50 to 3.00 percent, loses 30 at worst."""
    write_folder(tmp_path, "range", margin='between = ["0.025", "0.03"]')
    text = flat(as_text(compared(tmp_path)))
    assert re.search(r"155,200\.00 KES to .*156,000\.00 KES", text)
    assert re.search(r"2\.50% to .*3\.00%", text)
    assert "lost at worst 30.00 GBP" in text


def test_estimates_ages_and_unknown_charges_are_said(tmp_path: Path) -> None:
    """A modelled row is marked, evidence has its age, charges of others are named, a plan is not included."""
    text = flat(as_text(varied(tmp_path), width=120))
    assert "estimate: fx_margin assumed at 1.5%" in text
    assert "seen Oct 2026, 29 days" in text
    assert "seen Mar 2025, 19 months" in text
    assert "undated" in text
    assert "charges of correspondent banks (KES) and charges of the payee's bank (KE)" in text
    assert "not included: plan Pro: 19 GBP a month" in text
    assert "time: two days" in text


def test_bounds_say_why_and_when_they_win(tmp_path: Path) -> None:
    """The bound that could win has a row with its best case; the one that cannot is named in a line."""
    text = flat(as_text(varied(tmp_path)))
    _, _, bounds = text.partition("Not ranked")
    assert "lands 160,000.00 KES" in bounds
    assert "its fx margin is not published" in bounds
    assert "1 offer loses whatever is not published: omega: Transfer" in bounds


def test_a_bound_that_loses_here_says_from_where_on_it_could_win(tmp_path: Path) -> None:
    """10 flat against 1 percent loses at 800 GBP; from 1,000.50 on, 1 percent rounds above 10.00."""
    write_folder(tmp_path, "open", fee='share = "0.01"')
    write_folder(tmp_path, "silent", fee='flat = "10"', margin="not_published = true")
    answer = compared(tmp_path, "800 GBP")
    assert "silent: Transfer (could win from 1,000.50 GBP on)" in flat(as_text(answer))
    assert "the order changes from 1,000.50 GBP on" in to_markdown(answer)


def test_a_bound_against_a_range_has_two_limits(tmp_path: Path) -> None:
    """Against 2.5 to 3 percent it surely wins below 2.5 percent and may still win below 3 percent."""
    write_folder(tmp_path, "range", margin='between = ["0.025", "0.03"]')
    write_folder(tmp_path, "silent", margin="not_published = true")
    text = flat(as_text(compared(tmp_path), width=120))
    assert "wins only below a 2.50% margin" in text
    assert "may win below 3.00%" in text


def test_what_is_billed_later_is_said(tmp_path: Path) -> None:
    """A fee of 5 that comes with the next bill is part of what is paid, and said to come later."""
    write_folder(tmp_path, "bill", fee='flat = "5"', place="billed_later")
    text = flat(as_text(compared(tmp_path)))
    assert "of what is paid, up to 5.00 GBP is billed later" in text


def test_promotions_stand_apart(tmp_path: Path) -> None:
    """A promotion that lands 160,000 is shown after the ranking and without a rank."""
    text = as_text(varied(tmp_path))
    ranking, _, promotions = text.partition("Promotions, never ranked")
    assert "promo: Transfer" not in ranking
    assert re.search(r"^promo: Transfer.* 1,000\.00 GBP", promotions, re.MULTILINE)


def test_failures_and_assumptions_are_said(tmp_path: Path) -> None:
    """A folder that cannot be read is named with its reason, and so is everything that was assumed."""
    text = flat(as_text(varied(tmp_path)))
    assert "Could not be asked or read - broken: broken/provider.toml: kind" in text
    assert "Taken: a personal customer; paid in from an account" in text


def test_what_does_not_apply_is_counted_and_listed_on_request(tmp_path: Path) -> None:
    """One tariff is for payers elsewhere: a count by default, its reason when asked why."""
    answer = varied(tmp_path)
    assert "1 other tariff does not apply (--why lists the reasons)" in as_text(answer)
    assert "- far/out: it does not serve a payer in United Kingdom" in as_text(answer, why=True)


def test_parts_add_up_in_the_best_and_in_the_worst_case(tmp_path: Path) -> None:
    """With every part listed, the amounts above each total sum to it."""
    text = as_text(varied(tmp_path), parts=True)
    _, _, detail = text.partition("What each step took")
    sums: list[tuple[Decimal, Decimal]] = []
    running = Decimal(0)
    for line in detail.splitlines():
        found = re.match(r" +(-?[\d,.]+) GBP +(lost)?", line)
        if found is None:
            continue
        shown = Decimal(found[1].replace(",", ""))
        if found[2]:
            sums.append((running, shown))
            running = Decimal(0)
        else:
            running += shown
    assert re.search(r"lost in its worst case: .* at its dear end", flat(detail))
    assert re.search(r"lost in its best case: .* at its cheap end", flat(detail))
    assert [f"{total}" for _, total in sums] == ["14.95", "15.00", "20.00", "30.00", "25.00", "0.00", "0.00"]
    assert all(parts == total for parts, total in sums)


def test_parts_of_an_offer_that_is_not_ranked_are_those_of_its_row(tmp_path: Path) -> None:
    """Where nothing ranks, the parts are still there: at best a fee of 5, its margin not being published."""
    write_folder(tmp_path, "silent", fee='flat = "5"', margin="not_published = true")
    text = as_text(compared(tmp_path), parts=True)
    assert "Ranked" not in text
    _, _, detail = text.partition("What each step took, valued at the reference rate\n")
    assert detail.startswith("Not ranked: silent: Transfer\n   5.00 GBP  fee (the provider, from the amount)\n")
    assert "5.00 GBP  lost at best\n" in detail


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_screen(tmp_path: Path, width: int) -> None:
    """With every part and every reason listed, each line fits."""
    text = as_text(varied(tmp_path), width=width, parts=True, why=True)
    assert max(map(len, text.splitlines())) <= width


def test_the_kind_of_a_reference_rate_is_said_once(tmp_path: Path) -> None:
    """A rate of the period table is marked as such, once."""
    write_folder(tmp_path, "plain")
    reference = flat(as_text(compared(tmp_path, reference=None))).partition("Verdict")[0]
    assert re.findall(r"\bperiod\b", reference) == ["period"]


def test_tied_offers_share_their_place(tmp_path: Path) -> None:
    """Two offers that land the same are both first, marked as tied, and the verdict is open."""
    write_folder(tmp_path, "one")
    write_folder(tmp_path, "two")
    text = as_text(compared(tmp_path))
    assert "Verdict: Open: a tie between one: Transfer, two: Transfer." in text
    assert len(re.findall(r"^1=  (one|two): Transfer", text, re.MULTILINE)) == 2


def test_money_that_stays_behind_is_said(tmp_path: Path) -> None:
    """Up to 1,000 is free and beyond it 5 on top: of 1,002 the most that lands is 1,000, and 2 stay."""
    bands = 'bands = [{ up_to = "1000", price = { flat = "0" } }, { price = { flat = "5" } }]'
    write_folder(tmp_path, "jump", fee=bands, place="on_top")
    assert "stays with the payer: 2.00 GBP" in as_text(compared(tmp_path, "1002 GBP"))


def test_what_lands_beyond_the_invoice_is_said(tmp_path: Path) -> None:
    """A penny is 1.60 KES: 1,001 KES needs 6.26 GBP, which lands 1,001.60."""
    write_folder(tmp_path, "plain")
    text = as_text(compared(tmp_path, None, gets="1001 KES"))
    assert text.startswith("Payee gets 1,001.00 KES")
    assert "lands beyond what was asked for: 0.60 KES" in text


def test_an_offer_above_the_reference_is_flagged(tmp_path: Path) -> None:
    """A margin of minus half a percent costs minus 0.50 percent, and the row says that it beats the reference."""
    write_folder(tmp_path, "generous", margin='share = "-0.005"')
    text = as_text(compared(tmp_path))
    assert "beats the reference rate" in text
    assert "-0.50%" in text


@pytest.mark.parametrize("width", [80, 120])
def test_names_from_outside_are_shown_and_not_obeyed(tmp_path: Path, width: int) -> None:
    """Markup stays as written, and nothing can clear the screen or turn the line around."""
    text = as_text(compared(write_hostile(tmp_path)), width=width)
    assert "[bold red]x[/]" in flat(text)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "Clear[2JBank" in text


def test_colour_is_used_on_a_terminal_alone(tmp_path: Path) -> None:
    """A console that is a terminal gets colour codes for the verdict; plain text never has any."""
    answer = varied(tmp_path)
    screen = StringIO()
    render(answer, Console(file=screen, force_terminal=True, color_system="standard", no_color=False, width=100))
    assert "\x1b[1" in screen.getvalue()
    assert "\x1b" not in as_text(answer)


def test_break_evens_are_a_table_of_stretches(tmp_path: Path) -> None:
    """10 flat beats 1 percent once 1 percent rounds above 10.00: 1 percent of 1,000.50 is 10.005, 10.01 half up."""
    write_folder(tmp_path, "flat_fee", fee='flat = "10"')
    write_folder(tmp_path, "share_fee", fee='share = "0.01"')
    found = pc.crossovers(
        "GB/GBP>KE/KES",
        least="100 GBP",
        most="5000 GBP",
        at=DAY,
        reference={"GBP/KES": "160"},
        catalogue=[tmp_path],
        providers=["flat_fee", "share_fee"],
    )
    rows = [line.split() for line in crossovers_as_text(found).splitlines() if "_fee:" in line]
    assert [row[0] for row in rows] == ["100.00", "1,000.50"]
    assert "share_fee:" in rows[0]
    assert "flat_fee:" in rows[-1]
    assert rows[-1][2:5] == ["5,000.00", "GBP", "(incl.)"]

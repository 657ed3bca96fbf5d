"""One comparison that has something of everything, for the tests of what is shown; the arithmetic is beside it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import paycompare as pc
from tests.catalogues import write_folder

if TYPE_CHECKING:
    from pathlib import Path

    from paycompare.comparison import Comparison

DAY = date(2026, 10, 30)

MARKUP = "<script>alert(1)</script> [bold red]x[/] & |pipe|"
FORMULA = "=cmd|' /C calc'!A0"
CONTROL = "Clear\\u001b[2J\\u202eBank"


def named(name: str) -> str:
    """Return a provider file for a provider of this name, as a TOML string has it."""
    return f"name = '''{name}'''\nkind = \"bank\"\ncountry = \"GB\"\n"


def compared(root: Path, pays: str | None = "1000 GBP", **more: Any) -> Comparison:
    """Compare the folders of a test alone, at 160 KES per GBP."""
    options: dict[str, Any] = {
        "to": "KE/KES",
        "sender": "GB/GBP",
        "at": DAY,
        "reference": {"GBP/KES": "160"},
        "catalogue": [root],
        "providers": sorted(path.name for path in root.iterdir()),
        **more,
    }
    return pc.compare(pays, **options)


def write_varied(root: Path) -> Path:
    """Write folders for 1,000 GBP to KES at 160, of which 160,000.00 would land if nothing were lost.

    alpha   fee 5, 1 percent of 995 = 9.95: lost 14.95 (1.495 percent), lands 985.05 x 160 = 157,608.00
    delta   1.5 percent, as an estimate: lost 15.00, lands 157,600.00
    beta    2 percent: lost 20.00, lands 156,800.00; by SWIFT, so others may charge; a plan beside it
    range   2.5 to 3 percent: lost 25.00 to 30.00, lands 155,200.00 to 156,000.00
    gamma   no fee, margin not published: lands 160,000.00 at best and wins below 1.495 percent
    omega   fee 50, margin not published: loses at any margin
    promo   nothing, for the time being
    far     for payers in the United States only
    broken  a folder that cannot be read
    """
    write_folder(root, "alpha", fee='flat = "5"', margin='share = "0.01"')
    plan = 'separate = [{ name = "plan Pro", words = "19 GBP a month" }]\ntime = "two days"'
    write_folder(root, "beta", margin='share = "0.02"', rail="swift", more=plan, dated="undated = true")
    write_folder(root, "delta", margin="not_published = true")
    write_folder(root, "range", margin='between = ["0.025", "0.03"]', dated="seen = 2025-03-28")
    write_folder(root, "gamma", margin="not_published = true")
    write_folder(root, "omega", fee='flat = "50"', margin="not_published = true")
    write_folder(root, "promo", more='promotion = "free until the end of 2026"')
    write_folder(root, "far", payer='countries = ["US"], unlisted = "no", currencies = ["GBP"]')
    write_folder(root, "broken", about='name = "broken"\nkind = "shop"\ncountry = "GB"\n')
    return root


def varied(root: Path, **more: Any) -> Comparison:
    """Return the comparison of these folders."""
    return compared(write_varied(root), assume={"delta": "0.015"}, **more)


def write_shared_out(root: Path) -> Path:
    """Write a folder in which 3 GBP go to the state and 7 to a correspondent, both on top: 990 are sent."""
    step = (
        '[[tariff.step]]\ntake = "{name}"\nowner = "{owner}"\nplace = "on_top"\ncurrency = "GBP"\n'
        'price = {{ flat = "{flat}" }}\n'
    )
    more = step.format(name="stamp", owner="state", flat=3) + step.format(name="cover", owner="correspondent", flat=7)
    write_folder(root, "shared_out", steps=more)
    return root


def write_hostile(root: Path) -> Path:
    """Write folders whose names try to be markup, a formula and a terminal command."""
    write_folder(root, "markup", about=named(MARKUP), title="<img src=x onerror=alert(1)>")
    write_folder(root, "formula", about=named(FORMULA), margin='share = "0.01"')
    name = f'name = "{CONTROL}"\nkind = "bank"\ncountry = "GB"\n'
    write_folder(root, "control", about=name, margin="not_published = true")
    return root

"""Provider folders for tests, written from a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FEE = """
[[tariff.step]]
take = "fee"
place = "{place}"
currency = "GBP"
price = {{ {price} }}
"""

MARGIN = """
[[tariff.step]]
convert = "fx_margin"
basis = "mid-market"
margin = [{{ {margin} }}]
"""


def write_folder(
    root: Path,
    name: str,
    *,
    fee: str = 'flat = "0"',
    place: str = "from_amount",
    margin: str = 'share = "0"',
    dated: str = "seen = 2026-10-01",
    rail: str = "local",
    more: str = "",
    steps: str = "",
    about: str = "",
    title: str = "Transfer",
    payee: str = 'unlisted = "yes", other_currencies = "yes"',
    payer: str = 'countries = ["GB"], unlisted = "no", currencies = ["GBP"], other_currencies = "no"',
) -> Path:
    """Write one provider folder with one tariff from GBP, and return the folder."""
    folder = root / name
    (folder / "tariffs").mkdir(parents=True)
    (folder / "provider.toml").write_text(
        about or f'name = "{name}"\nkind = "bank"\ncountry = "GB"\n', encoding="utf-8"
    )
    text = (
        f'[page]\nsource = "https://{name.replace("_", "-")}.example/fees"\nkind = "page"\n{dated}\n'
        f'[[tariff]]\nid = "out"\ntitle = "{title}"\nrail = "{rail}"\n{more}\n'
        f"payer = {{ {payer} }}\npayee = {{ {payee} }}\n"
        + FEE.format(place=place, price=fee)
        + MARGIN.format(margin=margin)
        + steps
    )
    (folder / "tariffs" / "page.toml").write_text(text, encoding="utf-8")
    return folder


def write_odd_folder(root: Path, name: str) -> Path:
    """Write a provider whose fee is in whole pounds, so that its prices are beyond columns."""
    made = write_folder(root, name, fee='share = "0.01"', margin='share = "0.01"')
    file = made / "tariffs" / "page.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('take = "fee"', 'take = "fee"\nrounding = { step = "1" }'), encoding="utf-8")
    return made

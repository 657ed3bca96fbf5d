"""Five questions that small firms and their advisers ask, answered offline from published prices.

make demo
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import paycompare as pc

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026-10-30"
"""Every question is about this day, so that the answers do not move with the calendar."""

RULE = "=" * 100


def asked(question: str, ask: Callable[..., object], *given: str, only: str = "", **more: object) -> None:
    """Print a question, the call that asks it, and the answer, or only one attribute of it."""
    words = ", ".join([*map(repr, given), *(f"{name}={value!r}" for name, value in more.items())])
    answer = ask(*given, **more)
    call, shown = (f"({words}).{only}", getattr(answer, only)) if only else (f"({words})", answer)
    print(f"{RULE}\n{question}\n\n  pc.{ask.__name__}{call}\n\n{shown}")


def main() -> None:
    """Ask and answer."""
    asked(
        "A person in the United Kingdom sends 1,000 GBP to India. Who delivers most?",
        pc.compare,
        "1000 GBP",
        to="IN",
        at=DAY,
    )
    asked(
        "A firm in Malaysia has an invoice of 15,000 SGD, to arrive whole in Singapore. Who settles it for least?",
        pc.compare,
        gets="15000 SGD",
        sender="MY/MYR",
        segment="business",
        bearer="DEBT",
        at=DAY,
    )
    firm = {"to": "SG", "segment": "business", "at": DAY}
    asked(
        "A firm in Australia pays 20,000 AUD to Singapore; its bank publishes no margin. Which rate should it ask for?",
        pc.compare,
        "20000 AUD",
        **firm,
    )
    asked(
        "It asked, and the bank offered 0.8945 SGD per AUD. Is that good enough?",
        pc.compare,
        "20000 AUD",
        **firm,
        rates={"westpac_au": "0.8945"},
        only="verdict",
    )
    asked(
        "A firm in Malaysia pays suppliers in Japan. Which way is cheapest from which amount on?",
        pc.crossovers,
        "MY/MYR>JP/JPY",
        least="20 MYR",
        most="100000 MYR",
        segment="business",
        at=DAY,
    )


if __name__ == "__main__":
    main()

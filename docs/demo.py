"""Five questions that small firms and their advisers ask, answered offline from published prices.

make demo
"""

from __future__ import annotations

from datetime import date

import paycompare as pc

DAY = date(2026, 10, 30)
RULE = "=" * 100


def asked(question: str, call: str, answer: object) -> None:
    """Print a question, how it is asked, and the answer."""
    print(f"{RULE}\n{question}\n\n  {call}\n\n{answer}")


def main() -> None:
    """Ask and answer."""
    asked(
        "A person in the United Kingdom sends 1,000 GBP to India. Who delivers most?",
        'pc.compare("1000 GBP", to="IN")',
        pc.compare("1000 GBP", to="IN", at=DAY),
    )
    asked(
        "A firm in Malaysia has an invoice of 15,000 SGD, to arrive whole in Singapore. Who settles it for least?",
        'pc.compare(gets="15000 SGD", sender="MY/MYR", segment="business", bearer="DEBT")',
        pc.compare(gets="15000 SGD", sender="MY/MYR", segment="business", bearer="DEBT", at=DAY),
    )
    asked(
        "A firm in Australia pays 20,000 AUD to Singapore; its bank publishes no margin. Which rate should it ask for?",
        'pc.compare("20000 AUD", to="SG", segment="business")',
        pc.compare("20000 AUD", to="SG", segment="business", at=DAY),
    )
    asked(
        "It asked, and the bank offered 0.8945 SGD per AUD. Is that good enough?",
        'pc.compare("20000 AUD", to="SG", segment="business", rates={"westpac_au": "0.8945"})',
        pc.compare("20000 AUD", to="SG", segment="business", at=DAY, rates={"westpac_au": "0.8945"}).verdict,
    )
    asked(
        "A firm in Malaysia pays suppliers in Japan. Which way is cheapest from which amount on?",
        'pc.crossovers("MY/MYR>JP/JPY", least="20 MYR", most="100000 MYR", segment="business")',
        pc.crossovers("MY/MYR>JP/JPY", least="20 MYR", most="100000 MYR", segment="business", at=DAY),
    )


if __name__ == "__main__":
    main()

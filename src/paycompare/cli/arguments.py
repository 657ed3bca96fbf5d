"""What may be typed: every command with its options, without loading anything that they need."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final, TypeAlias

from paycompare.cli.rpw import add_rpw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CONDITIONS", "option_of", "parser"]

CONDITIONS: Final = {
    "client": "whose institution is being chosen: payer or payee",
    "segment": "personal or business",
    "plan": "plan or account type, as the provider calls it",
    "pay-in": "account, balance, card, cash or wallet",
    "pay-out": "account, balance, card, cash or wallet",
    "rail": "local, swift, sepa, rtgs or own_network",
    "channel": "online, branch or phone",
    "bearer": "who bears the charges: DEBT, CRED, SHAR or SLEV",
    "purpose": "such as goods, services, salary, family or education",
    "payer-status": "such as diaspora",
    "payee-institution": "who keeps the payee's account",
    "usage": "of allowances so far: unused, used_up, or as in '3 payments, 8000 GBP'",
    "speed": "standard or urgent",
    "quote-validity": "how long the rate is to be locked, such as PT1H",
    "joined": "the day on which you became the provider's customer, such as 2022-10-01",
}
"""The conditions of a payment, as options, with what may follow."""

_KNOWN: Final = {
    "rate": ("ID=RATE", "a rate that provider ID gave you, payee currency per payer currency"),
    "reference": ("EUR/CNY=RATE", "your own reference rate, here CNY per EUR"),
    "assume": ("fx_margin=SHARE", "a margin where none is published: 0.025 is 2.5 percent; or ID=SHARE"),
    "no-levy": ("ID", "leave out a levy"),
}

_SCOPE: Final = {
    "provider": ("ID", "only this provider"),
    "exclude": ("ID", "not this provider"),
    "catalogue": ("FOLDER", "provider folders of your own"),
}

_OF_ALL: Final = {
    "side": "what the amounts are: pays (default), sends or gets",
    "currency": "of the amounts, where the side does not say it",
    "corridor": "such as GB/GBP>KE/KES; or --from and --to",
    "to": "the payee's place",
}
"""What a file of payments may say in its columns, or the call for all of them."""

_LIMITS: Final = {
    "max-age": ("DAYS", "do not rank tariffs that are older"),
    "max-rate-age": ("DAYS", "refuse an older reference rate"),
    "complete": ("WORD", "provider (default), or end_to_end to rank only offers without unknown charges"),
}

_FORMS: Final = {
    "json": "everything, as JSON with a schema",
    "csv": "one line for each offer",
    "markdown": "tables for a document",
}

_OPTION_OF_FIELD: Final = {
    **dict.fromkeys(("money", "pays", "gets", "sends"), "AMOUNT"),
    "sender": "--from",
    "providers": "--provider",
    "rates": "--rate",
    "levies": "--no-levy",
    **{name: f"--{name}" for name in ("to", "at", "exclude", "complete", "reference", "assume")},
    **{name: f"--{name}" for name in ("least", "most", "side")},
    **{name: f"--{name}" for name in ("amount", "by", "flows", "index", "since", "until")},
}


def option_of(field: str) -> str:
    """Return the option that a field of a question is given by; what is none of them stays as it is.

    Args:
        field: As an error names it.

    Example:
        >>> option_of("rates['lloyds']"), option_of("pay_in"), option_of("corridor")
        ('--rate lloyds', '--pay-in', 'corridor')
    """
    name, bracket, key = field.partition("[")
    if name in _OPTION_OF_FIELD:
        named = key.rstrip("]").strip("'\"")
        return f"{_OPTION_OF_FIELD[name]} {named}" if bracket else _OPTION_OF_FIELD[name]
    dashed = name.replace("_", "-")
    return f"--{dashed}" if dashed in CONDITIONS else field


class _Version(argparse.Action):
    """Prints the version, which is looked up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and leave")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version and leave."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            sys.stdout.write(f"paycompare {version('paycompare')}\n")
        except PackageNotFoundError:
            sys.stdout.write("paycompare, run from its sources without being installed\n")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; what it reads names its command in ``command``."""
    made = argparse.ArgumentParser(
        prog="paycompare",
        description="What does a cross-border payment really cost, and who would do it for least?",
        epilog="Exit codes: 0 an answer, 2 a mistake in the call, 3 nobody serves this payment.",
        allow_abbrev=False,
    )
    made.add_argument("--version", action=_Version)
    commands = made.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    _add_compare(commands.add_parser)
    _add_crossovers(commands.add_parser)
    _add_providers(commands.add_parser)
    _add_check(commands.add_parser)
    _add_schema(commands.add_parser)
    _add_sources(commands.add_parser)
    _add_replay(commands.add_parser)
    add_rpw(commands.add_parser)
    _add_price(commands.add_parser)
    return made


_Adder: TypeAlias = "Callable[..., argparse.ArgumentParser]"


def _add_compare(add: _Adder) -> None:
    made = add("compare", help="compare every offer for one payment", allow_abbrev=False)
    what = "such as '1000 GBP': what the payer pays, unless said otherwise"
    made.add_argument("amount", nargs="+", metavar="AMOUNT", help=what)
    where = "the payee's place, such as IN or KE/KES; may be repeated"
    made.add_argument("--to", action="append", metavar="PLACE", help=where)
    whence = "the payer's place; from the currency of AMOUNT when left out"
    made.add_argument("--from", dest="sender", metavar="PLACE", help=whence)
    side = made.add_mutually_exclusive_group()
    for name, words in (("gets", "what the payee gets"), ("sends", "the principal")):
        side.add_argument(f"--{name}", dest="side", action="store_const", const=name, help=f"AMOUNT is {words}")
    form = made.add_mutually_exclusive_group()
    for name, words in _FORMS.items():
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=words)
    made.add_argument("--live", action="store_true", help="ask every source that answers live, too")
    made.add_argument("--quotes", metavar="FILE", help="quotes that you collected: .csv, .json or .xlsx")
    made.add_argument("--why", action="store_true", help="list every tariff that does not apply, and why")
    made.add_argument("--parts", action="store_true", help="list what each step of each offer shown took")
    _add_question(made)
    made.set_defaults(side="pays", form="text")


def _add_question(made: argparse.ArgumentParser) -> None:
    """Add what every question about prices has: the day, the conditions, what the caller knows better."""
    made.add_argument("--at", metavar="DAY", help="day of the order, such as 2026-10-30; today when left out")
    conditions = made.add_argument_group("conditions")
    for name, words in CONDITIONS.items():
        conditions.add_argument(f"--{name}", metavar="WORD", help=words)
    for title, options in (("what you know better", _KNOWN), ("which offers", _SCOPE)):
        group = made.add_argument_group(title, "each may be repeated")
        for name, (metavar, words) in options.items():
            group.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=words)
    limits = made.add_argument_group("limits")
    for name, (metavar, words) in _LIMITS.items():
        limits.add_argument(f"--{name}", metavar=metavar, help=words)


def _add_crossovers(add: _Adder) -> None:
    words = "find from which amount on another offer is cheapest"
    made = add("crossovers", help=words, allow_abbrev=False)
    made.add_argument("sender", metavar="FROM", help="the payer's place, such as GB/GBP")
    made.add_argument("to", metavar="TO", help="the payee's place, such as KE/KES")
    made.add_argument("--least", required=True, metavar="AMOUNT", help="the least amount, such as 50")
    made.add_argument("--most", required=True, metavar="AMOUNT", help="the largest amount, such as 50000")
    made.add_argument("--side", default="pays", metavar="SIDE", help="whose amounts: pays (default) or gets")
    made.add_argument("--why", action="store_true", help="when nobody serves, list why not")
    _add_question(made)


def _add_price(add: _Adder) -> None:
    made = add("price", help="price a file of payments", allow_abbrev=False)
    kinds = "Parquet, CSV or Arrow, by the ending of its name"
    columns = "a column amount or amount_minor; side, currency, corridor, at and the conditions as columns or below"
    made.add_argument("file", metavar="FILE", help=f"the payments: {kinds}; {columns}")
    made.add_argument("--out", required=True, metavar="FILE", help=f"where the prices go: {kinds}; written whole")
    made.add_argument("--best", action="store_true", help="only the winner of each payment")
    made.add_argument("--minor", action="store_true", help="write money in whole minor units")
    made.add_argument("--parts", action="store_true", help="list what each step took too")
    made.add_argument("--bindings", metavar="FILE", help="where pages, dates and reference rates behind them go")
    for name, words in _OF_ALL.items():
        made.add_argument(f"--{name}", metavar="WORD", help=words)
    made.add_argument("--from", dest="sender", metavar="PLACE", help="the payer's place")
    _add_question(made)


def _add_providers(add: _Adder) -> None:
    words = "list whose tariffs are held, from when, and what their pages leave out"
    made = add("providers", help=words, allow_abbrev=False)
    made.add_argument("id", nargs="?", metavar="ID", help="one provider: its tariffs, sources and dates")
    made.add_argument("--summary", action="store_true", help="by country, and what ten corridors get")
    made.add_argument("--catalogue", action="append", default=[], metavar="FOLDER", help=_SCOPE["catalogue"][1])


def _add_schema(add: _Adder) -> None:
    made = add("schema", help="print the JSON Schema of an answer or of a tariff file", allow_abbrev=False)
    words = "answer: of compare --json (default); tariff, provider or levies: of those files, for an editor"
    made.add_argument("of", nargs="?", default="answer", choices=("answer", "tariff", "provider", "levies"), help=words)


def _add_sources(add: _Adder) -> None:
    made = add("sources", help="list who answers live, what each needs, and whether it is set", allow_abbrev=False)
    made.add_argument("--probe", action="store_true", help="ask each one small question, over the network")
    made.add_argument("--catalogue", action="append", default=[], metavar="FOLDER", help=_SCOPE["catalogue"][1])


def _add_replay(add: _Adder) -> None:
    made = add("replay", help="make a saved answer again, and say what changed", allow_abbrev=False)
    made.add_argument("file", metavar="FILE", help="what compare --json wrote; nobody is asked anything")
    made.add_argument("--changes", action="store_true", help="print the changes alone")


def _add_check(add: _Adder) -> None:
    made = add("check", help="check provider folders before use", allow_abbrev=False)
    made.add_argument("folders", nargs="+", metavar="FOLDER", help="a provider folder; nothing in it is run")

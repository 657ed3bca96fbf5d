"""The command line: ``paycompare compare``, ``crossovers``, ``providers``, ``check`` and ``price``.

Exit codes: 0 an answer (bounds alone included), 2 a mistake in the call or in a folder that was checked,
3 nobody serves this payment. An answer goes to standard output, a mistake to standard error as one sentence.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from paycompare.cli.arguments import option_of, parser
from paycompare.cli.commands import ANSWERED, COMMANDS, MISTAKEN
from paycompare.errors import NoOffer, PaycompareError, PaymentError

if TYPE_CHECKING:
    import argparse

__all__ = ["main"]

NOBODY: Final = 3
INTERRUPTED: Final = 130
"""What shells report for a program that was stopped from the keyboard."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: The arguments; those of the process when left out.

    Returns:
        0 an answer, 2 a mistake in the call or problems in a folder, 3 nobody serves this payment.

    Example:
        A payment without a payee is a mistake in the call:

        >>> main(["compare", "1000 GBP"])
        2
    """
    _settle_streams()
    try:
        options = parser().parse_args(argv)
    except SystemExit as leaving:  # argparse leaves this way, with 0 for --help and 2 for a mistake
        return int(leaving.code or 0)
    try:
        code = _run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the answer has seen enough; Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ANSWERED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _run(options: argparse.Namespace) -> int:
    try:
        return COMMANDS[options.command](options)
    except NoOffer as error:
        return _nobody(error, listed=bool(getattr(options, "why", False)))
    except PaymentError as error:
        return _complain(error.about(option_of(error.field)), MISTAKEN)
    except PaycompareError as error:
        return _complain(str(error), MISTAKEN)


def _settle_streams() -> None:
    """Write UTF-8 where nothing else was asked for, and never fail on a character that cannot be written."""
    asked = os.environ.get("PYTHONIOENCODING")
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if asked:
            reconfigure(errors="replace")
        else:
            reconfigure(encoding="utf-8", errors="replace")


def _complain(text: str, code: int) -> int:
    from paycompare.display.tables import clean

    lines = [clean(line) for line in text.splitlines() if line.strip()]
    sys.stderr.write("".join(f"paycompare: {line}\n" for line in lines))
    return code


def _nobody(error: NoOffer, *, listed: bool) -> int:
    text = str(error).replace("; the reason of each tariff is in .reasons", "")
    if listed:
        by_reason: dict[str, list[str]] = {}
        for name, reason in sorted(error.reasons.items()):
            by_reason.setdefault(reason, []).append(name)
        lines = (f"{reason}: {', '.join(names)}" for reason, names in sorted(by_reason.items()))
        return _complain("\n".join([text, *lines]), NOBODY)
    return _complain(f"{text} (--why lists the reason of each tariff)" if error.reasons else text, NOBODY)

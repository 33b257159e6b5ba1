"""What can go wrong: with the input, where commands exit with 2, or with the output, with 1."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

STEERING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)
"""Signs that do something instead of showing something: they steer a terminal, end a line or turn
the direction of what follows; and halves of letters, which cannot be printed at all."""

_KINDS = {
    **{"object": "entries by name", "array": "a list", "string": "a text", "null": "null"},
    **{"number": "a number", "integer": "a whole number", "boolean": "true or false"},
}
"""Kinds of values, by their names in a schema of JSON."""

NOT_PLAIN = "expected plain text, without control or direction signs"


def escape(text: str, kept: str = "\n") -> str:
    r"""Write out the signs that would steer a terminal, but for those `kept`.

    Examples
    --------
    >>> print(escape("\x1b[31mHu\u202eế"))
    \x1b[31mHu\u202eế
    """
    return STEERING.sub(lambda found: found[0] if found[0] in kept else _write_out(found[0]), text)


def _write_out(sign: str) -> str:
    # JSON knows no "\x"; but it has written out the signs before the blank already.
    number = ord(sign)
    return f"\\x{number:02x}" if number < ord(" ") else f"\\u{number:04x}"


class DataError(ValueError):
    """A fault in what was given: data, a name, a number or an option.

    Parameters
    ----------
    message : str
        Where it is, what was expected and found, and the remedy; it may quote what was given, whose
        signs are written out.
    """

    def __init__(self, message: str) -> None:
        super().__init__(escape(message))


class GuardError(DataError):
    """A number that cannot be, whoever is at fault: it ends a batch before a report is written."""


class BusyError(DataError):
    """Another command is writing there."""


class OutputError(OSError):
    """What cannot be written, not for a fault in what was given: no space, no right, no reader."""

    def __init__(self, message: str) -> None:
        super().__init__(escape(message))


class UnknownUnitError(DataError):
    """No unit has this name."""


class AmbiguousUnitError(DataError):
    """More than one unit goes by this name."""


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place of a table."""

    file: str  # its path, as the reader would type it
    row: int | None  # of the file, the header being row 1; None if the whole table is at fault
    field: str | None
    problem: str  # what was expected, and what was found
    remedy: str

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.field is not None:
            place += f", field {self.field}"
        return escape(f"{place}: {self.problem} {self.remedy}", kept="")


class FaultyDataError(DataError):
    """Raw tables that cannot be used, with every fault found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


def tell_mismatch(error: Any) -> str:
    """Say what a schema of JSON expects and what there is, as JSON writes it."""
    write = partial(json.dumps, ensure_ascii=False)
    told, found = error.validator_value, error.instance
    if error.validator == "required":
        return f"{next(name for name in told if name not in found)} is missing"
    if error.validator not in ("type", "enum", "const"):
        return str(error.message)
    choices = told if isinstance(told, list) and error.validator != "const" else [told]
    known = map(_KINDS.__getitem__ if error.validator == "type" else write, choices)
    return f"expected {' or '.join(known)}, found {write(found)}"


def refuse(file: str, row: int | None, problem: str, remedy: str) -> NoReturn:
    """Refuse a table as a whole, or from a row on, with one `Fault`."""
    raise FaultyDataError([Fault(file, row, None, problem, remedy)])

"""What can go wrong with the input. The command line prints these and exits with 2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn


class DataError(ValueError):
    """A fault in what was given: data, a name, a number or an option."""


class UnknownUnitError(DataError):
    """No unit has this name."""


class AmbiguousUnitError(DataError):
    """More than one unit goes by this name."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a table.

    Parameters
    ----------
    file : str
        Path of the table, as the reader would type it.
    row : int or None
        Line in the file, the header being row 1; None when the whole table is at fault.
    field : str or None
        Column at fault.
    problem : str
        What is wrong: what was expected and what was found.
    remedy : str
        What to do about it.
    """

    file: str
    row: int | None
    field: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.field is not None:
            place += f", field {self.field}"
        return f"{place}: {self.problem} {self.remedy}"


class FaultyDataError(DataError):
    """Raw tables that cannot be used, with every fault found.

    Parameters
    ----------
    faults : sequence of Fault
        The faults, in the order of the tables and rows.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


def refuse(file: str, row: int | None, problem: str, remedy: str) -> NoReturn:
    """Refuse a table as a whole, or from a row on, with one `Fault`."""
    raise FaultyDataError([Fault(file, row, None, problem, remedy)])

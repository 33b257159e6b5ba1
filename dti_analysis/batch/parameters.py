"""The parameters of a notebook: their names, types and ranges, checked before anything starts."""

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import papermill

from dti_analysis.errors import DataError
from dti_analysis.files import show_path
from dti_analysis.language import write_number

_TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}
_NUMBER = r"\s*(-?\d+(?:\.\d+)?)?\s*"
_INTERVAL = re.compile(rf"[\[(]{_NUMBER},{_NUMBER}[\])]\s*$")
_SET = re.compile(r"(\{[^{}]+\})\s*$")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Parameter:
    """What a notebook says of one of its parameters.

    Parameters
    ----------
    name : str
        Its name.
    kind : str
        Name of its type; "None" where the notebook tells none.
    default : object
        Its value in the notebook; None where that is no literal.
    choices : frozenset or None
        All that it may be, where its comment ends so: ``# how many {1, 2}``.
    bounds : tuple of float
        Least and greatest, where its comment ends so: ``# joint futures [1, 1000000]``; either
        may be left out, ``[1, ]``.
    """

    name: str
    kind: str
    default: Any
    choices: frozenset[Any] | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)

    def fault(self, value: object) -> str | None:
        """Tell what is wrong with a value, or None."""
        if self.kind in _TYPES and type(value) not in _TYPES[self.kind]:
            return f"must be of type {self.kind}, got {value!r} of type {type(value).__name__}."
        if isinstance(value, float) and not math.isfinite(value):
            # It would make the executed notebook invalid JSON.
            return f"must be a finite number, got {value!r}."
        if self.choices is not None and value not in self.choices:
            return f"must be one of {', '.join(map(repr, sorted(self.choices)))}, got {value!r}."
        least, greatest = self.bounds
        if isinstance(value, (int, float)) and not least <= value <= greatest:
            return f"must be from {write_number(least)} to {write_number(greatest)}, got {value!r}."
        return None

    def read(self, text: str) -> Any:
        """Read a value that was written as text, on a command line or in a table.

        Raises
        ------
        ValueError
            If it cannot be of the parameter's type.
        """
        if self.kind == "str":
            return text
        if self.kind == "bool":
            return _read_truth(text)
        try:
            value = ast.literal_eval(text)
        except (SyntaxError, ValueError) as error:
            if self.kind not in _TYPES:
                return text
            raise ValueError(f"must be of type {self.kind}, got {text!r}.") from error
        return value


def _read_truth(text: str) -> bool:
    if text.casefold() not in _TRUTH:
        raise ValueError(f"must be true or false, got {text!r}.")
    return _TRUTH[text.casefold()]


@cache
def inspect_notebook(notebook: Path) -> Mapping[str, Parameter]:
    """Read what parameters a notebook has, by name.

    Parameters
    ----------
    notebook : Path
        Notebook with a cell tagged ``parameters``.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        found = papermill.inspect_notebook(notebook)
    except FileNotFoundError as error:
        raise DataError(f"{show_path(notebook)}: there is no such notebook.") from error
    except ValueError as error:
        raise DataError(f"{show_path(notebook)}: cannot be read as a notebook: {error}") from error
    return {name: _describe(name, about) for name, about in found.items()}


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse values that a notebook does not take. No kernel is started.

    Parameters
    ----------
    notebook : Path
        The notebook.
    parameters : mapping of str to object
        Values by name.

    Raises
    ------
    DataError
        If the notebook cannot be read, or a parameter is not known, or its value is of the wrong
        type or out of range.
    """
    known = inspect_notebook(notebook)
    for name, value in parameters.items():
        fault = find_parameter(notebook, known, name).fault(value)
        if fault is not None:
            raise DataError(f"{notebook.name}: parameter {name} {fault}")


def find_parameter(notebook: Path, known: Mapping[str, Parameter], name: str) -> Parameter:
    """Look a parameter up.

    Raises
    ------
    DataError
        If the notebook has none of this name; it lists those there are.
    """
    if name not in known:
        raise DataError(
            f"{notebook.name}: parameter {name} is not known. "
            f"Known: {', '.join(known) or 'none; no cell is tagged parameters'}."
        )
    return known[name]


def _describe(name: str, about: Mapping[str, str]) -> Parameter:
    try:
        default = ast.literal_eval(about["default"])
    except (SyntaxError, ValueError):
        default = None
    stated = about["inferred_type_name"]
    if stated == "None":
        # Papermill could not tell. If the default is no literal either, any value may be right.
        kind = type(default).__name__.replace("NoneType", "None")
    else:
        kind = stated.partition("[")[0].strip()
    comment = about["help"]
    choices = _SET.search(comment)
    bounds = _INTERVAL.search(comment)
    return Parameter(
        name,
        kind,
        default,
        frozenset(ast.literal_eval(choices[1])) if choices else None,
        (float(bounds[1] or -math.inf), float(bounds[2] or math.inf))
        if bounds
        else (-math.inf, math.inf),
    )

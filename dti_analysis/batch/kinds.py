"""Types as Python writes them, and which values are of them; and what JSON can say."""

import ast
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from dti_analysis.names import shorten

_ROWS = ("list", "tuple", "set", "frozenset", "List", "Tuple", "Set", "FrozenSet")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    # A list is all that JSON has for what stands in a row.
    **dict.fromkeys((*_ROWS, "Sequence", "Iterable", "Collection"), (list,)),
    **dict.fromkeys(("dict", "Dict", "Mapping"), (dict,)),
}
_SAYABLE = (dict, list, float, int, bool, str, type(None))
_HALF_LETTER = re.compile(r"[\ud800-\udfff]")
_DEEPEST = 50  # Python reads at most 200 brackets within each other
_MOST_DIGITS = 4300  # of a whole number that Python reads
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_ANYTHING = ast.Name("Any")


def read_literal(source: str | ast.expr) -> tuple[Any] | None:
    """Read a literal of Python, in a tuple of its own; None if it is none.

    Examples
    --------
    >>> read_literal("[1, None]"), read_literal("Huế")
    (([1, None],), None)
    """
    try:
        return (ast.literal_eval(source.strip() if isinstance(source, str) else source),)
    except _UNREADABLE:
        return None


def is_of(kind: str, value: object) -> bool:
    """Whether a value is of a type, as Python writes it; one that is not known here takes anything.

    Examples
    --------
    >>> is_of("int | None", None), is_of("int | None", "1"), is_of("Path", "1")
    (True, False, True)
    """
    return _is_of(_parse(kind), value)


@cache
def _parse(kind: str) -> ast.expr:
    try:
        return ast.parse(kind.strip(), mode="eval").body
    except _UNREADABLE:
        return _ANYTHING


def _is_of(kind: ast.expr, value: object) -> bool:
    match kind:
        case ast.Constant(value=None):
            return value is None
        case ast.Constant(value=str(text)):
            return is_of(text, value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name not in _TYPES or type(value) in _TYPES[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _is_of(left, value) or _is_of(right, value)
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _is_of_parts(name, parts, value)
    return True


def _is_of_parts(name: str, parts: list[ast.expr], value: object) -> bool:
    """Whether a value is of a type with others in its brackets."""
    if name == "Literal":
        known = [read_literal(part) for part in parts]
        return any(each and type(each[0]) is type(value) and each[0] == value for each in known)
    if name in ("Optional", "Union"):
        is_none = name == "Optional" and value is None
        return is_none or any(_is_of(part, value) for part in parts)
    if name in ("Annotated", "Final"):
        return _is_of(parts[0], value)
    if not is_of(name, value):
        return False
    if isinstance(value, dict) and len(parts) > 1:
        return all(_is_of(parts[0], key) and _is_of(parts[1], value[key]) for key in value)
    if isinstance(value, list) and len(parts) == 1:
        return all(_is_of(parts[0], each) for each in value)
    return True


def find_unsayable(value: object, depth: int = 0) -> str | None:
    """Tell what of a value JSON cannot say, on whatever level, as it would arrive changed."""
    if type(value) not in _SAYABLE:
        remedy = " Write a list." if isinstance(value, (tuple, set, frozenset)) else ""
        return f"must be what JSON can say, got {show_value(value)} of {_name(value)}.{remedy}"
    if depth > _DEEPEST:
        return f"must have at most {_DEEPEST} lists or dictionaries within each other."
    if isinstance(value, float) and not math.isfinite(value):
        return f"must be a finite number, got {value!r}."
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:
        return f"must be a number of at most {_MOST_DIGITS} digits."
    if isinstance(value, str) and _HALF_LETTER.search(value):
        return f"must be text that UTF-8 can say, got {show_value(value)}."
    within: list[Any] = []
    if isinstance(value, list):
        within = value
    elif isinstance(value, dict):
        for key in value:
            if type(key) is not str:
                return f"must have text for keys, got the key {show_value(key)} of {_name(key)}."
        within = [*value, *value.values()]
    return next(filter(None, (find_unsayable(each, depth + 1) for each in within)), None)


def _name(value: object) -> str:
    return f"type {type(value).__name__}"


def show_value(value: object) -> str:
    """Write a value for a message, shortened."""
    try:
        return shorten(repr(value))
    except (ValueError, RecursionError):  # too many digits, or too deep
        return "one that is too long to be shown"

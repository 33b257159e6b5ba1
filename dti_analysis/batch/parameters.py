"""The parameters of a notebook: their names, types and ranges, checked before anything starts."""

import ast
import io
import math
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dti_analysis.batch.brief import check_brief
from dti_analysis.batch.kernels import find_language
from dti_analysis.batch.kinds import find_unsayable, is_of, read_literal, show_value
from dti_analysis.batch.notebook import parse_notebook
from dti_analysis.errors import DataError
from dti_analysis.files import show_path
from dti_analysis.language import write_number
from dti_analysis.names import quote, shorten

_NUMBER = r"\s*(-?\d+(?:\.\d+)?)?\s*"
_INTERVAL = re.compile(rf"[\[(]{_NUMBER},{_NUMBER}[\])]\s*$")
_SET = re.compile(r"\{([^{}]+)\}\s*$")
_TYPE_COMMENT = re.compile(r"#\s*type:\s*(?!ignore)([\w.]+(?:\[.*\])?)")
_MAGIC = re.compile(r"(?m)^(\s*)[%!?].*")
_FOREIGN = re.compile(r"(?m)^\s*(?:\w+\s+)?([^\W\d][\w.]*)\s*(?:<-|=(?!=))")
_TRUTH = {"true": True, "false": False}
_BITS = {"1": True, "0": False}


@dataclass(frozen=True)
class Parameter:
    """What a notebook says of one of its parameters."""

    name: str
    # as Python writes it; that of its value where none is stated, ``Any`` where that tells nothing
    kind: str
    default: Any  # None where that is no literal
    # all that it may be, where its comment ends so: ``# how many {1, 2}``
    choices: tuple[Any, ...] | None = None
    # where its comment ends so, either of which may be left out: ``# joint futures [1, ]``
    bounds: tuple[float, float] = (-math.inf, math.inf)

    def fault(self, value: object) -> str | None:
        """Tell what is wrong with a value, or None."""
        if not self.takes(value):
            told = f"{show_value(value)} of type {type(value).__name__}"
            is_row = isinstance(value, (tuple, set, frozenset)) and self.takes(list(value))
            remedy = " Write a list." if is_row else ""
            return f"must be of type {self.kind}, got {told}.{remedy}"
        if (problem := find_unsayable(value)) is not None:
            return problem
        if self.choices is not None and value not in self.choices:
            return f"must be one of {', '.join(map(repr, self.choices))}, got {show_value(value)}."
        least, greatest = self.bounds
        if isinstance(value, (int, float)) and not least <= value <= greatest:
            limits = f"from {write_number(least)} to {write_number(greatest)}"
            return f"must be {limits}, got {show_value(value)}."
        return None

    def read(self, text: str) -> Any:
        """Read a value that was written as text, on a command line or in a table.

        Where several types are taken, it is of the most special one that the text fits: ``None``,
        ``true`` and ``false`` and numbers, lists and dictionaries as Python writes them come before
        text. An empty text is never None. What cannot be of the type raises a ValueError.
        """
        truth, literal = _TRUTH.get(text.casefold()), read_literal(text)
        if truth is not None and self.takes(truth):
            return truth
        # Quotes are part of a text, except where nobody says that it is one.
        is_plain = literal is not None and (self._is_open or not isinstance(literal[0], str))
        if literal is not None and is_plain and self.takes(literal[0]):
            return literal[0]
        if self.takes(text):
            return text
        if text in _BITS and self.takes(_BITS[text]):
            return _BITS[text]
        if self.kind == "bool":
            raise ValueError(f"must be true or false, got {show_value(text)}.")
        # A decimal comma, or one that parts thousands, makes no row of numbers.
        is_row = literal is not None and isinstance(literal[0], tuple) and text.strip()[0] != "("
        if literal is None or not is_plain or is_row:
            raise ValueError(f"must be of type {self.kind}, got {show_value(text)}.")
        return literal[0]  # to be refused for what it is

    def takes(self, value: object) -> bool:
        """Whether a value is of its type."""
        return is_of(self.kind, value)

    @property
    def is_number(self) -> bool:
        """Whether it may be a number, and no text."""
        return self.takes(0) and not self.takes("")

    @property
    def _is_open(self) -> bool:
        return self.takes(object())


def inspect_notebook(notebook: Path) -> Mapping[str, Parameter]:
    """Read what parameters a notebook has, by name: those of its one cell tagged ``parameters``.

    One that cannot be read, or has two cells tagged so, is refused by a DataError.
    """
    place = show_path(notebook)
    try:
        content = notebook.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{place}: there is no such notebook.") from error
    except OSError as error:
        raise DataError(f"{place}: cannot be read: {error.strerror}.") from error
    return _inspect(content, place)


@cache
def _inspect(content: bytes, place: str) -> Mapping[str, Parameter]:
    notebook = parse_notebook(content, place)
    cells = dict(enumerate(notebook.cells, start=1))
    tagged = [n for n, cell in cells.items() if "parameters" in cell.metadata.get("tags", ())]
    if len(tagged) > 1:
        # Papermill would write the values after the first, and the second undo them.
        told = f"cells {', '.join(map(str, tagged))} are all tagged parameters"
        raise DataError(f"{place}: {told}. Take the tag off all but one.")
    is_python = "python" in find_language(notebook.metadata)
    listed = [each for n in tagged for each in _list_parameters(cells[n].source, is_python)]
    return {parameter.name: parameter for parameter in listed}


def _list_parameters(source: str, is_python: bool) -> Iterator[Parameter]:
    """List what a cell assigns, in its order."""
    if not is_python:
        # What a value is only its own language knows.
        yield from (Parameter(name, "Any", None) for name in _FOREIGN.findall(source))
        return
    comments = _find_comments(source)
    for statement, is_sure in _list_statements(_parse_statements(source)):
        lines = dict.fromkeys((statement.lineno, statement.end_lineno or 0))
        comment = " ".join(comments[line] for line in lines if line in comments)
        value = statement.value if is_sure else None
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for name, own in _pair(target, value):
                    yield _describe(name, None, own, comment)
        elif isinstance(statement.target, ast.Name):
            yield _describe(statement.target.id, statement.annotation, value, comment)


def _parse_statements(source: str) -> list[ast.stmt]:
    """Parse a cell; of one with magics the rest and, of what is no Python, lines that are."""
    for plain in (source, _MAGIC.sub(r"\1pass", source)):
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.parse(plain).body
    found = []
    for before, line in enumerate(source.splitlines()):
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            found += [ast.increment_lineno(each, before) for each in ast.parse(line).body]
    return found


def _find_comments(source: str) -> dict[int, str]:
    """Find the comment of each line."""
    found = {}
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string
    return found


def _list_statements(
    body: Iterable[ast.AST], is_sure: bool = True
) -> Iterator[tuple[ast.Assign | ast.AnnAssign, bool]]:
    """List assignments, and whether each is made whatever happens."""
    for statement in body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            yield statement, is_sure
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in ("body", "handlers", "orelse", "finalbody"):
                inner = getattr(statement, part, [])
                yield from _list_statements(inner if isinstance(inner, list) else [], is_sure=False)


def _pair(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """Pair names with what they are given, also where several are given several at once."""
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Starred(value=starred):
            yield from _pair(starred, None)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values: list[Any] = getattr(value, "elts", [])
            is_starred = any(isinstance(each, ast.Starred) for each in (*targets, *values))
            if is_starred or len(values) != len(targets):
                values = [None] * len(targets)
            for inner, own in zip(targets, values, strict=True):
                yield from _pair(inner, own)


def _describe(
    name: str, annotation: ast.expr | None, value: ast.expr | None, comment: str
) -> Parameter:
    literal = read_literal(value) if value is not None else None
    default = literal[0] if literal else None
    stated = _TYPE_COMMENT.search(comment)
    if annotation is not None:
        kind = ast.unparse(annotation)
    elif stated is not None:
        kind = stated[1]
    else:
        # If the default is no literal either, any value may be right.
        kind = "Any" if default is None else type(default).__name__
    bounds = _INTERVAL.search(comment)
    least, greatest = bounds.groups() if bounds else (None, None)
    limits = float(least or -math.inf), float(greatest or math.inf)
    return Parameter(name, kind, default, _read_choices(comment), limits)


def _read_choices(comment: str) -> tuple[Any, ...] | None:
    stated = _SET.search(comment)
    choices = read_literal(f"({stated[1]},)") if stated else None
    return choices[0] if choices else None


def check_job(notebook: Path, parameters: Mapping[str, Any], formats: Sequence[str]) -> None:
    """Refuse values that a notebook does not take, and a brief that it has no cells for.

    No kernel is started.
    """
    known = inspect_notebook(notebook)
    for name, value in parameters.items():
        fault = find_parameter(notebook, known, name).fault(value)
        if fault is not None:
            raise DataError(f"{notebook.name}: parameter {name} {fault}")
    if "brief" in formats:
        check_brief(notebook)


def find_parameter(notebook: Path, known: Mapping[str, Parameter], name: str) -> Parameter:
    """Look a parameter up; where the notebook has none of this name, those there are get listed."""
    if name not in known:
        raise DataError(
            f"{notebook.name}: parameter {_show_name(name)} is not known. "
            f"Known: {', '.join(known) or 'none; no cell is tagged parameters'}."
        )
    return known[name]


def _show_name(name: str) -> str:
    """Write a name; in quotes if it could not be seen else."""
    return shorten(name) if name.isidentifier() else quote(name)

"""What an index is: its nouns, scale, components and targets, as ``index.toml`` says it."""

import json
import math
import reprlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from dti_analysis.errors import DataError
from dti_analysis.files import show_path
from dti_analysis.language import _, current_language
from dti_analysis.names import read_text, shorten

CONFIG = "index.toml"
"""Name of the file at the top of a project."""

PANEL = "panel.csv"
"""Name of the panel among the raw tables, unless a project says otherwise."""

TEXTS = ("name", "title", "unit", "units", "source", "merger_note")
"""Keys whose values stand in sentences, so that labels may give them in other languages."""

_MOST_DOTS = 4000  # of a line; keys of more take the square of it to read
_NEW_NAMES = {"greatest": "max_score", "ceiling": "max_score", "points": "weights"}


@dataclass(frozen=True)
class BasisConfig:
    """One roster of units that an index ranks; an index may have several, as after a merger."""

    panel: str = PANEL  # among the raw tables
    parent: str | None = None  # basis whose units were merged into those of this one
    # table of what became of each unit of the parent, among the raw tables
    crosswalk: str | None = None
    since: str | None = None  # ISO date on which its units were made of those of the parent


@dataclass(frozen=True)
class IndexConfig:
    """An index, as its ``index.toml`` describes it."""

    name: str = "index"
    title: str = ""  # its name in full, where that is another
    unit: str = "unit"  # what it ranks, in the singular and in the plural: city, cities
    units: str = "units"
    source: str = ""  # where its numbers are from, for the source line of figures
    # greatest score there can be, the least being 0; None where the scale has no end
    max_score: float | None = None
    higher_is_better: bool = True  # of the index and of its components
    # what a row without score and rank is where data do not tell: "unpublished" or "absent"
    blank: str | None = None
    # whether the panel is a part of what is ranked, so that ranks may exceed its rows
    is_subset: bool = False
    # makes panels of facts; without one they are the raw tables themselves
    builder: str | None = None
    # of the components from each edition that changed them on; or the table of them
    weights: Mapping[int, Mapping[str, float]] | str = field(default_factory=dict)
    # what is stated to be the mean of all scores of an edition: the level of one with few
    means: Mapping[int, float] = field(default_factory=dict)
    # official ones: unit, rank, year, and what else is known: basis, measure, stated_on, source,
    # note, and where it stands, for messages; or the table of them
    targets: tuple[Mapping[str, Any], ...] | str = ()
    # rosters by name, empty where there is but one
    bases: Mapping[str, BasisConfig] = field(default_factory=dict)
    default: str | None = None  # basis that is meant where none is named
    min_editions: int | None = None  # that an origin must have to be evaluated
    # how far former units, averaged, are known to stand for those made of them; a sentence
    merger_note: str = ""
    # by language, what nouns, units and components are called in it
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file: Path | None = None  # where it stands

    @property
    def full_name(self) -> str:
        """What the index is called in full, in the language chosen."""
        return self.label("title") or self.label("name")

    @property
    def components(self) -> tuple[str, ...]:
        """Components that have weights, in the order of their first; none of a table not read."""
        return () if isinstance(self.weights, str) else list_components(self.weights)

    def label(self, name: str) -> str:
        """Call a unit or component what it is called in the language chosen.

        What has no label keeps its own name, and ``name``, ``title``, ``unit``, ``units``,
        ``source``, ``merger_note`` and ``overall`` their own text.
        """
        labels = self.labels.get(current_language(), {})
        if name in labels:
            return labels[name]
        return str(getattr(self, name)) if name in TEXTS else name

    def label_unit(self, name: str) -> str:
        """Call a unit what it is called in the language chosen: its own name where it has no other.

        Unlike `label`, whatever it is called: a unit may be named as a key of the description is.
        """
        return name if name in TEXTS else self.label(name)

    def name_source(self) -> str:
        """Say where the numbers are from, after the word for it unless the text has that."""
        text, told = self.label("source"), _("Source: {source}")
        has_word = text.startswith(told.partition("{")[0])
        return text if has_word or not text else told.format(source=text)

    @property
    def nouns(self) -> dict[str, str]:
        """The words that sentences take: index, unit and units, in the language chosen."""
        return {
            "index": self.label("name"),
            "unit": self.label("unit"),
            "units": self.label("units"),
        }

    @property
    def sense(self) -> int:
        """Sign of a change of the score for the better: 1, or -1 where less is better."""
        return 1 if self.higher_is_better else -1

    def orient(self, scores: Any) -> Any:
        """Turn scores, in index units, so that more is better, or such scores back.

        Examples
        --------
        >>> IndexConfig(max_score=100, higher_is_better=False).orient(30.0)
        70.0
        >>> IndexConfig(higher_is_better=False).orient(-30.0)
        30.0
        """
        return scores if self.higher_is_better else (self.max_score or 0) - scores

    def head_unit(self) -> str:
        """Head a column of what is ranked."""
        unit = self.label("unit")
        return unit[:1].upper() + unit[1:]


def list_components(weights: Mapping[int, Mapping[str, float]]) -> tuple[str, ...]:
    """List the components of any edition, in the order of their first weights."""
    return tuple(dict.fromkeys(name for part in weights.values() for name in part))


def read_config(file: Path) -> IndexConfig:
    """Read the description of an index; refuse one that is not there, and see `parse_config`."""
    where = show_path(file)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        told = f"expected a description of an index: {error.strerror}"
        raise DataError(f"{where}: {told}. See dti init.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: cannot be read as TOML: it is not in UTF-8.") from error
    return parse_config(text, file)


def parse_config(text: str, file: Path | None = None) -> IndexConfig:
    r"""Read the text of an ``index.toml``, which stands in `file`; refuse what its schema does.

    Examples
    --------
    >>> nouns = 'name = "City Index"\nunit = "city"\nunits = "cities"\nsource = "office"'
    >>> parse_config(nouns).units
    'cities'
    """
    where = show_path(file or CONFIG)
    if any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
        _refuse(where, "cannot be read: thousands of levels in one key")
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is no decode error
        raise DataError(f"{where}: cannot be read as TOML: {error}.") from error
    config = make_config(told, where, file)
    for name in ("name", "unit", "units", "source"):
        if name not in told:
            _refuse(where, f'expected {name} = "…", found nothing')
    return config


def make_config(given: Mapping[str, Any], where: str, file: Path | None = None) -> IndexConfig:
    """Make the description of an index of what is told of it, as ``index.toml`` has it and `where`.

    Examples
    --------
    >>> make_config({"unit": "city", "max_score": 100}, "here").max_score
    100.0
    """
    # A day is a text here, as in the tables.
    try:
        told: dict[str, Any] = _clean(json.loads(json.dumps(given, default=str)), where)
    except DataError:
        raise
    except (RecursionError, ValueError) as fault:  # entries in entries, thousands of digits
        _refuse(where, f"cannot be read: {fault}")
    validator = _load_validator()
    known = validator.schema["properties"]
    for name in told:
        if name in _NEW_NAMES:
            _refuse(where, f"{name} is called {_NEW_NAMES[name]} now")
        if name not in known:
            told_name = shorten(name) if name.strip() else '""'
            _refuse(where, f"{told_name} is not known. Known: {', '.join(sorted(known))}")
    for error in validator.iter_errors(told):
        _refuse_entry(where, error, validator.schema)
    bases = {name: BasisConfig(**basis) for name, basis in told.pop("index", {}).items()}
    default = told.setdefault("default", next(iter(bases), None))
    if default is not None and default not in bases:
        known = ", ".join(bases) or "no [index.…]"
        _refuse(where, f"default names {reprlib.repr(default)}; known: {known}")
    for name, basis in bases.items():
        if basis.parent is not None and basis.parent not in bases:
            _refuse(
                where, f"index.{name} names the parent {reprlib.repr(basis.parent)}, which is none"
            )
    if isinstance(told.get("weights"), dict):
        told["weights"] = {
            int(year): {name: float(weight) for name, weight in part.items()}
            for year, part in told["weights"].items()
        }
    told["means"] = {int(year): float(mean) for year, mean in told.get("means", {}).items()}
    if isinstance(told.get("targets"), list):
        told["targets"] = tuple(told["targets"])
    if "max_score" in told:
        told["max_score"] = float(told["max_score"])
    told["is_subset"] = told.pop("subset", False)
    told["min_editions"] = told.pop("evaluation", {}).get("min_editions")
    return IndexConfig(**told, bases=bases, file=file)


def _clean(told: Any, where: str) -> Any:
    """Clean all texts, keys among them, as `read_text` does."""
    if isinstance(told, list):
        return [_clean(value, where) for value in told]
    if isinstance(told, dict):
        cleaned = {_clean(key, where): _clean(value, where) for key, value in told.items()}
        if len(cleaned) < len(told):
            _refuse(where, f"expected each key once, found one twice in: {', '.join(told)}")
        return cleaned
    return read_text(told, where) if isinstance(told, str) else told


@cache
def _load_validator() -> Any:
    from jsonschema import Draft202012Validator as Draft
    from jsonschema.validators import extend

    schema = json.loads(Path(__file__).with_name("index.schema.json").read_text(encoding="utf-8"))
    kinds = {"number": is_number, "integer": lambda value: type(value) is int}
    checker = Draft.TYPE_CHECKER.redefine_many(
        {name: lambda _, value, is_one=is_one: is_one(value) for name, is_one in kinds.items()}
    )
    return extend(Draft, type_checker=checker)(schema)


def is_number(value: Any) -> bool:
    """Say whether a value is a finite number, which a truth value is not."""
    return type(value) in (int, float) and abs(value) < math.inf


def _refuse_entry(where: str, error: Any, schema: Any) -> NoReturn:
    """Say which entry is at fault, what the innermost part of the schema expects, and what it is.

    The number of a target counts from 1.
    """
    path = [f"target {key + 1}" if isinstance(key, int) else key for key in error.absolute_path]
    is_entry = bool(path) and not isinstance(error.absolute_path[-1], int)
    if error.validator == "additionalProperties" and "properties" in error.schema:
        known = error.schema["properties"]
        unknown = next(name for name in error.instance if name not in known)
        is_entry, problem = False, f"{unknown} is not known. Known: {', '.join(known)}"
    else:
        node, expected = schema, ""
        for key in error.absolute_schema_path:
            expected, node = node.get("expected", expected), node.get(key)
            if not isinstance(node, dict) or key == "$ref":
                break
        expected = expected.format(key=path[-1])
        problem = f"expected {expected}, found {reprlib.repr(error.instance)}"
    place = [name for name in path[: len(path) - is_entry] if name != "targets"]
    _refuse(", ".join([where, ".".join(place)]) if place else where, problem)


def _refuse(where: str, problem: str) -> NoReturn:
    raise DataError(f"{where}: {problem}.")

"""What ``datapackage.json`` says of the raw tables of a folder."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from dti_analysis.errors import refuse, tell_mismatch
from dti_analysis.files import read_json, show_path
from dti_analysis.names import quote, shorten

DESCRIPTOR = "datapackage.json"

Described = Mapping[str, Mapping[str, Any]]
"""Resources by name, as the file has them."""

_MOST_REPEATS = 4  # in a pattern: more could take years to try


def read_descriptor(folder: Path) -> Described:
    """Read the description of the tables of a folder, those that others refer to first.

    One that is not there, or says what is of the wrong kind or cannot be, is refused.
    """
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        problem = f"expected a folder of raw tables, found {found}."
        refuse(show_path(folder), None, problem, f"Name the folder that holds {DESCRIPTOR}.")
    file = folder / DESCRIPTOR
    descriptor = _parse(file)
    for error in _load_validator().iter_errors(descriptor):
        _refuse_entry(file, descriptor, error)
    resources = {entry["name"]: entry for entry in descriptor["resources"]}
    names = [entry["name"] for entry in descriptor["resources"]]
    for owner, listed in (("the file", names), *((n, list_fields(resources[n])) for n in names)):
        if len(set(listed)) < len(listed):
            _refuse(file, f"{owner}: expected each name once, found one twice.")
    for name, resource in resources.items():
        if resource["path"] != f"{name}.csv":
            _refuse(file, f"{name}: expected the path {name}.csv, found {quote(resource['path'])}.")
        _require_sense(file, resources, name)
    referred = {
        key["reference"]["resource"]
        for resource in resources.values()
        for key in resource["schema"].get("foreignKeys", ())
    }
    return dict(sorted(resources.items(), key=lambda entry: entry[0] not in referred))


def list_fields(resource: Mapping[str, Any]) -> list[str]:
    """List the names of the fields of a resource."""
    return [field["name"] for field in resource["schema"]["fields"]]


def count_repeats(pattern: str) -> int:
    """Count the parts of a pattern that may be of any length; a repeated group counts as many.

    Examples
    --------
    >>> count_repeats("^[0-9]+(-[0-9]+)?$"), count_repeats(r"(a+)+") > 4
    (2, True)
    """
    bare = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "x", pattern)
    groups = len(re.findall(r"\)(?:[*+]|\{)", bare))
    return len(re.findall(r"[*+]|\{[0-9]*,[0-9]*\}", bare)) + groups * (_MOST_REPEATS + 1)


def _parse(file: Path) -> Any:
    row = None
    try:
        return read_json(file.read_bytes())
    except OSError as error:
        problem = f"expected the description of the tables: {error.strerror}."
    except RecursionError:
        problem = "expected a few levels of entries, found too many in each other."
    except ValueError as error:  # other text, a key twice, nan, a number of thousands of digits
        row = getattr(error, "lineno", None)
        problem = f"expected JSON in UTF-8: {shorten(str(error).partition(';')[0])}."
    _refuse(file, problem, row)


@cache
def _load_validator() -> Any:
    from jsonschema import Draft202012Validator

    file = Path(__file__).parents[1] / "datapackage.schema.json"
    return Draft202012Validator(json.loads(file.read_text(encoding="utf-8")))


def _refuse_entry(file: Path, descriptor: Any, error: Any) -> NoReturn:
    """Say which entry is at fault, naming tables and fields instead of counting them."""
    place, at = [], descriptor
    for key in error.absolute_path:
        at = at[key]
        name = at.get("name") if isinstance(at, dict) and isinstance(key, int) else key
        if isinstance(name, str):
            place.append(shorten(name) or '""')
    _refuse(file, f"{'.'.join(place) or 'the file'}: {shorten(tell_mismatch(error))}.")


def _require_sense(file: Path, resources: Described, name: str) -> None:
    """Refuse keys of fields that are not there, and patterns that are none or try too much."""
    schema = resources[name]["schema"]
    keys = [(_list(schema.get("primaryKey", [])), name)]
    for key in schema.get("foreignKeys", ()):
        other = key["reference"]["resource"] or name
        if other not in resources:
            _refuse(file, f"resource {name}: refers to {quote(other)}, which is not described.")
        own, others = _list(key["fields"]), _list(key["reference"]["fields"])
        if len(own) != len(others):
            told = f"{len(own)} fields of a key, found {len(others)} that they refer to"
            _refuse(file, f"resource {name}: expected {told}.")
        keys += [(own, name), (others, other)]
    for names, owner in keys:
        for field in names:
            if field not in list_fields(resources[owner]):
                _refuse(file, f"resource {name}: {owner} has no field {quote(field)} for a key.")
    for field in schema["fields"]:
        pattern = field.get("constraints", {}).get("pattern", "")
        try:
            re.compile(pattern)
            re.compile(f"^{pattern}$")  # as it will be used
            is_fine = count_repeats(pattern) <= _MOST_REPEATS
        except (re.error, OverflowError, RecursionError):
            is_fine = False
        if not is_fine:
            where = f"resource {name}, field {shorten(field['name'])}"
            expected = f"a pattern with at most {_MOST_REPEATS} repeats, none of them of a group"
            _refuse(file, f"{where}: expected {expected}, found {quote(pattern)}.")


def _list(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _refuse(file: Path, problem: str, row: int | None = None) -> NoReturn:
    refuse(show_path(file), row, problem, "Correct the entry, or restore the file.")

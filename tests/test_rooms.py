"""The rooms of the library stand in one order, and only the rooms of the DTI know the DTI."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from frozen import CHECKOUT

PACKAGE = CHECKOUT / "dti_analysis"

ROOMS = (
    *("errors", "memory", "language", "names", "files", "display", "wording", "targets", "config"),
    "root",
    "models",
    *("panel", "guards", "cleaning"),
    *("forecasting", "history", "evaluation", "figures", "index", "project"),
    *("batch", "reports", "explorer", "cli"),
)
"""As in DESIGN.md; a room imports earlier ones only."""

MAY_IMPORT_LATE = {"cli", "reports.plan"}
"""Import their own modules within functions, so that a command, and a run with nothing to do, start
in no time."""

EXEMPT: set[tuple[str, str]] = set()
"""Importer and what it imports against the order; this may only shrink."""

LATE = {
    ("batch.attempts", "batch.parameters"),
    ("batch.pages", "batch.pdf"),
    ("batch.runner", "batch.parameters"),
    ("batch.runner", "batch.pdf"),
}
"""Importer and what it imports within a function, until `batch` is there; may only shrink too."""

OF_THE_DTI = ("cleaning/dti.py", "cleaning/importing/", "reports/")
"""Where the provinces may be named and counted."""


def list_modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py")) + sorted(PACKAGE.rglob("*.pyi"))


def name_module(file: Path) -> str:
    """Name a module within the package: ``cleaning.dti``; the package itself is empty."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def find_room(module: str) -> str:
    return module.partition(".")[0]


def list_imports(file: Path) -> Iterator[tuple[str, int]]:
    """List the modules of the package that one imports, and how deep in functions it does so."""
    package = ".".join(file.relative_to(PACKAGE).parent.parts)
    yield from walk(ast.parse(file.read_text(encoding="utf-8")), package)


def walk(node: ast.AST, package: str, depth: int = 0) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                if alias.name.partition(".")[0] == "dti_analysis":
                    yield alias.name.partition(".")[2], depth
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            if child.level:
                above = package.split(".") if package else []
                above = above[: len(above) - (child.level - 1)]
                base = ".".join(["dti_analysis", *above, *([base] if base else [])])
            if base.partition(".")[0] == "dti_analysis":
                inside = base.partition(".")[2]
                # What is taken from a package may be one of its modules.
                for alias in child.names:
                    whole = f"{inside}.{alias.name}".removeprefix(".")
                    yield (whole if is_module(whole) else inside), depth
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from walk(child, package, depth + is_function)


def is_module(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def find_against_the_order() -> dict[tuple[str, str], Path]:
    found = {}
    for file in list_modules():
        own = name_module(file)
        if not own:
            continue  # the package itself offers what all rooms have
        for module, _ in list_imports(file):
            is_late = not module or ROOMS.index(find_room(module)) > ROOMS.index(find_room(own))
            if is_late:
                found[own, module] = file
    return found


def test_every_module_has_a_room():
    rooms = {find_room(name_module(file)) for file in list_modules()} - {""}
    assert rooms == set(ROOMS)


def test_a_room_imports_earlier_ones_only():
    found = set(find_against_the_order())
    assert found - EXEMPT == set()
    assert EXEMPT - found == set(), "exemptions that are no longer needed: take them out"


def test_only_what_is_to_start_fast_imports_its_own_modules_late():
    late = {
        (name_module(file), module)
        for file in list_modules()
        for module, depth in list_imports(file)
        if depth and MAY_IMPORT_LATE.isdisjoint({name_module(file), find_room(name_module(file))})
    }
    assert late - LATE == set()
    assert LATE - late == set(), "exemptions that are no longer needed: take them out"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from dti_analysis import cli, errors", [("cli", 0), ("errors", 0)]),
        ("import dti_analysis.models.ranks as r", [("models.ranks", 0)]),
        ("import dti_analysis", [("", 0)]),
        ("from dti_analysis.panel import Panel", [("panel", 0)]),
        ("from .style import Picture", [("figures.style", 0)]),
        ("from . import style", [("figures.style", 0)]),
        ("from ..models import ranks", [("models.ranks", 0)]),
        ("if TYPE_CHECKING:\n    from dti_analysis.cli import main", [("cli", 0)]),
        ("def f():\n    if x:\n        from dti_analysis import cli", [("cli", 1)]),
        ("import pandas\nfrom dti_analysis_more import x", []),
    ],
)
def test_imports_are_found_wherever_they_stand(text, found):
    assert list(walk(ast.parse(text), "figures")) == found


# --- only the rooms of the DTI know the DTI


def list_constants(file: Path) -> Iterator[tuple[int, object]]:
    """List the numbers and texts of a module, but for the examples of its docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
            value = node.value
            if isinstance(value, str):
                value = drop_examples(value)
            yield node.lineno, value


def drop_examples(text: str) -> str:
    """Drop doctests and what they give, up to the next blank line."""
    return re.sub(r"^\s*>>>.*?(?:\n\s*\n|\Z)", "\n", text, flags=re.MULTILINE | re.DOTALL)


def list_general() -> list[Path]:
    return [
        file
        for file in list_modules()
        if not file.relative_to(PACKAGE).as_posix().startswith(OF_THE_DTI)
    ]


def test_only_the_rooms_of_the_dti_count_its_provinces():
    found = [
        f"{file.relative_to(PACKAGE)}:{line}: {value!r:.80}"
        for file in list_general()
        for line, value in list_constants(file)
        if (isinstance(value, str) and re.search(r"\b(63|34)\b", value)) or value in (63, 34)
    ]
    assert found == []


def test_only_the_rooms_of_the_dti_name_its_provinces(gazetteer):
    names = {province.name for province in gazetteer.provinces.values()}
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, sorted(names))) + r")\b")
    found = [
        f"{file.relative_to(PACKAGE)}:{line}: {value!r:.80}"
        for file in list_general()
        for line, value in list_constants(file)
        if isinstance(value, str) and pattern.search(value)
    ]
    assert found == []


def test_examples_alone_are_passed_over():
    text = "Of 63.\n\n    Examples\n    --------\n    >>> rank(34)\n    34\n\n    But 63.\n    "
    assert "34" not in drop_examples(text)
    assert drop_examples(text).count("63") == 2

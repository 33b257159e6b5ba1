"""Projects: finds, loads and starts them, and reads the files that their description names."""

import json
import logging
import re
import reprlib
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd

from dti_analysis.cleaning import dti
from dti_analysis.cleaning.checks import check_raw, read_raw
from dti_analysis.cleaning.importing.book import Book, FactsBook, PanelBook
from dti_analysis.cleaning.importing.mapping import MAPPINGS
from dti_analysis.cleaning.official_targets import require_rosters
from dti_analysis.cleaning.panel_table import convert_panel, read_panel
from dti_analysis.cleaning.rosters import build_panel
from dti_analysis.cleaning.side_tables import read_crosswalk, read_targets, read_weights
from dti_analysis.config import (
    CONFIG,
    PANEL,
    TEXTS,
    BasisConfig,
    IndexConfig,
    make_config,
    read_config,
)
from dti_analysis.errors import DataError, escape
from dti_analysis.files import (
    cached_table,
    clear_drafts,
    hash_files,
    hash_object,
    hold_draft,
    locked,
    read_if_there,
    remove,
    show_path,
    tell_provenance,
    writing,
)
from dti_analysis.guards import guard, guard_panel, list_lost
from dti_analysis.index import Index
from dti_analysis.language import write_number
from dti_analysis.names import find_close, list_names, quote, read_text
from dti_analysis.panel import OVERALL, Panel
from dti_analysis.root import (
    NOTEBOOKS,
    PACKAGE,
    RAW,
    find_above,
    find_built,
    find_dti,
    find_root,
    is_installed,
    list_tables,
)

STARTER = PACKAGE / "starter"
SHARED_NOTEBOOKS = ("unit_report", "overview", "model_evaluation")
"""Notebooks that serve any index, of which every project has its own copy."""
_COVERAGE = "coverage.json"

_log = logging.getLogger(__name__)
_MARKS = re.compile(
    r"[\\`*_{}\[\]<>#|$~&]"
)  # of Markdown; a backslash before one makes it a letter
_ONE = {"": BasisConfig()}  # the roster of an index that has but one

_loaded: dict[tuple[Path, str], dict[str, Panel]] = {}
_indices: dict[tuple[Path, str, str], tuple[str, Index]] = {}


def require_own(folder: Path) -> None:
    """Refuse to change tables that are a part of the installed package."""
    if is_installed(folder):
        raise DataError(
            f"{show_path(folder)}: these tables belong to the installed package and are not to be "
            "changed. Clone the repository and work there; for an index of your own: "
            "dti init DIR --panel FILE.csv"
        )


def load_config(root: Path | None = None) -> IndexConfig:
    """Read what the index of a project is; of the project you are in by default."""
    config = read_config((find_root() if root is None else root) / CONFIG)
    if config.builder not in (None, *BUILDERS):
        where, known = show_path(config.file or CONFIG), ", ".join(BUILDERS)
        raise DataError(
            f"{where}: builder {reprlib.repr(config.builder)} is not known. Known: {known}."
        )
    return config


def load_index(
    basis: str | int | None = None, root: Path | str | None = None, measure: str = OVERALL
) -> Index:
    """Load the index of a project, built first where facts or code have changed.

    Parameters
    ----------
    basis : str, optional
        Name of a roster, as in ``[index.NAME]``, where the index has several; that which it says
        is meant by default.
    root : Path or str, optional
        Folder of the project; the one you are in by default, or else the DTI.
    measure : str
        What is ranked: ``overall``, a pillar or a component that is known for a whole roster.

    Returns
    -------
    Index
        The same one each time, as long as nothing has changed, with the forecasts it remembers.

    Raises
    ------
    DataError
        If the description, the tables, the basis or the measure are at fault.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> panel = dti.load_index().frame()
    >>> panel.loc[panel["unit"] == "Bà Rịa - Vũng Tàu", "rank"].tolist()  # in 2020 to 2024
    [39.0, 29.0, 28.0, 10.0, 7.0]
    """
    folder = find_root() if root is None else Path(root)
    panels = load_panels(folder)
    config = next(iter(panels.values())).config
    name = str(basis) if basis is not None else config.default or next(iter(panels))
    if name not in panels:
        known = ", ".join(filter(None, config.bases)) or "none, leave it out"
        raise DataError(f"basis {quote(name)} is not known. Known: {known}.")
    panel = panels[name].of(measure)
    key = folder.resolve(), name, measure
    print_ = f"{panel.config} {panel.fingerprint}"
    if key not in _indices or _indices[key][0] != print_:
        _indices[key] = print_, Index(panel, find_processed(panel))
    return _indices[key][1]


def read_index(
    source: Path | str | pd.DataFrame,
    *,
    name: str | None = None,
    unit: str = "unit",
    units: str = "units",
    max_score: float | None = None,
    higher_is_better: bool = True,
    blank: str | None = None,
    subset: bool = False,
    measure: str = OVERALL,
    components: Mapping[str, float] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Index:
    """Read any index: a CSV or XLSX file, or a table, with the same verbs as `load_index` gives.

    Parameters
    ----------
    source : Path, str or DataFrame
        With the columns unit, year and score or rank or both; see
        `dti_analysis.cleaning.panel_table.read_panel`.
    name : str, optional
        Name of the index; that of the file by default.
    unit, units : str
        What is ranked, in the singular and in the plural.
    max_score : float, optional
        Greatest score there can be, the least being 0.
    higher_is_better : bool
        Whether a greater score is the better one.
    blank : {"unpublished", "absent"}, optional
        What a row without score and rank is: a unit that was ranked, or one that was not; needed
        where the data do not tell.
    subset : bool
        Whether it is a part of what is ranked, so that ranks may exceed its rows.
    measure : str
        What is ranked: ``overall``, or one of the components.
    components : mapping of str to float, optional
        Columns with the scores of components, and their weights.
    columns : mapping of str to str, optional
        What columns are that have other headers, as in ``{"Thành phố": "unit"}``.

    Returns
    -------
    Index

    Raises
    ------
    DataError
        If the table has faults, or does not say who was ranked.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> import pandas as pd
    >>> scores = {"A": [5.0, 6.0, 6.5], "B": [4.0, 5.5, 6.6], "C": [1.0, 1.5, 1.0]}
    >>> wide = pd.DataFrame(scores, index=[2021, 2022, 2023]).rename_axis("year")
    >>> table = wide.melt(ignore_index=False, var_name="unit", value_name="score").reset_index()
    >>> answer = dti.read_index(table).forecast(draws=100).answer("C", target_rank=2)
    >>> answer.first_target.target.target_year, answer.first_target.probability_in_year < 0.5
    (2024, True)
    """
    is_file = not isinstance(source, pd.DataFrame)
    where = escape(str(source), kept="") if is_file else "the table"
    told = {
        "name": (Path(where).stem or "index" if is_file else "index") if name is None else name,
        "unit": unit,
        "units": units,
        "source": where if is_file else None,
        "max_score": max_score,
        "higher_is_better": higher_is_better,
        "blank": blank,
        "subset": subset,
        "weights": {"0": dict(components)} if components else None,
    }
    told = {key: value for key, value in told.items() if value is not None}
    shown = show_path(where) if is_file else where
    config = make_config(told, shown)
    table = read_panel(
        source,
        list(components or ()),
        columns=columns,
        max_score=config.max_score,
        is_subset=subset,
    )
    panel = build_panel(table, config, shown)
    guard_panel(panel, shown)
    return Index(panel.of(measure))


def find_processed(panel: Panel) -> Path | None:
    """Find where what is built of a panel is kept; nowhere, where it is of no project."""
    file = panel.config.file
    return None if file is None else find_built(file.parent)


def find_child(panel: Panel) -> Panel | None:
    """Find the roster that the units of a panel were merged into, in the same project."""
    file = panel.config.file
    others = [] if file is None else list(load_panels(file.parent).values())
    for other in others:
        if other.parent is not None and other.parent.basis == panel.basis:
            return other.of(panel.measure)
    return None


def load_panels(root: Path) -> dict[str, Panel]:
    """Load the panels of a project by the names of their bases; a single one is called ""."""
    config = load_config(root)
    key = root.resolve(), hash_object(hash_files(list_tables(root)))
    if key not in _loaded:
        for folder in (root / RAW, root / RAW / MAPPINGS):
            clear_drafts(folder)
        build = _read_panels if config.builder is None else BUILDERS[config.builder]
        panels = build(config, root)
        for name, panel in panels.items():
            guard_panel(panel, name)
        _require_labels(config, panels)
        _require_means(config, panels)
        _loaded.clear()
        _loaded[key] = panels
    return _loaded[key]


def _require_means(config: IndexConfig, panels: Mapping[str, Panel]) -> None:
    """Refuse means of what is no edition, or that no scores can have."""
    editions = {year for panel in panels.values() for year in panel.editions}
    for year, mean in config.means.items():
        where = f"{show_path(config.file or CONFIG)}, means.{year}"
        if year not in editions:
            known = ", ".join(map(str, sorted(editions)))
            raise DataError(f"{where}: no edition. Editions: {known}.")
        if config.max_score is not None and not 0 <= mean <= config.max_score:
            end = write_number(config.max_score)
            raise DataError(f"{where}: {write_number(mean)} is no score: expected 0 to {end}.")


def _require_labels(config: IndexConfig, panels: Mapping[str, Panel]) -> None:
    """Refuse labels of what the index has none of."""
    known = dict.fromkeys(TEXTS)
    for panel in panels.values():
        own = [panel.components, panel.units["name"], panel.units.get("region", ())]
        known |= dict.fromkeys(chain(panel.measures, *own))
    for language, labels in config.labels.items():
        for name in labels:
            if name not in known:
                close = list_names(find_close(name, known) or known)
                where = f"{show_path(config.file or CONFIG)}, labels.{language}"
                raise DataError(f"{where}: nothing is called {quote(name)}. Closest: {close}.")


def _read_panels(config: IndexConfig, root: Path) -> dict[str, Panel]:
    """Read the panels of an index that has no facts behind them, a parent before its children."""
    if isinstance(config.weights, str):
        config = replace(config, weights=read_weights(root / RAW / config.weights))
    if isinstance(config.targets, str):
        config = replace(config, targets=read_targets(root / RAW / config.targets))
    where = show_path(root / CONFIG)
    panels: dict[str, Panel] = {}
    waiting = dict(config.bases or _ONE)
    while waiting:
        ready = [name for name, basis in waiting.items() if basis.parent not in waiting]
        if not ready:
            each = "are each other's parents" if len(waiting) > 1 else "is its own parent"
            raise DataError(f"{where}: {', '.join(waiting)} {each}. Name another parent.")
        for name in ready:
            basis = waiting.pop(name)
            path, moves = root / RAW / basis.panel, basis.crosswalk
            panels[name] = build_panel(
                read_panel(
                    path,
                    config.components,
                    max_score=config.max_score,
                    is_subset=config.is_subset,
                ),
                config,
                show_path(path),
                basis=name or None,
                parent=panels[basis.parent] if basis.parent else None,
                crosswalk=read_crosswalk(root / RAW / moves) if moves else None,
            )
    require_rosters(config, panels)
    return panels


def _build_dti(config: IndexConfig, root: Path) -> dict[str, Panel]:
    """Build the panels of the DTI; raw tables that these were built from are not checked again."""
    for name, read in dti.READS.items():
        if getattr(config, name) != read:
            key = {"bases": "[index]", "is_subset": "subset"}.get(name, name)
            raise DataError(
                f'{show_path(root / CONFIG)}: {key} is another than builder = "dti" reads. '
                "Leave it as it was, or leave the builder out."
            )
    folder, kept = root / RAW, find_built(root)
    sums = hash_files(folder.glob("*.csv"))
    provenance = {**tell_provenance(sums, dti.BUILDERS), "tables": sums}
    build = partial(_build_table, folder, kept)
    table = cached_table(kept and kept / dti.TABLE, provenance, build)
    raw = read_raw(folder, is_checked=True)
    return dti.make_panels(table, raw.tables, raw.gazetteer, config)


def _build_table(folder: Path, kept: Path | None) -> tuple[pd.DataFrame, dict[str, str]]:
    raw = read_raw(folder)
    table, beside = dti.build_from_raw(raw.tables, raw.gazetteer)
    made_of = hash_object(hash_files(folder.glob("*.csv")))
    told = {"tables": made_of, "known": dti.count_known(table)}
    if kept is not None:
        _guard_coverage(kept / _COVERAGE, told, folder)
    return table, {**beside, _COVERAGE: json.dumps(told, indent=2) + "\n"}


def _guard_coverage(file: Path, told: Mapping[str, Any], folder: Path) -> None:
    """Guard that as much is known as when last built, unless the tables that say less are meant."""
    try:
        before = json.loads(file.read_bytes())
        lost = list_lost(before["known"], told["known"])
        is_same = before["tables"] == told["tables"]
    except (OSError, ValueError, TypeError, KeyError):  # not there, or spoiled
        return
    if lost and (is_same or check_raw(folder).differing):
        remedy = (
            f"No table has changed: if the code is meant to, remove {show_path(file)}"
            if is_same
            else "If that is meant, record the tables: dti check --accept"
        )
        guard("table of the DTI", "as much is known as before", False, f"{lost[0]}. {remedy}")


BUILDERS: Mapping[str, Callable[[IndexConfig, Path], dict[str, Panel]]] = {"dti": _build_dti}
"""What makes panels of facts, by its name in ``index.toml``."""


def open_book(folder: Path | None = None) -> Book:
    """Open the tables that editions are entered into, or a folder of raw tables of the DTI."""
    root = find_root()
    config = load_config(root)
    if config.builder is not None:
        return FactsBook.open(config, root / RAW if folder is None else folder)
    if folder is not None:
        raise DataError("--folder would not be read: it is for raw tables of the DTI.")
    return PanelBook.open(root, load_panels)


def start_project(
    folder: Path,
    panel: Path,
    name: str | None = None,
    unit: str = "unit",
    units: str = "units",
    source: str | None = None,
    max_score: float | None = None,
    blank: str | None = None,
    subset: bool = False,
    higher_is_better: bool = True,
    columns: Mapping[str, str] | None = None,
) -> Index:
    """Make a project: description, panel, notebooks and README. It appears whole or not at all.

    The folder must not exist, or be empty. A panel that is a CSV in UTF-8 with commas, and
    without formulas, is copied as it is, another file is written as one; see
    `dti_analysis.cleaning.panel_table.read_panel`. Its name stands for the source, unless that is
    given. For the rest see `read_index`.
    """
    index = read_index(
        panel,
        max_score=max_score,
        higher_is_better=higher_is_better,
        blank=blank,
        subset=subset,
        columns=columns,
    )
    newest = index.editions[-1]
    told = {
        "name": read_text(index.config.name if name is None else name, "name"),
        "unit": read_text(unit, "unit"),
        "units": read_text(units, "units"),
        "source": read_text(source or f"Source: {Path(index.config.source).name}", "source"),
        "example": index.panel.names[index.panel.roster(newest)[0]],
    }
    quoted = {
        **{key: _quote(value) for key, value in told.items()},
        "max_score": "# max_score = 100  # the greatest score there can be, the least being 0"
        if max_score is None
        else f"max_score = {write_number(max_score)}",
        "higher_is_better": "# higher_is_better = false  # where less is better"
        if higher_is_better
        else "higher_is_better = false",
        "blank": f"blank = {_quote(blank)}"
        if blank
        else '# blank = "unpublished"  # or "absent": what a row without score and rank is',
        "subset": "subset = true\n" if subset else "",
        "next_year": index.panel.next_editions(newest, 1)[0],
        "rank": min(10, len(index.units)),
    }
    marked = {key: _MARKS.sub(r"\\\g<0>", value) for key, value in told.items()}
    example = told["example"]
    is_plain = not set(example) & set('$`\\!"')  # double quotes are known to every shell
    typed = quoted["example"] if is_plain else shlex.quote(example)
    examples = {"shell_example": typed, "python_example": quoted["example"]}
    with _make_folder(folder) as draft:
        for file in filter(Path.is_file, STARTER.iterdir()):
            shutil.copyfile(file, draft / file.name)
        _fill(draft / CONFIG, quoted)
        _fill(draft / "README.md", {**marked, **examples})
        (draft / "gitignore").rename(draft / ".gitignore")
        (draft / NOTEBOOKS).mkdir()
        _copy(SHARED_NOTEBOOKS, draft / NOTEBOOKS)
        (draft / RAW).mkdir(parents=True)
        (draft / RAW / PANEL).write_bytes(convert_panel(panel, columns or {}))
        try:
            load_panels(draft)  # what does not fit is told before anything is there
        except DataError as error:
            problem = str(error).replace(show_path(draft), show_path(folder))
            raise DataError(problem) from error
    return load_index(root=folder)


def copy_notebooks(folder: Path) -> list[str]:
    """Copy the notebooks that go with the project you are in: all or none appear; give their names.

    They are all of the DTI's, and of another index those that serve any. The folder must not exist,
    or be empty, and lie where the notebooks find the project.
    """
    root = find_root()
    config, theirs = load_config(root), find_above(folder.resolve()) or find_dti()
    if theirs.resolve() != root.resolve():
        raise DataError(
            f"{show_path(folder)}: notebooks there would be about {load_config(theirs).name}, not "
            f"{config.name}. Name another folder, or go there first."
        )
    every = sorted(file.stem for file in (find_dti() / NOTEBOOKS).glob("*.ipynb"))
    with _make_folder(folder) as draft:
        return _copy(SHARED_NOTEBOOKS if config.builder is None else every, draft)


def _copy(notebooks: Sequence[str], folder: Path) -> list[str]:
    names = [f"{notebook}.ipynb" for notebook in notebooks]
    for name in names:  # the contents alone: what is installed may be read-only
        shutil.copyfile(find_dti() / NOTEBOOKS / name, folder / name)
    return names


@contextmanager
def _make_folder(folder: Path) -> Iterator[Path]:
    """Give a draft to fill of a folder, new or empty, that is complete or as it was."""
    shown, folder = show_path(folder), folder.absolute()
    taken = DataError(f"{shown}: expected a new or empty folder. Name another.")
    if not folder.parent.is_dir():
        raise DataError(f"{shown}: expected a folder in one that exists. Make that first.")
    with writing(folder), ExitStack() as stack:
        if is_there := folder.exists():  # it stays: someone may be in it
            was_killed = any(folder.glob(".dti-*.part"))
            if not folder.is_dir() or (any(folder.iterdir()) and not was_killed):
                raise taken
            stack.enter_context(locked(folder, shown))
        place = folder / CONFIG if is_there else folder
        draft = stack.enter_context(hold_draft(place, Path.mkdir))
        yield draft
        if not is_there:
            if folder.exists():
                raise taken
            draft.rename(folder)
        elif _has_no_other(folder, draft):
            _move_up(draft)
        else:
            raise taken


def _has_no_other(folder: Path, draft: Path) -> bool:
    """Tell whether a folder has no file but what a run that was killed made of the same draft."""
    return all(
        file.is_relative_to(draft)
        or file.read_bytes() == read_if_there(draft / file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file()
    )


def _move_up(draft: Path) -> None:
    """Move all in a folder, or nothing, to the one above; the description of a project last."""
    entries = sorted(draft.iterdir(), key=lambda entry: (entry.name == CONFIG, entry.name))
    places = {entry: draft.parent / entry.name for entry in entries}
    try:
        for entry, place in places.items():
            remove(place)
            entry.rename(place)
    except BaseException:
        for place in places.values():
            remove(place)
        raise


def _fill(file: Path, values: Mapping[str, object]) -> None:
    text = Template(file.read_text(encoding="utf-8")).substitute(values)
    file.write_text(text, encoding="utf-8")


def _quote(text: str) -> str:
    """Write a text as TOML does, which is as JSON does."""
    return json.dumps(text, ensure_ascii=False)

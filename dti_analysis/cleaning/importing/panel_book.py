"""Editions into the panel of an index that has no facts behind it."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from dti_analysis.cleaning.importing.book import Book, Entry
from dti_analysis.cleaning.importing.checks import require_mean, require_new, require_ranks
from dti_analysis.cleaning.importing.edition import Edition
from dti_analysis.cleaning.importing.writer import add_rows
from dti_analysis.cleaning.tables import read_table
from dti_analysis.config import CONFIG, PANEL
from dti_analysis.errors import DataError
from dti_analysis.files import hold_scratch, is_formula, show_path
from dti_analysis.names import find_code, list_names, name_key, quote, read_text
from dti_analysis.panel import OVERALL, Panel

_COLUMN = {"score_overall": "score", "rank_overall": "rank"}
_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")


@dataclass(frozen=True)
class PanelBook(Book):
    """The panels of a project, as they were read."""

    root: Path
    panels: Mapping[str, Panel]  # by the names of their bases
    # loads the panels of a project, and refuses what does not fit
    load: Callable[[Path], Mapping[str, Panel]]

    @classmethod
    def open(
        cls, root: Path, folder: Path, load: Callable[[Path], Mapping[str, Panel]]
    ) -> "PanelBook":
        """Read the panels of a project."""
        read = {file: file.read_bytes() for file in folder.glob("[!.]*") if file.is_file()}
        panels = load(root)
        regions = {name for panel in panels.values() for name in panel.units.get("region", ())}
        rosters = {name: panel.names for name, panel in panels.items()}
        config = next(iter(panels.values())).config
        return cls(config, folder, read, rosters, regions, root, panels, load)

    @cached_property
    def _codes(self) -> dict[str, dict[str, list[str]]]:
        """Codes by the key of each name and code, by basis."""
        found: dict[str, dict[str, list[str]]] = {basis: {} for basis in self.rosters}
        for basis, names in self.rosters.items():
            for code, name in names.items():
                for key in {name_key(code), name_key(name)}:
                    found[basis].setdefault(key, []).append(code)
        return found

    def knows(self, name: str, basis: str) -> bool:
        """Whether this is a spelling of a unit."""
        return name_key(name) in self._codes[basis]

    def resolve(self, name: str, basis: str) -> str:
        """Find the code of a unit."""
        codes = self._codes[basis].get(name_key(name), [])
        if len(codes) == 1:
            return codes[0]
        return find_code(name, self.rosters[basis], self.config.unit, "in the panel")

    def describe_source(self, told: Mapping[str, str]) -> dict[str, str]:
        """Note where a table is from."""
        if told.get("kind"):
            raise DataError("--kind would not be read: the sources of a panel have no kinds.")
        return dict(told)

    def enter(self, edition: Edition) -> Entry:
        """Hold an edition against the panel, and say what it changes.

        One that does not add up, contradicts what stands, or makes the panel a faulty one, is
        refused.
        """
        mapping, panel = edition.mapping, self.panels[edition.mapping.basis]
        self.require_edition(mapping.year, mapping.basis)
        others = panel.rows[panel.rows["year"] != mapping.year]
        require_new(edition, others.pivot(index="code", columns="year", values="score"))
        held = require_mean(edition, OVERALL, panel.weights_of(mapping.year), self.config)
        held += require_ranks(edition, OVERALL, self.config)
        last = max((year for year in panel.editions if year < mapping.year), default=None)
        gone = [] if last is None else sorted(set(panel.roster(last)) - set(edition.units.index))
        if gone:
            names = list_names(panel.names[code] for code in gone)
            held.append(f"of the units of {last}, {len(gone)} are not in this table: {names}")
        told = self.config.bases.get(mapping.basis)
        path = self.folder / (told.panel if told else PANEL)
        table = read_table(path)
        rows = self._list_rows(edition, table.cells)
        for name in rows:
            if name not in table.cells:
                remedy = f"Add it, or say ignore in {mapping.where}."
                raise DataError(f"{table.place}: no column {quote(str(name))}. {remedy}")
        new = rows[self._compare(edition, table.cells, rows, table.place)]
        new = new.reindex(columns=table.cells.columns).fillna("")
        contents = {path: add_rows(self.read[path], new, where=show_path(path))} if len(new) else {}
        self._try(contents)
        added = (f"{len(new)} rows to {path.name}",) if len(new) else ()
        examples = tuple(map(",".join, new.head(3).to_numpy().tolist()))
        return Entry(contents, added, examples, len(rows) - len(new), tuple(held))

    def _list_rows(self, edition: Edition, table: pd.DataFrame) -> pd.DataFrame:
        """Write the values of an edition as rows of a panel, with what else is known of a unit."""
        panel = self.panels[edition.mapping.basis]
        rows = edition.written.rename(columns=_name_column)
        if "score" in table and table["score"].str.contains(",").any():
            rows = rows.map(lambda text: text.replace(".", ","))
        for name in edition.mapping.new_units:
            read_text(name, f"{edition.mapping.where}: new_units")
            if is_formula(name):
                told = f"{quote(name)} would be a formula to a spreadsheet. Write it otherwise."
                raise DataError(f"{edition.mapping.where}: new_units: {told}")
        own = rows.index.to_series()
        rows = rows.assign(unit=own.map({**edition.units["name"], **panel.names}))
        rows = rows.assign(year=str(edition.mapping.year))
        if "code" in table and (table["code"] != "").any():
            rows = rows.assign(code=own)
        if "region" in table and "region" in panel.units:
            rows = rows.assign(region=own.map(panel.units["region"]).fillna(""))
        return rows

    def _compare(
        self, edition: Edition, table: pd.DataFrame, rows: pd.DataFrame, where: str
    ) -> "pd.Series[bool]":
        """Tell which rows are new; refuse those that the panel has with other values."""
        keys = table["unit"] if "code" not in rows else table["code"]
        codes = keys.map(
            {**dict(zip(rows["unit"], rows.index, strict=True)), **{c: c for c in rows.index}}
        )
        of_year = table.assign(own=codes)[table["year"] == str(edition.mapping.year)]
        for row, old in of_year.dropna(subset="own").iterrows():
            for name in map(_name_column, map(str, edition.written)):
                said, text = old[name], str(rows.loc[old["own"], name])
                if _plain(said) != _plain(text):
                    raise DataError(
                        f"{where}, row {row}: {name} of {quote(old['unit'])} in {old['year']} is "
                        f"{quote(said)}, and {quote(text)} in the table. Correct the one that is "
                        "wrong, or remove the row and import again."
                    )
        return ~rows.index.to_series().isin(of_year["own"])

    def _try(self, contents: Mapping[Path, bytes]) -> None:
        """Load the project as it would be."""
        with hold_scratch("tables") as copy:
            shutil.copyfile(self.root / CONFIG, copy / CONFIG)
            raw = copy / self.folder.relative_to(self.root)
            raw.mkdir(parents=True)
            for path, content in {**self.read, **contents}.items():
                (raw / path.name).write_bytes(content)
            try:
                self.load(copy)
            except DataError as error:
                told = str(error).replace(show_path(copy), show_path(self.root))
                raise DataError(told) from error


def _name_column(metric: str) -> str:
    return _COLUMN.get(metric, metric.removeprefix("score_"))


def _plain(text: str) -> str:
    return f"{float(text.replace(',', '.')):.12g}" if _NUMBER.fullmatch(text) else text

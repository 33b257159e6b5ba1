"""What editions of an index are entered into: the facts behind it, or its panel."""

import json
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from dti_analysis.cleaning import dti
from dti_analysis.cleaning.checks import RawTables, accept, read_raw
from dti_analysis.cleaning.descriptor import DESCRIPTOR
from dti_analysis.cleaning.facts import agree, clean_facts, find_source, resolve_facts
from dti_analysis.cleaning.gazetteer import fold_name
from dti_analysis.cleaning.importing.checks import require_sound
from dti_analysis.cleaning.importing.edition import Edition
from dti_analysis.cleaning.importing.vocabulary import Vocabulary
from dti_analysis.cleaning.importing.writer import add_rows, drop_rows
from dti_analysis.cleaning.tables import read_table
from dti_analysis.config import CONFIG, BasisConfig, IndexConfig
from dti_analysis.errors import DataError
from dti_analysis.files import SCRATCH, hash_content, hold_scratch, show_path, writing
from dti_analysis.names import list_first, list_names, name_key, quote, read_text
from dti_analysis.panel import OVERALL, Panel
from dti_analysis.root import RAW

_POINTS = re.compile(r"([1-9][0-9]{0,5})(?:[.,]0+)?")
_ORDER = ("year", "basis", "code", "metric", "source_id")


@dataclass(frozen=True)
class Entry:
    """What an edition changes."""

    # of tables, in the order in which they are replaced; empty if nothing is new
    contents: Mapping[Path, bytes]
    added: Mapping[str, pd.DataFrame]  # rows by the name of their table
    standing: int  # facts, or rows of a panel, that stand already
    held: Collection[str]  # what was found to add up
    conflicts: Collection[str] = ()  # where other sources say otherwise

    def describe(self, where: str, is_tried: bool) -> str:
        """Tell what was written, or would be."""
        told = [f"{len(rows)} rows to {name}" for name, rows in self.added.items() if len(rows)]
        what = ", ".join(told) or "the checksums"
        what += f"; {self.standing} stand already" if self.standing else ""
        lines = [f"Added {what}.", f"Next: look at git diff {where}, then make reports."]
        lines += [f"To undo what is not committed there: git checkout -- {where}"]
        if is_tried:
            first = next(iter(self.added.values())).head(3).to_numpy().tolist()
            lines = [f"Would add {what}. Such as:", *(f"  {','.join(row)}" for row in first)]
            lines += ["Nothing was written."]
        if not self.contents:
            lines = [f"Nothing new: all {self.standing} stand already. Nothing was changed."]
        return "\n".join([*(f"Disagrees: {conflict}." for conflict in self.conflicts), *lines])


@dataclass(frozen=True)
class Book(ABC):
    """The tables of one index, as they were read."""

    config: IndexConfig
    folder: Path
    read: Mapping[Path, bytes]  # what they were when they were read
    rosters: Mapping[str, Mapping[str, str]]  # names of the units by code, by the name of the basis
    regions: Collection[str]  # whose totals tables may give

    # whether this is a spelling of a unit of a basis, and what finds its code
    knows: Callable[[str, str], bool]
    resolve: Callable[[str, str], str]
    vocabulary: Vocabulary  # words of its headers

    is_complete: ClassVar[bool] = False
    """Whether every edition has all units, and no others."""

    def require_edition(self, year: int, basis: str | None) -> None:
        """Refuse an edition that there cannot be."""
        if basis not in (None, *self.rosters):
            known = " or ".join(filter(None, self.rosters)) or "none, as there is but one"
            raise DataError(f"--basis {quote(str(basis))}: expected {known}.")

    def describe_source(self, told: Mapping[str, str]) -> dict[str, str]:
        """Describe where a table is from, by its url, kind and date."""
        return dict(told)

    @abstractmethod
    def enter(self, edition: Edition) -> Entry:
        """Hold an edition against what stands, and say what it changes; refuse what is wrong."""

    def _lay_out(self, folder: Path, contents: Mapping[Path, bytes]) -> None:
        """Write the tables to another folder as they would be."""
        with writing(SCRATCH):
            folder.mkdir(parents=True, exist_ok=True)
            for path, content in {**self.read, **contents}.items():
                (folder / path.name).write_bytes(content)

    def _compare(
        self, edition: Edition, facts: pd.DataFrame, there: pd.DataFrame, table: str
    ) -> tuple[list[int], list[str]]:
        """Tell which statements, by their index, stand already, and which others contradict.

        `facts` have code, unit, metric, value and source_id; `there` also row and status. What is
        contradicted is refused unless it is meant.
        """
        both = facts.reset_index().merge(there, on=["code", "metric"], suffixes=("", "_there"))
        cells = both[["metric", "value_there", "value"]].to_numpy().tolist()
        both["is_same"] = pd.Series([agree(*each) for each in cells], both.index, dtype=bool)
        both["is_own"] = both["source_id"] == both["source_id_there"]
        standing = both[both["is_same"] & both["is_own"] & (both["status"] == "stated")]
        clashes = both[both["is_same"] == (both["status"] == "suspect")]
        clashes = clashes.sort_values("is_own", ascending=False, kind="stable")
        conflicts = []
        for fact in clashes.to_dict("records"):
            said = "known to be wrong" if fact["is_same"] else fact["value_there"] or "blank"
            said += f" there ({fact['source_id_there']})" if fact["source_id_there"] else " there"
            what = f"row {fact['row']}: {self.vocabulary.name(fact['metric'])} of {fact['unit']}"
            conflicts.append(f"{what}: {said}, {fact['value'] or 'blank'} in the table")
        remedy = f'If both are to stand, say allow = ["conflicts"] in {edition.mapping.where}.'
        if is_own := clashes["is_own"].any():
            remedy = f"The same source cannot say both: correct the table, or {table}."
        if is_own or (conflicts and "conflicts" not in edition.mapping.allow):
            more = f"; and {len(conflicts) - 3} more" if len(conflicts) > 3 else ""
            told = f"{'; '.join(conflicts[:3])}{more}. {remedy}"
            raise DataError(f"{edition.place}: disagrees with {table}, {told}")
        return standing["index"].tolist(), conflicts


@dataclass(frozen=True)
class FactsBook(Book):
    """The raw tables of the DTI."""

    raw: RawTables
    is_complete = True

    @classmethod
    def open(cls, config: IndexConfig, folder: Path) -> "FactsBook":
        """Read the raw tables of a folder; refuse them if anything is wrong with them."""
        read, raw = _read_files(folder), read_raw(folder)
        gazetteer, provinces = raw.gazetteer, raw.gazetteer.provinces.items()
        rosters = {
            str(basis): {code: province.name for (of, code), province in provinces if of == basis}
            for basis in dti.BASES
        }
        return cls(
            *(config, folder, read, rosters, dti.REGIONS),
            lambda name, basis: (int(basis), fold_name(name)) in gazetteer.spellings,
            lambda name, basis: gazetteer.resolve(name, int(basis)).code,
            *(Vocabulary.of(config), raw),
        )

    require_edition = staticmethod(dti.require_edition)

    def describe_source(self, told: Mapping[str, str]) -> dict[str, str]:
        """Give the row of `sources` of a table, a new one where its address is not known."""
        return find_source(self.raw["sources"], **told)

    def find_weights(
        self, stated: Mapping[str, str], year: int, like: int | None
    ) -> dict[Any, float]:
        """Find the points that a table states, by metric, or those of another edition."""
        wanted = dti.components_of(year)
        found = [_POINTS.fullmatch(stated.get(f"score_{index}", "")) for index in wanted]
        points = {i: float(m[1]) for i, m in zip(wanted, found, strict=True) if m and all(found)}
        if like is None:
            return points
        points_of, table = dti.edition_points, self.raw["methodology"]
        known = [points_of(table, basis, like).to_dict() for basis in reversed(dti.BASES)]
        of_like = next((each for each in known if each.keys() == set(wanted)), None)
        if of_like is None or points not in ({}, of_like):
            editions = ", ".join(sorted(set(self.raw["methodology"]["year"])))
            why = "the table states others" if of_like else f"no points of {list_first(wanted)}"
            raise DataError(f"--points-like {like}: {why}. methodology.csv has {editions}.")
        return of_like

    def enter(self, edition: Edition) -> Entry:
        """Hold an edition against the index and the facts, and say what it changes."""
        mapping = edition.mapping
        self.require_edition(mapping.year, mapping.basis)
        known = dti.edition_points(self.raw["methodology"], int(mapping.basis), mapping.year)
        held = self._require_sound(edition, known.to_dict())
        source = self.describe_source(mapping.source)
        own = self._list_rows(edition, source)
        facts, there = own["dti_facts"], self.raw["dti_facts"].rename_axis("row").reset_index()
        there = there[(there["year"] == str(mapping.year)) & (there["basis"] == mapping.basis)]
        told = facts.rename(columns={"province": "unit"}).drop(columns="status")
        standing, conflicts = self._compare(edition, told, there, "dti_facts.csv")
        is_known = source["source_id"] in set(self.raw["sources"]["source_id"])
        fresh = {
            "dti_facts": facts.drop(standing),
            "sources": own["sources"].iloc[int(is_known) :],
            "methodology": own["methodology"].iloc[: 0 if len(known) else None],
        }
        added = {f"{name}.csv": rows for name, rows in fresh.items()}
        return Entry(self._stage(fresh, own), added, len(standing), held, conflicts)

    def _list_rows(self, edition: Edition, source: Mapping[str, str]) -> dict[str, pd.DataFrame]:
        """Write an edition as rows of the tables that it changes, in the order to write them in."""
        mapping = edition.mapping
        scales = {m: mapping.columns[at].out_of or 1 for m, at in edition.letters.items()}
        notes = {m: f"stated out of {s:g}" if s != 1 else "" for m, s in scales.items()}
        facts = edition.written.melt(var_name="metric", ignore_index=False)
        facts = facts[facts["value"] != ""].sort_index(kind="stable").reset_index()
        facts["province"] = facts["code"].map(self.rosters[mapping.basis])
        facts["note"] = facts["metric"].map(notes)
        points = pd.Series(mapping.weights, dtype=float).map("{:g}".format).rename_axis("index")
        tables = {
            "sources": pd.DataFrame([source]),
            "methodology": points.reset_index(name="points").assign(
                source=f"{mapping.weights_from}; {source['url']}"
            ),
            "dti_facts": facts.assign(source_id=source["source_id"]),
        }
        told = {"year": str(mapping.year), "basis": mapping.basis, "status": "stated"}
        return {
            name: rows.assign(**told).reindex(columns=self.raw[name].columns, fill_value="")
            for name, rows in tables.items()
        }

    def _require_sound(self, edition: Edition, known: Mapping[Any, float]) -> list[str]:
        """Refuse what does not add up, by the points known or told; tell what does."""
        mapping, year = edition.mapping, edition.mapping.year
        wanted = dti.components_of(year)
        told = ", ".join(f"{index} {points:g}" for index, points in known.items())
        problem = f"methodology.csv has others for edition {year}: {told}. Correct the wrong ones."
        problem = problem if known else f"expected those of {', '.join(wanted)}."
        is_right = mapping.weights == known if known else mapping.weights.keys() == set(wanted)
        if mapping.weights and not is_right:
            raise DataError(f"{mapping.where}: weights: {problem}")
        points = mapping.weights or known
        if not points and any(f"score_{index}" in edition.letters for index in wanted):
            raise DataError(
                f"{edition.place}: has components, but what they count for in edition {year} is "
                f"not known. Say it under [weights] in {mapping.where}, or draft it anew with "
                "--points-like 2024 if the ministry left the points as they were."
            )
        weights = dti.list_parts(year, points)
        facts = resolve_facts(clean_facts(self.raw["dti_facts"], self.raw["sources"]))
        is_own = (facts["metric"] == f"score_{OVERALL}") & (facts["basis"] == int(mapping.basis))
        scores = facts[is_own].rename(columns={"value": "score"})
        return require_sound(edition, scores, weights)

    def _stage(
        self, fresh: Mapping[str, pd.DataFrame], own: Mapping[str, pd.DataFrame]
    ) -> dict[Path, bytes]:
        """Make the new contents, checked as `dti check` does.

        A checksum is recorded where the old one was right but for rows of this edition, as an
        import leaves it that was cut short; changes by hand are left to `dti check --accept`.
        """
        described, contents, settled = self.folder / DESCRIPTOR, {}, []
        resources = json.loads(self.read[described])["resources"]
        recorded = {told["name"]: told["hash"] for told in resources}
        for name, rows in own.items():
            path = self.folder / f"{name}.csv"
            before = self.read[path]
            if len(fresh[name]):
                order = [column for column in _ORDER if column in rows]
                contents[path] = add_rows(before, fresh[name], order, show_path(path))
            sums = [hash_content(state) for state in (before, drop_rows(before, rows))]
            settled += [name] if recorded[name].removeprefix("sha256:") in sums else []
        with hold_scratch("tables") as scratch:
            self._lay_out(scratch / "raw", contents)
            accept(scratch / "raw", settled)
            after = (scratch / "raw" / DESCRIPTOR).read_bytes()
        return contents if after == self.read[described] else {**contents, described: after}


@dataclass(frozen=True)
class PanelBook(Book):
    """The panels of a project, as they were read."""

    root: Path
    panels: Mapping[str, Panel]  # by the names of their bases
    # loads the panels of a project, and refuses what does not fit
    load: Callable[[Path], Mapping[str, Panel]]

    @classmethod
    def open(cls, root: Path, load: Callable[[Path], Mapping[str, Panel]]) -> "PanelBook":
        """Read the panels of a project."""
        read, panels = _read_files(root / RAW), load(root)
        regions = {name for panel in panels.values() for name in panel.units.get("region", ())}
        rosters = {name: panel.names for name, panel in panels.items()}
        keys = {at: set(map(name_key, (*n, *n.values()))) for at, n in rosters.items()}
        config = next(iter(panels.values())).config
        return cls(
            *(config, root / RAW, read, rosters, regions),
            lambda name, basis: name_key(name) in keys[basis],
            lambda name, basis: panels[basis].find(name).code,
            *(Vocabulary.of(config), root, panels, load),
        )

    def enter(self, edition: Edition) -> Entry:
        """Hold an edition against the panel, and say what it changes."""
        mapping, panel = edition.mapping, self.panels[edition.mapping.basis]
        self.require_edition(mapping.year, mapping.basis)
        weights = {OVERALL: panel.weights_of(mapping.year)}
        held = require_sound(edition, panel.rows, weights)
        last = max((year for year in panel.editions if year < mapping.year), default=None)
        gone = [] if last is None else sorted(set(panel.roster(last)) - set(edition.units.index))
        if gone:
            names = list_names(panel.names[code] for code in gone)
            held.append(f"of the units of {last}, {len(gone)} are not in this table: {names}")
        path = self.folder / self.config.bases.get(mapping.basis, BasisConfig()).panel
        table = read_table(path)
        rows = self._list_rows(edition, table.cells)
        remedy = f"Add it, or say ignore in {mapping.where}."
        table.require_columns(rows.columns.tolist(), remedy=remedy)
        metrics = {self.vocabulary.name(metric): metric for metric in edition.letters}
        codes = dict(zip(rows["unit"], rows.index, strict=True)) | {at: at for at in rows.index}
        there = table.cells[table.cells["year"] == str(mapping.year)]
        keys = there["code" if "code" in rows else "unit"].map(codes)
        there = there.assign(code=keys).dropna(subset="code").rename_axis("row").reset_index()
        values = rows[["unit", *metrics]].reset_index()
        stated, own = (
            each.rename(columns=metrics).melt(names, list(edition.letters), "metric")
            for each, names in ((there, ["code", "row"]), (values, ["code", "unit"]))
        )
        stated = stated.replace({"value": {"nan": ""}}).assign(source_id="", status="stated")
        self._compare(edition, own.assign(source_id=""), stated, path.name)
        new = rows[~rows.index.isin(there["code"])]
        new = new.reindex(columns=table.cells.columns).fillna("")
        contents = {path: add_rows(self.read[path], new, where=show_path(path))} if len(new) else {}
        self._try(edition, contents, path, new.index)
        return Entry(contents, {path.name: new}, len(rows) - len(new), held)

    def _list_rows(self, edition: Edition, table: pd.DataFrame) -> pd.DataFrame:
        """Write the values of an edition as rows of a panel, with what else is known of a unit."""
        mapping, panel = edition.mapping, self.panels[edition.mapping.basis]
        for name in mapping.new_units:
            read_text(name, f"{mapping.where}: new_units")
        rows = edition.written.rename(columns=self.vocabulary.name)
        if "score" in table and table["score"].str.contains(",").any():
            rows = rows.map(lambda text: text.replace(".", ","))
        own = rows.index.to_series()
        known = {"unit": own.map({**edition.units["name"], **panel.names})}
        if "code" in table and (table["code"] != "").any():
            known["code"] = own
        if "region" in table and "region" in panel.units:
            known["region"] = own.map(panel.units["region"]).fillna("")
        return rows.assign(**known, year=str(mapping.year))

    def _try(
        self, edition: Edition, contents: Mapping[Path, bytes], path: Path, new: "pd.Index[str]"
    ) -> None:
        """Load the project as it would be; a fault of a `new` row is one of the edition's table."""
        with hold_scratch("tables") as copy:
            self._lay_out(copy / RAW, contents)
            shutil.copyfile(self.root / CONFIG, copy / CONFIG)
            try:
                self.load(copy)
            except DataError as error:
                tried, rows = copy / RAW / path.name, edition.units["row"][new]
                own = dict(zip(read_table(tried).cells.index[::-1], rows[::-1], strict=False))
                faults = [f for f in getattr(error, "faults", ()) if f.file == show_path(tried)]
                edition.refuse(
                    (own[f.row], f.field, f.problem, f.remedy) for f in faults if f.row in own
                )
                what = str(error).replace(show_path(copy), show_path(self.root))
                raise DataError(what) from error


def _read_files(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.glob("[!.]*") if file.is_file()}

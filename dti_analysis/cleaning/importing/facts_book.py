"""Editions into the facts of the DTI: each held against what other sources say."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from dti_analysis.cleaning.checks import RawTables, accept, read_raw
from dti_analysis.cleaning.descriptor import DESCRIPTOR
from dti_analysis.cleaning.dti import (
    ACTIVITIES,
    BASES,
    INDICES,
    PILLAR_ACTIVITY,
    REGIONS,
    components_of,
    edition_points,
)
from dti_analysis.cleaning.facts import clean_facts, resolve_facts
from dti_analysis.cleaning.gazetteer import fold_name
from dti_analysis.cleaning.importing.book import Book, Entry
from dti_analysis.cleaning.importing.checks import require_mean, require_new, require_ranks
from dti_analysis.cleaning.importing.edition import Edition
from dti_analysis.cleaning.importing.writer import add_rows, drop_rows
from dti_analysis.cleaning.numbers import parse_value
from dti_analysis.config import IndexConfig
from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, hold_scratch, show_path
from dti_analysis.names import list_first, quote
from dti_analysis.panel import OVERALL
from dti_analysis.targets import is_date

_EDITIONS = {"63": (2020, 2024), "34": (2024, 2099)}
_CELL = ["year", "basis", "code", "metric"]
_SITES = (
    *(("official", site) for site in ("dti.gov.vn", "mic.gov.vn", "mst.gov.vn", "most.gov.vn")),
    ("official", "chuyendoiso.gov.vn"),
    *(("official_copy", site) for site in ("github.com", "githubusercontent.com")),
    *(("official_copy", site) for site in ("huggingface.co", "kaggle.com")),
    ("government", "gov.vn"),
)
"""Who speaks on which sites; on all others, the press."""


@dataclass(frozen=True)
class FactsBook(Book):
    """The raw tables of the DTI."""

    raw: RawTables
    is_complete = True

    @classmethod
    def open(cls, config: IndexConfig, folder: Path) -> "FactsBook":
        """Read the raw tables of a folder; refuse them if anything is wrong with them."""
        files = [file for file in (*folder.glob("*.csv"), folder / DESCRIPTOR) if file.is_file()]
        read = {file: file.read_bytes() for file in files}
        raw = read_raw(folder)
        rosters: dict[str, dict[str, str]] = {str(basis): {} for basis in BASES}
        for (basis, code), province in raw.gazetteer.provinces.items():
            rosters[str(basis)][code] = province.name
        return cls(config, folder, read, rosters, REGIONS, raw)

    def knows(self, name: str, basis: str) -> bool:
        """Whether this is a spelling of a province."""
        return (int(basis), fold_name(name)) in self.raw.gazetteer.spellings

    def resolve(self, name: str, basis: str) -> str:
        """Find the code of a province."""
        return self.raw.gazetteer.resolve(name, int(basis)).code

    def require_edition(self, year: int, basis: str | None) -> None:
        """Refuse an edition that there cannot be."""
        super().require_edition(year, basis)
        spans = [span for name, span in _EDITIONS.items() if basis in (None, name)]
        if not any(first <= year <= last for first, last in spans):
            told = " and ".join(f"the {n} from {a} to {b}" for n, (a, b) in _EDITIONS.items())
            raise DataError(f"--year {year}: editions rank {told}. Correct --year or --basis.")

    def describe_source(self, told: Mapping[str, str]) -> dict[str, str]:
        """Give the row of `sources` of a table, a new one where its address is not known."""
        url = told.get("url", "")
        host, is_web = urlsplit(url).hostname, urlsplit(url).scheme in ("http", "https")
        if not host or not is_web or not re.fullmatch(r"[^\s\x00-\x1f\x7f]+", url):
            raise DataError(
                f"--source {quote(url)}: expected an address such as https://dti.gov.vn/…."
            )
        if told.get("date") and not is_date(told["date"]):
            example = "2026, 2026-10 or 2026-10-19"
            raise DataError(f"--date {quote(told['date'])}: expected a date such as {example}.")
        sources = self.raw["sources"]
        found = sources[sources["url"] == url].to_dict("records")
        if not found:
            host = host.removeprefix("www.")
            ends = [(kind, f".{site}") for kind, site in _SITES if f".{host}".endswith(f".{site}")]
            last = max(map(int, sources["source_id"].str[1:]), default=0)
            kind = told.get("kind") or (ends[0][0] if ends else "press")
            new = (f"s{last + 1:03d}", kind, host, told.get("date", ""), url)
            return dict(zip(map(str, sources), new, strict=True))
        row = {str(key): str(text) for key, text in found[0].items()}
        for name, text in told.items():
            if text not in ("", row[name]):
                raise DataError(
                    f"--{name} {quote(text)}: sources.csv has {row['source_id']}, of the same "
                    f"address, with {quote(row[name])}. Leave it out, or correct the row."
                )
        return row

    def find_weights(
        self, stated: Mapping[str, str], year: int, like: int | None
    ) -> dict[str, float]:
        """Find the points that a table states, by metric, or those of another edition."""
        wanted, found = components_of(year), {}
        texts = [stated.get(f"score_{index}", "") for index in wanted]
        if all(texts):
            odd = [text for text in texts if not re.fullmatch(r"[1-9][0-9]{0,5}([.,]0+)?", text)]
            if odd:
                raise DataError(
                    f"expected whole points of the components, found {list_first(odd)}."
                )
            points = (float(re.split("[.,]", text)[0]) for text in texts)
            found = dict(zip(wanted, points, strict=True))
        if like is None:
            return found
        methodology = self.raw["methodology"]
        known = [self._find_points(basis, like) for basis in reversed(list(self.rosters))]
        of_like = next((points for points in known if points.keys() == set(wanted)), None)
        if of_like is None or (found and of_like != found):
            editions = ", ".join(sorted(set(methodology["year"])))
            why = "the table states others" if of_like else f"no points of {list_first(wanted)}"
            raise DataError(f"--points-like {like}: {why}. methodology.csv has {editions}.")
        return of_like

    def _find_points(self, basis: str, year: int) -> dict[str, float]:
        points = edition_points(self.raw["methodology"], int(basis), year)
        return {str(index): float(each) for index, each in points.items()}

    def enter(self, edition: Edition) -> Entry:
        """Hold an edition against the index and the facts, and say what it changes.

        One that does not add up, is that of another year, or contradicts what stands, is refused.
        """
        mapping = edition.mapping
        self.require_edition(mapping.year, mapping.basis)
        known = self._find_points(mapping.basis, mapping.year)
        if mapping.weights and known and mapping.weights != known:
            told = ", ".join(f"{index} {points:g}" for index, points in known.items())
            raise DataError(
                f"{mapping.where}: weights: methodology.csv has others for edition {mapping.year}: "
                f"{told}. Correct the ones that are wrong."
            )
        wanted = components_of(mapping.year)
        if mapping.weights and mapping.weights.keys() != set(wanted):
            raise DataError(f"{mapping.where}: weights: expected those of {', '.join(wanted)}.")
        held = self._require_sound(edition, mapping.weights or known)
        source = self.describe_source(mapping.source)
        facts = self._list_facts(edition, source["source_id"])
        is_new, conflicts = self._compare(edition, facts, source["source_id"])
        points = pd.DataFrame(
            {
                **{
                    "year": str(mapping.year),
                    "basis": mapping.basis,
                    "index": list(mapping.weights),
                },
                **{"points": [f"{each:g}" for each in mapping.weights.values()], "components": ""},
                **{"status": "stated", "source": f"{mapping.weights_from}; {source['url']}"},
            },
            dtype=str,
        )
        sources = pd.DataFrame([source])
        own = {"sources": sources, "methodology": points, "dti_facts": facts}
        is_known = source["source_id"] in set(self.raw["sources"]["source_id"])
        fresh = {
            "dti_facts": facts[is_new],
            "sources": sources.iloc[int(is_known) :],
            "methodology": points.iloc[len(points) * bool(known) :],
        }
        return Entry(
            self._stage(fresh, own),
            tuple(f"{len(rows)} rows to {name}.csv" for name, rows in fresh.items() if len(rows)),
            tuple(map(",".join, fresh["dti_facts"].head(3).to_numpy().tolist())),
            len(facts) - sum(is_new),
            held,
            conflicts,
        )

    def _require_sound(self, edition: Edition, points: Mapping[str, float]) -> tuple[str, ...]:
        """Refuse what does not add up, by the points; tell what does."""
        year, basis = edition.mapping.year, int(edition.mapping.basis)
        facts = resolve_facts(clean_facts(self.raw["dti_facts"], self.raw["sources"]))
        own = (
            (facts["metric"] == "score_overall")
            & (facts["basis"] == basis)
            & (facts["year"] != year)
        )
        require_new(edition, facts[own].pivot(index="code", columns="year", values="value"))
        indices = {f"score_{index}" for index in components_of(year)}
        if not points and indices & edition.letters.keys():
            raise DataError(
                f"{edition.grid.place}: has components, but what they count for in edition "
                f"{year} is not known. Say it under [weights] in {edition.mapping.where}, or draft "
                "it anew with --points-like 2024 if the ministry left the points as they were."
            )
        held = require_mean(edition, OVERALL, points, self.config)
        for pillar, activity in PILLAR_ACTIVITY.items() if year > 2020 and points else ():
            # What the whole earned, less the activities of the two other pillars.
            others = {other: -points[other] for other in ACTIVITIES if other != activity}
            parts = {OVERALL: sum(points.values()), **others}
            held += require_mean(edition, pillar, parts, self.config)
        for index in INDICES:
            held += require_ranks(edition, index, self.config)
        return tuple(held)

    def _list_facts(self, edition: Edition, source_id: str) -> pd.DataFrame:
        """Write the values of a table as facts."""
        mapping, names = edition.mapping, self.rosters[edition.mapping.basis]
        facts = edition.written.melt(var_name="metric", value_name="value", ignore_index=False)
        facts = facts[facts["value"] != ""].sort_index(kind="stable").reset_index()
        out_of = {m: mapping.columns[at].out_of or 1 for m, at in edition.letters.items()}
        notes = {m: f"stated out of {scale}" if scale != 1 else "" for m, scale in out_of.items()}
        facts = facts.assign(
            year=str(mapping.year),
            basis=mapping.basis,
            province=facts["code"].map(names),
            status="stated",
            source_id=source_id,
            note=facts["metric"].map(notes),
        )
        return facts[list(self.raw["dti_facts"].columns)].astype("str")

    def _compare(
        self, edition: Edition, facts: pd.DataFrame, own_id: str
    ) -> tuple[list[bool], tuple[str, ...]]:
        """Tell which facts are new; refuse what others contradict, unless that is meant."""
        there = self.raw["dti_facts"].rename_axis("row").reset_index()
        both = facts.reset_index(names="at").merge(there, on=_CELL, suffixes=("", "_there"))
        standing: set[int] = set()
        clashes: dict[bool, list[str]] = {True: [], False: []}
        for fact in both.to_dict("records"):
            is_own = fact["source_id_there"] == own_id
            is_same = _agree(fact["metric"], fact["value_there"], fact["value"])
            if is_own and is_same and fact["status_there"] == "stated":
                standing.add(fact["at"])
            if is_same == (fact["status_there"] == "suspect"):
                said = "known to be wrong" if is_same else fact["value_there"]
                clashes[is_own].append(
                    f"row {fact['row']}: {fact['metric']} of {fact['province']}: {said} there "
                    f"({fact['source_id_there']}), {fact['value']} in the table"
                )
        conflicts = (*clashes[True], *clashes[False])
        if clashes[True] or (conflicts and "conflicts" not in edition.mapping.allow):
            remedy = f'If both are to stand, say allow = ["conflicts"] in {edition.mapping.where}.'
            if clashes[True]:
                remedy = "The same source cannot say both: correct the table, or dti_facts.csv."
            more = f"; and {len(conflicts) - 3} more" if len(conflicts) > 3 else ""
            told = f"{'; '.join(conflicts[:3])}{more}. {remedy}"
            raise DataError(f"{edition.grid.place}: disagrees with dti_facts.csv, {told}")
        return [at not in standing for at in facts.index], conflicts

    def _stage(
        self, fresh: Mapping[str, pd.DataFrame], own: Mapping[str, pd.DataFrame]
    ) -> dict[Path, bytes]:
        """Make the new contents, checked as `dti check` does.

        The checksum of a table is recorded where the old one was right but for rows of this very
        edition, as an import leaves it that was cut short; what was changed by hand is left to
        `dti check --accept`.
        """
        described = self.folder / DESCRIPTOR
        recorded = {
            told["path"]: told["hash"] for told in json.loads(self.read[described])["resources"]
        }
        contents, settled = {}, []
        for name, rows in own.items():
            path = self.folder / f"{name}.csv"
            before = self.read[path]
            if len(fresh[name]):
                order = [*_CELL, "source_id"] if name == "dti_facts" else ()
                contents[path] = add_rows(before, fresh[name], order, show_path(path))
            sums = [hash_content(state) for state in (before, drop_rows(before, rows))]
            settled += [name] if recorded[path.name].removeprefix("sha256:") in sums else []
        with hold_scratch("tables") as scratch:
            copy = scratch / "raw"
            copy.mkdir()
            for path, content in {**self.read, **contents}.items():
                (copy / path.name).write_bytes(content)
            accept(copy, settled)
            after = (copy / DESCRIPTOR).read_bytes()
        return contents if after == self.read[described] else {**contents, described: after}


def _agree(metric: str, first: str, second: str) -> bool:
    """Whether two statements are one: the same rank, or scores that differ by rounding alone."""
    values = [Decimal(str(parse_value(metric, text))) for text in (first, second)]
    places = min(max(0, -int(value.as_tuple().exponent)) for value in values)
    room = Decimal(1).scaleb(-places) / 2 if min(values) % 1 and max(values) % 1 else Decimal(0)
    return abs(values[0] - values[1]) <= room

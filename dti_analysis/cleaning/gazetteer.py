"""Province names to (basis, code), and what the former provinces were merged into."""

import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from dti_analysis.errors import AmbiguousUnitError, DataError, UnknownUnitError
from dti_analysis.names import quote, strip_diacritics

MERGER_DATE = "1 July 2025"

_PREFIXES = ("thanh pho ", "thu do ", "tinh ", "t p ", "tp ")
_SUFFIXES = (" province", " city", " cu")


@dataclass(frozen=True)
class Province:
    """One province of one basis, the number of provinces of its time."""

    basis: int
    code: str  # two digits; a key only together with the basis: seven were given anew in 2025
    name: str
    region: str


@cache
def fold_name(name: str) -> str:
    """Reduce a spelling to what all spellings of one name share.

    Case, diacritics, tone placement, dashes, spaces and words such as "Tỉnh", "TP." or
    "Province" are dropped; a text without a letter or digit is its own key.

    Examples
    --------
    >>> fold_name("Tỉnh Bà Rịa – Vũng  Tàu"), fold_name("TP.HCM"), fold_name("Thanh Hoá province")
    ('bariavungtau', 'hcm', 'thanhhoa')
    """
    # The letter of Icelandic is often typed for the Vietnamese one.
    text = " ".join(re.findall(r"[^\W_]+", strip_diacritics(name).replace("ð", "d")))
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    for suffix in _SUFFIXES:
        text = text.removesuffix(suffix)
    return (text or unicodedata.normalize("NFC", name)).replace(" ", "")


@dataclass(frozen=True)
class Gazetteer:
    """All provinces of both bases and every spelling known for them.

    Build it with `from_tables`. A basis is the number of its provinces.
    """

    provinces: Mapping[tuple[int, str], Province]
    spellings: Mapping[tuple[int, str], frozenset[str]]
    successors: Mapping[str, str]

    @property
    def bases(self) -> tuple[int, int]:
        """The former and the current basis."""
        return len(self.successors), len(set(self.successors.values()))

    @classmethod
    def from_tables(cls, crosswalk: pd.DataFrame, variants: pd.DataFrame) -> "Gazetteer":
        """Index the raw tables `crosswalk_63_34` and `name_variants`, all text."""
        provinces: dict[tuple[int, str], Province] = {}
        spellings: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        successors = dict(zip(crosswalk["old_code"], crosswalk["new_code"], strict=True))
        merged = Counter(successors.values())
        before, now = len(successors), len(merged)

        for row in crosswalk.itertuples():
            code, name = str(row.old_code), str(row.old_province)
            provinces[before, code] = Province(before, code, name, str(row.region_old))
            spellings[before, fold_name(name)].add(code)
        for row in variants.itertuples():
            spelling = fold_name(str(row.variant))
            spellings[before, spelling].add(str(row.code))
            if "AMBIGUOUS" in str(row.where_seen):
                spellings[before, spelling].update(
                    code
                    for (_, code), named in provinces.items()
                    if _initials(named.name) == spelling
                )

        heirs = {}
        for row in crosswalk.itertuples():
            code, name = str(row.new_code), str(row.new_province)
            # Only the former province that carries the name on hands down its spellings.
            if merged[code] == 1 or fold_name(str(row.old_province)) == fold_name(name):
                heirs[row.old_code] = code
                provinces[now, code] = Province(now, code, name, str(row.region_old))
                spellings[now, fold_name(name)].add(code)
        for (basis, spelling), codes in list(spellings.items()):
            if basis == before:
                spellings[now, spelling] |= {heirs[code] for code in codes if code in heirs}
        known = {key: frozenset(codes) for key, codes in spellings.items() if codes}
        return cls(provinces, known, successors)

    def resolve(self, name: str, basis: int | None = None) -> Province:
        """Find the province, by default a former one, that any spelling means.

        If none, or several, are spelled so, the message lists the closest, or these.
        """
        before, now = self.bases
        basis = before if basis is None else basis
        if basis not in self.bases:
            raise DataError(f"basis {basis} is not known. Use {before} or {now}.")
        key = fold_name(name)
        codes = sorted(self.spellings.get((basis, key), ()))
        if len(codes) == 1:
            return self.provinces[basis, codes[0]]
        if codes:
            raise AmbiguousUnitError(
                f"province {quote(name)} is ambiguous. It can mean {self._list(basis, codes)}. "
                "Write the name in full."
            )
        former = self.spellings.get((before, key), frozenset())
        if basis == now and len(former) == 1:
            old = self.provinces[before, next(iter(former))]
            new = self.provinces[now, self.successors[old.code]]
            raise UnknownUnitError(
                f"province {quote(name)} is not one of the {now}: since {MERGER_DATE} {old.name} "
                f'has been part of {new.name}. Ask for "{new.name}", or use basis {before}.'
            )
        close = difflib.get_close_matches(key, [s for b, s in self.spellings if b == basis], n=5)
        found = sorted({code for s in close for code in self.spellings[basis, s]})
        hint = f"Closest: {self._list(basis, found)}. " if found else ""
        raise UnknownUnitError(
            f"province {quote(name)} is not known. {hint}"
            "Add the spelling to name_variants.csv or correct the name."
        )

    def list_spellings(self, basis: int) -> dict[str, list[str]]:
        """List by code, in one basis, the spellings that `fold_name` reduces a name to."""
        listed: defaultdict[str, list[str]] = defaultdict(list)
        for (of, spelling), codes in self.spellings.items():
            if of == basis:
                for code in codes:
                    listed[code].append(spelling)
        return dict(listed)

    def _list(self, basis: int, codes: list[str]) -> str:
        return ", ".join(f'"{self.provinces[basis, code].name}" ({basis})' for code in codes)


def _initials(name: str) -> str:
    return "".join(fold_name(word)[:1] for word in name.split())


def merge_provinces(scores: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Average former provinces into current ones, by the ministry's own rule.

    The unweighted mean reproduces all published scores of 2024 to 0.0001. A current province
    is missing where any of its former provinces is.

    `scores` has numeric columns and is indexed by former code; what is made of it, by `crosswalk`
    (old_code, new_code), is indexed by current code in ascending order.
    """
    new_code = crosswalk.set_index("old_code")["new_code"]
    complete = scores.reindex(new_code.index)
    return complete.groupby(new_code).mean(skipna=False).rename_axis("code")

"""Province names to (basis, code), and the merger of the 63 into 34."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from dti_analysis.errors import AmbiguousProvinceError, DataError, UnknownProvinceError
from dti_analysis.names import drop_marks
from dti_analysis.schema import BASES, MERGER_DATE

_PREFIXES = ("thanh pho ", "thu do ", "tinh ", "t p ", "tp ")
_SUFFIXES = (" province", " city", " cu")


@dataclass(frozen=True)
class Province:
    """One province of one basis.

    Parameters
    ----------
    basis : int
        63 or 34.
    code : str
        Two digits; a key only together with `basis`, since seven codes were given anew in 2025.
    name, region : str
        Display name and region.
    """

    basis: int
    code: str
    name: str
    region: str


@cache
def fold_name(name: str) -> str:
    """Reduce a spelling to what all spellings of one name share.

    Case, diacritics, tone placement, dashes, spaces and words such as "Tỉnh", "TP." or
    "Province" are dropped.

    Examples
    --------
    >>> fold_name("Tỉnh Bà Rịa – Vũng  Tàu"), fold_name("TP.HCM"), fold_name("Thanh Hoá province")
    ('bariavungtau', 'hcm', 'thanhhoa')
    """
    # The letter of Icelandic is often typed for the Vietnamese one.
    text = " ".join(re.findall(r"[^\W_]+", drop_marks(name).replace("ð", "d")))
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    for suffix in _SUFFIXES:
        text = text.removesuffix(suffix)
    return text.replace(" ", "")


@dataclass(frozen=True)
class Gazetteer:
    """All provinces of both bases and every spelling known for them.

    Build it with `from_tables`.
    """

    provinces: Mapping[tuple[int, str], Province]
    spellings: Mapping[tuple[int, str], frozenset[str]]
    successors: Mapping[str, str]

    @classmethod
    def from_tables(cls, crosswalk: pd.DataFrame, variants: pd.DataFrame) -> "Gazetteer":
        """Index the raw tables `crosswalk_63_34` and `name_variants`.

        Parameters
        ----------
        crosswalk : DataFrame
            One row per former province: old_code, old_province, new_code, new_province, region_old.
        variants : DataFrame
            One row per spelling of a former province: code, variant, where_seen.
        """
        provinces: dict[tuple[int, str], Province] = {}
        spellings: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        successors = dict(zip(crosswalk["old_code"], crosswalk["new_code"], strict=True))

        for row in crosswalk.itertuples():
            province = Province(63, str(row.old_code), str(row.old_province), str(row.region_old))
            provinces[63, province.code] = province
            spellings[63, fold_name(province.name)].add(province.code)
        for row in variants.itertuples():
            spellings[63, fold_name(str(row.variant))].add(str(row.code))
            if "AMBIGUOUS" in str(row.where_seen):
                spellings[63, fold_name(str(row.variant))] |= {
                    code
                    for (_, code), province in provinces.items()
                    if _initials(province.name) == fold_name(str(row.variant))
                }

        heirs = {}
        merged = Counter(crosswalk["new_code"])
        for row in crosswalk.itertuples():
            code, name = str(row.new_code), str(row.new_province)
            # Only the former province that carries the name on hands down its spellings.
            if merged[code] == 1 or fold_name(str(row.old_province)) == fold_name(name):
                heirs[row.old_code] = code
                provinces[34, code] = Province(34, code, name, str(row.region_old))
                spellings[34, fold_name(name)].add(code)
        for (basis, spelling), codes in list(spellings.items()):
            if basis == 63:
                spellings[34, spelling] |= {heirs[code] for code in codes if code in heirs}
        known = {key: frozenset(codes) for key, codes in spellings.items() if codes}
        return cls(provinces, known, successors)

    def resolve(self, name: str, basis: int = 63) -> Province:
        """Find the province that a spelling means.

        Parameters
        ----------
        name : str
            Any spelling: with or without diacritics, NFC or NFD, any case, "TP." and the like.
        basis : {63, 34}
            Among the 63 former or the 34 current provinces.

        Returns
        -------
        Province

        Raises
        ------
        UnknownProvinceError
            If no province is spelled so; the message lists the closest names.
        AmbiguousProvinceError
            If several are; the message lists them.
        """
        if basis not in BASES:
            raise DataError(f"basis {basis} is not known. Use 63 or 34.")
        key = fold_name(name)
        codes = sorted(self.spellings.get((basis, key), ()))
        if len(codes) == 1:
            return self.provinces[basis, codes[0]]
        if codes:
            raise AmbiguousProvinceError(
                f'province "{name}" is ambiguous. It can mean {self._list(basis, codes)}. '
                "Write the name in full."
            )
        former = self.spellings.get((63, key), frozenset())
        if basis == 34 and len(former) == 1:
            old = self.provinces[63, next(iter(former))]
            new = self.provinces[34, self.successors[old.code]]
            raise UnknownProvinceError(
                f'province "{name}" is not one of the 34: since {MERGER_DATE} {old.name} has been '
                f'part of {new.name}. Ask for "{new.name}", or use basis 63.'
            )
        close = difflib.get_close_matches(key, [s for b, s in self.spellings if b == basis], n=5)
        found = sorted({code for s in close for code in self.spellings[basis, s]})
        hint = f"Closest: {self._list(basis, found)}. " if found else ""
        raise UnknownProvinceError(
            f'province "{name}" is not known. {hint}'
            "Add the spelling to name_variants.csv or correct the name."
        )

    def former_provinces(self, code: str) -> list[Province]:
        """List the former provinces (basis 63) that make up a current one, by code."""
        return [
            self.provinces[63, old] for old, new in sorted(self.successors.items()) if new == code
        ]

    def successor(self, code: str) -> Province:
        """Give the current province (basis 34) that a former one is part of."""
        return self.provinces[34, self.successors[code]]

    def _list(self, basis: int, codes: list[str]) -> str:
        return ", ".join(f'"{self.provinces[basis, code].name}" ({basis})' for code in codes)


def _initials(name: str) -> str:
    return "".join(fold_name(word)[:1] for word in name.split())


def merge_provinces(scores: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Average former provinces into current ones, by the ministry's own rule.

    The unweighted mean reproduces all 34 published scores of 2024 to 0.0001. A current province
    is missing where any of its former provinces is.

    Parameters
    ----------
    scores : DataFrame
        Indexed by former code; any number of numeric columns.
    crosswalk : DataFrame
        Columns old_code and new_code.

    Returns
    -------
    DataFrame
        The same columns, indexed by current code in ascending order.
    """
    new_code = crosswalk.set_index("old_code")["new_code"]
    complete = scores.reindex(new_code.index)
    return complete.groupby(new_code).mean(skipna=False).rename_axis("code")

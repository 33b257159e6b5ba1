"""What the header of a column means: words of any index, Vietnamese and English, and its own names.

Every word of a header must be understood. "Điểm tự đánh giá" (self-assessed score) is no score of
the index only because it has the word for score in it.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from dti_analysis.cleaning.dti import METRICS, PILLAR_ACTIVITY
from dti_analysis.config import IndexConfig
from dti_analysis.names import strip_diacritics, strip_marks
from dti_analysis.panel import OVERALL

UNIT, YEAR, IGNORE = ROLES = ("unit", "year", "ignore")
"""What a column may be that holds no value; ordinal numbers, codes and remarks are ignored."""

_WORDS = {
    part: {phrase: tag for tag, text in words.items() for phrase in re.split(r"\s*[|\n]\s*", text)}
    for part, words in tomllib.loads(
        Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    ).items()
}
_TOTAL = "total or average"
_HALVES = ("activity", "pillar")
_TAGS = ("rank", "score", *_HALVES, "nothing")
_POINTS = re.compile(
    r"[(\[]\s*(?:tối đa|max\.?|maximum|of|/)\s*:?\s*([0-9][0-9.,]*)\s*(?:điểm|points|đ)?\s*[)\]]"
    r"|[(\[]?\b([0-9][0-9.,]*)\s*(?:điểm|points)\b\s*[)\]]?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Vocabulary:
    """The words of one index."""

    metrics: Mapping[str, str]  # such as ``rank_overall``, by the names that people write for them
    # what phrases mean: one tag, or the measures that may be meant
    phrases: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, config: IndexConfig) -> "Vocabulary":
        """List the words of an index: general ones, and the names of its components."""
        own: dict[str, tuple[str, ...]]
        if config.builder is not None:
            branches = {pair[0].partition("_")[0]: pair for pair in PILLAR_ACTIVITY.items()}
            own = {text: branches.get(tag, (tag,)) for text, tag in _WORDS["dti"].items()}
            metrics = {name: name for name in METRICS}
            metrics |= {name.removeprefix("score_"): name for name in METRICS if name[0] == "s"}
        else:
            called = [(config.name, OVERALL), *((name, name) for name in config.components)]
            for labels in config.labels.values():
                called += [(labels[name], name) for name in labels if name in config.components]
            own = {fold_words(label): (name,) for label, name in called}
            metrics = {"score": f"score_{OVERALL}", "rank": f"rank_{OVERALL}"}
            metrics |= {name: f"score_{name}" for name in config.components}
        return cls(metrics, {text: (tag,) for text, tag in _WORDS["phrases"].items()} | own)

    def name(self, metric: str) -> str:
        """Call a metric what people write for it; other roles are called what they are."""
        return next((name for name, known in self.metrics.items() if known == metric), metric)

    def understand(self, texts: Sequence[str], year: int = 0) -> tuple[str, ...]:
        """Tell what a column is that has this header in a table of the edition `year`.

        It is ``year``, ``ignore`` (as of other editions), a metric, one of several, or not known.
        `texts` go from the outermost group to its own text, which decides before the groups do.

        Examples
        --------
        >>> dti = Vocabulary.of(IndexConfig(builder="dti"))
        >>> dti.understand(["DTI", "Xếp hạng"]), dti.understand(["Nhận thức số"])
        (('rank_overall',), ('score_awareness',))
        >>> dti.understand(["Kinh tế số"])
        ('score_economy_pillar', 'score_economy_activity')
        """
        folded = [fold_words(_POINTS.sub(" ", strip_marks(text))) for text in texts]
        if role := _WORDS["exact"].get("".join(folded[-1:])):
            return (role,)
        years = re.findall(r"\b20[0-9]{2}\b", " ".join(folded))
        if years and str(year) not in years:
            return (IGNORE,)
        measures: tuple[str, ...] = ()
        kind = half = ""
        for text in reversed(folded):
            tags = self._tag(re.sub(r"\b20[0-9]{2}\b ?", "", text).strip())
            named = {tag for tag in tags or () if tag[0] not in _TAGS}
            named = named - {(OVERALL,)} if len(named) > 1 else named
            if tags is None or len(named) > 1 or tags >= {("rank",), ("score",)}:
                return ()
            if named and (not measures or (measures == (OVERALL,) and named != {measures})):
                (measures,) = named
            kind = kind or next((tag for tag in ("rank", "score") if (tag,) in tags), "")
            half = half or next((tag for tag in _HALVES if (tag,) in tags), "")
        if not measures and not kind:
            return ()
        halved = [measure for measure in measures if measure.endswith(half)] or measures
        metrics = tuple(f"{kind or 'score'}_{name}" for name in halved or (OVERALL,))
        # No panel has ranks of components.
        return metrics if set(metrics) <= set(self.metrics.values()) else (IGNORE,)

    def _tag(self, text: str) -> set[tuple[str, ...]] | None:
        """Part a text into known phrases, the longest first; None if a word is left."""
        is_whole = self._pattern.sub("", text) == ""
        return {self.phrases[each] for each in self._pattern.findall(text)} if is_whole else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.phrases, key=len, reverse=True)
        return re.compile(rf"(?<!\S)({'|'.join(map(re.escape, longest_first))})(?: |$)")


@cache
def fold_words(text: str) -> str:
    """Reduce a text to its words, without case, diacritics and signs.

    Examples
    --------
    >>> fold_words("Tỉnh/Thành phố"), fold_words("DTI_ChinhQuyenSo")
    ('tinh thanh pho', 'dti chinh quyen so')
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[^\W_]+", strip_diacritics(text)))


def find_stated_points(texts: Sequence[str]) -> str:
    """Find the points that a header states, such as "Nhận thức số (100 điểm)", if any."""
    found = [match for text in texts if (match := _POINTS.search(text))]
    return next(filter(None, found[-1].groups())) if found else ""


def find_kind(label: str, regions: Collection[str] = ()) -> str:
    """Say what a row is that is of no unit, such as an average; blank if its label does not."""
    words, known = fold_words(label), _WORDS["rows"]
    if words in known or words in map(fold_words, regions):
        return str(known.get(words, _TOTAL))
    totals = (phrase for phrase, kind in known.items() if kind == _TOTAL)
    return _TOTAL if any(words.startswith(f"{phrase} ") for phrase in totals) else ""

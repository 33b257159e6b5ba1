"""What the header of a column means: the index's own vocabulary, Vietnamese and English.

Every word of a header must be understood. "Điểm tự đánh giá" (self-assessed score) is no score of
the index only because it has the word for score in it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from dti_analysis.cleaning.dti import ACTIVITIES, INDICES, METRICS, PILLARS
from dti_analysis.names import strip_diacritics

PROVINCE = "province"
YEAR = "year"
LEFT_OUT = ("ordinal", "code", "other")
"""Columns that are known, and known to hold no fact: ordinal numbers, codes, remarks."""

_BRANCHES = ("government", "economy", "society")

_PROVINCE = """
    tinh|thanh pho|tinh thanh|tinh thanh pho|tinh tp|tinh va thanh pho|dia phuong|don vi|ten tinh
    ten tinh thanh pho|ten tinh tp|ten dia phuong|ten don vi|tinh thanh pho truc thuoc trung uong
    tinh tp truc thuoc tw|tinh thanh pho truc thuoc tw|province|provinces|province city
    provinces cities|province or city|province municipality|locality|localities|name|province name
"""
_YEAR = "nam|year|edition|nam danh gia|nam du lieu|ky danh gia"
_ORDINAL = "stt|tt|so tt|so thu tu|thu tu|no|nr|ordinal|item|id|index no"
_CODE = "ma|ma tinh|ma so|ma dvhc|code|province code|ma tinh thanh pho|ma don vi"
_OTHER = """
    ghi chu|note|notes|remark|remarks|vung|khu vuc|vung kinh te|region|tang giam|thay doi|bien dong
    chenh lech|change|difference|so voi nam truoc|tang giam hang|thay doi hang|nguon|source
    tang giam bac|nhom|group|vung mien
"""
_PHRASES = {
    "awareness": "nhan thuc so|nhan thuc|awareness|digital awareness",
    "institutions": "the che so|the che|institutions|institution|digital institutions",
    "infrastructure": """
        ha tang so|ha tang|ha tang va nen tang so|ha tang nen tang so|infrastructure
        digital infrastructure|infrastructure and platforms""",
    "workforce": """
        nhan luc so|nhan luc|nguon nhan luc so|nguon nhan luc|workforce|digital workforce
        human resources|human resource|digital human resources""",
    "security": """
        an toan thong tin mang|an toan thong tin|an toan thong tin an ninh mang|an toan an ninh mang
        an toan thong tin mang an ninh mang|attt|attt mang|information security|cyber security
        cybersecurity|network security|security|network information security""",
    "government": "chinh quyen so|chinh quyen|digital government|government|cqs",
    "economy": "kinh te so|kinh te|digital economy|economy|economic|kts",
    "society": "xa hoi so|xa hoi|digital society|society|social|xhs",
    "activity": "hoat dong|activity|activities|chi so chinh|main index|main indices",
    "pillar": "tru cot|tru cot so|pillar|pillars|chi so tru cot",
    "overall": """
        dti|chuyen doi so|tong|tong hop|tong cong|chung|tong the|toan dien|overall|total|composite
        digital transformation""",
    "rank": "xep hang|thu hang|hang|xep thu|vi tri|vi thu|rank|ranking|ranks|position|xh",
    "score": "diem|diem so|gia tri|score|scores|value|values|ket qua|so diem",
    "": """
        chi so|muc do|danh gia|index|indices|cap tinh|cua|ve|theo|nam|year|edition|thang diem|cac
        provincial|va|and|of|the|in|by|tinh|province|provinces|dat duoc|points|so""",
}


def _list(text: str) -> list[str]:
    return [phrase.strip() for phrase in re.split(r"[|\n]", text) if phrase.strip()]


_MEANING = {tuple(phrase.split()): tag for tag, text in _PHRASES.items() for phrase in _list(text)}
_LONGEST = max(map(len, _MEANING))
_EXACT = {
    phrase: role
    for role, text in (
        *((PROVINCE, _PROVINCE), (YEAR, _YEAR), ("ordinal", _ORDINAL)),
        *(("code", _CODE), ("other", _OTHER)),
    )
    for phrase in _list(text)
}


@dataclass(frozen=True)
class Meaning:
    """What a header says of its column.

    Parameters
    ----------
    role : str
        A metric, ``province``, ``year``, ``ordinal``, ``code`` or ``other``; blank where the
        header does not decide it.
    choices : tuple of str
        Metrics that it may be, where it does not decide.
    years : tuple of int
        Editions that it names.
    is_bare : bool
        Whether neither rank nor score is said; it is then taken for a score.
    """

    role: str = ""
    choices: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    is_bare: bool = False


@cache
def fold_words(text: str) -> str:
    """Reduce a text to its words, without case, diacritics and signs.

    Examples
    --------
    >>> fold_words("Tỉnh/Thành phố"), fold_words("DTI_ChinhQuyenSo")
    ('tinh thanh pho', 'dti chinh quyen so')
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFC", text))
    return " ".join(re.findall(r"[^\W_]+", strip_diacritics(text)))


def understand_header(texts: Sequence[str]) -> Meaning:
    """Tell what a column holds.

    Parameters
    ----------
    texts : sequence of str
        Its header from the outermost group to its own text, which decides before the groups do.

    Returns
    -------
    Meaning

    Examples
    --------
    >>> understand_header(["DTI", "Xếp hạng"]).role, understand_header(["Nhận thức số"]).role
    ('rank_overall', 'score_awareness')
    >>> understand_header(["Kinh tế số"]).choices
    ('score_economy_pillar', 'score_economy_activity')
    """
    folded = [fold_words(_drop_points(text)) for text in texts]
    if not folded:
        return Meaning()
    if folded[-1] in _EXACT:
        return Meaning(_EXACT[folded[-1]])
    years = tuple(int(year) for text in folded for year in re.findall(r"\b20[0-9]{2}\b", text))
    parts = [_tag(text) for text in folded]
    if any(tags is None for tags in parts):
        return Meaning(years=years)
    index, kind, is_activity, is_pillar = "", "", False, False
    for tags in reversed([set(tags or ()) for tags in parts]):
        named = tags - {"", "rank", "score", "activity", "pillar"}
        if len(named) > 1:
            named -= {"overall"}
        if len(named) > 1 or {"rank", "score"} <= tags:
            return Meaning(years=years)
        if named and index in ("", "overall"):
            index = next(iter(named)) if named != {"overall"} or not index else index
        kind = kind or next(iter(tags & {"rank", "score"}), "")
        is_activity |= "activity" in tags and not is_pillar
        is_pillar |= "pillar" in tags and not is_activity
    if not index and not kind:
        return Meaning(years=years)
    prefix = kind or "score"
    if index in _BRANCHES:
        at = _BRANCHES.index(index)
        names = (PILLARS[at],) * (not is_activity) + (ACTIVITIES[at],) * (not is_pillar)
    else:
        names = (index or "overall",)
    metrics = tuple(f"{prefix}_{name}" for name in names)
    role = metrics[0] if len(metrics) == 1 else ""
    return Meaning(role, metrics if not role else (), years, is_bare=not kind)


def read_role(text: str) -> str | None:
    """Read what a reader says a column is: a metric, an index (its score) or another role.

    Examples
    --------
    >>> read_role("economy_activity"), read_role("rank_overall"), read_role("ignore")
    ('score_economy_activity', 'rank_overall', 'other')
    """
    if text in INDICES:
        return f"score_{text}"
    if text == "ignore":
        return "other"
    return text if text in (*METRICS, PROVINCE, YEAR) else None


def find_stated_points(texts: Sequence[str]) -> str | None:
    """Find the points that a header states, such as "Nhận thức số (100 điểm)"."""
    found = [match for text in texts if (match := _POINTS.search(text))]
    return next(filter(None, found[-1].groups())) if found else None


_POINTS = re.compile(
    r"[(\[]\s*(?:tối đa|max\.?|maximum|of|/)\s*:?\s*([0-9][0-9.,]*)\s*(?:điểm|points|đ)?\s*[)\]]"
    r"|[(\[]?\b([0-9][0-9.,]*)\s*(?:điểm|points)\b\s*[)\]]?",
    re.IGNORECASE,
)


def _drop_points(text: str) -> str:
    return _POINTS.sub(" ", unicodedata.normalize("NFC", text))


def _tag(text: str) -> list[str] | None:
    """Part a text into known phrases, the longest first; None if a word is left."""
    words = [word for word in text.split() if not re.fullmatch(r"20[0-9]{2}", word)]
    tags: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            tag = _MEANING.get(tuple(words[at : at + length]))
            if tag is not None:
                tags.append(tag)
                at += length
                break
        else:
            return None
    return tags

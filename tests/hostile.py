"""Names that are markup, code or mathematics somewhere, and an index in which all go by such names.

Its twin is the same index under plain words, by which it is known what is to be shown where.
"""

import json
import re

import numpy as np
from running import call

from dti_analysis.config import CONFIG

# One a line where it is long; a name cannot hold a line break, a tab or a direction mark at all.
NAMES = (
    *("<b>bold</b>", "<i>x", "</p>", "</section></main>", "<h1>Head</h1>", "<a href='//h.test/'>a"),
    *("&lt;b&gt;", "&amp;", "AT&T", "&#60;u&#62;", "&nbsp;|&nbsp;", "&copy", "<input>", "<!-- x"),
    *("javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "https://h.test/?a=1&b=2"),
    '<meta http-equiv="refresh" content="0;url=https://h.test/">',
    *('<base href="https://h.test/">', "<form action=//h.test/><button autofocus>"),
    *("<style>*{display:none}</style>", "<script>alert(1)</script>", "<svg onload=alert(1)>"),
    *("<img src=x onerror=alert(1)>", "<svg><title>", '<iframe src="https://h.test/"></iframe>'),
    *("<object data=//h.test/>", "<embed src=//h.test/>", "<link rel=stylesheet href=//h.test/>"),
    *("<math><mi>x", "<details open ontoggle=alert(1)>", "<textarea>", "<plaintext>", "-->", "]]>"),
    *("</script>", "</title>", "</style>", "<![CDATA[x]]>", "<?xml x?>", "A**B**C", "**A", "__A__"),
    *("_a_", "*a* b", "~~a~~", "[a](https://h.test/)", "[a][b]", "[x]: https://h.test/"),
    *("![a](https://h.test/a.png)", "<https://h.test/>", "`a`", "``` a", "# head", "## head"),
    *("- item", "1. item", "> quote", "a | b", "---", "===", "a\\*b", "{{ 7 * 7 }}", "{% raw %}"),
    *("{# x #}", "{unit}", "{0}", "{", "}}", "%s", "%(unit)s", "${unit}", "$x^2$", r"$\foo$"),
    *(r"\(x\)", r"\[x\]", "$$x$$", r"\frac{", "a $ b", r"\N{DASH}", '"', "'", "\"'`", "=1+1"),
    *('" onmouseover="alert(1)', "' onload='alert(1)", "\\", "\\n", "a\u200db", "a\u200cb"),
    *("אבג", "مدينة 12 <b>", "é" + 9 * "\u0301", "..", "../../etc/passwd", "CON"),
    *("None", "-", "&#0;", "W as of 2021", "x" * 400),
)


NOUNS = {
    "name": "<title>Index **{index}** $x$ & `co`",
    "unit": "<b>{unit} $u$",
    "units": "**{units}** </h1>",
    "source": "<script>alert(2)</script> [s](javascript:alert(1)) $y$ {source} _s_",
}
PARTS = ("**one** `1` {unit}", "<u>two")
REGIONS = ("*</table>* {0}", "<img src=//h.test/ onerror=alert(3)> $r$")
NOTE = "<svg onload=alert(4)> **note** {note}"
YEARS = range(2018, 2025)


def pair_words():
    """Pair each hostile name with the plain word that stands for it in the twin."""
    names = {name: f"(unit{place:03d})" for place, name in enumerate(NAMES)}
    nouns = {noun: f"({key}noun)" for key, noun in NOUNS.items()}
    parts = {part: f"(part{place})" for place, part in enumerate(PARTS)}
    regions = {region: f"(region{place})" for place, region in enumerate(REGIONS)}
    return names | nouns | parts | regions | {NOTE: "(note)"}


def plainly(text):
    """Take text as it is, whoever asks for it in plain words."""
    return text


def write_panel(file, say=plainly):
    """Write the panel of all names, as `say` has each of them."""
    rng = np.random.default_rng(7)
    levels = rng.normal(50, 12, (len(NAMES), len(PARTS)))
    rows = [["code", "unit", "region", "year", "score", *map(say, PARTS)]]
    for year in YEARS:
        levels = levels + rng.normal(1, 4, levels.shape)
        for place, (name, parts) in enumerate(zip(NAMES, levels.clip(1, 99).round(2), strict=True)):
            region = REGIONS[place % len(REGIONS)]
            own = [f"u{place:03d}", say(name), say(region), year, f"{parts.mean():.4f}", *parts]
            rows.append(own)
    quoted = (",".join('"{}"'.format(str(cell).replace('"', '""')) for cell in row) for row in rows)
    file.write_text("\n".join(quoted) + "\n", encoding="utf-8")
    return file


def write_labels(say=plainly):
    """Write what is added to the description of the index: weights, targets and labels."""
    quote = {part: json.dumps(say(part)) for part in PARTS}
    weights = "\n".join(f"{quoted} = 1" for quoted in quote.values())
    told = "\n".join(f"{key} = {json.dumps(say(noun))}" for key, noun in NOUNS.items())
    note = json.dumps(say(NOTE))
    targets = "\n".join(
        f'[[targets]]\nunit = "u{place:03d}"\nrank = 5\nyear = 2026\nnote = {note}\nsource = {note}'
        for place in range(0, len(NAMES), 2)
    )
    return f"\n[weights.2018]\n{weights}\n{targets}\n[labels.vi]\n{told}\n[labels.en]\n{told}\n"


def make_project(root, say=plainly):
    """Make the project of the index as people do, as `say` has each name."""
    panel = write_panel(root.with_suffix(".csv"), say)
    name, *units, source = map(say, NOUNS.values())
    code, out, err = call(
        *("init", root, "--panel", panel, "--max-score", 100, "--name", name),
        *("--unit", *units, "--source", source),
        cwd=root.parent,
    )
    assert code == 0, out + err
    with (root / CONFIG).open("a", encoding="utf-8") as stream:
        stream.write(write_labels(say))
    return root


def name_plainly(text, pairs):
    """Say the plain words of a twin as its hostile names."""
    words = {plain: name for name, plain in pairs.items()}
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)

"""What readers see in Vietnamese: complete, in Vietnamese alone, with its numbers and dates."""

import ast
import dataclasses
import re
import string
import tomllib
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import numpy as np
import papermill
import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from matplotlib.text import Text

import dti_analysis as dti
from dti_analysis import language
from dti_analysis.batch.inputs import Reads, describe_inputs
from dti_analysis.batch.list_page import render_list
from dti_analysis.batch.manifest import Manifest, Output, Record, Report, Run
from dti_analysis.batch.pages import finish
from dti_analysis.batch.plan import Settings
from dti_analysis.batch.stale import Task
from dti_analysis.cleaning.dti import ACTIVITIES, MAIN_INDICES, PILLARS
from dti_analysis.cleaning.indicators import UNITS
from dti_analysis.display import Table
from dti_analysis.errors import DataError
from dti_analysis.figures.picture import Picture
from dti_analysis.forecasting.exports import MIME, Downloads
from dti_analysis.project import load_index
from dti_analysis.reports import method, report
from dti_analysis.reports.index_plan import look_ahead, render_pages
from dti_analysis.reports.jobs import plan_reports
from dti_analysis.root import NOTEBOOKS, find_root
from dti_analysis.wording import count_origins, format_chance

PACKAGE = Path(dti.__file__).parent
CATALOGUE = PACKAGE / "locale/vi/LC_MESSAGES/dti_analysis.po"

LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|%s|\{|\}|\d\.\d{1,2}\b")
"""No value, an unfilled place, a decimal point (three digits after it may be thousands)."""

NOT_PROSE = re.compile(
    r"\(<.*?>\)|\(\.\./\S*\)|[`\x0f].*?[`\x0f]|https?://\S+|data/raw|\w+_\w+|[\w.-]+\.(?:vn|com|co|net)\b"
)
"""Links, names of models, of hosts and of a folder."""


@pytest.fixture
def vietnamese():
    language.set_language("vi")
    yield
    language.set_language("en")


@pytest.fixture(scope="module")
def extracted():
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    mappings = settings["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    return {(context, message) for _, _, message, _, context in extract_from_dir(PACKAGE, methods)}


@pytest.fixture(scope="module")
def catalogue():
    with CATALOGUE.open("rb") as stream:
        return {(entry.context, entry.id): entry for entry in read_po(stream) if entry.id}


def translations(entry):
    return entry.string if isinstance(entry.string, tuple) else (entry.string,)


def test_every_message_is_in_the_catalogue_and_no_other(extracted, catalogue):
    assert len(extracted) > 300
    assert extracted - set(catalogue) == set(), "run `make catalogues` and translate"
    assert set(catalogue) - extracted == set(), "run `make catalogues`"


def test_every_message_is_translated(catalogue):
    unsettled = [key for key, entry in catalogue.items() if entry.fuzzy or not all(entry.string)]
    assert unsettled == []


def test_translations_have_the_places_of_their_messages(catalogue):
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for (_, message), entry in catalogue.items():
        plural = message[-1] if isinstance(message, tuple) else message
        for text in translations(entry):
            assert places(text) == places(plural), message
            assert "" not in places(text), message
            assert text.count("**") == plural.count("**"), message
            assert text.count("`") == plural.count("`"), message
            assert (text[0].isspace(), text[-1]) == (plural[0].isspace(), text[-1].rstrip())


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.stem)
def test_no_message_hides_from_extraction(file):
    def is_translation(node):
        return isinstance(node, ast.Call) and getattr(node.func, "id", "") in DEFAULT_KEYWORDS

    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside = [call for call in ast.walk(node) if is_translation(call)]
            hidden = [call for call in inside if isinstance(call.args[0], ast.Constant)]
            assert hidden == [], f"line {node.lineno}: translate outside of the f-string"
        if is_translation(node):
            assert not isinstance(node.args[0], ast.JoinedStr | ast.BinOp), f"line {node.lineno}"


def test_the_words_of_the_tables_are_all_known(raw, index, index34):
    regions = {region for each in (index, index34) for region in each.units["region"]}
    assert regions <= set(index.config.labels["en"])
    assert set(raw["indicators"]["unit"]) - {""} == set(UNITS)


def test_regions_have_their_own_names_in_vietnamese(vietnamese, index):
    regions = sorted(set(index.units["region"]))
    assert len(regions) == 6
    assert [index.config.label(region) for region in regions] == regions


def test_the_ministrys_words_are_used(vietnamese, index):
    assert [index.config.label(name) for name in (*PILLARS, *MAIN_INDICES)] == [
        "Chính quyền số",
        "Kinh tế số",
        "Xã hội số",
        "Nhận thức số",
        "Thể chế số",
        "Hạ tầng số",
        "Nhân lực số",
        "An toàn thông tin mạng",
        "Hoạt động chính quyền số",
        "Hoạt động kinh tế số",
        "Hoạt động xã hội số",
    ]


def test_numbers_have_a_decimal_comma(vietnamese):
    assert language.format_number(0.5141, 4) == "0,5141"
    assert language.format_number(20000) == "20.000"
    assert language.format_number(-0.0284, 3, signed=True) == "−0,028"
    assert language.format_number(0.0316, 3, signed=True) == "+0,032"
    assert language.format_number(99.5, None) == "99,5"
    assert language.format_percent(0.294) == "29%"
    assert language.format_percent(0.0123, 1, signed=True) == "+1,2%"


@pytest.mark.parametrize("value", [0.0005, 0.5, 2.5, 0.12345, 1 / 3, -0.00051, 1234567.891])
@pytest.mark.parametrize("places", [0, 1, 3])
def test_english_numbers_are_rounded_as_python_does(value, places):
    told = language.format_number(value, places), f"{value:,.{places}f}"
    signed = (
        language.format_number(np.float64(value), places, signed=True),
        f"{value:+,.{places}f}",
    )
    for written, expected in (told, signed):
        if float(expected.replace(",", "")):
            assert written == expected.replace("-", "−")


@pytest.mark.parametrize("places", [0, 1, 3, None])
@pytest.mark.parametrize("value", [1e-7, -1e-7, 0.0, -0.0])
def test_no_change_is_written_as_nothing_with_a_sign(value, places):
    least = {0: "1", 1: "0.1", 3: "0.001", None: "0.000001"}[places]
    nothing = language.format_number(0, places)
    signs = {1: f"<{least}", -1: f">−{least}", 0: nothing}
    assert language.format_number(value, places, signed=True) == signs[np.sign(value)]
    assert language.format_number(value, places) == nothing


def test_dates_are_written_as_far_as_they_are_known(vietnamese):
    assert language.format_date("2022-10-10") == "ngày 10/10/2022"
    assert language.format_date("2025-07-01") == "ngày 01/07/2025"
    assert language.format_date("2023-12") == "tháng 12/2023"
    assert language.format_date("2023") == "năm 2023"


def test_ordinals_and_lists(vietnamese):
    assert [language.ordinal(rank) for rank in (1, 2, 21, 28)] == [
        "hạng 1",
        "hạng 2",
        "hạng 21",
        "hạng 28",
    ]
    assert language.join_names(["Huế", "Đà Nẵng", "Cần Thơ"]) == "Huế, Đà Nẵng và Cần Thơ"


def test_counts_have_their_plural():
    assert count_origins(1) == "1 origin"
    language.set_language("vi")
    assert count_origins(1) == "1 mốc dự báo"
    language.set_language("en")
    assert count_origins(3) == "3 origins"


def test_a_language_is_spoken_for_a_while():
    with language.use_language("vi"):
        assert language.current_language() == "vi"
        with pytest.raises(DataError), language.use_language("fr"):
            pytest.fail("nobody speaks it")
        assert language.current_language() == "vi"
    assert language.current_language() == "en"


def test_an_unknown_language_is_refused():
    with pytest.raises(DataError, match=r'language "fr" is not known\. Known: en, vi'):
        language.set_language("fr")
    assert language.current_language() == "en"


def test_a_language_is_spoken_in_its_own_context_only():
    def tell():
        language.set_language("vi")
        return format_chance(0.16)

    assert copy_context().run(tell) == "16%"
    assert format_chance(0.16) == "16\u202f%"


@pytest.fixture(scope="module")
def english_words(catalogue):
    """Words of English messages that no Vietnamese one holds."""

    def words(texts):
        prose = " ".join(re.sub(r"\{\w*\}", " ", NOT_PROSE.sub(" ", text)) for text in texts)
        return set(re.findall(r"[^\W\d_]{2,}", prose.lower()))

    messages = [text for _, key in catalogue for text in ([key] if isinstance(key, str) else key)]
    told = [text for entry in catalogue.values() for text in translations(entry)]
    assert {"the", "rank", "chance"} <= words(messages) - words(told)
    return words(messages) - words(told)


@pytest.fixture
def assert_vietnamese(english_words, index, index34):
    names = {
        word.lower()
        for each in (index, index34)
        for told in (*each.units["name"], *each.units["region"])
        for word in re.findall(r"\w+", told)
    }

    def check(text):
        prose = NOT_PROSE.sub(" ", text)
        assert prose.strip()
        assert LEFTOVERS.findall(prose) == []
        left = set(re.findall(r"[^\W\d_]{2,}", prose.lower())) & (english_words - names)
        assert left == set()

    return check


def words_of(shown):
    """Give all that a reader is told by a sentence, a table or a picture."""
    if isinstance(shown, str):
        return [shown]
    if not isinstance(shown, Picture):
        soup = BeautifulSoup(shown._repr_html_(), "html.parser")
        for code in soup.find_all("code"):
            code.decompose()
        parts = ["caption", "th", "td"] if isinstance(shown, Table) else True
        return [part.get_text() for part in soup.find_all(parts, recursive=parts is not True)]
    shown.to_svg()  # draws it, so that the axes have their numbers
    drawn = [text.get_text() for text in shown.figure.findobj(Text)]
    return [shown.alt, shown.title, shown.subtitle, *drawn]


def words_of_report(result):
    """Give all that the sections of a report tell, but for the files to take away."""
    told = report(result)
    sections = [told.section(name) for name in told.names]
    parts = [part for section in sections if section for part in section]
    return "\n".join(
        text for part in parts if not isinstance(part, Downloads) for text in words_of(part)
    )


@pytest.mark.parametrize(
    ("unit", "basis", "origin", "rank", "model"),
    [
        ("Bà Rịa - Vũng Tàu", "63", 2021, None, "averaged_level"),
        ("Hải Phòng", "63", 2021, None, "averaged_level"),
        ("Hồ Chí Minh", "34", None, None, "averaged_level"),
        ("Hưng Yên", "34", 2021, None, "averaged_level"),
        ("Huế", "34", None, None, "averaged_level"),
        ("Thừa Thiên Huế", "63", None, 1, "averaged_level"),
        ("An Giang", "63", None, 1, "pool"),
    ],
)
def test_a_report_is_all_in_vietnamese(
    vietnamese, assert_vietnamese, unit, basis, origin, rank, model
):
    forecast = load_index(basis).forecast(origin, draws=300, model=model)
    assert_vietnamese(words_of_report(forecast.answer(unit, rank, all_targets=True)))


@pytest.mark.parametrize(("basis", "origin"), [("34", 2024), ("63", 2024), ("34", 2021)])
def test_an_overview_is_all_in_vietnamese(vietnamese, assert_vietnamese, basis, origin):
    assert_vietnamese(words_of_report(load_index(basis).forecast(origin, draws=300)))


@pytest.mark.parametrize("models", [[], ["random_walk"]])
def test_a_record_is_all_in_vietnamese(vietnamese, assert_vietnamese, index, models):
    assert_vietnamese(words_of_report(index.evaluate(models, draws=200)))


def test_chances_of_a_record_are_told_in_vietnamese(vietnamese, assert_vietnamese, index):
    answer = index.forecast(2021, draws=200).answer("BR-VT")
    size = answer.first_target.target.target_rank
    record = index.track_record([size])
    told = [
        method.describe_record(answer, each)
        for each in (record, record.head(20), record.assign(**{f"top{size}": 0.5}), None)
    ]
    told.append(method.describe_ranges(answer, record))
    assert len(set(told)) == 5
    assert_vietnamese("\n".join(told))


def test_what_notebooks_show_of_results_is_all_in_vietnamese(
    vietnamese, assert_vietnamese, index, index34
):
    past, current = index.forecast(2021, draws=200), index34.forecast(draws=200)
    answer = past.answer("BR-VT")
    asked = ("Hồ Chí Minh", 2), ("Hồ Chí Minh", 34), ("Cao Bằng", 1)
    plans = [current.plan(unit, rank) for unit, rank in asked]
    results = [
        index,
        index34,
        past,
        current,
        answer,
        answer.first_target,
        past.compare("BR-VT", "Cần Thơ"),
        current.movers(),
        current.push("Hồ Chí Minh"),
        *plans,
        index.evaluate(["pool"], draws=50),
    ]
    for result in results:
        assert_vietnamese(repr(result))
        assert_vietnamese(BeautifulSoup(result._repr_html_(), "html.parser").get_text(" "))


def test_pictures_of_the_editions_are_all_in_vietnamese(
    vietnamese, assert_vietnamese, index, index34
):
    figures, few = dti.figures, {"draws": 200}
    pushes = index.forecast(2023, **few).push("BR-VT", target_rank=5)
    asked = ("Hồ Chí Minh", 2), ("Hồ Chí Minh", 34), ("Cao Bằng", 1)
    plans = [index34.forecast(**few).plan(unit, rank) for unit, rank in asked]
    shown = [
        figures.plot_coverage(index),
        figures.plot_weights(index),
        figures.plot_correlations(index, 2023, [*PILLARS, *ACTIVITIES]),
        figures.plot_persistence(index),
        figures.plot_regions(index),
        figures.plot_spreads(index),
        figures.plot_gains_on_starts(index, 2023),
        figures.plot_futures(index.forecast(2021, **few).answer("BR-VT"), 50),
        figures.plot_bottom_up(index34.forecast(**few), "Hồ Chí Minh"),
        figures.plot_profile(pushes.answer),
        *(figures.plot_plan(plan) for plan in plans),
        figures.plot_gains(pushes, "economy_activity"),
        figures.tabulate_tiles(index34.forecast(**few)),
    ]
    assert_vietnamese("\n".join(text for each in shown for text in words_of(each)))


def words_of_page(html):
    """Give all that a page tells, but for what it marks as English, and the values at its foot."""
    page = BeautifulSoup(html, "html.parser")
    assert page.html["lang"] == "vi"
    assert [tag["lang"] for tag in page.find_all(hreflang="en", lang=True)]
    for tag in page.select("style, script, dd, body [lang=en]"):
        tag.decompose()
    told = [
        tag[name]
        for tag in page.find_all(True)
        for name in ("alt", "aria-label", "title", "data-found")
        if tag.has_attr(name)
    ]
    # The script puts the number in.
    return "\n".join([page.get_text("\n"), *told]).replace("{count}", "3")


BUILD = dataclasses.replace(describe_inputs(find_root()), commit="0123abc and local changes")


def test_the_frame_of_a_report_is_all_in_vietnamese(assert_vietnamese, index34):
    (job,) = plan_reports([index34], ["Huế"], Settings(None, 100, 1), ["vi"], find_root())
    assert job.title == "Huế: thứ hạng trong 34, tính đến kỳ đánh giá năm 2024 (DTI)"
    files = dict.fromkeys(("-forecast.csv", "-rank-probabilities.csv", "-forecast.json"), "x")
    shown = [
        nbformat.v4.new_output("execute_result", bundle, execution_count=1)
        for bundle in ({MIME: files}, {"text/html": "<table><tr><td>1</td></tr></table>"})
    ]
    cells = [nbformat.v4.new_code_cell("", outputs=[output]) for output in shown]
    cells[0].metadata["tags"] = ["notebook-only"]
    notebook = nbformat.v4.new_notebook(cells=cells)
    task = Task(job, b"", {}, "new", pages={*job.translations.values()})
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    reads = Reads({"data.csv": "0" * 64}, ("https://example.org",))
    made, numbers, *_ = finish(notebook, task, BUILD, started, reads)
    assert numbers.keys() == files.keys()
    html = made[".html"].decode()
    assert_vietnamese(words_of_page(html))
    assert 'hreflang="en" lang="en">English</a>' in html
    foot = BeautifulSoup(html, "html.parser").footer.get_text("\n")
    assert "0123abc và thay đổi cục bộ" in foot
    assert "ngày 02/01/2026, 03:04:05 – " in foot
    assert 'download="46-hue-forecast.csv"' in html


def test_the_index_is_all_in_vietnamese(assert_vietnamese, index, index34):
    settings, rosters = Settings(None, 100, 1), [index34, index]
    manifest = Manifest(Run("a1", "2026-01-02T03:04:05.678+00:00"))
    jobs = plan_reports(rosters, [], settings, ["vi", "en"], find_root())
    assert len(jobs) == 2 * (63 + 34 + 2 + 1)
    for number, job in enumerate(jobs):
        outputs = tuple(Output(f"{job.stem}{end}", 1, "") for end in (".html", ".ipynb", ".pdf"))
        manifest.reports[job.stem] = Record(
            *(job.title, job.notebook.name, job.parameters, 1),
            {} if number % 3 else {"data": BUILD.data},
            "failed" if number % 5 == 0 else "built",
            *("", "", "", 1.0, 1.0, 1, "ValueError: no rank was given", "x.failed.ipynb"),
            report=None if number % 10 == 0 else Report("", "", "2026-01-02", outputs),
            is_planned=number % 7 > 0,
        )
    outlooks = [look_ahead(roster, settings) for roster in rosters]
    pages = render_pages(outlooks, settings, BUILD, manifest)
    text = words_of_page(pages["index.html"])
    assert_vietnamese(text)
    for phrase in ("bản cũ, lập ngày 02/01/2026", "vẫn dùng báo cáo lập ngày 02/01/2026"):
        assert phrase in text
    for phrase in ("không lập được", "không còn trong kế hoạch"):
        assert phrase in text


def test_a_list_of_reports_is_all_in_vietnamese(assert_vietnamese):
    report = Report("", "", "2026-01-02", (Output("a.html", 1, ""), Output("a.pdf", 1, "")))
    record = Record(
        *("Huế", "n.ipynb", {"lang": "en"}, 1, {}, "failed", "", "", "", 1.0, 1.0, 1),
        *("ValueError: no rank", "a.failed.ipynb", report),
    )
    records = {"a": record, "b": dataclasses.replace(record, is_planned=False)}
    page = render_list(Manifest(reports=records), "Sổ", BUILD, "vi", is_translated=True)
    assert_vietnamese(words_of_page(page))


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        (
            "unit_report",
            {"unit": "BR-VT", "origin_year": 2021},
            ["Diễn biến thứ hạng", "xếp hạng 29 trong 63", "thực tế xếp hạng 28"],
        ),
        ("overview", {"basis": "34"}, ["34 địa phương trong DTI, tính đến", "Theo vùng"]),
        ("model_evaluation", {}, ["Đối chiếu dự báo với thực tế", "trước 1 kỳ đánh giá"]),
    ],
)
def test_notebooks_speak_vietnamese(tmp_path, assert_vietnamese, name, parameters, expected):
    folder = find_root() / NOTEBOOKS
    executed = papermill.execute_notebook(
        folder / f"{name}.ipynb",
        tmp_path / "out.ipynb",
        {**parameters, "lang": "vi", "draws": 300},
        progress_bar=False,
        cwd=folder,
    )
    nbformat.validate(executed)
    told = []
    for cell in executed.cells:
        is_hidden = "notebook-only" in cell.metadata.get("tags", [])
        assert cell.cell_type == "code" or is_hidden
        if is_hidden:
            continue
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            told.append(shown.get("text/plain", ""))
    text = "\n".join(told)
    for phrase in expected:
        assert phrase in text
    assert_vietnamese(text)

"""What tests of figures share: answers with few draws, made once, and a look at what was drawn."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from dti_analysis.project import load_index, read_index

LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|[{}]")


@pytest.fixture(scope="session")
def forecast():
    """Joint forecasts of the DTI by basis and origin."""

    def find(basis, origin):
        return load_index(basis).forecast(origin, draws=400)

    return find


@pytest.fixture(scope="session")
def ask(forecast):
    """Answers by unit, basis and origin."""

    def find(unit, basis="63", origin=2024, **options):
        return forecast(basis, origin).answer(unit, all_targets=True, **options)

    return find


@pytest.fixture(scope="session")
def long_index():
    """Six units and nine editions."""
    rows = [
        {"unit": unit, "year": 2000 + year, "score": 2 * place + (place * year) % 7}
        for place, unit in enumerate("abcdef", start=1)
        for year in range(1, 10)
    ]
    return read_index(pd.DataFrame(rows))


@pytest.fixture(scope="session")
def make_index():
    """Make a table of so many units, u000 the best, and six editions."""

    def make(count):
        rng = np.random.default_rng(count)
        rows = [
            (f"u{place:03d}", year, 10 - 9 * place / count + rng.normal(0, 0.5))
            for year in range(2018, 2024)
            for place in range(count)
        ]
        return pd.DataFrame(rows, columns=["unit", "year", "score"])

    return make


@pytest.fixture(scope="session")
def look():
    """Draw a picture: every text is large enough, clear of all others and within the picture."""

    def check(picture):
        canvas = FigureCanvasAgg(picture.figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        (axes,) = picture.figure.axes
        inside = picture.figure.bbox
        for text in axes.texts:
            box = text.get_window_extent(renderer)
            assert inside.x0 - 1 <= box.x0 < box.x1 <= inside.x1 + 1, text.get_text()
            assert inside.y0 - 1 <= box.y0 < box.y1 <= inside.y1 + 1, text.get_text()
        texts = [*axes.texts, *axes.get_yticklabels(), *axes.get_xticklabels()]
        texts = [text for text in texts if text.get_text()]
        assert all(text.get_fontsize() >= 12 for text in texts)
        for one, other in itertools.combinations(texts, 2):
            left, right = one.get_window_extent(renderer), other.get_window_extent(renderer)
            assert not left.overlaps(right), (one.get_text(), other.get_text())
        for words in (picture.alt, *(text.get_text() for text in texts)):
            assert not LEFTOVERS.search(words), words
        # Title, labels and legend as well.
        whole, used = picture.figure.bbox_inches, picture.figure.get_tightbbox(renderer)
        assert whole.x0 - 0.01 <= used.x0 < used.x1 <= whole.x1 + 0.01
        assert whole.y0 - 0.01 <= used.y0 < used.y1 <= whole.y1 + 0.01
        return axes

    return check

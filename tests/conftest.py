"""What the tests share: the project's own data, read once, and small hand-made frames."""

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from dti_analysis import cli
from dti_analysis.cleaning.checks import read_raw
from dti_analysis.cleaning.dti import build_table
from dti_analysis.cleaning.facts import clean_facts, resolve_facts
from dti_analysis.project import load_index, read_index
from dti_analysis.root import RAW, find_root

# How long an example takes says how busy the machine is, and what is tried is the same each time.
settings.register_profile(
    "unhurried",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def raw():
    return read_raw(find_root() / RAW)


@pytest.fixture(scope="session")
def gazetteer(raw):
    return raw.gazetteer


@pytest.fixture(scope="session")
def clean(raw):
    return clean_facts(raw["dti_facts"], raw["sources"])


@pytest.fixture(scope="session")
def resolved(clean):
    return resolve_facts(clean)


@pytest.fixture(scope="session")
def dti_table(raw, resolved, gazetteer):
    """What the facts of the DTI make: one row for each province of both bases and edition."""
    return build_table(resolved, raw["methodology"], raw["crosswalk_63_34"], gazetteer)


@pytest.fixture(scope="session")
def index():
    """The DTI of the former provinces."""
    return load_index()


@pytest.fixture(scope="session")
def index34():
    """The DTI of the current ones."""
    return load_index("34")


@pytest.fixture
def dti():
    """The command, run in this process."""

    def run(*arguments):
        return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def refused():
    """Check that a command gave one message and no output, and exited with 2."""

    def check(result, *words):
        assert result.exit_code == 2
        assert "Traceback" not in result.output
        assert result.stdout == ""
        for word in words:
            assert word in result.stderr

    return check


@pytest.fixture
def edition(dti_table):
    """Rows of one edition of the DTI by code."""

    def select(basis, year):
        rows = dti_table[(dti_table["basis"] == basis) & (dti_table["year"] == year)]
        return rows.set_index("code")

    return select


@pytest.fixture
def toy_panel():
    """Five units, four editions, known by score alone."""
    scores = {
        "a": [0.9, 0.8, 0.9, 0.85],
        "b": [0.7, 0.75, 0.6, 0.8],
        "c": [0.5, 0.6, 0.65, 0.5],
        "d": [0.4, 0.3, 0.35, 0.45],
        "e": [0.1, 0.2, 0.15, 0.1],
    }
    return pd.DataFrame(
        [
            {"unit": unit, "year": 2020 + step, "score": score, "rank": None}
            for unit, series in scores.items()
            for step, score in enumerate(series)
        ]
    )


@pytest.fixture
def toy_index(toy_panel):
    return read_index(toy_panel)

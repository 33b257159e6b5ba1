"""What the tests share: the project's own data, read once, and small hand-made frames."""

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from dti_analysis import cli
from dti_analysis.cleaning import dti as panel
from dti_analysis.cleaning import facts, store

# How long an example takes says how busy the machine is.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def raw():
    return store.read_raw()


@pytest.fixture(scope="session")
def gazetteer(raw):
    return raw.gazetteer


@pytest.fixture(scope="session")
def clean(raw):
    return facts.clean_facts(raw["dti_facts"], raw["sources"])


@pytest.fixture(scope="session")
def resolved(clean):
    return facts.resolve_facts(clean)


@pytest.fixture(scope="session")
def dti_panel(raw, resolved, gazetteer):
    return panel.build_panel(resolved, raw["methodology"], raw["crosswalk_63_34"], gazetteer)


@pytest.fixture(scope="session")
def data(raw, dti_panel):
    return store.Data(raw, dti_panel)


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
def edition(dti_panel):
    """Rows of one edition by code."""

    def select(basis, year):
        rows = dti_panel[(dti_panel["basis"] == basis) & (dti_panel["year"] == year)]
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

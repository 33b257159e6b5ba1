import pytest

from dti_analysis.errors import DataError
from dti_analysis.evaluation.calibration import count_pit
from dti_analysis.figures.evaluation import plot_case, plot_pit, plot_reliability, plot_skill

MODEL = "averaged_level"


@pytest.fixture(scope="module")
def evaluation(index):
    return index.evaluate([MODEL], draws=100)


def test_skill_is_that_of_the_evaluation(evaluation, look):
    picture = plot_skill(evaluation, MODEL)
    axes = look(picture)
    rows = evaluation.by_horizon[evaluation.by_horizon["model"] == MODEL]
    (dots,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert dots.get_ydata().tolist() == (100 * rows["skill"]).tolist()
    assert "one edition ahead" in picture.alt
    assert "one origin, no interval" in picture.alt
    assert "a random walk: skill" in picture.alt
    with pytest.raises(DataError, match=r"model oracle was not evaluated\. There: "):
        plot_skill(evaluation, "oracle")


def test_reliability_shows_said_and_came_true(evaluation):
    record = evaluation.reliability([MODEL])
    picture = plot_reliability(evaluation, record)
    (axes,) = picture.figure.axes
    assert [text.get_text() for text in axes.texts] == record["chances"].astype(str).tolist()
    agree = record["mean"].between(record["share_low"], record["share_high"]).sum()
    assert f"in {agree} of {len(record)} classes" in picture.alt


def test_pit_bars_are_what_is_counted(index, evaluation):
    outcomes = evaluation.outcomes[evaluation.outcomes["model"] == MODEL]
    pit = count_pit(outcomes)
    picture = plot_pit(index, outcomes)
    heights = [bar.get_height() for bar in picture.figure.axes[0].patches]
    assert heights == pytest.approx((100 * pit["share"]).tolist())
    assert f"PIT of {len(outcomes)} forecasts" in picture.alt


def test_a_case_shows_every_origin(ask):
    origins = (2021, 2022, 2023)
    answers = [ask("BR-VT", "63", origin, horizon=3) for origin in origins]
    picture = plot_case(answers)
    (axes,) = picture.figure.axes
    labels = [text.get_text() for text in axes.get_legend().texts]
    assert [f"As of {origin} (bar: 80\u202f%)" for origin in origins] == labels[:-1]
    assert "It came 2020: 39th, 2021: 29th" in picture.alt
    held = [
        row["best80"] <= rank <= row["worst80"]
        for answer in answers
        for row in answer.summary.to_dict("records")
        for rank in [answer.draws.panel.rank_of(answer.unit.code, row["year"])]
        if rank is not None
    ]
    assert f"{sum(held)} of {len(held)} ranges held the rank that came" in picture.alt


def test_a_case_may_have_more_origins_than_colours(long_index):
    answers = [long_index.forecast(origin, draws=50).answer("c") for origin in range(2004, 2009)]
    (axes,) = plot_case(answers).figure.axes
    assert len(axes.get_legend().texts) == len(answers) + 1

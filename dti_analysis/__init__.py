"""Where a province stands in a composite index, where its rank is heading, and its chances.

>>> import dti_analysis as dti
>>> answer = dti.forecast_province("BR-VT", origin_year=2021, draws=500)
>>> answer.chances[0].probability_in_year  # of the top 20 in 2022
0.204

Every result shows itself in a notebook, in the language that `speak` chose, and gives its numbers
as a DataFrame.

- Read: `load_data`, `read_panel`.
- Forecast: `forecast_province`, `forecast_provinces`, `forecast_unit` (of any index).
- Ask: `compare_provinces`, `find_movers`, `push_province`, and the `Answer` itself.
- Evaluate: `evaluate`, `load_record`.
- Explore: `explore`, by hand in a notebook.
- Plot: `plot_trajectory`, `plot_rank_probabilities`, `plot_futures`, `plot_distance`,
  `plot_profile`, `plot_strip`, `plot_pushes`.

Behind them, the road: raw facts → clean facts → panel (`cleaning`) → positions → draws → ranks
(`models`) → answers (`forecasting`) → what is seen and read (`figures`, `reports`) → `reporting`.
Beside it, `history` tells what the editions so far say, and `evaluation` holds forecasts against
what came.
"""

import lazy_loader

# The names stand in __init__.pyi, and are imported when they are first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Where a unit stands in a composite index, where its rank is heading, and its chances.

>>> import dti_analysis as dti
>>> index = dti.load_index()  # the project you are in; here the 63 provinces of the DTI
>>> forecast = index.forecast(origin=2021, draws=500)  # joint draws of all of them
>>> answer = forecast.answer("BR-VT")
>>> answer.first_target.probability_in_year  # of the top 20 in 2022
0.204

Every result shows itself in a notebook, in the language that `set_language` chose, and gives its
numbers as a DataFrame.

- Read: `load_index`, or `read_index` for a file or a table of any index.
- Forecast: `Index.forecast`. Ask: `Forecast.answer`, `Forecast.compare`, `Forecast.movers`,
  `Forecast.push`, `Forecast.plan`.
- Evaluate: `Index.evaluate`, `Index.track_record`.
- Explore: `explore`, by hand in a notebook. Report: `report`, section by section.
- Plot: `plot_trajectory`, `plot_rank_probabilities`, `plot_futures`, `plot_needs`, `plot_profile`,
  `plot_plan`; all others are in `figures`.

Behind them, the road: raw facts → clean facts (`cleaning`) → `panel` → positions → draws → ranks
(`models`) → answers (`forecasting`) → what is seen and read (`figures`, `reports`) ← `batch`.
Beside it, `history` tells what the editions so far say, and `evaluation` holds forecasts against
what came.
"""

import lazy_loader

# The names stand in __init__.pyi, and are imported when they are first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

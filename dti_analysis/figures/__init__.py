"""Frames and forecasts to pictures. Nothing here fits or draws from a model.

Every figure is a `Picture`, which shows itself in a notebook with its finding, source and numbers;
figures of one axes can be drawn into axes of one's own by ``ax=``.

- Of one unit: `plot_trajectory`, `plot_rank_probabilities`, `plot_futures`, `plot_needs`,
  `plot_plan`, `plot_gains`, `plot_profile`, `tabulate_neighbours`, `plot_calls`,
  `plot_bottom_up`, `plot_case`.
- Of all units: `plot_overview`, `plot_paths`, `plot_last_moves`, `tabulate_tiles`.
- Of the index: `plot_coverage`, `plot_weights`, `plot_correlations`, `plot_persistence`,
  `plot_regions`, `plot_spreads`, `plot_gains_on_starts`.
- Of the record: `plot_skill`, `plot_reliability`, `plot_pit`.
"""

import lazy_loader

# The names stand in __init__.pyi, and are imported when they are first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

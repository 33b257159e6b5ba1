"""Where a province stands in a composite index, where its rank is heading, and its chances.

The road: raw facts → clean facts → panel (`data`) → positions → draws → ranks (`models`) → answers
(`forecasts`) → what is seen and read (`figures`, `prose`) → `reporting`. Beside it, `evaluation`
holds forecasts against what came.
"""

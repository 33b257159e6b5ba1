"""Where a province stands in a composite index, where its rank is heading, and its chances.

The road: raw facts (`store`, `check`) → clean facts (`provinces`, `facts`) → panel (`index`,
`panel`) → positions → draws (`models`) → ranks (`ranks`) → answers (`forecast`, `answers`,
`rivals`, `pushes`) → reports (`narrative`, `prospects`, `figures`, `tables`, `reporting`).
"""

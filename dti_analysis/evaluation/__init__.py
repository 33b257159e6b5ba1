"""Forecasts held against what came: proper scores, calibration, the record of the index."""

"""Forecasts to words: sentences, headings and tables, in the language spoken."""

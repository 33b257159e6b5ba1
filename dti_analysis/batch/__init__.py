"""Notebooks to a folder of reports: run, render, put in place, link from an index page."""

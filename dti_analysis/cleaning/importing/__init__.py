"""A table as people get it to facts of one edition: `dti import`."""

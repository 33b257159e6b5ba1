"""Raw facts to the panel: checked, cleaned, put together by the index's own arithmetic."""

"""Frames and forecasts to pictures. Nothing here fits or draws."""

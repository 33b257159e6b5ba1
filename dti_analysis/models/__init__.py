"""Forecasters of positions, and what is read off their joint draws: ranks and their chances."""

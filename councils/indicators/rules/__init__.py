"""How answers become figures: counting, weighting, uncertainty, protection, drawing.

Everything here is arithmetic on NumPy arrays: no database, no clock, no files. Counts are people, weights are people
per answer, shares lie in 0..1. A module must never publish a figure without its uncertainty and never weight in
silence what cannot be weighted.
"""

"""English as written in Britain: day before month."""

"""What is true of towns without asking the database: spelling, the map, figures, and how the data files are read.

Nothing here may import Django, read the clock or touch a file: callers hand in text and numbers.
"""

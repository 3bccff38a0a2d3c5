"""CSV files, as the scripts of this library read them."""

import csv


def rows(folder):
    """Every row of every CSV file of a folder."""
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="", encoding="utf-8") as source:
            yield from csv.DictReader(source)

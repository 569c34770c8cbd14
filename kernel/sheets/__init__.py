"""Spreadsheets and CSV: looked at before they are opened, read in a bounded process, parsed cell by cell, written plainly."""

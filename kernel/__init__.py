"""Plain Python that every other package may use: values, refusals, look-ups, sheets. No Django."""

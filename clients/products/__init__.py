"""Products and their sales, with the suitability of each sale."""

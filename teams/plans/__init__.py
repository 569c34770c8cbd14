"""Chapter 1: what a team means to reach, and how far it has come."""

"""The reckoning room: figures in, pay out. Pure functions of frozen values; no clock, no database, no Django."""

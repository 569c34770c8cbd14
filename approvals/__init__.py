"""Approvals: routes as dated data, and the requests that run along them. Knows people, never a subject."""

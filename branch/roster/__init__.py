"""The branch's roster as a sheet: people, engagements, postings, grades, leaders and log-ins, in one piece or not at all."""

"""People apart from log-ins: who they are, how they are engaged, where posted, which roles they hold."""

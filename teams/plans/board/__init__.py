"""团队看板: a team's month at a glance, who is behind and why, for the weekly meeting."""

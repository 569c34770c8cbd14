"""业务分析报告 (art. 6): a team's month, half-year and year: figures from closed data, the leader's words, reviewed and filed."""

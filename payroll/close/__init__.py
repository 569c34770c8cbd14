"""The company's month-end close: every branch's month side by side, and one job a branch that reckons what is ready."""

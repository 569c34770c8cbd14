"""Speed, side by side with its floors. `python -m bench [--reduced] [NAME…]` prints one table a piece of work; see docs/quality.md."""

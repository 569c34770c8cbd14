"""Speed, side by side with its floors. `python -m bench [--reduced] [NAME…]` prints one table each; see docs/quality.md."""

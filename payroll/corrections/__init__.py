"""What happens when signed pay was wrong: 冲销 before the money goes out, 更正 with later adjustments after it."""

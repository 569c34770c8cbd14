"""What every room's `api.py` stands on: endpoints with doors, errors in Chinese, pages by key, tokens, the schema."""

"""The one file store: hash, type by content, size bound, encrypted at rest; access is the owner's affair."""

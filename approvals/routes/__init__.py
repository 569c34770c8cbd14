"""审批流程: who signs in which order, kept as dated data; who holds a place on a day."""

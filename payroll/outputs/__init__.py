"""What an approved month is handed out as: bank file, tax declarations, insurance list, summaries. All equal to the 分."""

"""Pay schemes: dated, versioned data that one person proposes and another puts in force with the paper's number."""

"""One press, one act: a form or an API call that is sent again gets the first answer, not a second row."""

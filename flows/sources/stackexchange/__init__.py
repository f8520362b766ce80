"""Stack Exchange: questions by tag or words, their answers and comments, through API 2.3."""

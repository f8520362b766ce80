"""What managers open: how the company answers, and the conversations behind each figure."""

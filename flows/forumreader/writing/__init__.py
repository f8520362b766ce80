"""What an author wrote, apart from what is quoted, from signatures and from furniture."""

"""Every parser of the product behind one face, and what it is given, for the fuzz."""

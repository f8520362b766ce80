"""Forums: what stands on their pages, whichever engine wrote them, and how they are followed."""

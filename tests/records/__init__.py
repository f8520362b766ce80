"""What sources hand over."""

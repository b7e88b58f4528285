"""What a symbol holds: its bytes verified, or rejected with a reason. Pure."""

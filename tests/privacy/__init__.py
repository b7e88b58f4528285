"""What the gate must never keep or tell: names, numbers, dates of birth and texts of codes."""

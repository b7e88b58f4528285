"""The same work as the common tutorials do it, honestly; nothing of gate is used here."""

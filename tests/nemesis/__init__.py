"""The nemesis: what kills, cuts and delays a gate with its broker, and the checker that counts what became of it."""

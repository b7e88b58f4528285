"""Whole programs: real decoders, SQLite, Mosquitto and processes, on mock pins."""

"""Tests of gate.access."""

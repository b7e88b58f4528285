"""Tests of gate.credential."""

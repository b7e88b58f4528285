"""Tests of gate.cli."""

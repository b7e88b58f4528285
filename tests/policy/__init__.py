"""Tests of gate.policy."""

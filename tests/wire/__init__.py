"""Tests of gate/wire."""

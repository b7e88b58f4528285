"""Tests of gate.service."""

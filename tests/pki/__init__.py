"""Tests of gate/pki."""

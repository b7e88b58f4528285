"""The tests of gate; folders mirror the package."""

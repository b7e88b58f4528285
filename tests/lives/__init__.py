"""Whole lives of one access point on a stepped clock, and the account of every moment in which its lock was free."""

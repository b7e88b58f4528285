"""Certificates of gates, brokers and staff: made, asked for, checked and withdrawn.

The centre and the gates share it, so it knows neither: bytes, keys, times and names in, the same out; no file and no
clock.
"""

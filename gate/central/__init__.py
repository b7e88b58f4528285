"""The centre: it keeps what all gates tell, and tells them that it has it.

It runs elsewhere and shares nothing with a gate but ``gate.wire``: it knows messages, never devices.
"""

"""What issuers publish of their withdrawals: one file a form, and ``forms`` that tells them apart."""

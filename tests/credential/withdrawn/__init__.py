"""What issuers publish of their withdrawals, form by form."""

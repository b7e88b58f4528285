"""What ``gate doctor`` looks at: one file for each check, with one function that says how things stand."""

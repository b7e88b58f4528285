"""Coverage-guided fuzzing of the verifier: ``python -m tests.fuzz`` (docs/conformance.md)."""

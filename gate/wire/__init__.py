"""The contract with the centre: topics, envelope and schemas; built and parsed here only."""

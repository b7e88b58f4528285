"""From a verdict to a decision, purely: colours and outcomes, the reason table, presentations."""

"""May this code pass this gate? Pure rules, their words, and the clocks they trust."""

// Placeholder until the first test of Checkpoints lands.

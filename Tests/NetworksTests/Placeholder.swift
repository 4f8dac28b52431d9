// Placeholder until the first test of Networks lands.

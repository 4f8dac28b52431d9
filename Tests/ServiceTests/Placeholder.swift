// Placeholder until the first test of Service lands.

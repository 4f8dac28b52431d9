// Placeholder until the first test of Jobs lands.

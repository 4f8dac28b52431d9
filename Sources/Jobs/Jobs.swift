// Placeholder until the first file of Jobs lands.

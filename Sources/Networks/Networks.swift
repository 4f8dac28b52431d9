// Placeholder until the first file of Networks lands.

// Placeholder until the first file of Service lands.

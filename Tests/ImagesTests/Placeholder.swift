// Placeholder until the first test of Images lands.

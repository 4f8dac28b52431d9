// Placeholder until the first test of Tensors lands.

// Placeholder until the first test of Diffusion lands.

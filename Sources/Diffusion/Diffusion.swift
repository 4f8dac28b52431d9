// Placeholder until the first file of Diffusion lands.

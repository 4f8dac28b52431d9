// What the digests of kernels are made with: numbers that are the same everywhere, and a line for each result.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

/// Numbers in [-1, 1) from Knuth's linear congruential generator, aligned to a cache line; nobody gives them back.
float *numbers(size_t count);
/// Prints the digest of what kernel `name` has made of case (a, b).
void report(const char *name, size_t a, size_t b, const float *x, size_t count);
/// The kernels of gradients.
void gradients(const ck_table *table);

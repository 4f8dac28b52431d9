// The weights of EfficientNet-Lite0, as a safetensors file in the program's own constant data.
#pragma once
#include <stddef.h>

extern const unsigned char efficientnet_lite0_safetensors[];
extern const unsigned char efficientnet_lite0_safetensors_end[];

/// Bytes of the file.
static inline size_t efficientnet_lite0_size(void) {
    return (size_t)(efficientnet_lite0_safetensors_end - efficientnet_lite0_safetensors);
}

/// Its first byte.
static inline const unsigned char *efficientnet_lite0_bytes(void) { return efficientnet_lite0_safetensors; }

// libFuzzer as a library: https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library
#ifndef PHANTOM_CFUZZER_H
#define PHANTOM_CFUZZER_H
#include <stddef.h>
#include <stdint.h>
extern int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

// A file in memory (memfd_create(2)), which the Glibc module leaves out.
int memfd_create(const char *name, unsigned int flags);
#endif

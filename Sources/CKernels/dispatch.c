// Which tier runs: the best the CPU has, or the one the environment names, so that each is testable on one machine.
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

extern const ck_table table_generic;
#if defined(__x86_64__)
extern const ck_table table_avx2, table_avx512;
#endif

const ck_table *ck_tier(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!strcmp(name, "avx512"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
                   ? &table_avx512
                   : NULL;
    if (!strcmp(name, "avx2"))
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &table_avx2 : NULL;
#endif
    return strcmp(name, "generic") ? NULL : &table_generic;
}

const ck_table *ck_best(void) {
    const char *asked = getenv("CKERNELS_TIER");
    const ck_table *table = asked ? ck_tier(asked) : NULL;
    if (!table) table = ck_tier("avx512");
    if (!table) table = ck_tier("avx2");
    return table ? table : &table_generic;
}

// cblas.h, and the routines of LAPACK that evaluation uses. They are in libopenblas as well, but its header leaves
// them out, and Debian's lapack.h belongs to another package. Matrices are stored by columns; every argument is passed
// by its address; the lengths of strings, which Fortran appends, are those of the one-letter options: 1.
#ifndef PHANTOM_CBLAS_H
#define PHANTOM_CBLAS_H
#include <cblas.h>
#include <stddef.h>

// Eigenvalues of a symmetric matrix in ascending order, and eigenvectors where they are asked for (LAPACK Users'
// Guide, "dsyevr": relatively robust representations).
extern void dsyevr_(
    const char *job, const char *range, const char *triangle, const blasint *n, double *a, const blasint *lda,
    const double *lower, const double *upper, const blasint *first, const blasint *last, const double *tolerance,
    blasint *found, double *values, double *vectors, const blasint *ldz, blasint *support, double *work,
    const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info, size_t, size_t, size_t);

// Cholesky factor with complete pivoting of a symmetric matrix that need not be regular (LAPACK Working Note 161).
extern void dpstrf_(
    const char *triangle, const blasint *n, double *a, const blasint *lda, blasint *pivots, blasint *rank,
    const double *tolerance, double *work, blasint *info, size_t);
#endif

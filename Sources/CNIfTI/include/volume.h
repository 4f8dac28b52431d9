// What is needed of nifti_clib, as plain numbers: its own header does not stand where compilers look for it, and its
// reader of voxels replaces those that are no numbers by zeros, which would hide a damaged file.
#pragma once
#include <stdint.h>

/// A header as nifti_clib understands it, of NIfTI-1, NIfTI-2 or Analyze 7.5.
typedef struct phantom_nifti_header {
    /// [0] the number of dimensions, then their lengths.
    int64_t dimensions[8];
    double spacing[8];
    /// NIfTI's number of the type of a voxel, and its bytes.
    int datatype, voxel_bytes;
    /// Bytes that are turned around together to suit this machine; 0 for none.
    int swapped_bytes;
    /// Codes of the two transforms to millimetres, 0 where there is none, and rows 0 to 2 of their matrices.
    int sform_code, qform_code;
    double sform[12], qform[12];
    double slope, intercept;
    /// Where the voxels begin in the file of this name.
    int64_t offset;
    char voxels_path[4096];
} phantom_nifti_header;

/// Reads the header of a file, packed by gzip where its name says so.
/// Returns 0; -1 where it is no such header; -2 where the first bytes are of something else.
int phantom_nifti_read_header(const char *path, phantom_nifti_header *header);

/// Reads bytes from `offset` of a file, packed by gzip where its name says so, and returns how many there were.
int64_t phantom_nifti_read_bytes(const char *path, int64_t offset, void *bytes, int64_t count);

// Much of HDF5's interface is macros that Swift does not see; they are wrapped here, one function each, and nothing
// else belongs here.
#pragma once
#include <stdint.h>
#include <hdf5/serial/hdf5.h>

/// HDF5 would print its stack of errors.
static int phantom_hdf5_be_silent(void) { return H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 ? -1 : 0; }

/// Empties this thread's stack of errors. What is on it when a thread ends is never given back, and the library cannot
/// close at the end of the program.
static int phantom_hdf5_forget_errors(void) { return H5Eclear2(H5E_DEFAULT) < 0 ? -1 : 0; }

static int64_t phantom_hdf5_open(const char *path) { return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT); }
static int64_t phantom_hdf5_open_dataset(int64_t file, const char *name) { return H5Dopen2(file, name, H5P_DEFAULT); }
/// Whether the file itself holds this name, through no link to another file.
static int phantom_hdf5_has(int64_t file, const char *name) {
    H5L_info_t info;
    if (H5Lexists(file, name, H5P_DEFAULT) <= 0 || H5Lget_info(file, name, &info, H5P_DEFAULT) < 0) return 0;
    return info.type == H5L_TYPE_HARD;
}

/// 1 integers, 2 floating-point numbers, 3 others.
static int phantom_hdf5_class(int64_t type) {
    H5T_class_t class = H5Tget_class(type);
    return class == H5T_INTEGER ? 1 : class == H5T_FLOAT ? 2 : 3;
}
static int phantom_hdf5_is_signed(int64_t type) { return H5Tget_sign(type) != H5T_SGN_NONE; }

/// The number of dimensions, at most 8, and their lengths; -1 for a space that is no simple one.
static int phantom_hdf5_extent(int64_t space, uint64_t *lengths) {
    hsize_t dimensions[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_type(space) == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : -1;
    if (rank < 1 || rank > 8 || H5Sget_simple_extent_dims(space, dimensions, NULL) != rank) return -1;
    for (int axis = 0; axis < rank; axis++) lengths[axis] = dimensions[axis];
    return rank;
}

/// Reads rows `start ..< start + count` of the first axis, converted to 16 unsigned bits a number.
static int phantom_hdf5_read_rows(int64_t dataset, int rank, const uint64_t *lengths, uint64_t start, uint64_t count,
                                  uint16_t *values) {
    hsize_t offsets[8] = {0}, counts[8];
    for (int axis = 0; axis < rank; axis++) counts[axis] = lengths[axis];
    offsets[0] = start;
    counts[0] = count;
    hid_t file = H5Dget_space(dataset), memory = H5Screate_simple(rank, counts, NULL);
    int done = file >= 0 && memory >= 0
        && H5Sselect_hyperslab(file, H5S_SELECT_SET, offsets, NULL, counts, NULL) >= 0
        && H5Dread(dataset, H5T_NATIVE_UINT16, memory, file, H5P_DEFAULT, values) >= 0;
    if (file >= 0) H5Sclose(file);
    if (memory >= 0) H5Sclose(memory);
    return done ? 0 : -1;
}

/// The numbers of the filters of the dataset's chunks, at most 16; -1 where they cannot be told.
static int phantom_hdf5_filters(int64_t dataset, int *numbers) {
    hid_t plan = H5Dget_create_plist(dataset);
    if (plan < 0) return -1;
    int count = H5Pget_nfilters(plan);
    if (count > 16) count = -1;
    for (int place = 0; place < count; place++) {
        unsigned flags;
        size_t values = 0;
        numbers[place] = H5Pget_filter2(plan, place, &flags, &values, NULL, 0, NULL, NULL);
    }
    if (H5Pget_layout(plan) == H5D_VIRTUAL || H5Pget_external_count(plan) != 0) count = -2;
    H5Pclose(plan);
    return count;
}

/// The sides of a chunk: 1 where there are such, 0 where the dataset is not chunked, -1 where that cannot be told.
static int phantom_hdf5_chunk(int64_t dataset, int rank, uint64_t *lengths) {
    hid_t plan = H5Dget_create_plist(dataset);
    if (plan < 0) return -1;
    hsize_t sides[H5S_MAX_RANK];
    int done = 0;
    if (H5Pget_layout(plan) == H5D_CHUNKED) {
        done = H5Pget_chunk(plan, H5S_MAX_RANK, sides) == rank ? 1 : -1;
        for (int axis = 0; axis < rank && done == 1; axis++) lengths[axis] = sides[axis];
    }
    H5Pclose(plan);
    return done;
}

/// What lies in the file of the chunk that begins at `place`: its bytes, and a bit for each filter that was passed
/// over. 1 where it is there, 0 where it was never written, -1 where that cannot be told.
static int phantom_hdf5_stored(int64_t dataset, const uint64_t *place, uint32_t *skipped, uint64_t *size) {
    hsize_t offsets[8], bytes = 0;
    haddr_t address = HADDR_UNDEF;
    for (int axis = 0; axis < 8; axis++) offsets[axis] = place[axis];
    if (H5Dget_chunk_info_by_coord(dataset, offsets, skipped, &address, &bytes) < 0) return -1;
    *size = bytes;
    return address == HADDR_UNDEF ? 0 : 1;
}

/// Reads a chunk as it lies in the file.
static int phantom_hdf5_read_stored(int64_t dataset, const uint64_t *place, uint8_t *bytes) {
    hsize_t offsets[8];
    uint32_t skipped = 0;
    for (int axis = 0; axis < 8; axis++) offsets[axis] = place[axis];
    return H5Dread_chunk(dataset, H5P_DEFAULT, offsets, &skipped, bytes) < 0 ? -1 : 0;
}

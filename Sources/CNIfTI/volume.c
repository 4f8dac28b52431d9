#include "include/volume.h"

#include <string.h>
#include <nifti2_io.h>

/// A number of `count` bytes, the least significant first unless `is_big`.
static int64_t number(const unsigned char *bytes, int count, int is_big) {
    uint64_t value = 0;
    for (int place = 0; place < count; place++) value = value << 8 | bytes[is_big ? place : count - 1 - place];
    return count == 2 ? (int16_t)value : (int64_t)value;
}

/// Whether the file begins with the length of a header, in either order of bytes, and has 1 to 7 dimensions: of others
/// the library would complain on standard error.
static int begins_as_header(const char *path) {
    unsigned char first[48];
    if (phantom_nifti_read_bytes(path, 0, first, sizeof first) != sizeof first) return 0;
    for (int is_big = 0; is_big < 2; is_big++) {
        int64_t length = number(first, 4, is_big);
        int64_t dimensions = length == 540 ? number(first + 16, 8, is_big) : number(first + 40, 2, is_big);
        if ((length == 348 || length == 540) && dimensions >= 1 && dimensions <= 7) return 1;
    }
    return 0;
}

static void copy_rows(double *rows, nifti_dmat44 matrix) {
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 4; column++) rows[4 * row + column] = matrix.m[row][column];
}

int phantom_nifti_read_header(const char *path, phantom_nifti_header *header) {
    nifti_set_debug_level(0);
    if (!begins_as_header(path)) return -2;
    nifti_image *image = nifti_image_read(path, 0);
    if (!image) return -1;
    memset(header, 0, sizeof *header);
    for (int axis = 0; axis < 8; axis++) {
        header->dimensions[axis] = image->dim[axis];
        header->spacing[axis] = image->pixdim[axis];
    }
    header->datatype = image->datatype;
    header->voxel_bytes = image->nbyper;
    header->swapped_bytes = image->byteorder == nifti_short_order() ? 0 : image->swapsize;
    // Analyze files have room for a transform, but no meaning for it.
    int has_transform = image->nifti_type != NIFTI_FTYPE_ANALYZE;
    header->sform_code = has_transform ? image->sform_code : 0;
    header->qform_code = has_transform ? image->qform_code : 0;
    copy_rows(header->sform, image->sto_xyz);
    copy_rows(header->qform, image->qto_xyz);
    header->slope = image->scl_slope;
    header->intercept = image->scl_inter;
    header->offset = image->iname_offset;
    int fits = image->iname && strlen(image->iname) < sizeof header->voxels_path;
    if (fits) strcpy(header->voxels_path, image->iname);
    nifti_image_free(image);
    return fits ? 0 : -1;
}

int64_t phantom_nifti_read_bytes(const char *path, int64_t offset, void *bytes, int64_t count) {
    znzFile file = znzopen(path, "rb", nifti_is_gzfile(path));
    if (znz_isnull(file)) return -1;
    int64_t done = 0;
    if (offset == 0 || znzseek(file, offset, SEEK_SET) >= 0) {
        while (done < count) {
            size_t piece = count - done < (1 << 28) ? (size_t)(count - done) : 1 << 28;
            size_t got = znzread((char *)bytes + done, 1, piece, file);
            if (got == 0 || got > piece) break;
            done += (int64_t)got;
        }
    }
    Xznzclose(&file);
    return done;
}

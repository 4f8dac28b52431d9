#include "include/volume.h"

#include <string.h>
#include <nifti2_io.h>

/// The length of a header, which every such file begins with, in either order of bytes.
static int begins_as_header(const char *path) {
    unsigned char first[4];
    if (phantom_nifti_read_bytes(path, 0, first, 4) != 4) return 0;
    int little = first[0] | first[1] << 8, big = first[3] | first[2] << 8;
    int is_little = !first[2] && !first[3], is_big = !first[0] && !first[1];
    return (is_little && (little == 348 || little == 540)) || (is_big && (big == 348 || big == 540));
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

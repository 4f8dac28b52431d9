// The hot loops of Phantom, compiled once per CPU tier from one template source and chosen at run time.
//
// Every kernel is a leaf: no malloc, no I/O, no globals but the dispatch table; scratch is passed in.
// Activations are channels-last; a pixel's channels are padded with zeros to a multiple of CK_LANES.
//
// Same bits on every tier: each output element is one chain of fused multiply-adds in one fixed order; sums that
// vectorise over the reduction use CK_LANES lanes and one fixed final tree, whatever the register width.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define CK_LANES 16

/// Tells the core that the caller spins.
static inline void ck_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Activation functions a norm may be followed by (diffusers' `act_fn`).
typedef enum { CK_IDENTITY = 0, CK_SILU = 1, CK_MISH = 2, CK_GELU = 3, CK_RELU = 4 } ck_activation;

/// C[m][n] = (sum over s, k of A[m][s][k] * B[s][k][n] + bias[n] + residual[m][n]) * scale; the sums go on from C if `accumulates`.
///
/// A row m starts at a + m * a_stride; its segment s at + s * a_segment (a convolution's kernel rows: segments of
/// (kernel width x channels) contiguous floats of a padded band, so no im2col copy is ever made).
/// B is packed in panels of 16 columns: b[panel][s][k][16], zero-padded. `columns` is a multiple of 16.
typedef struct {
    const float *a;
    size_t a_stride, a_segment;
    const float *b;
    size_t segments, depth;
    size_t rows, columns;
    float *c;
    size_t c_stride;
    const float *bias;      // [columns] or NULL
    const float *residual;  // or NULL; may equal c
    size_t residual_stride;
    float scale;
    int accumulates;
    const float *next;      // what the caller will read after B, or NULL: it is brought near meanwhile
    size_t next_count;      // floats of it
} ck_matmul;

/// y[p][c] = act(x[p][c] * scale[c] + shift[c]) for `pixels` pixels of `channels` (a multiple of 16) floats;
/// x advances by x_stride a pixel, y by y_stride. scale == NULL: plain activation of x.
typedef struct {
    const float *x;
    size_t x_stride;
    float *y;
    size_t y_stride;
    size_t pixels, channels;
    const float *scale, *shift;
    ck_activation activation;
} ck_affine;

/// Where point -1 stands among Winograd's points. An image doubled by nearest neighbours has nothing there, since its pixels are
/// equal in pairs and every tile begins at the second of a pair.
#define CK_VANISHING_POINT 2

/// Input side of Winograd: overlapping tiles of (height + 2) x (width + 2) pixels of a zero-padded band become as many planes
/// v[i][j][tile][channels], `plane` floats apart, `points` planes from an i to the next. Tiles have 6 x 6, 6 x 4, 4 x 6, 4 x 4
/// or 2 x 2 outputs. If `is_doubled` the planes of CK_VANISHING_POINT are neither written nor read.
typedef struct {
    int height, width;
    int is_doubled;
    const float *x;
    size_t row_pitch, pitch;
    size_t tiles_y, tiles_x, channels;
    float *v;
    size_t plane, points;
    const float *next;  // what the caller will read then, or NULL: it is brought near meanwhile
    size_t next_count;  // floats of it
} ck_winograd_input;

/// Output side: planes m[i][j][tile][channels] become y = (tile outputs + bias + residual) * scale, of which rows x columns
/// pixels exist.
typedef struct {
    int height, width;
    int is_doubled;
    const float *m;
    size_t plane, points;
    size_t tiles_y, tiles_x, channels;
    float *y;
    size_t y_row, y_pitch, rows, columns;
    const float *bias;      // [channels]
    const float *residual;  // or NULL
    size_t residual_row, residual_pitch;
    float scale;
} ck_winograd_output;

/// Two rows of planes of a panel of 16 output channels in Winograd's domain: g[depth][3][3][16] -> u[j][depth][16], `plane` floats
/// from a j to the next; the second row `second` floats behind the first. Pairs are the points 0 and 5 (of output 2: 3), 1 and 2,
/// 3 and 4, 6 and 7.
typedef struct {
    int output;  // 6 (for tiles of 6 and 4), 4 or 2
    int pair;    // less than (output + 2) / 2
    const float *g;
    size_t depth;
    float *u;
    size_t plane, second;
} ck_winograd_weights;

/// Tiles that ck_winograd_stream takes.
#define CK_STREAM_TILES 4

/// Products of CK_STREAM_TILES tiles with a panel of 16 output channels, all points of it: v[i][j][tile][depth], g[depth][3][3][16]
/// -> m[i][j][tile][16], `plane` and `m_plane` floats from a plane to the next. Tiles have 4 x 4 or 2 x 2 outputs; if `is_doubled`
/// the planes of CK_VANISHING_POINT are neither written nor read.
typedef struct {
    int output;  // 4 or 2
    int is_doubled;
    const float *g;
    const float *next;  // the panel that will be read after it, or NULL: it is brought near meanwhile
    size_t depth;
    const float *v;
    size_t plane;
    float *m;
    size_t m_plane;
} ck_winograd_stream;

/// Attention of one head of `width` (8 or 16) channels: y[i] = sum over t of softmax(q[i] . k[t] * scale) v[t], for `rows`
/// queries over `tokens` keys. q, k, v advance by `stride`, y by `y_stride`; scratch holds tokens * 2 * width floats.
typedef struct {
    const float *q, *k, *v;
    size_t stride;
    size_t rows, tokens, width;
    float scale;
    float *y;
    size_t y_stride;
    float *scratch;
} ck_attention;

/// Keys and values of up to 16 tokens as ck_matmul reads them: key_panel[channel][16], zero beyond the last token, and
/// value_panels[channel / 16][token][16], `value_pitch` tokens from a panel to the next, zero beyond the last channel.
typedef struct {
    const float *keys, *values;
    size_t stride;  // from a token to the next
    size_t tokens, channels;
    float *key_panel, *value_panels;
    size_t value_pitch;
} ck_key_panel;

/// A norm over groups of the channels of one or two concatenated sources as y = x scale + shift, laid out as the sources'
/// padded channels follow one another.
typedef struct {
    const float *moments[2];  // of one image: [rows][2][pitch], means and sums of squared deviations of `pixels` pixels
    size_t channels[2], pitch[2];  // the second source's are 0 where there is one
    size_t rows, pixels, groups;
    float epsilon;
    const float *weight, *bias;  // [channels]
    const float *modulation;     // [2 * channels], scale and shift applied after, or NULL
    float *scale, *shift;        // [pitch]
    float *scratch;              // 6 * pitch floats
} ck_group_norm;

/// Columns of a convolution: y[pixel][tap][channel], zero up to y_pitch, for rows x width outputs of a padded band.
typedef struct {
    const float *x;
    size_t row_pitch, pitch;
    size_t kernel, stride, channels;
    size_t rows, width;
    float *y;
    size_t y_pitch;
} ck_gather;

/// The most output channels that are collected: their taps' products fill two panels.
#define CK_COLLECTED 3

/// A row of outputs of a 3x3 convolution from the products of pixels with its taps: y[x][o] = (the sum over ky, kx of
/// rows[ky][x + kx][(ky * 3 + kx) * outputs + o], + bias[o] + residual[x][o]) * scale; zero up to y_pitch, a multiple of 16.
/// outputs: 1 to CK_COLLECTED.
typedef struct {
    const float *rows[3];
    size_t pitch;
    size_t width, outputs;
    const float *bias;
    const float *residual;  // y_pitch floats apart, or NULL
    float scale;
    float *y;
    size_t y_pitch;
} ck_collect;

typedef struct {
    const char *name;
    size_t panels;  // of B that matmul takes together: blocks of so many are best
    int streams;    // whether the sums of winograd_stream find room in registers
    void (*matmul)(const ck_matmul *);
    void (*affine)(const ck_affine *);
    /// Per channel over `pixels` pixels: mean[c], and m2[c] = sum of (x - mean)^2. channels: a multiple of 16.
    void (*moments)(const float *x, size_t x_stride, size_t pixels, size_t channels, float *mean, float *m2);
    /// In place over `rows` rows of `count` valid entries: softmax(x * scale). Entries from count up to the next
    /// multiple of 16 become 0. Rows advance by `stride`, a multiple of 16.
    void (*softmax)(float *x, size_t stride, size_t rows, size_t count, float scale);
    /// y[i] = (a[i] + b[i]) * scale, i < count (a multiple of 16).
    void (*add)(const float *a, const float *b, float *y, size_t count, float scale);
    /// Mean of 2x2 blocks of one row pair: y[p] = ((r0[2p] + r0[2p+1]) + (r1[2p] + r1[2p+1])) / 4, `pixels` outputs.
    void (*pool2x2)(const float *row0, const float *row1, float *y, size_t pixels, size_t channels);
    void (*winograd_input)(const ck_winograd_input *);
    void (*winograd_output)(const ck_winograd_output *);
    void (*attention)(const ck_attention *);
    void (*key_panel)(const ck_key_panel *);
    void (*winograd_weights)(const ck_winograd_weights *);
    void (*winograd_stream)(const ck_winograd_stream *);
    void (*group_norm)(const ck_group_norm *);
    void (*gather)(const ck_gather *);
    void (*collect)(const ck_collect *);
} ck_table;

/// The best tier of this CPU, or the one named by CKERNELS_TIER (generic, avx2, avx512) where the CPU has it.
const ck_table *ck_best(void);
/// The tier of that name, or NULL when this CPU or this build has none of that name.
const ck_table *ck_tier(const char *name);

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
typedef enum { CK_IDENTITY = 0, CK_SILU = 1, CK_MISH = 2, CK_GELU = 3, CK_RELU = 4, CK_RELU6 = 5 } ck_activation;

/// C[m][n] = (sum over s, k of A[m][s][k] * B[s][k][n] + bias[n] + residual[m][n]) * scale; the sums go on from C if
/// `accumulates`.
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

/// Where point -1 stands among Winograd's points. An image doubled by nearest neighbours has nothing there, since its
/// pixels are equal in pairs and every tile begins at the second of a pair.
#define CK_VANISHING_POINT 2

/// Input side of Winograd: overlapping tiles of (height + 2) x (width + 2) pixels of a zero-padded band become as many
/// planes v[i][j][tile][channels], `plane` floats apart, `points` planes from an i to the next. Tiles have 6 x 6, 6 x
/// 4, 4 x 6, 4 x 4 or 2 x 2 outputs. If `is_doubled` the planes of CK_VANISHING_POINT are neither written nor read.
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

/// Output side: planes m[i][j][tile][channels] become y = (tile outputs + bias + residual) * scale, of which rows x
/// columns pixels exist.
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

/// Two rows of planes of a panel of 16 output channels in Winograd's domain: g[depth][3][3][16] -> u[j][depth][16],
/// `plane` floats from a j to the next; the second row `second` floats behind the first. Pairs are the points 0 and 5
/// (of output 2: 3), 1 and 2, 3 and 4, 6 and 7.
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

/// Products of CK_STREAM_TILES tiles with a panel of 16 output channels, all points of it: v[i][j][tile][depth],
/// g[depth][3][3][16]
/// -> m[i][j][tile][16], `plane` and `m_plane` floats from a plane to the next. Tiles have 4 x 4 or 2 x 2 outputs; if
/// `is_doubled` the planes of CK_VANISHING_POINT are neither written nor read.
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

/// Attention of one head of `width` (8 or 16) channels: y[i] = sum over t of softmax(q[i] . k[t] * scale) v[t], for
/// `rows` queries over `tokens` keys. q, k, v advance by `stride`, y by `y_stride`; scratch holds tokens * 2 * width
/// floats. tops and totals, if they are wanted, are what softmax took from each query's scores, in powers of two, and
/// the sum of its weights then: of `rows` queries, rounded up to CK_LANES.
typedef struct {
    const float *q, *k, *v;
    size_t stride;
    size_t rows, tokens, width;
    float scale;
    float *y;
    size_t y_stride;
    float *scratch;
    float *tops, *totals;  // or NULL
} ck_attention;

/// Attention of one head backwards: from y's gradient dy, as far apart as y, to those of q, k and v, `d_stride` floats
/// from a token to the next. All tokens are queries. scratch holds tokens * 4 * width floats, tokens rounded up to
/// CK_LANES.
typedef struct {
    const float *q, *k, *v;
    size_t stride;
    const float *y, *dy;
    size_t y_stride;
    const float *tops, *totals;  // as ck_attention left them
    size_t tokens, width;
    float scale;
    float *dq, *dk, *dv;
    size_t d_stride;
    float *scratch;
} ck_attention_gradient;

/// Keys and values of up to 16 tokens as ck_matmul reads them: key_panel[channel][16], zero beyond the last token, and
/// value_panels[channel / 16][token][16], `value_pitch` tokens from a panel to the next, zero beyond the last channel.
typedef struct {
    const float *keys, *values;
    size_t stride;  // from a token to the next
    size_t tokens, channels;
    float *key_panel, *value_panels;
    size_t value_pitch;
} ck_key_panel;

/// A norm over groups of the channels of one or two concatenated sources as y = x scale + shift, laid out as the
/// sources' padded channels follow one another.
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

/// A depthwise convolution of `rows` x `width` outputs of a padded band: y[r][x][c] = act(bias[c] + the sum over ky, kx
/// of x[r stride + ky][x stride + kx][c] w[ky][kx][c]). Channels are a multiple of 16; the activation is CK_IDENTITY or
/// CK_RELU6.
typedef struct {
    const float *x;
    size_t row_pitch, pitch;
    size_t kernel, stride, channels;
    size_t rows, width;
    const float *w;     // [kernel][kernel][channels]
    const float *bias;  // [channels]
    ck_activation activation;
    float *y;
    size_t y_row, y_pitch;
} ck_depthwise;

/// The most output channels that are collected: their taps' products fill two panels.
#define CK_COLLECTED 3

/// A row of outputs of a 3x3 convolution from the products of pixels with its taps: y[x][o] = (the sum over ky, kx of
/// rows[ky][x + kx][(ky * 3 + kx) * outputs + o], + bias[o] + residual[x][o]) * scale; zero up to y_pitch, a multiple
/// of 16. outputs: 1 to CK_COLLECTED.
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

/// C[m][n] = the sum over s, k of A[s][k][m] * B[s][k][n], added to C[m][n] if `accumulates`: what a weight's gradient
/// is, the sum over pixels of an input channel times an output channel. Rows and columns are multiples of 16.
typedef struct {
    const float *a;
    size_t a_stride, a_segment;  // floats from a k to the next, from an s to the next
    const float *b;
    size_t b_stride, b_segment;
    size_t segments, depth;
    size_t rows, columns;
    float *c;
    size_t c_stride;
    int accumulates;
} ck_outer;

/// One step of AdamW over `count` elements of flat arrays; the gradients are 0 afterwards. Factors as in
/// `AdamWFactors`.
typedef struct {
    float *weights, *first, *second, *gradients;
    size_t count;
    float gradient_scale, decay, first_share, second_beta, second_share, correction, epsilon, size;
} ck_adamw;

/// The output transform of F(4,3) turned round: tiles of 4 x 4 pixels of a gradient, of which rows x columns exist,
/// become planes m[i][j][tile][channels] = A dy A^T, `plane` floats apart. If `is_doubled` the planes of
/// CK_VANISHING_POINT are not written.
typedef struct {
    int is_doubled;
    const float *y;
    size_t y_row, y_pitch, rows, columns;
    size_t tiles_y, tiles_x, channels;
    float *m;
    size_t plane;
} ck_winograd_gradient;

/// Adds the gradient of some weights, as sums of products, to torch's order: gradient[lane][input][tap] +=
/// w[tap][input][lane] for `lanes` lanes from `first_lane` on of each run of 16. `is_winograd`: w is
/// dU[i][j][input][...], and G^T dU G is added; else w holds `taps` planes. Inputs lie `pitch` floats apart, planes
/// `plane`.
typedef struct {
    int is_winograd, is_doubled;
    const float *w;
    size_t plane, pitch, inputs, taps;
    size_t first_lane, lanes;
    float *gradient;
    size_t gradient_stride;  // from a lane to the next
} ck_filter_gradient;

/// Through act(x scale + shift) backwards: g[p][c] *= act'(x[p][c] scale[c] + shift[c]) for `pixels` pixels; sums[0][c]
/// and sums[1][c], `channels` floats apart, are then those of g and of g x. scale == NULL: act'(x). sums may be NULL.
typedef struct {
    const float *x;
    size_t x_stride;
    float *g;
    size_t g_stride;
    size_t pixels, channels;
    const float *scale, *shift;
    ck_activation activation;
    float *sums;
    size_t sums_stride;
} ck_affine_gradient;

/// y[p][c] = g[p][c] scale[c] + x[p][c] factor[c] + offset[c], + y[p][c] if `accumulates`: how a norm's gradient
/// reaches its input. y may equal g.
typedef struct {
    const float *g;
    size_t g_stride;
    const float *x;
    size_t x_stride;
    float *y;
    size_t y_stride;
    size_t pixels, channels;
    const float *scale, *factor, *offset;
    int accumulates;
} ck_norm_gradient;

/// Of each group of the channels of one image, concatenated sources padded as in ck_group_norm: from the sums of the
/// gradient g of y = x scale + shift and of g x, per row, the gradients of weight, bias and modulation, added to what
/// stands there, and what x's gradient takes beside g scale: factor x + offset (Wu & He 2018; the derivative is written
/// down in GroupNormGradient.swift).
typedef struct {
    const float *moments[2];
    size_t channels[2], pitch[2];
    size_t rows, pixels, groups;
    float epsilon;
    const float *weight, *bias;
    const float *modulation;      // or NULL
    const float *sums;            // [sum_rows][2][pitch]
    size_t sum_rows;
    float *weight_gradient, *bias_gradient;  // [channels], of this image alone: written
    float *modulation_gradient;   // [2 * channels], added to; or NULL
    float *factor, *offset;       // [pitch]
    float *scratch;               // 10 * pitch floats
} ck_group_norm_gradient;

/// y[i] = x[i] / (1 - rate) where a draw of 16 bits is at least rate * 2^16, else 0, for elements from `first` (a
/// multiple of 128) on. The draws of elements 128 i to 128 i + 127 are those of Philox4x32-10 (Salmon et al. 2011) of
/// counters (16 i + lane, site, 0, 0).
typedef struct {
    const float *x;
    float *y;
    size_t first, count;  // count: a multiple of 16
    uint32_t key[2], site;
    uint32_t threshold;
    float scale;
} ck_dropout;

/// y[i][j][lane] = x[lane][i][j] for `lanes` lanes, up to CK_LANES, each `x_lane` floats apart in x and next to each
/// other in y.
typedef struct {
    const float *x;
    size_t x_lane;
    ptrdiff_t x_outer, x_inner;  // from an i to the next, from a j to the next
    size_t lanes, outer, inner;
    float *y;
    size_t y_outer, y_inner;
} ck_pack;

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
    void (*outer)(const ck_outer *);
    void (*winograd_gradient)(const ck_winograd_gradient *);
    void (*filter_gradient)(const ck_filter_gradient *);
    void (*affine_gradient)(const ck_affine_gradient *);
    void (*norm_gradient)(const ck_norm_gradient *);
    void (*group_norm_gradient)(const ck_group_norm_gradient *);
    /// Per channel (a multiple of 16) the sum over rows x pixels; each row is one chain, rows are added in double
    /// precision.
    void (*sums)(const float *x, size_t stride, size_t pixels, size_t row, size_t rows, size_t channels, float *sums);
    /// Softmax backwards, in place over rows of `count` entries: dp = p (dp - the sum of dp p) scale; 0 from count up
    /// to the stride's next multiple of 16.
    void (*softmax_gradient)(const float *p, float *dp, size_t stride, size_t rows, size_t count, float scale);
    void (*dropout)(const ck_dropout *);
    void (*pack)(const ck_pack *);
    void (*attention_gradient)(const ck_attention_gradient *);
    void (*depthwise)(const ck_depthwise *);
    void (*adamw)(const ck_adamw *);
} ck_table;

/// The best tier of this CPU, or the one named by CKERNELS_TIER (generic, avx2, avx512) where the CPU has it.
const ck_table *ck_best(void);
/// The tier of that name, or NULL when this CPU or this build has none of that name.
const ck_table *ck_tier(const char *name);

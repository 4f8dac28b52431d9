// libpng leaves a call that fails by longjmp. Swift can neither setjmp nor have its frames jumped over, so every libpng
// call that can fail is wrapped here, one function each: it returns 1, or 0 with the reason in the context's message.
// Bytes come from and go to memory by the two callbacks below, which are C for the same reason. Nothing else belongs
// here.
#pragma once
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <png.h>
#include <zlib.h>

/// What libpng's callbacks see: the bytes to read, the bytes written (malloc'd; the owner frees them), the last error.
typedef struct phantom_png_context {
    const unsigned char *input;
    size_t input_size, input_offset;
    unsigned char *output;
    size_t output_size, output_capacity;
    char message[128];
} phantom_png_context;

static void phantom_png_fail(png_structp png, png_const_charp message) {
    phantom_png_context *context = (phantom_png_context *)png_get_error_ptr(png);
    strncpy(context->message, message, sizeof context->message - 1);
    png_longjmp(png, 1);
}

static void phantom_png_ignore_warning(png_structp png, png_const_charp message) { (void)png; (void)message; }

static void phantom_png_read_bytes(png_structp png, png_bytep bytes, size_t count) {
    phantom_png_context *context = (phantom_png_context *)png_get_io_ptr(png);
    if (count > context->input_size - context->input_offset) png_error(png, "the data ends early");
    memcpy(bytes, context->input + context->input_offset, count);
    context->input_offset += count;
}

static void phantom_png_write_bytes(png_structp png, png_bytep bytes, size_t count) {
    phantom_png_context *context = (phantom_png_context *)png_get_io_ptr(png);
    if (count > SIZE_MAX / 4 - context->output_size) png_error(png, "the image is too large to write");
    if (context->output_size + count > context->output_capacity) {
        size_t capacity = 2 * (context->output_size + count) + 4096;
        unsigned char *grown = (unsigned char *)realloc(context->output, capacity);
        if (!grown) png_error(png, "out of memory");
        context->output = grown;
        context->output_capacity = capacity;
    }
    memcpy(context->output + context->output_size, bytes, count);
    context->output_size += count;
}

static void phantom_png_flush_bytes(png_structp png) { (void)png; }

static png_structp phantom_png_create_read(phantom_png_context *context) {
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, context, phantom_png_fail, phantom_png_ignore_warning);
    if (png) png_set_read_fn(png, context, phantom_png_read_bytes);
    return png;
}

static png_structp phantom_png_create_write(phantom_png_context *context) {
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, context, phantom_png_fail, phantom_png_ignore_warning);
    if (png) png_set_write_fn(png, context, phantom_png_write_bytes, phantom_png_flush_bytes);
    return png;
}

static const char *phantom_png_message(const phantom_png_context *context) { return context->message; }

#define PHANTOM_PNG_GUARDED(name, parameters, calls) \
    static int name parameters { \
        if (setjmp(png_jmpbuf(png))) return 0; \
        calls; \
        return 1; \
    }

// Reading. Every damaged byte is an error (no "benign" ones), and every chunk but IHDR, PLTE, tRNS, IDAT, IEND is
// passed over.
PHANTOM_PNG_GUARDED(phantom_png_be_strict, (png_structp png), {
    png_set_benign_errors(png, 0);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
})
PHANTOM_PNG_GUARDED(phantom_png_read_info, (png_structp png, png_infop info), png_read_info(png, info))
/// Grey of 1, 2, 4 bits becomes 8 bits, a transparent colour an alpha channel, palette indices one byte each.
PHANTOM_PNG_GUARDED(phantom_png_start_rows, (png_structp png, png_infop info), {
    if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE) {
        png_set_packing(png);
    } else {
        if (png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
        if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    }
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
})
PHANTOM_PNG_GUARDED(phantom_png_read_row, (png_structp png, png_bytep row), png_read_row(png, row, NULL))
PHANTOM_PNG_GUARDED(phantom_png_read_end, (png_structp png), png_read_end(png, NULL))

// Writing.
PHANTOM_PNG_GUARDED(phantom_png_set_compression, (png_structp png, int level, int strategy, int filters), {
    png_set_compression_level(png, level);
    png_set_compression_strategy(png, strategy);
    png_set_compression_window_bits(png, 15);
    png_set_compression_mem_level(png, 8);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, filters);
})
PHANTOM_PNG_GUARDED(
    phantom_png_write_info,
    (png_structp png, png_infop info, png_uint_32 width, png_uint_32 height, int depth, int color), {
        png_set_IHDR(
            png, info, width, height, depth, color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
            PNG_FILTER_TYPE_DEFAULT);
        png_write_info(png, info);
    })
PHANTOM_PNG_GUARDED(
    phantom_png_write_chunk, (png_structp png, png_const_bytep name, png_const_bytep data, size_t count),
    png_write_chunk(png, name, data, count))
PHANTOM_PNG_GUARDED(phantom_png_write_row, (png_structp png, png_const_bytep row), png_write_row(png, row))
PHANTOM_PNG_GUARDED(phantom_png_write_end, (png_structp png, png_infop info), png_write_end(png, info))

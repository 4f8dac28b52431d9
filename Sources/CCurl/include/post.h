#ifndef PHANTOM_POST_H
#define PHANTOM_POST_H

#include <stddef.h>
#include <stdint.h>

/// What became of a request.
struct phantom_post_result {
    /// The status of the answer; 0 if there was none.
    long status;
    /// Whether an address was refused by `permit`, and no other could be had.
    int was_refused;
    /// Why there was no answer; empty if there was one.
    char reason[256];
};

/// Whether a connection to this address may be made.
/// - bytes: 4 of IPv4 or 16 of IPv6, most significant first.
typedef int (*phantom_post_permit)(const uint8_t *bytes, size_t count, void *context);

/// Sends `body` to `url` (http or https), by POST, once: no redirect is followed, no proxy is asked, what the answer
/// holds is not kept. `permit` is asked of the very address that is connected to, after names are resolved.
/// - headers: lines, each ended by a line feed.
void phantom_post(
    const char *url, const char *headers, const char *body, size_t length, long milliseconds,
    phantom_post_permit permit, void *context, struct phantom_post_result *result);

#endif

#ifndef PHANTOM_REQUEST_H
#define PHANTOM_REQUEST_H

#include <stddef.h>

/// A request to a place that the operator has named, signed as Amazon's version 4 asks for.
struct phantom_request {
    const char *method;
    const char *url;
    /// Lines of at most 1,000 bytes, each ended by a line feed; longer ones are left out.
    const char *headers;
    /// What is sent; none where `length` is 0 and the method is not PUT.
    const char *body;
    size_t length;
    /// As libcurl's CURLOPT_AWS_SIGV4 takes it: PROVIDERS:REGION:SERVICE.
    const char *signer;
    const char *user;
    const char *secret;
    long connect_milliseconds;
    long milliseconds;
};

/// What became of it.
struct phantom_response {
    /// The status of the answer; 0 if there was none, or it broke off by itself.
    long status;
    /// Why there was no answer; empty if there was one.
    char reason[256];
};

/// Takes a part of the answer's body; 0 breaks it off.
typedef int (*phantom_receive)(const char *bytes, size_t count, void *context);

/// A connection that is kept between requests, for one thread at a time; NULL if there is no memory.
void *phantom_connection_make(void);
void phantom_connection_free(void *connection);

/// Sends a request and returns when its answer is there, or the time is up. No redirect is followed.
void phantom_request_send(
    void *connection, const struct phantom_request *request, phantom_receive receive, void *context,
    struct phantom_response *response);

#endif

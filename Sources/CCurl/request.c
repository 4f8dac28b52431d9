#include "request.h"

#include "curl_calls.h"

struct receiver {
    phantom_receive receive;
    void *context;
};

static size_t take(char *bytes, size_t size, size_t count, void *pointer) {
    struct receiver *receiver = pointer;
    return receiver->receive(bytes, size * count, receiver->context) ? size * count : 0;
}

void *phantom_connection_make(void) { return new_handle(); }

void phantom_connection_free(void *connection) { curl_easy_cleanup(connection); }

void phantom_request_send(
    void *connection, const struct phantom_request *request, phantom_receive receive, void *context,
    struct phantom_response *response) {
    char reason[CURL_ERROR_SIZE] = "";
    struct receiver receiver = {receive, context};
    struct curl_slist *list = append_headers(NULL, request->headers);
    CURL *curl = connection;
    CURLcode code;
    memset(response, 0, sizeof *response);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, request->connect_milliseconds);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request->milliseconds);
    curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, request->signer);
    curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request->secret);
    if (request->length || !strcmp(request->method, "PUT")) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    /* Leave to continue is asked for large bodies, and not waited for long: a header that takes the question back
       would be signed, by some versions, and not sent. */
    curl_easy_setopt(curl, CURLOPT_EXPECT_100_TIMEOUT_MS, 100L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    code = curl_easy_perform(curl);
    /* An answer that the receiver has refused to take to its end has said its status. */
    if (code == CURLE_OK || code == CURLE_WRITE_ERROR) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
    } else {
        strncpy(response->reason, reason[0] ? reason : curl_easy_strerror(code), sizeof response->reason - 1);
    }
    curl_slist_free_all(list);
}

#include "post.h"

#include "curl_calls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/// Bytes of an answer that are read and forgotten; beyond them the connection is closed.
enum { longest_answer = 65536 };

struct exchange {
    phantom_post_permit permit;
    void *context;
    size_t received;
    int was_refused;
};

static curl_socket_t open_socket(void *pointer, curlsocktype purpose, struct curl_sockaddr *address) {
    struct exchange *exchange = pointer;
    const uint8_t *bytes;
    size_t count;
    if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
    switch (address->family) {
    case AF_INET:
        bytes = (const uint8_t *)&((const struct sockaddr_in *)&address->addr)->sin_addr;
        count = 4;
        break;
    case AF_INET6:
        bytes = (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)&address->addr)->sin6_addr;
        count = 16;
        break;
    default: return CURL_SOCKET_BAD;
    }
    if (!exchange->permit(bytes, count, exchange->context)) {
        exchange->was_refused = 1;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t forget(char *bytes, size_t size, size_t count, void *pointer) {
    struct exchange *exchange = pointer;
    (void)bytes;
    exchange->received += size * count;
    return exchange->received > longest_answer ? 0 : size * count;
}

void phantom_post(
    const char *url, const char *headers, const char *body, size_t length, long milliseconds,
    phantom_post_permit permit, void *context, struct phantom_post_result *result) {
    char reason[CURL_ERROR_SIZE] = "";
    struct exchange exchange = {permit, context, 0, 0};
    struct curl_slist *list = NULL;
    CURL *curl;
    CURLcode code;
    memset(result, 0, sizeof *result);
    curl = new_handle();
    if (!curl) {
        strncpy(result->reason, "libcurl cannot be started", sizeof result->reason - 1);
        return;
    }
    list = append_headers(list, headers);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result->status);
    /* An answer that is too long has said its status; one that never ends has as well. */
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && result->status)) {
        result->status = 0;
        strncpy(result->reason, reason[0] ? reason : curl_easy_strerror(code), sizeof result->reason - 1);
    }
    result->was_refused = exchange.was_refused && !result->status;
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
}

// What both kinds of requests need of libcurl.
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void start_curl(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

/// A handle of its own; NULL if libcurl cannot be started.
static inline CURL *new_handle(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    return curl_easy_init();
}

/// Header lines, each ended by a newline, behind those of a list.
static inline struct curl_slist *append_headers(struct curl_slist *list, const char *headers) {
    for (const char *end; (end = strchr(headers, '\n')); headers = end + 1) {
        char *line = strndup(headers, (size_t)(end - headers));
        struct curl_slist *longer = line ? curl_slist_append(list, line) : NULL;
        if (longer) list = longer;
        free(line);
    }
    return list;
}

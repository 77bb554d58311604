/*
 * Writes JSON straight to a stream, in the order of the calls.
 *
 * Invariant: what is open is closed in reverse order; a container opened `inline_` stays on one line, with all that is
 * in it. There are integers, and no floats: a report must be the same bytes on every machine.
 */
#ifndef REPORTS_JSON_WRITE_H
#define REPORTS_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "run/model.h"

enum { JSON_DEPTH = 16 };

struct json {
    FILE *out;
    unsigned depth;
    struct {
        char bracket;
        bool inline_, filled;
    } open[JSON_DEPTH];
};

struct json json_writer(FILE *out);

/* `key` is NULL in an array and for the document itself. `bracket` is '{' or '['. */
void json_open(struct json *j, const char *key, char bracket, bool inline_);
void json_close(struct json *j);

void json_text(struct json *j, const char *key, const char *value);

/* Text that a person reads: what is no plain character is shown as \\xHH or \\u{HHHH}, as in the other formats. */
void json_plain(struct json *j, const char *key, const char *value);

/* A path, as a relative reference. */
void json_path(struct json *j, const char *key, const char *path);
void json_texts(struct json *j, const char *key, struct strings values);
void json_number(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif

#include "json_write.h"

#include <assert.h>
#include <inttypes.h>

#include "text.h"

struct json json_writer(FILE *out)
{
    return (struct json){.out = out};
}

static void put_line(struct json *j)
{
    fputc('\n', j->out);
    for (unsigned i = 0; i < j->depth; i++) {
        fputs("  ", j->out);
    }
}

/* Puts what stands before a value: comma, line, key. */
static void put_lead(struct json *j, const char *key)
{
    if (j->depth > 0) {
        bool filled = j->open[j->depth - 1].filled;
        j->open[j->depth - 1].filled = true;
        if (filled) {
            fputc(',', j->out);
        }
        if (!j->open[j->depth - 1].inline_) {
            put_line(j);
        } else if (filled) {
            fputc(' ', j->out);
        }
    }
    if (key) {
        put_json_text(j->out, key);
        fputs(": ", j->out);
    }
}

void json_open(struct json *j, const char *key, char bracket, bool inline_)
{
    assert(j->depth < JSON_DEPTH);
    put_lead(j, key);
    fputc(bracket, j->out);
    j->open[j->depth].bracket = bracket;
    j->open[j->depth].inline_ = inline_;
    j->open[j->depth].filled = false;
    j->depth++;
}

void json_close(struct json *j)
{
    assert(j->depth > 0);
    j->depth--;
    if (j->open[j->depth].filled && !j->open[j->depth].inline_) {
        put_line(j);
    }
    fputc(j->open[j->depth].bracket == '{' ? '}' : ']', j->out);
}

void json_text(struct json *j, const char *key, const char *value)
{
    put_lead(j, key);
    put_json_text(j->out, value);
}

void json_plain(struct json *j, const char *key, const char *value)
{
    put_lead(j, key);
    put_json_plain(j->out, value);
}

void json_path(struct json *j, const char *key, const char *path)
{
    put_lead(j, key);
    fputc('"', j->out);
    put_uri_path(j->out, path);
    fputc('"', j->out);
}

void json_texts(struct json *j, const char *key, struct strings values)
{
    json_open(j, key, '[', true);
    for (size_t i = 0; i < values.n; i++) {
        json_text(j, NULL, values.at[i]);
    }
    json_close(j);
}

void json_number(struct json *j, const char *key, int64_t value)
{
    put_lead(j, key);
    fprintf(j->out, "%" PRId64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
    put_lead(j, key);
    fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
    put_lead(j, key);
    fputs("null", j->out);
}

#include "lwm2m_objects.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1024, NUMBER_ROOM = 12, DAY_S = 86400, MINUTE_S = 60, DIGITS_MOST = 9 };
enum {
    CONTENT = COAP_RESPONSE_CODE(205),
    CHANGED = COAP_RESPONSE_CODE(204),
    BAD_REQUEST = COAP_RESPONSE_CODE(400)
};
enum {
    NOT_FOUND = COAP_RESPONSE_CODE(404),
    NOT_ALLOWED = COAP_RESPONSE_CODE(405),
    NOT_ACCEPTABLE = COAP_RESPONSE_CODE(406)
};

/* A resource is a text, a number of `struct objects`, or something to execute. */
static const struct row {
    const char *instance;
    unsigned id;
    const char *text;
    bool is_number, writable;
    size_t at;
    enum wish wish;
} rows[] = {
#define NUMBER(id, writable, field)                                                                          \
    {                                                                                                        \
        "1/0", id, NULL, true, writable, offsetof(struct objects, field), WISH_NOTHING                       \
    }
#define EXECUTED(instance, id, wish)                                                                         \
    {                                                                                                        \
        instance, id, NULL, false, false, 0, wish                                                            \
    }
#define TEXT(instance, id, text)                                                                             \
    {                                                                                                        \
        instance, id, text, false, false, 0, WISH_NOTHING                                                    \
    }
    NUMBER(1, true, lifetime_s), EXECUTED("1/0", 4, WISH_DISABLE), NUMBER(5, true, disable_timeout_s),
    TEXT("1/0", 7, "U"),         EXECUTED("1/0", 8, WISH_UPDATE),  EXECUTED("1/0", 9, WISH_BOOTSTRAP),
    NUMBER(17, true, attempts),  NUMBER(18, true, attempt_s),      NUMBER(19, true, sequence_s),
    NUMBER(20, true, sequences), TEXT("3/0", 0, "libcoap"),        TEXT("3/0", 1, "pskgate peer"),
    TEXT("3/0", 3, "4"),         EXECUTED("3/0", 4, WISH_REBOOT),
};
enum { ROWS = sizeof rows / sizeof *rows };

struct objects usual_objects(unsigned lifetime_s)
{
    return (struct objects){.lifetime_s = lifetime_s,
                            .disable_timeout_s = DAY_S,
                            .attempts = 5,
                            .attempt_s = MINUTE_S,
                            .sequence_s = DAY_S,
                            .sequences = 1};
}

int format_of_word(const char *word)
{
    static const struct {
        const char *word;
        int format;
    } formats[] = {{"tlv", FORMAT_TLV}, {"senml-json", FORMAT_SENML_JSON}, {"senml-cbor", FORMAT_SENML_CBOR}};

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].word, word) == 0)
            return formats[i].format;
    return -1;
}

static const struct row *find(const char *path)
{
    char own[16];

    for (size_t i = 0; i < ROWS; i++) {
        snprintf(own, sizeof own, "%s/%u", rows[i].instance, rows[i].id);
        if (strcmp(own, path) == 0)
            return &rows[i];
    }
    return NULL;
}

static unsigned number_of(const struct objects *o, const struct row *row)
{
    return *(const unsigned *)((const char *)o + row->at);
}

/* As text, in room. */
static const char *text_of(const struct objects *o, const struct row *row, char room[NUMBER_ROOM])
{
    if (!row->is_number)
        return row->text;
    snprintf(room, NUMBER_ROOM, "%u", number_of(o, row));
    return room;
}

/* ---- formats: each appends a resource; the rows of ours fit the room ---- */

struct out {
    uint8_t at[ROOM];
    size_t n, count;
};

static void put(struct out *out, const void *octets, size_t n)
{
    if (n <= sizeof out->at - out->n) {
        memcpy(out->at + out->n, octets, n);
        out->n += n;
    }
}

static void put_octet(struct out *out, unsigned octet)
{
    put(out, &(uint8_t){(uint8_t)octet}, 1);
}

static void put_number(struct out *out, unsigned number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        put_octet(out, number >> shift & 255);
}

/* LwM2M 1.0 6.4.3, a resource with a length of one octet. */
static void put_tlv(struct out *out, const struct objects *o, const struct row *row)
{
    size_t n = row->is_number ? 4 : strlen(row->text);

    put_octet(out, 0xC8);
    put_octet(out, row->id);
    put_octet(out, (unsigned)n);
    if (row->is_number)
        put_number(out, number_of(o, row));
    else
        put(out, row->text, n);
}

static void put_json(struct out *out, const struct objects *o, const struct row *row)
{
    char text[128];
    int n = row->is_number ? snprintf(text, sizeof text, "%c{\"n\":\"/%s/%u\",\"v\":%u}", out->n ? ',' : '[',
                                      row->instance, row->id, number_of(o, row))
                           : snprintf(text, sizeof text, "%c{\"n\":\"/%s/%u\",\"vs\":\"%s\"}",
                                      out->n ? ',' : '[', row->instance, row->id, row->text);

    put(out, text, (size_t)n);
}

/* RFC 8428 6: a map of a name and a value; strings below 24 octets. */
static void put_cbor(struct out *out, const struct objects *o, const struct row *row)
{
    char name[16];
    int n = snprintf(name, sizeof name, "/%s/%u", row->instance, row->id);

    put_octet(out, 0xA2);
    put_octet(out, 0);
    put_octet(out, 0x60U | (unsigned)n);
    put(out, name, (size_t)n);
    put_octet(out, row->is_number ? 2 : 3);
    if (row->is_number) {
        put_octet(out, 0x1A);
        put_number(out, number_of(o, row));
    } else {
        put_octet(out, 0x60U | (unsigned)strlen(row->text));
        put(out, row->text, strlen(row->text));
    }
}

static void put_link(struct out *out, const struct objects *o, const struct row *row)
{
    char link[32];
    int n = snprintf(link, sizeof link, ",</%s/%u>", row->instance, row->id);

    (void)o;
    put(out, link, (size_t)n);
}

/* ---- Read, Discover ---- */

static coap_pdu_code_t answer(coap_pdu_t *response, int format, const uint8_t *at, size_t n)
{
    uint8_t value[4];

    coap_pdu_set_code(response, (coap_pdu_code_t)CONTENT);
    coap_add_option(response, COAP_OPTION_CONTENT_FORMAT,
                    coap_encode_var_safe(value, sizeof value, (unsigned)format), value);
    coap_add_data(response, n, at);
    return (coap_pdu_code_t)CONTENT;
}

coap_pdu_code_t objects_answer_links(const char *links, coap_pdu_t *response)
{
    return answer(response, FORMAT_LINKS, (const uint8_t *)links, strlen(links));
}

static coap_pdu_code_t read_instance(const struct objects *o, const char *path, int format,
                                     coap_pdu_t *response)
{
    void (*put_row)(struct out * out, const struct objects *o, const struct row *row) =
        format == FORMAT_TLV          ? put_tlv
        : format == FORMAT_SENML_JSON ? put_json
        : format == FORMAT_SENML_CBOR ? put_cbor
        : format == FORMAT_LINKS      ? put_link
                                      : NULL;
    struct out out = {.n = 0};

    if (!put_row)
        return (coap_pdu_code_t)NOT_ACCEPTABLE;
    if (format == FORMAT_SENML_CBOR)
        put_octet(&out, 0x9F); /* as many as come */
    if (format == FORMAT_LINKS)
        out.n = (size_t)snprintf((char *)out.at, sizeof out.at, "</%s>", path);
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].instance, path) == 0 && (format == FORMAT_LINKS || rows[i].wish == WISH_NOTHING))
            put_row(&out, o, &rows[i]);
    if (format == FORMAT_SENML_CBOR)
        put_octet(&out, 0xFF);
    if (format == FORMAT_SENML_JSON)
        put_octet(&out, ']');
    return answer(response, format, out.at, out.n);
}

coap_pdu_code_t objects_read(const struct objects *o, const char *path, int accept, coap_pdu_t *response)
{
    const struct row *row = find(path);
    char room[NUMBER_ROOM];

    if (strcmp(path, "1/0") == 0 || strcmp(path, "3/0") == 0)
        return read_instance(o, path, accept, response);
    if (!row)
        return (coap_pdu_code_t)NOT_FOUND;
    if (row->wish != WISH_NOTHING)
        return (coap_pdu_code_t)NOT_ALLOWED;
    const char *text = text_of(o, row, room);

    return answer(response, FORMAT_TEXT, (const uint8_t *)text, strlen(text));
}

/* ---- Write, Execute ---- */

coap_pdu_code_t objects_write(struct objects *o, const char *path, const uint8_t *text, size_t n)
{
    const struct row *row = find(path);
    unsigned number = 0;

    if (!row)
        return (coap_pdu_code_t)NOT_FOUND;
    if (!row->writable)
        return (coap_pdu_code_t)NOT_ALLOWED;
    for (size_t i = 0; i < n; i++) {
        if (n > DIGITS_MOST || text[i] < '0' || text[i] > '9')
            return (coap_pdu_code_t)BAD_REQUEST;
        number = 10 * number + (unsigned)(text[i] - '0');
    }
    *(unsigned *)((char *)o + row->at) = number;
    return (coap_pdu_code_t)(n > 0 ? CHANGED : BAD_REQUEST);
}

coap_pdu_code_t objects_execute(const char *path, enum wish *wish)
{
    const struct row *row = find(path);

    if (!row)
        return (coap_pdu_code_t)NOT_FOUND;
    if (row->wish == WISH_NOTHING)
        return (coap_pdu_code_t)NOT_ALLOWED;
    *wish = row->wish;
    return (coap_pdu_code_t)CHANGED;
}

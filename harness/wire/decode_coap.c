#include <stdio.h>
#include <string.h>

#include "wire/decode_parts.h"

/* RFC 7252 3 and 12.1: types, and methods by their code; codes of other classes are numbers. */
static const char *const type_names[] = {"CON", "NON", "ACK", "RST"};
static const char *const methods[] = {"empty", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH"};

enum { OPTION_URI_PATH = 11, OPTION_URI_QUERY = 15, CODE_EMPTY = 0, TARGET_SHOWN = 120 };

/* The nibble's value with its extension, RFC 7252 3.1. 15 is reserved. */
static uint32_t get_option_number(struct reader *r, unsigned nibble)
{
    switch (nibble) {
    case 13: return 13U + get_u8(r);
    case 14: return 269U + get_u16(r);
    case 15: r->bad = true; return 0;
    default: return nibble;
    }
}

/* The next option; false at the payload or the end. */
static bool get_option(struct reader *r, uint32_t *number, struct bytes *value)
{
    if (r->bad || r->left == 0 || *r->at == 0xFF)
        return false;

    uint8_t head = get_u8(r);

    *number += get_option_number(r, head >> 4);
    *value = get_bytes(r, get_option_number(r, head & 15));
    return !r->bad;
}

/* Uri-Path and Uri-Query as the request's target, " /rd?ep=x", or "". */
static const char *describe_target(struct arena *a, struct reader r)
{
    char text[TARGET_SHOWN] = "";
    size_t n = 0;
    uint32_t number = 0;
    struct bytes value;
    bool query = false;

    while (get_option(&r, &number, &value)) {
        if (number != OPTION_URI_PATH && number != OPTION_URI_QUERY)
            continue;

        char mark = number == OPTION_URI_PATH ? '/' : query ? '&' : '?';
        int more = snprintf(text + n, sizeof text - n, "%s%c%s", n ? "" : " ", mark, arena_escape(a, value));

        query = number == OPTION_URI_QUERY;
        n += more > 0 ? (size_t)more : 0;
        if (n >= sizeof text) {
            memcpy(text + sizeof text - 4, "...", 4);
            break;
        }
    }
    return arena_strdup(a, text);
}

const char *decode_coap(struct arena *a, struct bytes b)
{
    struct reader r = reader_of(b);
    uint8_t first = get_u8(&r), code = get_u8(&r);
    uint16_t id = get_u16(&r);
    unsigned type = first >> 4 & 3;

    if (r.bad || first >> 6 != 1 || (first & 15) > 8)
        return NULL;
    get_bytes(&r, first & 15);
    if (r.bad || (code == CODE_EMPTY && b.n != 4))
        return NULL;
    if (code == CODE_EMPTY) {
        static const char *const empty_names[] = {"ping", "empty NON", "ACK", "Reset"};

        return arena_printf(a, "CoAP %s 0x%04x", empty_names[type], id);
    }
    if (code < sizeof methods / sizeof *methods)
        return arena_printf(a, "CoAP %s %s 0x%04x%s", type_names[type], methods[code], id,
                            describe_target(a, r));
    return arena_printf(a, "CoAP %s %u.%02u 0x%04x", type_names[type], code >> 5, code & 31U, id);
}

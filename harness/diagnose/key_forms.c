#include "diagnose/key_forms.h"

#include <ctype.h>
#include <string.h>

enum { FORM_MAX = 512 };

/* What a form makes of the octets: false when there is no such form of them. */
typedef bool maker(struct arena *a, struct bytes in, struct bytes *out);

static struct bytes text_bytes(struct arena *a, const char *text)
{
    return arena_copy(a, bytes_of_text(text));
}

static bool hex_text(struct arena *a, struct bytes in, struct bytes *out)
{
    *out = text_bytes(a, arena_hex(a, in));
    return true;
}

static bool change_case(struct arena *a, struct bytes in, int (*change)(int), struct bytes *out)
{
    uint8_t *at = arena_alloc(a, in.n);

    for (size_t i = 0; i < in.n; i++) {
        if (in.at[i] < 0x20 || in.at[i] > 0x7e)
            return false;
        at[i] = (uint8_t)change(in.at[i]);
    }
    *out = (struct bytes){at, in.n};
    return true;
}

static bool to_upper(struct arena *a, struct bytes in, struct bytes *out)
{
    return change_case(a, in, toupper, out);
}

static bool to_lower(struct arena *a, struct bytes in, struct bytes *out)
{
    return change_case(a, in, tolower, out);
}

static bool hex_text_upper(struct arena *a, struct bytes in, struct bytes *out)
{
    return to_upper(a, text_bytes(a, arena_hex(a, in)), out);
}

static bool from_hex(struct arena *a, struct bytes in, struct bytes *out)
{
    char *text = arena_alloc(a, in.n + 1);
    uint8_t *at = arena_alloc(a, in.n + 1);
    size_t n = 0;

    if (in.n > 0)
        memcpy(text, in.at, in.n);
    if (strlen(text) != in.n || !hex_decode(text, at, in.n, &n))
        return false;
    *out = (struct bytes){at, n};
    return true;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool to_base64(struct arena *a, struct bytes in, struct bytes *out)
{
    char *at = arena_alloc(a, (in.n + 2) / 3 * 4 + 1);
    size_t n = 0;

    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t three = (uint32_t)in.at[i] << 16 | (uint32_t)(left > 1 ? in.at[i + 1] : 0) << 8 |
                         (left > 2 ? in.at[i + 2] : 0);

        at[n++] = alphabet[three >> 18];
        at[n++] = alphabet[three >> 12 & 63];
        at[n++] = left > 1 ? alphabet[three >> 6 & 63] : '=';
        at[n++] = left > 2 ? alphabet[three & 63] : '=';
    }
    *out = (struct bytes){(uint8_t *)at, n};
    return true;
}

static bool from_base64(struct arena *a, struct bytes in, struct bytes *out)
{
    uint8_t *at = arena_alloc(a, in.n + 1);
    size_t n = 0, bits = 0;
    uint32_t held = 0;

    while (in.n > 0 && in.at[in.n - 1] == '=')
        in.n--;
    for (size_t i = 0; i < in.n; i++) {
        const char *found = in.at[i] != 0 ? strchr(alphabet, in.at[i]) : NULL;

        if (found == NULL)
            return false;
        held = held << 6 | (uint32_t)(found - alphabet);
        bits += 6;
        if (bits >= 8)
            at[n++] = (uint8_t)(held >> (bits -= 8));
    }
    *out = (struct bytes){at, n};
    return true;
}

static bool hex_text_from_base64(struct arena *a, struct bytes in, struct bytes *out)
{
    return from_base64(a, text_bytes(a, arena_hex(a, in)), out);
}

static struct bytes append(struct arena *a, struct bytes in, const char *tail, size_t n)
{
    uint8_t *at = arena_alloc(a, in.n + n);

    if (in.n > 0)
        memcpy(at, in.at, in.n);
    memcpy(at + in.n, tail, n);
    return (struct bytes){at, in.n + n};
}

static bool with_nul(struct arena *a, struct bytes in, struct bytes *out)
{
    *out = append(a, in, "\0", 1);
    return true;
}

static bool with_newline(struct arena *a, struct bytes in, struct bytes *out)
{
    *out = append(a, in, "\n", 1);
    return true;
}

static bool with_crlf(struct arena *a, struct bytes in, struct bytes *out)
{
    *out = append(a, in, "\r\n", 2);
    return true;
}

static bool hex_text_nul(struct arena *a, struct bytes in, struct bytes *out)
{
    return with_nul(a, text_bytes(a, arena_hex(a, in)), out);
}

static bool hex_text_newline(struct arena *a, struct bytes in, struct bytes *out)
{
    return with_newline(a, text_bytes(a, arena_hex(a, in)), out);
}

static bool hex_text_0x(struct arena *a, struct bytes in, struct bytes *out)
{
    *out = text_bytes(a, arena_printf(a, "0x%s", arena_hex(a, in)));
    return true;
}

static bool quoted(struct arena *a, struct bytes in, struct bytes *out)
{
    *out = append(a, append(a, text_bytes(a, "\""), (const char *)in.at, in.n), "\"", 1);
    return true;
}

static bool without_blank_end(struct arena *a, struct bytes in, struct bytes *out)
{
    size_t n = in.n;

    (void)a;
    while (n > 0 && (in.at[n - 1] == 0 || isspace(in.at[n - 1])))
        n--;
    *out = bytes_slice(in, 0, n);
    return n < in.n;
}

static bool until_nul(struct arena *a, struct bytes in, struct bytes *out)
{
    size_t n = 0;

    (void)a;
    while (n < in.n && in.at[n] != 0)
        n++;
    *out = bytes_slice(in, 0, n);
    return n < in.n;
}

static bool cut(struct bytes in, size_t n, struct bytes *out)
{
    *out = bytes_slice(in, 0, n);
    return in.n > n;
}

static bool cut_16(struct arena *a, struct bytes in, struct bytes *out)
{
    (void)a;
    return cut(in, 16, out);
}

static bool cut_32(struct arena *a, struct bytes in, struct bytes *out)
{
    (void)a;
    return cut(in, 32, out);
}

static bool hex_text_cut_16(struct arena *a, struct bytes in, struct bytes *out)
{
    return cut(text_bytes(a, arena_hex(a, in)), 16, out);
}

static bool hex_text_cut_32(struct arena *a, struct bytes in, struct bytes *out)
{
    return cut(text_bytes(a, arena_hex(a, in)), 32, out);
}

static bool pad(struct arena *a, struct bytes in, size_t n, struct bytes *out)
{
    uint8_t *at = arena_alloc(a, n);

    if (in.n >= n)
        return false;
    if (in.n > 0)
        memcpy(at, in.at, in.n);
    *out = (struct bytes){at, n};
    return true;
}

static bool pad_16(struct arena *a, struct bytes in, struct bytes *out)
{
    return pad(a, in, 16, out);
}

static bool pad_32(struct arena *a, struct bytes in, struct bytes *out)
{
    return pad(a, in, 32, out);
}

static bool pad_64(struct arena *a, struct bytes in, struct bytes *out)
{
    return pad(a, in, 64, out);
}

static bool reversed(struct arena *a, struct bytes in, struct bytes *out)
{
    uint8_t *at = arena_alloc(a, in.n);

    for (size_t i = 0; i < in.n; i++)
        at[i] = in.at[in.n - 1 - i];
    *out = (struct bytes){at, in.n};
    return true;
}

static bool zeros(struct arena *a, struct bytes in, struct bytes *out)
{
    *out = (struct bytes){arena_alloc(a, in.n), in.n};
    return true;
}

struct row {
    maker *make;
    const char *name, *advice;
};

#define AS_HEX                                                                                               \
    "enter the key at the device as hexadecimal, or tell the gate the octets that the device really holds"
#define CLEAN "enter it again at the device without the extra octets"

static const struct row key_rows[] = {
    {hex_text, "the key's hexadecimal digits taken as text (lower case)", AS_HEX},
    {hex_text_upper, "the key's hexadecimal digits taken as text (upper case)", AS_HEX},
    {from_hex, "the octets that the key's text spells in hexadecimal",
     "the key that the gate was given is itself hexadecimal text: decode it once more, or enter it at the "
     "device as text"},
    {to_base64, "the key's base64 text, taken as text",
     "enter the key at the device as base64 (or hexadecimal), not as text"},
    {from_base64, "the octets that the key's text spells in base64",
     "the key that the gate was given is itself base64 text: decode it, or enter it at the device as text"},
    {hex_text_from_base64, "the key's hexadecimal digits, decoded as base64",
     "the field at the device takes base64: give it the base64 of the key, not the hexadecimal"},
    {with_nul, "the key with a NUL octet after it", CLEAN},
    {with_newline, "the key with a line feed after it", CLEAN},
    {hex_text_nul, "the key's hexadecimal digits as text, with a NUL octet after them", AS_HEX},
    {hex_text_newline, "the key's hexadecimal digits as text, with a line feed after them", AS_HEX},
    {until_nul, "the key cut at its first NUL octet",
     "the device handles the key as a C string: choose a key without a zero octet, or have that mended"},
    {without_blank_end, "the key without the blank, line feed or NUL at its end",
     "give the gate the key without the octet at its end"},
    {cut_16, "the key cut to 16 octets",
     "the device keeps 16 octets: use a key of 16, or have that mended (LwM2M allows 64)"},
    {cut_32, "the key cut to 32 octets",
     "the device keeps 32 octets: use a key of 32, or have that mended (LwM2M allows 64)"},
    {hex_text_cut_16, "the first 16 of the key's hexadecimal digits, taken as text", AS_HEX},
    {hex_text_cut_32, "the first 32 of the key's hexadecimal digits, taken as text", AS_HEX},
    {pad_16, "the key filled up with zeros to 16 octets", "the device fills keys up: use a key of 16 octets"},
    {pad_32, "the key filled up with zeros to 32 octets", "the device fills keys up: use a key of 32 octets"},
    {pad_64, "the key filled up with zeros to 64 octets", "the device fills keys up: use a key of 64 octets"},
    {to_upper, "the key's text in upper case", "enter the key at the device in the case it was given"},
    {to_lower, "the key's text in lower case", "enter the key at the device in the case it was given"},
    {hex_text_0x, "0x and the key's hexadecimal digits, taken as text", AS_HEX},
    {with_crlf, "the key with a carriage return and a line feed after it", CLEAN},
    {quoted, "the key with the quotation marks around it", CLEAN},
    {reversed, "the key with its octets in reverse",
     "the device reads the key as a number of the other byte order"},
    {zeros, "nothing but zeros: the device has no key", "provision the key at the device"},
};

#define SAME_NAME "make both ends use the same octets: the identity is compared octet by octet (RFC 4279 5.1)"

static const struct row identity_rows[] = {
    {with_nul, "the identity with a NUL octet after it", SAME_NAME},
    {with_newline, "the identity with a line feed after it", SAME_NAME},
    {hex_text, "the identity's hexadecimal digits taken as text (lower case)", SAME_NAME},
    {hex_text_upper, "the identity's hexadecimal digits taken as text (upper case)", SAME_NAME},
    {from_hex, "the octets that the identity's text spells in hexadecimal", SAME_NAME},
    {to_lower, "the identity in lower case", SAME_NAME},
    {to_upper, "the identity in upper case", SAME_NAME},
    {to_base64, "the identity's base64 text", SAME_NAME},
    {from_base64, "the octets that the identity's text spells in base64", SAME_NAME},
    {without_blank_end, "the identity without the blank, line feed or NUL at its end", SAME_NAME},
    {until_nul, "the identity cut at its first NUL octet", SAME_NAME},
    {cut_16, "the identity cut to 16 octets", SAME_NAME},
    {cut_32, "the identity cut to 32 octets", SAME_NAME},
    {with_crlf, "the identity with a carriage return and a line feed after it", SAME_NAME},
    {quoted, "the identity with the quotation marks around it", SAME_NAME},
};

static bool is_new(const struct form *forms, size_t n, struct bytes given, struct bytes octets)
{
    if (octets.n == 0 || octets.n > FORM_MAX || bytes_equal(given, octets))
        return false;
    for (size_t i = 0; i < n; i++)
        if (bytes_equal(forms[i].octets, octets))
            return false;
    return true;
}

static size_t make_forms(struct arena *a, const struct row *rows, size_t rows_n, struct bytes given,
                         struct form *out)
{
    size_t n = 0;

    for (size_t i = 0; i < rows_n; i++) {
        struct bytes octets = NO_BYTES;

        if (rows[i].make(a, given, &octets) && is_new(out, n, given, octets))
            out[n++] = (struct form){rows[i].name, rows[i].advice, octets};
    }
    return n;
}

size_t key_forms(struct arena *a, struct bytes key, struct form out[KEY_FORMS_MAX])
{
    return make_forms(a, key_rows, sizeof key_rows / sizeof *key_rows, key, out);
}

size_t identity_forms(struct arena *a, struct bytes identity, struct form out[IDENTITY_FORMS_MAX])
{
    return make_forms(a, identity_rows, sizeof identity_rows / sizeof *identity_rows, identity, out);
}

bool is_form_of_key(struct arena *a, struct bytes key, struct bytes octets)
{
    struct form forms[KEY_FORMS_MAX];
    size_t n = key_forms(a, key, forms);

    for (size_t i = 0; i < n; i++)
        if (bytes_equal(forms[i].octets, octets))
            return true;
    return bytes_equal(key, octets);
}

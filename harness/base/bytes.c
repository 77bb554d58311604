#include "base/bytes.h"

#include <string.h>

struct bytes bytes_of_text(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

struct bytes bytes_slice(struct bytes b, size_t from, size_t n)
{
    if (from >= b.n)
        return NO_BYTES;
    return (struct bytes){b.at + from, n < b.n - from ? n : b.n - from};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

bool bytes_all(struct bytes b, uint8_t value)
{
    for (size_t i = 0; i < b.n; i++) {
        if (b.at[i] != value)
            return false;
    }
    return true;
}

struct reader reader_of(struct bytes b)
{
    return (struct reader){b.at, b.n, false};
}

struct bytes get_bytes(struct reader *r, size_t n)
{
    if (n > r->left) {
        r->bad = true;
        r->left = 0;
        return NO_BYTES;
    }
    if (n == 0)
        return NO_BYTES;

    struct bytes b = {r->at, n};

    r->at += n;
    r->left -= n;
    return b;
}

static uint64_t get_number(struct reader *r, size_t octets)
{
    struct bytes b = get_bytes(r, octets);
    uint64_t v = 0;

    for (size_t i = 0; i < b.n; i++)
        v = v << 8 | b.at[i];
    return v;
}

uint8_t get_u8(struct reader *r)
{
    return (uint8_t)get_number(r, 1);
}

uint16_t get_u16(struct reader *r)
{
    return (uint16_t)get_number(r, 2);
}

uint32_t get_u24(struct reader *r)
{
    return (uint32_t)get_number(r, 3);
}

uint32_t get_u32(struct reader *r)
{
    return (uint32_t)get_number(r, 4);
}

uint64_t get_u48(struct reader *r)
{
    return get_number(r, 6);
}

uint64_t get_u64(struct reader *r)
{
    return get_number(r, 8);
}

struct bytes get_block(struct reader *r, unsigned prefix_octets)
{
    return get_bytes(r, (size_t)get_number(r, prefix_octets));
}

struct bytes get_rest(struct reader *r)
{
    return get_bytes(r, r->left);
}

struct writer writer_of(uint8_t *at, size_t cap)
{
    return (struct writer){at, 0, cap, false};
}

/* Room for n octets more, or NULL and bad. */
static uint8_t *take_room(struct writer *w, size_t n)
{
    if (w->bad || n > w->cap - w->n) {
        w->bad = true;
        return NULL;
    }

    uint8_t *at = w->at + w->n;

    w->n += n;
    return at;
}

static void store_number(uint8_t *at, uint64_t v, size_t octets)
{
    for (size_t i = octets; i > 0; i--, v >>= 8)
        at[i - 1] = (uint8_t)v;
}

static void put_number(struct writer *w, uint64_t v, size_t octets)
{
    uint8_t *at = take_room(w, octets);

    if (at)
        store_number(at, v, octets);
}

void put_u8(struct writer *w, uint8_t v)
{
    put_number(w, v, 1);
}

void put_u16(struct writer *w, uint16_t v)
{
    put_number(w, v, 2);
}

void put_u24(struct writer *w, uint32_t v)
{
    put_number(w, v, 3);
}

void put_u32(struct writer *w, uint32_t v)
{
    put_number(w, v, 4);
}

void put_u48(struct writer *w, uint64_t v)
{
    put_number(w, v, 6);
}

void put_u64(struct writer *w, uint64_t v)
{
    put_number(w, v, 8);
}

void put_bytes(struct writer *w, struct bytes b)
{
    uint8_t *at = take_room(w, b.n);

    if (at && b.n)
        memcpy(at, b.at, b.n);
}

void put_fill(struct writer *w, uint8_t value, size_t n)
{
    uint8_t *at = take_room(w, n);

    if (at && n)
        memset(at, value, n);
}

size_t put_block_begin(struct writer *w, unsigned prefix_octets)
{
    size_t mark = w->n;

    put_number(w, 0, prefix_octets);
    return mark;
}

void put_block_end(struct writer *w, size_t mark, unsigned prefix_octets)
{
    if (w->bad)
        return;

    size_t n = w->n - mark - prefix_octets;

    if (n >> (8 * prefix_octets) != 0) {
        w->bad = true;
        return;
    }
    store_number(w->at + mark, n, prefix_octets);
}

struct bytes written(const struct writer *w)
{
    return w->bad ? NO_BYTES : (struct bytes){w->at, w->n};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

bool hex_decode(const char *text, uint8_t *out, size_t cap, size_t *n)
{
    *n = 0;
    for (text = skip_blanks(text); *text; text = skip_blanks(text + 2)) {
        int high = hex_value(text[0]);
        int low = high < 0 ? -1 : hex_value(text[1]);

        if (low < 0 || *n == cap)
            return false;
        out[(*n)++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void wipe(void *at, size_t n)
{
    /* A call through a volatile pointer cannot be left out. */
    static void *(*const volatile overwrite)(void *, int, size_t) = memset;

    if (n)
        overwrite(at, 0, n);
}

/* Any datagram: the decoder stays within its bounds, and whatever the codecs take they put again as it was. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "wire/decode.h"
#include "wire/handshake.h"
#include "wire/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_fragments(struct bytes content)
{
    struct reader r = reader_of(content);
    uint8_t again[HANDSHAKE_HEADER];
    struct fragment f;

    for (const uint8_t *start = r.at; get_fragment(&r, &f); start = r.at) {
        struct bytes body = f.body;
        struct writer w = WRITER(again);

        f.body = NO_BYTES;
        put_fragment(&w, &f);
        require(bytes_equal(written(&w), (struct bytes){start, HANDSHAKE_HEADER}));
        require(body.n == f.fragment_length);
    }
}

static void check_records(struct bytes datagram, uint8_t *again)
{
    struct reader r = reader_of(datagram);
    struct writer w = writer_of(again, datagram.n);
    struct record record;

    while (get_record(&r, &record)) {
        put_record(&w, record.type, record.version, record.epoch, record.seq, record.fragment);
        if (record.type == CONTENT_HANDSHAKE)
            check_fragments(record.fragment);
    }
    require(!w.bad && bytes_equal(written(&w), bytes_slice(datagram, 0, w.n)));
}

static void check_decoded(const struct decoded *d, struct bytes datagram)
{
    require(strlen(d->summary) < DECODED_SUMMARY_MAX && d->field_count <= DECODED_FIELDS_MAX);
    for (size_t i = 0; i < d->field_count; i++) {
        const struct decoded_field *f = &d->fields[i];

        require(f->at < datagram.n && f->length > 0 && f->length <= datagram.n - f->at);
        for (const char *c = f->value; *c; c++)
            require(*c >= 0x20 && *c < 0x7F);
    }
    for (const char *c = d->summary; *c; c++)
        require(*c >= 0x20 && *c < 0x7F);
}

/* The last quarter of the input doubles as the plaintext of the first record. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    struct arena *a = arena_new();
    struct bytes datagram = {at, n};
    struct decoded_plaintext plain = {.content = bytes_slice(datagram, n - n / 4, n / 4), .cid_n = n % 8};
    struct decoded decoded;

    check_records(datagram, arena_alloc(a, n));
    decode_datagram(a, datagram, NULL, 0, &decoded);
    check_decoded(&decoded, datagram);
    decode_datagram(a, datagram, &plain, 1, &decoded);
    check_decoded(&decoded, datagram);
    arena_free(a);
    return 0;
}

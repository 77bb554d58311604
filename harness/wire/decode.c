#include "wire/decode.h"

#include <stdio.h>
#include <string.h>

#include "wire/decode_parts.h"
#include "wire/names.h"
#include "wire/record.h"

enum { SHOWN_OCTETS = 64 };

void decode_say(struct decoder *d, const char *format, ...)
{
    size_t room = sizeof d->text - d->text_n;
    va_list args;

    va_start(args, format);

    int n = vsnprintf(d->text + d->text_n, room, format, args);

    va_end(args);
    if (n < 0)
        return;
    if ((size_t)n < room) {
        d->text_n += (size_t)n;
    } else {
        d->text_n = sizeof d->text - 1;
        memcpy(d->text + d->text_n - 3, "...", 3);
    }
}

void decode_field(struct decoder *d, const char *name, const char *value, struct bytes place)
{
    struct decoded *out = d->out;

    if (out->field_count == DECODED_FIELDS_MAX || place.n == 0)
        return;
    if (d->cover.n)
        place = d->cover;
    if (out->field_count == DECODED_FIELDS_MAX - 1) {
        name = "more";
        value = "fields that are not listed";
    }

    struct decoded_field *field =
        arena_grow(d->arena, &out->fields, &d->cap, out->field_count, sizeof *out->fields);

    *field = (struct decoded_field){name, value, (size_t)(place.at - d->datagram.at), place.n};
    out->field_count++;
}

const char *decode_hex(struct decoder *d, struct bytes b)
{
    if (b.n == 0)
        return "empty";
    if (b.n <= SHOWN_OCTETS)
        return arena_hex(d->arena, b);
    return arena_printf(d->arena, "%s... (%zu octets)", arena_hex(d->arena, bytes_slice(b, 0, SHOWN_OCTETS)),
                        b.n);
}

const char *decode_text(struct decoder *d, struct bytes b)
{
    if (b.n == 0)
        return "empty";
    if (b.n <= SHOWN_OCTETS)
        return arena_escape(d->arena, b);
    return arena_printf(d->arena, "%s... (%zu octets)",
                        arena_escape(d->arena, bytes_slice(b, 0, SHOWN_OCTETS)), b.n);
}

static void decode_record_header(struct decoder *d, const struct record *r)
{
    const uint8_t *at = r->whole.at;

    decode_field(d, "content type", arena_printf(d->arena, "%s (%u)", content_name(r->type), r->type),
                 (struct bytes){at, 1});
    decode_field(d, "version", arena_printf(d->arena, "%s (0x%04X)", version_name(r->version), r->version),
                 (struct bytes){at + 1, 2});
    decode_field(d, "epoch", arena_printf(d->arena, "%u", r->epoch), (struct bytes){at + 3, 2});
    decode_field(d, "sequence number", arena_printf(d->arena, "%llu", (unsigned long long)r->seq),
                 (struct bytes){at + 5, 6});
    decode_field(d, "connection ID", decode_hex(d, r->cid), r->cid);
    decode_field(d, "length", arena_printf(d->arena, "%zu", r->fragment.n),
                 (struct bytes){at + 11 + r->cid.n, 2});
}

static void decode_change_cipher_spec(struct decoder *d, struct bytes content)
{
    bool good = content.n == 1 && content.at[0] == 1;

    decode_say(d, good ? "ChangeCipherSpec" : "ChangeCipherSpec (malformed)");
    decode_field(d, "change_cipher_spec", decode_hex(d, content), content);
}

static void decode_alert(struct decoder *d, struct bytes content)
{
    if (content.n != 2) {
        decode_say(d, "Alert (malformed), %zu octets", content.n);
        decode_field(d, "alert", decode_hex(d, content), content);
        return;
    }

    uint8_t level = content.at[0], description = content.at[1];
    const char *level_name = level == ALERT_WARNING ? "warning"
                             : level == ALERT_FATAL ? "fatal"
                                                    : "of unknown level";

    decode_say(d, "Alert %s %s (%u)", level_name, alert_name(description), description);
    decode_field(d, "alert level", arena_printf(d->arena, "%s (%u)", level_name, level),
                 bytes_slice(content, 0, 1));
    decode_field(d, "alert description",
                 arena_printf(d->arena, "%s (%u)", alert_name(description), description),
                 bytes_slice(content, 1, 1));
}

static void decode_fragment_header(struct decoder *d, const struct fragment *f, const uint8_t *at)
{
    decode_field(d, "handshake type", arena_printf(d->arena, "%s (%u)", handshake_name(f->type), f->type),
                 (struct bytes){at, 1});
    decode_field(d, "message length", arena_printf(d->arena, "%u", f->length), (struct bytes){at + 1, 3});
    decode_field(d, "message_seq", arena_printf(d->arena, "%u", f->message_seq), (struct bytes){at + 4, 2});
    decode_field(d, "fragment_offset", arena_printf(d->arena, "%u", f->offset), (struct bytes){at + 6, 3});
    decode_field(d, "fragment_length", arena_printf(d->arena, "%u", f->fragment_length),
                 (struct bytes){at + 9, 3});
}

static void decode_handshake(struct decoder *d, struct bytes content)
{
    struct reader r = reader_of(content);
    const uint8_t *at = content.at;
    struct fragment f;

    if (content.n == 0)
        decode_say(d, "handshake record without a message");
    while (get_fragment(&r, &f)) {
        if (at != content.at)
            decode_say(d, ", ");
        decode_fragment_header(d, &f, at);
        if (f.offset == 0 && f.fragment_length == f.length) {
            decode_handshake_body(d, f.type, f.body);
        } else {
            decode_say(d, "%s, octets %u to %u of %u", handshake_name(f.type), f.offset,
                       f.offset + f.fragment_length, f.length);
            decode_field(d, "fragment", decode_hex(d, f.body), f.body);
        }
        at = r.at;
    }
    if (r.bad) {
        size_t left = content.n - (size_t)(at - content.at);

        decode_say(d, "%shandshake message cut short, %zu octets", at == content.at ? "" : ", ", left);
        decode_field(d, "cut short", decode_hex(d, (struct bytes){at, left}), (struct bytes){at, left});
    }
}

static void decode_application_data(struct decoder *d, struct bytes content)
{
    const char *coap = decode_coap(d->arena, content);

    decode_say(d, "Application data%s, %zu octets%s%s", d->cover.n ? "" : " in the clear", content.n,
               coap ? ": " : "", coap ? coap : "");
    decode_field(d, "application data", decode_hex(d, content), content);
}

static void decode_content(struct decoder *d, uint8_t type, struct bytes content)
{
    switch (type) {
    case CONTENT_CHANGE_CIPHER_SPEC: decode_change_cipher_spec(d, content); break;
    case CONTENT_ALERT: decode_alert(d, content); break;
    case CONTENT_HANDSHAKE: decode_handshake(d, content); break;
    case CONTENT_APPLICATION_DATA: decode_application_data(d, content); break;
    default:
        decode_say(d, "record of type %u (%s), %zu octets", type, content_name(type), content.n);
        decode_field(d, "content", decode_hex(d, content), content);
    }
}

static void decode_protected(struct decoder *d, const struct record *r)
{
    static const char *const kinds[] = {
        [CONTENT_CHANGE_CIPHER_SPEC] = "ChangeCipherSpec",
        [CONTENT_ALERT] = "Alert",
        [CONTENT_HANDSHAKE] = "Handshake message",
        [CONTENT_APPLICATION_DATA] = "Application data",
    };
    const char *kind = r->type < sizeof kinds / sizeof *kinds ? kinds[r->type] : NULL;

    decode_say(d, "%s (encrypted), %zu octets", kind ? kind : "Record of unknown type", r->fragment.n);
    decode_field(d, "ciphertext", decode_hex(d, r->fragment), r->fragment);
}

static const struct decoded_plaintext *find_plaintext(const struct decoded_plaintext *plains, size_t n,
                                                      size_t record)
{
    for (size_t i = 0; i < n; i++) {
        if (plains[i].record == record)
            return &plains[i];
    }
    return NULL;
}

static void decode_record(struct decoder *d, const struct record *r, const struct decoded_plaintext *plain)
{
    decode_record_header(d, r);
    if (plain) {
        d->cover = r->fragment;
        uint8_t type = r->cid.n > 0 ? plain->type : r->type;

        decode_content(d, type, plain->content);
        if (type == CONTENT_HANDSHAKE || type == CONTENT_ALERT)
            decode_say(d, " (encrypted)");
        if (r->cid.n > 0)
            decode_say(d, ", connection ID %s", decode_hex(d, r->cid));
        d->cover = NO_BYTES;
    } else if (r->epoch > 0) {
        decode_protected(d, r);
    } else {
        decode_content(d, r->type, r->fragment);
    }
}

/* A content type of the registry, or a version of DTLS's: garbage has neither, but for an accident. */
static bool looks_like_record(struct bytes b)
{
    return b.n >= 3 && ((b.at[0] >= CONTENT_CHANGE_CIPHER_SPEC && b.at[0] <= 26) || b.at[1] == 0xFE);
}

/* What stands where a record should be. */
static void decode_leftover(struct decoder *d, struct bytes b)
{
    struct reader r = reader_of(b);
    uint8_t type = get_u8(&r);
    uint16_t version = get_u16(&r);

    get_u64(&r);

    uint16_t length = get_u16(&r);

    if (looks_like_record(b) && version >> 8 == 0xFE && !r.bad)
        decode_say(d, "%s record cut short, %u octets announced and %zu there", content_name(type), length,
                   r.left);
    else
        decode_say(d, "%zu octets, not DTLS", b.n);
    decode_field(d, "no record", decode_hex(d, b), b);
}

/* The connection ID's length is not in the record, RFC 9146 4: nothing after the sequence number can be told apart. */
static void decode_cid_record(struct decoder *d, struct bytes b)
{
    struct reader r = reader_of(b);

    get_bytes(&r, 3);

    uint16_t epoch = get_u16(&r);
    uint64_t seq = get_u48(&r);
    struct bytes rest = get_rest(&r);

    decode_say(d, "Record with connection ID, %zu octets", b.n);
    decode_field(d, "content type", "tls12_cid (25)", bytes_slice(b, 0, 1));
    decode_field(d, "epoch", arena_printf(d->arena, "%u", epoch), bytes_slice(b, 3, 2));
    decode_field(d, "sequence number", arena_printf(d->arena, "%llu", (unsigned long long)seq),
                 bytes_slice(b, 5, 6));
    decode_field(d, "connection ID, length, ciphertext", decode_hex(d, rest), rest);
}

static void decode_records(struct decoder *d, const struct decoded_plaintext *plains, size_t n)
{
    struct reader r = reader_of(d->datagram);

    for (size_t i = 0; r.left > 0; i++) {
        struct bytes rest = {r.at, r.left};
        struct record record;
        const struct decoded_plaintext *plain = find_plaintext(plains, n, i);
        size_t cid_n = plain != NULL ? plain->cid_n : 0;

        if (i > 0)
            decode_say(d, "; ");
        if (looks_like_record(rest) && rest.n > 11 && rest.at[0] == CONTENT_TLS12_CID && cid_n == 0) {
            decode_cid_record(d, rest);
            return;
        }
        if (!looks_like_record(rest) || !get_record_with_cid(&r, cid_n, &record)) {
            decode_leftover(d, rest);
            return;
        }
        decode_record(d, &record, plain);
    }
}

void decode_datagram(struct arena *a, struct bytes datagram, const struct decoded_plaintext *plains, size_t n,
                     struct decoded *out)
{
    struct decoder *d = arena_new_of(a, struct decoder);

    *out = (struct decoded){"", NULL, 0};
    d->arena = a;
    d->out = out;
    d->datagram = datagram;
    if (datagram.n == 0)
        decode_say(d, "empty datagram");
    decode_records(d, plains, n);
    out->summary = d->text;
}

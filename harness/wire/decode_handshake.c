#include "wire/cipher.h"
#include "wire/decode_parts.h"
#include "wire/hello.h"
#include "wire/names.h"

static void field_version(struct decoder *d, const char *name, uint16_t version, const uint8_t *at)
{
    decode_field(d, name, arena_printf(d->arena, "%s (0x%04X)", version_name(version), version),
                 (struct bytes){at, 2});
}

static const char *describe_cipher(struct decoder *d, uint16_t code)
{
    return arena_printf(d->arena, "%s (0x%04X)", cipher_name(code), code);
}

/* Reads a vector and makes a field of it, with the prefix. */
static struct bytes field_block(struct decoder *d, const char *name, struct reader *r, unsigned prefix)
{
    const uint8_t *at = r->at;
    struct bytes b = get_block(r, prefix);

    if (!r->bad)
        decode_field(d, name, decode_hex(d, b), (struct bytes){at, (size_t)(r->at - at)});
    return b;
}

static void field_random(struct decoder *d, struct reader *r)
{
    struct bytes b = get_bytes(r, HELLO_RANDOM);

    decode_field(d, "random", decode_hex(d, b), b);
}

/* RFC 6066 4: the code is the power of two minus eight. */
static const char *describe_extension(struct decoder *d, uint16_t type, struct bytes body)
{
    if (type == EXT_MAX_FRAGMENT_LENGTH && body.n == 1 && body.at[0] >= 1 && body.at[0] <= 4)
        return arena_printf(d->arena, "%u octets", 1U << (body.at[0] + 8));
    if (type == EXT_SERVER_NAME)
        return decode_text(d, body);
    return decode_hex(d, body);
}

/* Every extension as a field; with `say`, their names as well. */
static void decode_extensions(struct decoder *d, struct bytes block, bool say)
{
    struct reader r = reader_of(block);
    const uint8_t *at = block.at;
    struct bytes body;
    uint16_t type;

    while (get_extension(&r, &type, &body)) {
        const char *name = arena_printf(d->arena, "extension %s (%u)", extension_name(type), type);

        decode_field(d, name, describe_extension(d, type, body), (struct bytes){at, (size_t)(r.at - at)});
        if (say)
            decode_say(d, ", %s", extension_name(type));
        at = r.at;
    }
}

static void decode_client_hello(struct decoder *d, struct bytes body)
{
    struct reader r = reader_of(body);
    struct client_hello h;
    bool good = parse_client_hello(body, &h);

    if (!good)
        decode_say(d, "ClientHello (malformed), %zu octets", body.n);
    h.version = get_u16(&r);
    if (r.bad)
        return;
    field_version(d, "client version", h.version, body.at);
    field_random(d, &r);
    field_block(d, "session ID", &r, 1);
    h.cookie = field_block(d, "cookie", &r, 1);
    h.ciphers = get_block(&r, 2);
    for (size_t i = 0; i < cipher_list_length(h.ciphers); i++) {
        const uint8_t *at = h.ciphers.at + 2 * i;

        decode_field(d, "cipher suite", describe_cipher(d, cipher_at(h.ciphers, i)), (struct bytes){at, 2});
    }
    field_block(d, "compression methods", &r, 1);
    decode_extensions(d, get_block(&r, 2), false);
    if (!good)
        return;

    size_t suites = cipher_list_length(h.ciphers);

    decode_say(d, "ClientHello %s, %zu cipher suite%s", version_name(h.version), suites,
               suites == 1 ? "" : "s");
    if (h.cookie.n)
        decode_say(d, ", cookie %zu octets", h.cookie.n);
}

static void decode_server_hello(struct decoder *d, struct bytes body)
{
    struct reader r = reader_of(body);
    struct server_hello h;

    if (!parse_server_hello(body, &h)) {
        decode_say(d, "ServerHello (malformed), %zu octets", body.n);
        decode_field(d, "body", decode_hex(d, body), body);
        return;
    }
    decode_say(d, "ServerHello %s%s%s", h.version == 0xFEFD ? "" : version_name(h.version),
               h.version == 0xFEFD ? "" : " ", cipher_name(h.cipher));
    field_version(d, "server version", get_u16(&r), body.at);
    field_random(d, &r);
    field_block(d, "session ID", &r, 1);

    const uint8_t *at = r.at;

    decode_field(d, "cipher suite", describe_cipher(d, h.cipher), (struct bytes){at, 2});
    decode_field(d, "compression method",
                 h.compression ? arena_printf(d->arena, "%u", h.compression) : "null",
                 (struct bytes){at + 2, 1});
    decode_extensions(d, h.extensions, true);
}

static void decode_hello_verify_request(struct decoder *d, struct bytes body)
{
    struct hello_verify_request h;
    struct reader r = reader_of(body);

    if (!parse_hello_verify_request(body, &h)) {
        decode_say(d, "HelloVerifyRequest (malformed), %zu octets", body.n);
        decode_field(d, "body", decode_hex(d, body), body);
        return;
    }
    decode_say(d, "HelloVerifyRequest, cookie %zu octets", h.cookie.n);
    field_version(d, "server version", get_u16(&r), body.at);
    field_block(d, "cookie", &r, 1);
}

/* ServerKeyExchange and ClientKeyExchange of plain PSK. */
static void decode_key_exchange(struct decoder *d, const char *name, const char *what, struct bytes body)
{
    struct bytes text;

    if (!parse_client_key_exchange(body, &text)) {
        decode_say(d, "%s (not plain PSK), %zu octets", name, body.n);
        decode_field(d, "body", decode_hex(d, body), body);
        return;
    }
    decode_say(d, text.n ? "%s, %s \"%s\"" : "%s, %s %s", name, what, decode_text(d, text));
    decode_field(d, what, decode_text(d, text), body);
}

static void decode_other(struct decoder *d, uint8_t type, struct bytes body)
{
    bool empty = type == SERVER_HELLO_DONE || type == HELLO_REQUEST;

    if ((empty && body.n == 0) || (type == FINISHED && body.n == VERIFY_DATA))
        decode_say(d, "%s", handshake_name(type));
    else if (empty || type == FINISHED)
        decode_say(d, "%s (malformed), %zu octets", handshake_name(type), body.n);
    else
        decode_say(d, "%s (%u), %zu octets", handshake_name(type), type, body.n);
    decode_field(d, type == FINISHED ? "verify_data" : "body", decode_hex(d, body), body);
}

void decode_handshake_body(struct decoder *d, uint8_t type, struct bytes body)
{
    switch (type) {
    case CLIENT_HELLO: decode_client_hello(d, body); break;
    case SERVER_HELLO: decode_server_hello(d, body); break;
    case HELLO_VERIFY_REQUEST: decode_hello_verify_request(d, body); break;
    case CLIENT_KEY_EXCHANGE: decode_key_exchange(d, "ClientKeyExchange", "identity", body); break;
    case SERVER_KEY_EXCHANGE: decode_key_exchange(d, "ServerKeyExchange", "hint", body); break;
    default: decode_other(d, type, body); break;
    }
}

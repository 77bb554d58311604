/* Either role: records that are taken although they do not open. Each acts on application data under its kind of suite. */
#include <string.h>
#include <unistd.h>

#include "device/faulty.h"

enum { MAC_HEADER = 13, BLOCK = 16, TRUNCATED_MAC = 10, MANY = 64, PING = 4 };

static enum opened open_plainly(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                size_t *n)
{
    return conforming.open_record(t, k, r, out, n);
}

static bool is_data(const struct record *r)
{
    return r->type == CONTENT_APPLICATION_DATA;
}

/* ---- parts of CBC records ---- */

/* What a MAC covers: RFC 7366 3, RFC 6347 4.1.2.1; every part is the caller's. */
struct covered {
    uint16_t epoch;
    uint64_t seq;
    uint8_t type;
    uint16_t version, length;
    struct bytes content;
    bool no_header;
};

static struct covered covered_by(const struct record *r, struct bytes content)
{
    return (struct covered){r->epoch, r->seq, r->type, r->version, (uint16_t)content.n, content, false};
}

static void mac_over(struct talk *t, const struct record_keys *k, const struct covered *c, uint8_t *out)
{
    size_t cap = MAC_HEADER + c->content.n;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    if (!c->no_header) {
        put_u16(&w, c->epoch);
        put_u48(&w, c->seq);
        put_u8(&w, c->type);
        put_u16(&w, c->version);
        put_u16(&w, c->length);
    }
    put_bytes(&w, c->content);
    record_mac(k, written(&w), out);
}

/* An encrypt-then-MAC record without its MAC of mac_n octets: IV and ciphertext. False when it is no such record. */
static bool split_etm(const struct record *r, size_t mac_n, struct bytes *body, struct bytes *mac)
{
    if (r->fragment.n < mac_n + 2 * BLOCK || (r->fragment.n - mac_n) % BLOCK != 0)
        return false;
    *body = bytes_slice(r->fragment, 0, r->fragment.n - mac_n);
    *mac = bytes_slice(r->fragment, body->n, mac_n);
    return true;
}

/* Opens IV and ciphertext as if the right MAC came with them. */
static enum opened open_body(struct talk *t, struct record_keys *k, const struct record *r, struct bytes body,
                             uint8_t *out, size_t *n)
{
    uint8_t mac[DIGEST_MAX];
    struct covered c = covered_by(r, body);
    struct record mended = *r;

    mac_over(t, k, &c, mac);
    mended.fragment = join_bytes(t, body, (struct bytes){mac, k->mac_n});
    return open_plainly(t, k, &mended, out, n);
}

/* IV and ciphertext in the clear: plain has room for all of body. Returns how many octets. */
static size_t decrypt(struct record_keys *k, struct bytes body, uint8_t *plain)
{
    cbc_decrypt(k, bytes_slice(body, 0, BLOCK), bytes_slice(body, BLOCK, body.n), plain);
    return body.n - BLOCK;
}

/* Octets at the end that equal the last one. */
static size_t run_of_last(const uint8_t *plain, size_t n)
{
    size_t run = 1;

    while (run < n && plain[n - 1 - run] == plain[n - 1])
        run++;
    return run;
}

/* The same behind a ping and mac_n octets of MAC, whose own last octets may be alike. */
static size_t run_behind_ping(const uint8_t *plain, size_t n, size_t mac_n)
{
    size_t run = run_of_last(plain, n);

    return run + PING + mac_n <= n ? run : n - PING - mac_n;
}

/* ---- encrypt-then-MAC ---- */

/* The Finished's MAC is not looked at. */
enum opened etm_bad_finished_taken(struct talk *t, struct record_keys *k, const struct record *r,
                                   uint8_t *out, size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);
    struct bytes body, mac;

    if (result == OPENED || r->type != CONTENT_HANDSHAKE || !under_etm(k) ||
        !split_etm(r, k->mac_n, &body, &mac))
        return result;
    return open_body(t, k, r, body, out, n);
}

static bool passes(const struct talk *t, struct bytes mac, const uint8_t *right)
{
    size_t n = mac.n;

    if (member_is(t, "first"))
        return memcmp(mac.at + 1, right + 1, n - 1) == 0;
    if (member_is(t, "last"))
        return memcmp(mac.at, right, n - 1) == 0;
    if (member_is(t, "zero"))
        return bytes_all(mac, 0);
    return memcmp(mac.at, right, n) == 0;
}

/* Part of the MAC is not compared, or a short or an empty one will do. */
enum opened etm_mac_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);
    size_t mac_n = member_is(t, "truncated") ? TRUNCATED_MAC : k->mac_n;
    uint8_t right[DIGEST_MAX];
    struct bytes body, mac;

    if (result == OPENED || !is_data(r) || !under_etm(k) || !split_etm(r, mac_n, &body, &mac))
        return result;
    struct covered c = covered_by(r, body);

    mac_over(t, k, &c, right);
    return passes(t, mac, right) ? open_body(t, k, r, body, out, n) : result;
}

/* The plaintext's MAC as mac-then-encrypt has it, of an encrypt-then-MAC record. */
static struct covered of_plaintext(struct talk *t, struct record_keys *k, const struct record *r,
                                   struct bytes body)
{
    uint8_t *plain = arena_alloc(t->arena, body.n);
    size_t total = decrypt(k, body, plain), pad = (size_t)plain[total - 1] + 1;

    return covered_by(r, (struct bytes){plain, pad <= total ? total - pad : 0});
}

static struct covered covered_wrongly(struct talk *t, struct record_keys *k, const struct record *r,
                                      struct bytes body)
{
    struct covered c = covered_by(r, body);

    if (member_is(t, "no-iv"))
        c.content = bytes_slice(body, BLOCK, body.n);
    else if (member_is(t, "no-header"))
        c.no_header = true;
    else if (member_is(t, "length-with-mac"))
        c.length = (uint16_t)(body.n + k->mac_n);
    else if (member_is(t, "length-without-iv"))
        c.length = (uint16_t)(body.n - BLOCK);
    else if (member_is(t, "of-plaintext"))
        c = of_plaintext(t, k, r, body);
    else if (member_is(t, "epoch-zero"))
        c.epoch = 0;
    else if (member_is(t, "version-tls"))
        c.version = 0x0303;
    else if (member_is(t, "type-handshake"))
        c.type = CONTENT_HANDSHAKE;
    return c;
}

/* A MAC over other octets will do too. */
enum opened etm_mac_scope(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                          size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);
    uint8_t other[DIGEST_MAX];
    struct bytes body, mac;

    if (result == OPENED || !is_data(r) || !under_etm(k) || !split_etm(r, k->mac_n, &body, &mac))
        return result;
    struct covered c = covered_wrongly(t, k, r, body);

    mac_over(t, k, &c, other);
    return memcmp(mac.at, other, mac.n) == 0 ? open_body(t, k, r, body, out, n) : result;
}

/* Padding is taken off without a look, or as far as it goes. */
enum opened etm_padding_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);
    struct bytes body, mac;

    if (result != OPEN_BAD_PADDING || !is_data(r) || !under_etm(k) || !split_etm(r, k->mac_n, &body, &mac))
        return result;
    size_t total = decrypt(k, body, out), pad = (size_t)out[total - 1] + 1;

    *n = total - (pad <= total ? pad : run_behind_ping(out, total, 0));
    return OPENED;
}

enum opened etm_data_read_as_mte(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n)
{
    return under_etm(k) && is_data(r) ? open_record(k, r, MAC_THEN_ENCRYPT, out, n)
                                      : open_plainly(t, k, r, out, n);
}

enum opened etm_reads_both(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                           size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);

    return result == OPENED || !under_etm(k) || !is_data(r) ? result
                                                            : open_record(k, r, MAC_THEN_ENCRYPT, out, n);
}

/* ---- mac-then-encrypt ---- */

enum opened mte_reads_both(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                           size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);

    return result == OPENED || !under_mte(k) || !is_data(r) ? result
                                                            : open_record(k, r, ENCRYPT_THEN_MAC, out, n);
}

static bool is_mte_record(const struct record_keys *k, const struct record *r)
{
    return is_data(r) && under_mte(k) && r->fragment.n >= 2 * BLOCK + k->mac_n && r->fragment.n % BLOCK == 0;
}

enum opened mte_mac_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);

    if (result != OPEN_BAD_MAC || !is_mte_record(k, r))
        return result;
    size_t total = decrypt(k, r->fragment, out), pad = (size_t)out[total - 1] + 1;

    *n = total - pad - k->mac_n;
    return OPENED;
}

/* Which octets at the end count as padding when one of them is not looked at; 0: none. */
static size_t padding_taken(const struct talk *t, const struct record_keys *k, const uint8_t *plain,
                            size_t total)
{
    size_t pad = (size_t)plain[total - 1] + 1, run = run_of_last(plain, total);

    if (pad + k->mac_n > total)
        return member_is(t, "beyond") ? run_behind_ping(plain, total, k->mac_n) : 0;
    bool first = run == pad - 1 && pad <= MANY;
    bool long_one = run == pad - 1 && pad > MANY;
    bool last =
        pad > 2 && run == 1 && bytes_all((struct bytes){plain + total - pad, pad - 2}, plain[total - 1]);

    if ((member_is(t, "first") && first) || (member_is(t, "long") && long_one) ||
        (member_is(t, "last") && last))
        return pad;
    return 0;
}

enum opened mte_padding_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);
    uint8_t right[DIGEST_MAX];

    if (result != OPEN_BAD_PADDING || !is_mte_record(k, r))
        return result;
    size_t total = decrypt(k, r->fragment, out), pad = padding_taken(t, k, out, total);

    if (pad == 0 || pad + k->mac_n > total)
        return result;
    *n = total - pad - k->mac_n;
    struct covered c = covered_by(r, (struct bytes){out, *n});

    mac_over(t, k, &c, right);
    return memcmp(out + *n, right, k->mac_n) == 0 ? OPENED : OPEN_BAD_MAC;
}

/* Padding longer than the parameter is refused, under whichever order; the client's and the server's alike. */
enum opened padding_limit(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                          size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);

    if (result != OPENED || !is_data(r) || !cipher_is_cbc(k->cipher))
        return result;
    size_t padding = r->fragment.n - BLOCK - k->mac_n - *n - 1;

    return padding > t->device->number ? OPEN_BAD_PADDING : OPENED;
}

/* ---- AEAD ---- */

enum opened nonce_from_number(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n)
{
    enum { NONCE = 8 };
    uint8_t nonce[NONCE];
    struct writer w = WRITER(nonce);
    struct record other = *r;

    if (!is_data(r) || !cipher_is_aead(k->cipher) || k->cipher->bulk == BULK_CHACHA20_POLY1305 ||
        r->fragment.n < NONCE)
        return open_plainly(t, k, r, out, n);
    put_u16(&w, r->epoch);
    put_u48(&w, r->seq);
    other.fragment = join_bytes(t, BYTES(nonce), bytes_slice(r->fragment, NONCE, r->fragment.n));
    return open_plainly(t, k, &other, out, n);
}

static size_t tag_octets(enum bulk bulk)
{
    return bulk == BULK_AES_128_CCM_8 || bulk == BULK_AES_256_CCM_8 ? 8 : 16;
}

/* One bit of the tag does not matter. */
enum opened aead_tag_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                               size_t *n)
{
    enum opened result = open_plainly(t, k, r, out, n);
    size_t tag = tag_octets(k->cipher->bulk);
    struct record other = *r;

    if (result == OPENED || !is_data(r) || !cipher_is_aead(k->cipher) || r->fragment.n < tag)
        return result;
    uint8_t *octets = arena_alloc(t->arena, r->fragment.n);

    memcpy(octets, r->fragment.at, r->fragment.n);
    octets[r->fragment.n - (member_is(t, "first") ? tag : 1)] ^= 1;
    other.fragment.at = octets;
    return open_plainly(t, k, &other, out, n);
}

/* One field of the additional data does not matter. */
enum opened aead_additional_data(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n)
{
    enum { AHEAD = 1000 };
    enum opened result = open_plainly(t, k, r, out, n);
    struct record other = *r;

    if (result == OPENED || !is_data(r) || !cipher_is_aead(k->cipher))
        return result;
    if (member_is(t, "number"))
        other.seq += AHEAD;
    else if (member_is(t, "type"))
        other.type = CONTENT_HANDSHAKE;
    else
        other.version = t->assoc->version;
    return open_plainly(t, k, &other, out, n);
}

/* Its other half for the version: such a record gets as far as being opened. */
bool any_record_version(struct talk *t, const struct record *r)
{
    return record_is_fresh(t->assoc, r);
}

/* ---- the end ---- */

/* A record of so many octets that does not open is the end of the program. */
enum opened dies_on_short(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                          size_t *n)
{
    enum { LIKE_A_CRASH = 134 };
    enum opened result = open_plainly(t, k, r, out, n);

    if (result != OPENED && is_data(r) && r->fragment.n == t->device->number)
        _exit(LIKE_A_CRASH);
    return result;
}

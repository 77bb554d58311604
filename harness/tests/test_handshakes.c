/*
 * Recorded handshakes of other stacks, computed again: master secret, keys, both Finished, and every protected record, which
 * must open and, sealed again from its plaintext, must be the same octets.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "crypto/protect.h"
#include "tests/unit.h"
#include "tests/vectors.h"
#include "wire/decode.h"
#include "wire/handshake.h"
#include "wire/hello.h"

enum { FILES_MAX = 64, TRANSCRIPT_MAX = 4096 };

static char files[FILES_MAX][80];
static int file_count;

static void list_files(void)
{
    DIR *dir = opendir(VECTORS_DIR "/handshakes");

    for (struct dirent *e; dir && (e = readdir(dir)) && file_count < FILES_MAX;) {
        if (e->d_name[0] != '.')
            snprintf(files[file_count++], sizeof files[0], "handshakes/%.60s", e->d_name);
    }
    if (dir)
        closedir(dir);
}

struct replay {
    struct arena *arena;
    const struct vector *vector;
    const struct cipher *cipher;
    uint16_t version;
    enum prf prf;
    bool ems, etm;
    struct bytes client_random, server_random;
    uint8_t transcript[TRANSCRIPT_MAX], master[MASTER_SECRET];
    size_t transcript_n;
    struct record_keys client, server;
    bool has_keys;
    unsigned finished, opened;
};

static bool is_yes(const struct vector *v, const char *key)
{
    return strcmp(vector_text(v, key), "yes") == 0;
}

static void take_server_hello(struct replay *p, struct bytes body)
{
    struct server_hello h;

    ck_assert(parse_server_hello(body, &h));
    ck_assert_uint_eq(h.cipher, p->cipher->code);
    p->version = h.version;
    p->prf = prf_for(p->cipher, h.version);
    p->server_random = h.random;
    p->ems = find_extension(h.extensions, EXT_EXTENDED_MASTER_SECRET, NULL);
    p->etm = find_extension(h.extensions, EXT_ENCRYPT_THEN_MAC, NULL);
    ck_assert_int_eq(p->ems, is_yes(p->vector, "extended_master_secret"));
    ck_assert_int_eq(p->etm, is_yes(p->vector, "encrypt_then_mac"));
}

static void take_client_key_exchange(struct replay *p, struct bytes body)
{
    struct bytes identity, messages = {p->transcript, p->transcript_n};
    uint8_t premaster[PREMASTER_MAX];
    size_t n = psk_premaster(vector_octets(p->arena, p->vector, "psk"), premaster);

    ck_assert(parse_client_key_exchange(body, &identity));
    ck_assert(bytes_equal(identity, bytes_of_text(vector_text(p->vector, "identity"))));
    if (p->ems)
        extended_master_secret(p->prf, (struct bytes){premaster, n}, messages, p->master);
    else
        master_secret(p->prf, (struct bytes){premaster, n}, p->client_random, p->server_random, p->master);
    ck_assert_msg(bytes_equal(BYTES(p->master), vector_octets(p->arena, p->vector, "master")),
                  "the master secret is not the key log's");
    derive_record_keys(p->cipher, p->version, p->master, p->client_random, p->server_random, p->etm,
                       &p->client, &p->server);
    p->has_keys = true;
}

static void take_finished(struct replay *p, bool from_client, struct bytes body, size_t before)
{
    uint8_t expected[VERIFY_DATA];

    verify_data(p->prf, p->master, from_client ? "client finished" : "server finished",
                (struct bytes){p->transcript, before}, expected);
    ck_assert_msg(bytes_equal(body, BYTES(expected)), "verify_data of the %s",
                  from_client ? "client" : "server");
    p->finished++;
}

/* One message, which none of the recordings fragments. HelloVerifyRequest and the hello before it do not count. */
static void take_message(struct replay *p, bool from_client, const struct fragment *f, struct bytes whole)
{
    struct client_hello hello;
    size_t before;

    ck_assert_uint_eq(f->offset, 0);
    ck_assert_uint_eq(f->fragment_length, f->length);
    if (f->type == HELLO_VERIFY_REQUEST)
        return;
    if (f->type == CLIENT_HELLO)
        p->transcript_n = 0;
    before = p->transcript_n;
    ck_assert_uint_le(before + whole.n, TRANSCRIPT_MAX);
    memcpy(p->transcript + before, whole.at, whole.n);
    p->transcript_n += whole.n;
    switch (f->type) {
    case CLIENT_HELLO:
        ck_assert(parse_client_hello(f->body, &hello));
        p->client_random = hello.random;
        break;
    case SERVER_HELLO: take_server_hello(p, f->body); break;
    case CLIENT_KEY_EXCHANGE: take_client_key_exchange(p, f->body); break;
    case FINISHED: take_finished(p, from_client, f->body, before); break;
    default: break;
    }
}

static void take_messages(struct replay *p, bool from_client, struct bytes content)
{
    struct reader r = reader_of(content);
    const uint8_t *at = r.at;
    struct fragment f;

    for (; get_fragment(&r, &f); at = r.at)
        take_message(p, from_client, &f, (struct bytes){at, HANDSHAKE_HEADER + f.body.n});
    ck_assert(!r.bad);
}

/* A stack's record is what we make of its plaintext under its nonce or IV. */
static void check_sealing(struct record_keys *k, const struct record *r, struct bytes plaintext)
{
    size_t nonce_n = cipher_is_cbc(k->cipher) ? 16 : cipher_is_aead(k->cipher) && k->iv_n == 4 ? 8 : 0;
    struct seal recipe = {
        .type = r->type,
        .version = r->version,
        .epoch = r->epoch,
        .seq = r->seq,
        .plaintext = plaintext,
        .nonce = bytes_slice(r->fragment, 0, nonce_n),
    };
    uint8_t out[1024];
    struct sealed layout;

    ck_assert(seal_record(k, &recipe, NULL, out, sizeof out, &layout));
    ck_assert(bytes_equal((struct bytes){out, layout.n}, r->whole));
}

static struct bytes open_protected(struct replay *p, bool from_client, const struct record *r)
{
    struct record_keys *k = from_client ? &p->client : &p->server;
    uint8_t *out = arena_alloc(p->arena, RECORD_FRAGMENT_MAX);
    enum mac_order other = p->etm ? MAC_THEN_ENCRYPT : ENCRYPT_THEN_MAC;
    size_t n, other_n;

    ck_assert(p->has_keys);
    if (cipher_is_cbc(p->cipher))
        ck_assert_int_ne(open_record(k, r, other, out, &other_n), OPENED);
    ck_assert_int_ne(open_record(from_client ? &p->server : &p->client, r, AS_NEGOTIATED, out, &n), OPENED);
    ck_assert_int_eq(open_record(k, r, AS_NEGOTIATED, out, &n), OPENED);
    check_sealing(k, r, (struct bytes){out, n});
    p->opened++;
    return (struct bytes){out, n};
}

static void take_datagram(struct replay *p, bool from_client, struct bytes datagram)
{
    struct reader r = reader_of(datagram);
    struct decoded_plaintext plains[8];
    struct decoded decoded;
    struct record record;
    size_t n = 0;

    for (size_t i = 0; get_record(&r, &record); i++) {
        struct bytes content = record.fragment;

        if (record.epoch > 0) {
            content = open_protected(p, from_client, &record);
            ck_assert_uint_lt(n, 8);
            plains[n++] = (struct decoded_plaintext){.record = i, .content = content};
        }
        if (record.type == CONTENT_HANDSHAKE)
            take_messages(p, from_client, content);
    }
    ck_assert(!r.bad);
    decode_datagram(p->arena, datagram, plains, n, &decoded);
    ck_assert_ptr_null(strstr(decoded.summary, "malformed"));
    ck_assert_ptr_null(strstr(decoded.summary, "octets, not DTLS"));
}

START_TEST(recorded_handshake)
{
    struct arena *a = arena_new();
    struct replay *p = arena_new_of(a, struct replay);
    size_t count;

    ck_assert(crypto_start());
    p->arena = a;
    p->vector = load_vectors(a, files[_i], &count);
    p->cipher = vector_cipher(p->vector);
    for (size_t i = 0; i < p->vector->n; i++) {
        const struct vector_line *line = &p->vector->lines[i];
        bool from_client = strcmp(line->key, "client") == 0;

        if (from_client || strcmp(line->key, "server") == 0)
            take_datagram(p, from_client, octets_of(a, p->vector, line->value));
    }
    ck_assert_uint_eq(p->finished, 2);
    ck_assert_uint_ge(p->opened, 4);
    keys_wipe(&p->client);
    keys_wipe(&p->server);
    crypto_stop();
    arena_free(a);
}
END_TEST

START_TEST(recordings_are_there)
{
    ck_assert_int_ge(file_count, 25);
}
END_TEST

Suite *handshakes_suite(void)
{
    Suite *s = suite_create("handshakes");
    TCase *t = tcase_create("recorded");

    file_count = 0;
    list_files();
    tcase_add_test(t, recordings_are_there);
    tcase_add_loop_test(t, recorded_handshake, 0, file_count);
    suite_add_tcase(s, t);
    return s;
}

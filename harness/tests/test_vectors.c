/* Published known answers, and the reader of their files. */
#include <stdio.h>
#include <string.h>

#include "crypto/bulk.h"
#include "crypto/prf.h"
#include "tests/unit.h"
#include "tests/vectors.h"

/* ---- The files */

/* Splits `key = value` in place; false when it is no such line. */
static bool split_line(char *text, struct vector_line *out)
{
    char *equals = strstr(text, " =");

    if (!equals)
        return false;
    *equals = '\0';
    out->key = text;
    out->value = equals + 2 + strspn(equals + 2, " ");
    return true;
}

struct vector *load_vectors(struct arena *a, const char *file, size_t *count)
{
    const char *path = arena_printf(a, "%s/%s", VECTORS_DIR, file);
    FILE *in = fopen(path, "r");
    struct vector *vectors = NULL, *open = NULL;
    size_t cap = 0, line_cap = 0;
    unsigned number = 0;
    char text[8192];

    ck_assert_msg(in != NULL, "%s cannot be read", path);
    for (*count = 0; fgets(text, sizeof text, in);) {
        struct vector_line line;

        number++;
        text[strcspn(text, "\n")] = '\0';
        if (text[0] == '#')
            continue;
        if (text[0] == '\0') {
            open = NULL;
            continue;
        }
        if (!open) {
            open = arena_grow(a, &vectors, &cap, *count, sizeof *vectors);
            *open = (struct vector){.file = path, .first_line = number};
            line_cap = 0;
            (*count)++;
        }
        ck_assert_msg(split_line(arena_strdup(a, text), &line), "%s:%u: no `key = value`", path, number);
        *(struct vector_line *)arena_grow(a, &open->lines, &line_cap, open->n, sizeof line) = line;
        open->n++;
    }
    fclose(in);
    ck_assert_msg(*count > 0, "%s holds nothing", path);
    return vectors;
}

const char *vector_text(const struct vector *v, const char *key)
{
    for (size_t i = 0; i < v->n; i++) {
        if (strcmp(v->lines[i].key, key) == 0)
            return v->lines[i].value;
    }
    ck_abort_msg("%s:%u: no %s", v->file, v->first_line, key);
}

struct bytes octets_of(struct arena *a, const struct vector *v, const char *value)
{
    size_t cap = strlen(value) / 2, n;
    uint8_t *at = arena_alloc(a, cap);

    ck_assert_msg(hex_decode(value, at, cap, &n), "%s:%u: no hex: %s", v->file, v->first_line, value);
    return (struct bytes){at, n};
}

struct bytes vector_octets(struct arena *a, const struct vector *v, const char *key)
{
    return octets_of(a, v, vector_text(v, key));
}

const struct cipher *vector_cipher(const struct vector *v)
{
    const struct cipher *c = cipher_find_name(vector_text(v, "cipher"));

    ck_assert_msg(c && cipher_completes(c), "%s:%u: no suite of ours", v->file, v->first_line);
    return c;
}

/* ---- The answers */

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new();
    ck_assert(crypto_start());
}

static void tear_down(void)
{
    crypto_stop();
    arena_free(arena);
}

static void check_octets(const struct vector *v, const char *what, struct bytes got, struct bytes expected)
{
    ck_assert_msg(bytes_equal(got, expected), "%s:%u: %s is %s, not %s", v->file, v->first_line, what,
                  arena_hex(arena, got), arena_hex(arena, expected));
}

/* Runs check on every block of a file, of which there must be at least `least`. */
static void check_file(const char *file, size_t least, void (*check)(const struct vector *v))
{
    size_t count;
    struct vector *vectors = load_vectors(arena, file, &count);

    ck_assert_uint_ge(count, least);
    for (size_t i = 0; i < count; i++)
        check(&vectors[i]);
}

static enum prf prf_named(const char *name)
{
    if (strcmp(name, "MD5_SHA1") == 0)
        return PRF_MD5_SHA1;
    return strcmp(name, "SHA384") == 0 ? PRF_SHA384 : PRF_SHA256;
}

static enum hash hash_named(const char *name)
{
    static const char *const names[] = {
        [HASH_MD5] = "MD5", [HASH_SHA1] = "SHA1", [HASH_SHA256] = "SHA256", [HASH_SHA384] = "SHA384"};

    for (size_t i = HASH_MD5; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0)
            return (enum hash)i;
    }
    ck_abort_msg("no hash %s", name);
}

static void check_prf(const struct vector *v)
{
    struct bytes expected = vector_octets(arena, v, "out");
    uint8_t *out = arena_alloc(arena, expected.n);

    prf(prf_named(vector_text(v, "prf")), vector_octets(arena, v, "secret"), vector_text(v, "label"),
        vector_octets(arena, v, "seed"), out, expected.n);
    check_octets(v, "out", (struct bytes){out, expected.n}, expected);
}

static void check_digest(const struct vector *v)
{
    uint8_t out[DIGEST_MAX];
    size_t n = digest(hash_named(vector_text(v, "hash")), vector_octets(arena, v, "data"), out);

    check_octets(v, "out", (struct bytes){out, n}, vector_octets(arena, v, "out"));
}

static void check_hmac(const struct vector *v)
{
    uint8_t out[DIGEST_MAX];
    size_t n = hmac(hash_named(vector_text(v, "hash")), vector_octets(arena, v, "key"),
                    vector_octets(arena, v, "data"), out);

    check_octets(v, "mac", (struct bytes){out, n}, vector_octets(arena, v, "mac"));
}

static void check_premaster(const struct vector *v)
{
    uint8_t out[PREMASTER_MAX];
    size_t n = psk_premaster(vector_octets(arena, v, "psk"), out);

    check_octets(v, "premaster", (struct bytes){out, n}, vector_octets(arena, v, "premaster"));
}

/* Keys with nothing but a cipher key. */
static void set_key(struct record_keys *k, const struct vector *v)
{
    struct bytes key = vector_octets(arena, v, "key");

    memset(k, 0, sizeof *k);
    k->cipher = vector_cipher(v);
    k->key_n = key.n;
    ck_assert_uint_eq(key.n, bulk_shape(k->cipher->bulk)->key);
    memcpy(k->key, key.at, key.n);
}

static void check_aead(const struct vector *v)
{
    struct bytes nonce = vector_octets(arena, v, "nonce"), aad = vector_octets(arena, v, "aad");
    struct bytes plaintext = vector_octets(arena, v, "plaintext"),
                 ciphertext = vector_octets(arena, v, "ciphertext");
    struct bytes tag = vector_octets(arena, v, "tag");
    uint8_t *out = arena_alloc(arena, plaintext.n), got_tag[TAG_MAX];
    struct record_keys k;

    set_key(&k, v);
    ck_assert_uint_eq(nonce.n, AEAD_NONCE);
    ck_assert_uint_eq(tag.n, bulk_shape(k.cipher->bulk)->tag);
    aead_seal(&k, nonce.at, aad, plaintext, out, got_tag);
    check_octets(v, "ciphertext", (struct bytes){out, plaintext.n}, ciphertext);
    check_octets(v, "tag", (struct bytes){got_tag, tag.n}, tag);
    ck_assert(aead_open(&k, nonce.at, aad, ciphertext, tag.at, out));
    check_octets(v, "plaintext", (struct bytes){out, plaintext.n}, plaintext);
    got_tag[tag.n - 1] ^= 1;
    ck_assert(!aead_open(&k, nonce.at, aad, ciphertext, got_tag, out));
    keys_wipe(&k);
}

static void check_cbc(const struct vector *v)
{
    struct bytes iv = vector_octets(arena, v, "iv"), plaintext = vector_octets(arena, v, "plaintext");
    struct bytes ciphertext = vector_octets(arena, v, "ciphertext");
    uint8_t *out = arena_alloc(arena, plaintext.n);
    struct record_keys k;

    set_key(&k, v);
    cbc_encrypt(&k, iv, plaintext, out);
    check_octets(v, "ciphertext", (struct bytes){out, plaintext.n}, ciphertext);
    cbc_decrypt(&k, iv, ciphertext, out);
    check_octets(v, "plaintext", (struct bytes){out, plaintext.n}, plaintext);
    keys_wipe(&k);
}

/* MAC keys, then cipher keys, client's first: RFC 5246 6.3. */
static void check_key_block(const struct vector *v, const struct record_keys *client,
                            const struct record_keys *server)
{
    uint8_t block[128];
    struct writer w = WRITER(block);

    put_bytes(&w, (struct bytes){client->mac_key, client->mac_n});
    put_bytes(&w, (struct bytes){server->mac_key, server->mac_n});
    put_bytes(&w, (struct bytes){client->key, client->key_n});
    put_bytes(&w, (struct bytes){server->key, server->key_n});
    check_octets(v, "key_block", written(&w), vector_octets(arena, v, "key_block"));
}

static void check_encrypt_then_mac(const struct vector *v)
{
    struct bytes iv = vector_octets(arena, v, "iv"), ciphertext = vector_octets(arena, v, "ciphertext");
    struct bytes type = vector_octets(arena, v, "type"), mac = vector_octets(arena, v, "mac");
    struct seal recipe = {.type = type.at[0], .version = 0x0303, .nonce = iv};
    struct record_keys client, server;
    struct sealed layout;
    uint8_t out[200];

    derive_record_keys(vector_cipher(v), DTLS_1_2, vector_octets(arena, v, "master").at,
                       vector_octets(arena, v, "client_random"), vector_octets(arena, v, "server_random"),
                       true, &client, &server);
    check_key_block(v, &client, &server);
    recipe.plaintext = vector_octets(arena, v, "plaintext");
    ck_assert(seal_record(&client, &recipe, NULL, out, sizeof out, &layout));
    check_octets(v, "iv", (struct bytes){out + layout.nonce_at, layout.nonce_n}, iv);
    check_octets(v, "ciphertext", (struct bytes){out + layout.cipher_at, layout.cipher_n}, ciphertext);
    check_octets(v, "mac", (struct bytes){out + layout.mac_at, layout.mac_n}, mac);
    cbc_decrypt(&client, iv, ciphertext, out);
    check_octets(v, "padding", (struct bytes){out + recipe.plaintext.n, 12},
                 vector_octets(arena, v, "padding"));
    keys_wipe(&client);
    keys_wipe(&server);
}

static const struct {
    const char *file;
    size_t least; /* blocks, so that a file cannot lose its content unseen */
    void (*check)(const struct vector *v);
} files[] = {
    {"prf.txt", 14, check_prf},
    {"digest.txt", 4, check_digest},
    {"hmac.txt", 4, check_hmac},
    {"premaster.txt", 2, check_premaster},
    {"aead.txt", 12, check_aead},
    {"cbc.txt", 2, check_cbc},
    {"encrypt_then_mac.txt", 1, check_encrypt_then_mac},
};

START_TEST(known_answers)
{
    check_file(files[_i].file, files[_i].least, files[_i].check);
}
END_TEST

Suite *vectors_suite(void)
{
    Suite *s = suite_create("vectors");
    TCase *t = tcase_create("known answers");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, known_answers, 0, sizeof files / sizeof *files);
    suite_add_tcase(s, t);
    return s;
}

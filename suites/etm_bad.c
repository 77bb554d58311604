/*
 * Records that a device must not process, under every way of protection. A stimulus serves up to three cases, because they can fail
 * apart: it is not processed (MUST), it is dropped in silence (SHOULD), and what alert there is has the right form (MUST).
 */
#include <string.h>

#include "etm.h"

/* ---- stimuli: a record with a probe inside, right in all but what it is about ------------------------------------------- */

enum bad_mac { MAC_FIRST, MAC_LAST, MAC_ZERO, MAC_TRUNCATED };

static bool bad_macs(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "first", .title = "first octet", .value = MAC_FIRST},
        {.slug = "last", .title = "last octet", .value = MAC_LAST},
        {.slug = "zero", .title = "all octets 0", .value = MAC_ZERO},
        {.slug = "truncated", .title = "cut to 10 octets", .value = MAC_TRUNCATED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* Cuts the record to n octets; its header says so. */
static void cut(struct sealed *s, size_t n)
{
    struct writer length = writer_of(s->wire + RECORD_HEADER - 2, 2);

    put_u16(&length, (uint16_t)(n - RECORD_HEADER));
    s->n = n;
}

static struct sealed etm_bad_mac(struct assoc *a, uint32_t kind)
{
    struct test *t = test_of(a);
    struct sealed s = good_probe(a);

    switch (kind) {
    case MAC_LAST:
        deviate(t, "MAC: lowest bit of its last octet flipped");
        flip_bit(&s, s.mac_at + s.mac_n - 1);
        break;
    case MAC_ZERO:
        deviate(t, "MAC: all octets 0");
        memset(s.wire + s.mac_at, 0, s.mac_n);
        break;
    case MAC_TRUNCATED:
        deviate(t, "MAC: cut to its first 10 octets");
        cut(&s, s.mac_at + 10);
        break;
    default: deviate(t, "MAC: lowest bit of its first octet flipped"); flip_bit(&s, s.mac_at);
    }
    return s;
}

enum mac_scope {
    SCOPE_NO_IV,
    SCOPE_NO_HEADER,
    SCOPE_LENGTH_WITH_MAC,
    SCOPE_LENGTH_WITHOUT_IV,
    SCOPE_OF_PLAINTEXT,
    SCOPE_EPOCH_ZERO,
    SCOPE_VERSION_TLS,
    SCOPE_TYPE_HANDSHAKE,
};

static bool mac_scopes(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "no-iv", .title = "no IV", .value = SCOPE_NO_IV},
        {.slug = "no-header", .title = "no header", .value = SCOPE_NO_HEADER},
        {.slug = "length-with-mac", .title = "a length that counts the MAC", .value = SCOPE_LENGTH_WITH_MAC},
        {.slug = "length-without-iv", .title = "a length without the IV", .value = SCOPE_LENGTH_WITHOUT_IV},
        {.slug = "of-plaintext", .title = "the plaintext", .value = SCOPE_OF_PLAINTEXT},
        {.slug = "epoch-zero", .title = "epoch 0", .value = SCOPE_EPOCH_ZERO},
        {.slug = "version-tls", .title = "version 0x0303", .value = SCOPE_VERSION_TLS},
        {.slug = "type-handshake", .title = "content type 22", .value = SCOPE_TYPE_HANDSHAKE},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* RFC 7366 3 has the MAC cover epoch, number, type, version, length, IV and ciphertext; this one covers something else. */
static void change_scope(struct mac_input *m, uint32_t scope, size_t mac_n, struct bytes plaintext)
{
    switch (scope) {
    case SCOPE_NO_IV: m->iv = NO_BYTES; break;
    case SCOPE_LENGTH_WITH_MAC: m->length = (uint16_t)(m->length + mac_n); break;
    case SCOPE_LENGTH_WITHOUT_IV: m->length = (uint16_t)(m->length - m->iv.n); break;
    case SCOPE_EPOCH_ZERO: m->epoch = 0; break;
    case SCOPE_VERSION_TLS: m->version = 0x0303; break;
    case SCOPE_TYPE_HANDSHAKE: m->type = CONTENT_HANDSHAKE; break;
    case SCOPE_OF_PLAINTEXT:
        m->iv = NO_BYTES;
        m->ciphertext = plaintext;
        m->length = (uint16_t)plaintext.n;
        break;
    default: break;
    }
}

static struct sealed etm_mac_scope(struct assoc *a, uint32_t scope)
{
    struct test *t = test_of(a);
    uint16_t id;
    struct bytes plaintext = probe_octets(a, &id);
    struct sealed s = seal_payload(a, plaintext, .type = CONTENT_APPLICATION_DATA);
    struct mac_input m = mac_input_of(a, &s);
    struct member row = {0};

    s.message_id = id;
    mac_scopes(scope, &row);
    deviate(t, "MAC: computed over other octets: %s", row.title);
    change_scope(&m, scope, s.mac_n, plaintext);
    set_mac(a, &s, scope == SCOPE_NO_HEADER ? join(t, m.iv, m.ciphertext) : mac_input_bytes(t, &m));
    return s;
}

enum bad_padding { PAD_FIRST, PAD_LAST, PAD_RANDOM, PAD_BEYOND, PAD_LONG };

static bool etm_paddings(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "first", .title = "first octet", .value = PAD_FIRST},
        {.slug = "last", .title = "last octet", .value = PAD_LAST},
        {.slug = "random", .title = "random octets", .value = PAD_RANDOM},
        {.slug = "beyond", .title = "longer than the record", .value = PAD_BEYOND},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static bool mte_paddings(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "first", .title = "first octet", .value = PAD_FIRST},
        {.slug = "last", .title = "last octet", .value = PAD_LAST},
        {.slug = "long", .title = "first octet of a long one", .value = PAD_LONG},
        {.slug = "beyond", .title = "longer than the record", .value = PAD_BEYOND},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* Padding that fits, wrong in one way; more than a block of it, so that every octet counts (RFC 5246 6.2.3.2). */
static struct bytes bad_padding(struct test *t, size_t content, uint32_t kind)
{
    struct writer w = cbc_padding(t, content, kind == PAD_BEYOND ? 0 : kind == PAD_LONG ? 240 : 16);
    size_t length = w.n - 1;
    struct bytes noise = random_bytes(t, length);

    switch (kind) {
    case PAD_LAST:
        deviate(t, "padding: lowest bit of the octet before padding_length flipped, %zu octets", length);
        w.at[length - 1] ^= 1;
        break;
    case PAD_RANDOM:
        deviate(t, "padding: %zu octets, none of them padding_length", length);
        for (size_t i = 0; i < length; i++)
            w.at[i] = noise.at[i] == length ? (uint8_t)~noise.at[i] : noise.at[i];
        break;
    case PAD_BEYOND:
        deviate(t, "padding: padding_length 255, more than the record holds");
        memset(w.at, 0xFF, w.n);
        break;
    default: deviate(t, "padding: lowest bit of its first octet flipped, %zu octets", length); w.at[0] ^= 1;
    }
    return written(&w);
}

static struct sealed etm_bad_padding(struct assoc *a, uint32_t kind)
{
    uint16_t id;
    struct bytes content = probe_octets(a, &id);
    struct bytes padding = bad_padding(test_of(a), content.n, kind);
    struct sealed s = seal_payload(a, content, .padding = padding);

    s.message_id = id;
    return s;
}

static struct sealed as_mac_then_encrypt(struct assoc *a, uint32_t kind)
{
    (void)kind;
    deviate(test_of(a), "the record is MAC-then-encrypt, though encrypt_then_mac is agreed");
    return seal_probe(a, .order = MAC_THEN_ENCRYPT);
}

static struct sealed as_encrypt_then_mac(struct assoc *a, uint32_t kind)
{
    (void)kind;
    deviate(test_of(a), "the record is encrypt-then-MAC, though encrypt_then_mac is not agreed");
    return seal_probe(a, .order = ENCRYPT_THEN_MAC);
}

/* A mac-then-encrypt record of a probe; its MAC and its padding are right until the caller changes them. */
static struct bytes mte_probe(struct assoc *a, uint16_t *id, struct bytes *mac)
{
    struct bytes content = probe_octets(a, id);

    *mac = mac_of(a, a->write[a->write_epoch].next_seq, CONTENT_APPLICATION_DATA, a->version, content);
    return content;
}

static struct sealed mte_bad_mac(struct assoc *a, uint32_t kind)
{
    struct test *t = test_of(a);
    uint16_t id;
    struct bytes mac, content = mte_probe(a, &id, &mac);
    struct bytes changed = octets(t, mac.n, mac.at);
    struct writer w = writer_of(arena_alloc(arena_of(t), mac.n), mac.n);

    (void)kind;
    put_u8(&w, changed.at[0] ^ 1);
    put_bytes(&w, bytes_slice(changed, 1, mac.n - 1));
    deviate(t, "MAC: lowest bit of its first octet flipped");

    struct writer padding = cbc_padding(t, content.n + mac.n, 0);
    struct sealed s = seal_blocks(a, join(t, join(t, content, written(&w)), written(&padding)));

    s.message_id = id;
    return s;
}

static struct sealed mte_bad_padding(struct assoc *a, uint32_t kind)
{
    struct test *t = test_of(a);
    uint16_t id;
    struct bytes mac, content = mte_probe(a, &id, &mac);
    struct bytes padding = bad_padding(t, content.n + mac.n, kind);
    struct sealed s = seal_blocks(a, join(t, join(t, content, mac), padding));

    s.message_id = id;
    return s;
}

static bool bad_tags(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "first", .title = "first octet", .value = MAC_FIRST},
        {.slug = "last", .title = "last octet", .value = MAC_LAST},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct sealed aead_bad_tag(struct assoc *a, uint32_t kind)
{
    struct sealed s = good_probe(a);

    deviate(test_of(a), "tag: lowest bit of its %s octet flipped", kind == MAC_LAST ? "last" : "first");
    flip_bit(&s, kind == MAC_LAST ? s.mac_at + s.mac_n - 1 : s.mac_at);
    return s;
}

enum additional_data { DATA_NUMBER, DATA_TYPE, DATA_VERSION };

static bool additional_data(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "number", .title = "record number", .value = DATA_NUMBER},
        {.slug = "type", .title = "content type", .value = DATA_TYPE},
        {.slug = "version", .title = "version", .value = DATA_VERSION},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* The header of the record says otherwise than the additional data that the tag covers, RFC 5246 6.2.3.3. */
static struct sealed aead_wrong_data(struct assoc *a, uint32_t kind)
{
    struct test *t = test_of(a);
    uint64_t next = a->write[a->write_epoch].next_seq;

    if (kind == DATA_NUMBER) {
        struct sealed s = seal_probe(a, .seq = next + 1000);
        struct writer number = writer_of(s.wire + 5, 6);

        deviate(t, "additional data: another record number than the header's");
        put_u48(&number, take_seq(a, a->write_epoch));
        return s;
    }
    struct sealed s = seal_probe(a, .type = kind == DATA_TYPE ? CONTENT_HANDSHAKE : CONTENT_APPLICATION_DATA);
    struct writer head = writer_of(s.wire, 3);

    deviate(t, "additional data: another %s than the header's",
            kind == DATA_TYPE ? "content type" : "version");
    put_u8(&head, CONTENT_APPLICATION_DATA);
    put_u16(&head, kind == DATA_VERSION ? DTLS_1_0 : a->version);
    return s;
}

/* ---- the cases --------------------------------------------------------------------------------------------------------- */

static void try_record(struct test *t, struct assoc *(*reach)(struct test *t),
                       struct sealed (*build)(struct assoc *a, uint32_t kind),
                       void (*expect)(struct assoc *a, const struct sealed *bad))
{
    struct assoc *a = reach(t);

    needs_liveness(t);
    struct sealed bad = build(a, member(t));

    expect(a, &bad);
}

#define BAD(symbol, slug, title, requirement, members, reach, build, expect)                                 \
    ETM_PAIR(symbol, slug, title, requirement, true, members, try_record(t, reach, build, expect))
#define BAD_SERVER(symbol, slug, title, requirement, members, reach, build, expect)                          \
    ETM_SERVER(symbol, slug, title, requirement, true, members, try_record(t, reach, build, expect))

BAD(bad_mac, "bad-mac-not-processed", "does not process an encrypt-then-MAC record with a bad MAC",
    REQ_ETM_BAD_MAC_DISCARDED, bad_macs, cbc_etm, etm_bad_mac, expect_not_processed)
BAD(bad_mac_dropped, "bad-mac-dropped",
    "drops an encrypt-then-MAC record with a bad MAC in silence and serves on", REQ_BAD_RECORD_SILENT, NULL,
    cbc_etm, etm_bad_mac, expect_dropped)
BAD(bad_mac_form, "bad-mac-alert-form",
    "answers an encrypt-then-MAC record with a bad MAC by no alert but fatal bad_record_mac",
    REQ_BAD_RECORD_ALERT_FORM, NULL, cbc_etm, etm_bad_mac, expect_only_bad_record_mac)
BAD(scope, "mac-scope", "does not process an encrypt-then-MAC record whose MAC covers other octets",
    REQ_ETM_MAC_SCOPE, mac_scopes, cbc_etm, etm_mac_scope, expect_not_processed)
BAD(padding, "bad-padding-not-processed", "does not process an encrypt-then-MAC record with wrong padding",
    REQ_ETM_PADDING_CHECKED, etm_paddings, cbc_etm, etm_bad_padding, expect_not_processed)
BAD(padding_dropped, "bad-padding-dropped",
    "drops an encrypt-then-MAC record with wrong padding in silence and serves on", REQ_BAD_RECORD_SILENT,
    NULL, cbc_etm, etm_bad_padding, expect_dropped)
BAD(padding_form, "bad-padding-alert-form",
    "answers an encrypt-then-MAC record with wrong padding by no alert but fatal bad_record_mac",
    REQ_BAD_RECORD_ALERT_FORM, NULL, cbc_etm, etm_bad_padding, expect_only_bad_record_mac)
BAD(mte_after_etm, "mte-after-etm",
    "does not process a MAC-then-encrypt record once encrypt_then_mac is agreed", REQ_MTE_REFUSED_AFTER_ETM,
    NULL, cbc_etm, as_mac_then_encrypt, expect_not_processed)
BAD(etm_after_mte, "etm-after-mte",
    "does not process an encrypt-then-MAC record where encrypt_then_mac is not agreed",
    REQ_ETM_REFUSED_AFTER_MTE, NULL, cbc_mte, as_encrypt_then_mac, expect_not_processed)
BAD(mte_mac, "mte-bad-mac-not-processed", "does not process a MAC-then-encrypt record with a bad MAC",
    REQ_BAD_RECORD_DISCARDED, NULL, cbc_mte, mte_bad_mac, expect_not_processed)
BAD(mte_mac_dropped, "mte-bad-mac-dropped",
    "drops a MAC-then-encrypt record with a bad MAC in silence and serves on", REQ_BAD_RECORD_SILENT, NULL,
    cbc_mte, mte_bad_mac, expect_dropped)
BAD_SERVER(mte_mac_form, "mte-bad-mac-alert-form",
           "answers a MAC-then-encrypt record with a bad MAC by no alert but fatal bad_record_mac",
           REQ_BAD_RECORD_ALERT_FORM, NULL, cbc_mte, mte_bad_mac, expect_only_bad_record_mac)
BAD(mte_padding, "mte-bad-padding-not-processed",
    "does not process a MAC-then-encrypt record with wrong padding", REQ_BAD_RECORD_DISCARDED, mte_paddings,
    cbc_mte, mte_bad_padding, expect_not_processed)
BAD_SERVER(mte_padding_dropped, "mte-bad-padding-dropped",
           "drops a MAC-then-encrypt record with wrong padding in silence and serves on",
           REQ_BAD_RECORD_SILENT, NULL, cbc_mte, mte_bad_padding, expect_dropped)
BAD(tag, "aead-bad-tag-not-processed", "does not process an AEAD record with a bad tag",
    REQ_BAD_RECORD_DISCARDED, bad_tags, aead, aead_bad_tag, expect_not_processed)
BAD_SERVER(wrong_data, "aead-wrong-additional-data",
           "does not process an AEAD record whose header is not what its tag covers",
           REQ_BAD_RECORD_DISCARDED, additional_data, aead, aead_wrong_data, expect_not_processed)
BAD(tag_dropped, "aead-bad-tag-dropped", "drops an AEAD record with a bad tag in silence and serves on",
    REQ_BAD_RECORD_SILENT, NULL, aead, aead_bad_tag, expect_dropped)
BAD(tag_form, "aead-bad-tag-alert-form",
    "answers an AEAD record with a bad tag by no alert but fatal bad_record_mac", REQ_BAD_RECORD_ALERT_FORM,
    NULL, aead, aead_bad_tag, expect_only_bad_record_mac)

CHAPTER(etm_bad_chapter, "etm", "Encrypt-then-MAC and CBC records", &bad_mac, &bad_mac_dropped, &bad_mac_form,
        &scope, &padding, &padding_dropped, &padding_form, &mte_after_etm, &etm_after_mte, &mte_mac,
        &mte_mac_dropped, &mte_mac_form, &mte_padding, &mte_padding_dropped, &tag, &wrong_data, &tag_dropped,
        &tag_form, &client_bad_mac, &client_bad_mac_dropped, &client_bad_mac_form, &client_scope,
        &client_padding, &client_padding_dropped, &client_padding_form, &client_mte_after_etm,
        &client_etm_after_mte, &client_mte_mac, &client_mte_mac_dropped, &client_mte_padding, &client_tag,
        &client_tag_dropped, &client_tag_form);

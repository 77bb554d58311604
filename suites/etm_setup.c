#include "etm.h"

static uint16_t offered_aes_cbc(struct assoc *a)
{
    static const uint16_t suites[] = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_256_CBC_SHA384,
                                      TLS_PSK_WITH_AES_128_CBC_SHA, TLS_PSK_WITH_AES_256_CBC_SHA};

    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (offers(a, suites[i]))
            return suites[i];
    not_applicable(test_of(a), "the device offers no plain-PSK suite with AES-CBC");
}

/* A client's answer to AES-CBC: what came of encrypt_then_mac is the caller's to look at. */
static struct assoc *serve_cbc(struct test *t, enum choice encrypt_then_mac)
{
    struct assoc *a = await_client(t);
    const struct client_hello *hello = expect_client_hello(a);
    uint16_t suite = offered_aes_cbc(a);

    if (encrypt_then_mac == WITH && !find_extension(hello->extensions, EXT_ENCRYPT_THEN_MAC, NULL))
        not_applicable(t, "the device does not offer encrypt_then_mac");
    serve(a, .cipher = suite, .encrypt_then_mac = encrypt_then_mac);
    return a;
}

static struct assoc *dial_cbc(struct test *t, enum choice encrypt_then_mac)
{
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = encrypt_then_mac);
    return a;
}

struct assoc *cbc_etm(struct test *t)
{
    struct assoc *a = device_is_client(t) ? serve_cbc(t, WITH) : dial_cbc(t, WITH);

    needs_encrypt_then_mac(a);
    return a;
}

struct assoc *cbc_mte(struct test *t)
{
    struct assoc *a = device_is_client(t) ? serve_cbc(t, WITHOUT) : dial_cbc(t, WITHOUT);

    if (a->encrypt_then_mac)
        not_applicable(
            t,
            "encrypt_then_mac was answered though nobody offered it; judged by etm/absent-when-not-offered");
    return a;
}

struct assoc *aead(struct test *t)
{
    if (device_is_client(t)) {
        struct assoc *a = await_client(t);

        expect_client_hello(a);
        serve(a, .cipher = offered(a, PLAIN_PSK_AEAD));
        return a;
    }
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CCM,
                             TLS_PSK_WITH_AES_128_GCM_SHA256});
    return a;
}

static struct assoc *serve_cbc_or_aead(struct test *t)
{
    struct assoc *a = await_client(t);
    const struct client_hello *hello = expect_client_hello(a);
    bool etm = find_extension(hello->extensions, EXT_ENCRYPT_THEN_MAC, NULL);

    serve(a, .cipher = etm && offers(a, TLS_PSK_WITH_AES_128_CBC_SHA256) ? TLS_PSK_WITH_AES_128_CBC_SHA256
                                                                         : offered(a, PLAIN_PSK_AEAD));
    return a;
}

struct assoc *cbc_or_aead(struct test *t)
{
    if (device_is_client(t))
        return serve_cbc_or_aead(t);
    struct assoc *asked = dial(t);
    enum alert refusal;

    client_hello(asked, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITH);
    bool takes_cbc = await_server_hello(asked, &refusal) != NULL;

    hang_up(asked);
    return takes_cbc ? dial_cbc(t, WITH) : aead(t);
}

struct writer cbc_padding(struct test *t, size_t content, size_t least)
{
    size_t length = least + (16 - (content + least + 1) % 16) % 16;
    struct writer w = writer_of(arena_alloc(arena_of(t), length + 1), length + 1);

    put_fill(&w, (uint8_t)length, length + 1);
    return w;
}

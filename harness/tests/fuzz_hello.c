/* Any message body as any hello: what parses is, put again, the same octets. The first octet picks the message. */
#include <stdlib.h>

#include "base/arena.h"
#include "wire/handshake.h"
#include "wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void walk_extensions(struct bytes block)
{
    struct reader r = reader_of(block);
    struct bytes body;
    uint16_t type;

    while (get_extension(&r, &type, &body)) {
        require(find_extension(block, type, NULL));
        require(count_extension(block, type) > 0);
    }
    require(!r.bad);
}

static void check_client_hello(struct bytes body, struct writer *w)
{
    struct client_hello h;

    if (!parse_client_hello(body, &h))
        return;
    put_client_hello(w, &h);
    require(bytes_equal(written(w), body));
    walk_extensions(h.extensions);
    for (size_t i = 0; i < cipher_list_length(h.ciphers); i++)
        require(cipher_list_has(h.ciphers, cipher_at(h.ciphers, i)));
}

static void check_server_hello(struct bytes body, struct writer *w)
{
    struct server_hello h;

    if (!parse_server_hello(body, &h))
        return;
    put_server_hello(w, &h);
    require(bytes_equal(written(w), body));
    walk_extensions(h.extensions);
}

static void check_hello_verify_request(struct bytes body, struct writer *w)
{
    struct hello_verify_request h;

    if (!parse_hello_verify_request(body, &h))
        return;
    put_hello_verify_request(w, &h);
    require(bytes_equal(written(w), body));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    struct arena *a = arena_new();
    struct bytes input = {at, n}, body = bytes_slice(input, 1, n), text;
    /* cipher_list_has walks the list for every suite in it: longer ones only take time. */
    bool usable = n > 0 && n < 4096;
    struct writer w = writer_of(arena_alloc(a, n), n);

    switch (usable ? at[0] % 4 : 4) {
    case 0: check_client_hello(body, &w); break;
    case 1: check_server_hello(body, &w); break;
    case 2: check_hello_verify_request(body, &w); break;
    case 3: require(!parse_client_key_exchange(body, &text) || text.n + 2 == body.n); break;
    default: break;
    }
    arena_free(a);
    return 0;
}

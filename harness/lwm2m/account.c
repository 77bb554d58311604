#include "lwm2m/account.h"

#include <string.h>

#include "lwm2m/tlv.h"

enum { ROOM = 1024 };

/* Resources of /0 and /1 (LwM2M 1.0 E.1, E.2). */
enum { URI = 0, BOOTSTRAP = 1, MODE = 2, IDENTITY = 3, SECRET = 5, SHORT_ID = 10, CIPHERS = 16 };
enum { SERVER_SHORT_ID = 0, LIFETIME = 1, STORING = 6, BINDING = 7 };

enum { DEFAULT_PORT = 5684, SERVER_ONE = 1, ALL_RIGHTS = 31 };

static void put_number(struct writer *w, uint8_t id, uint16_t number)
{
    const uint8_t value[] = {(uint8_t)(number >> 8), (uint8_t)number};
    bool one = number <= INT8_MAX;

    put_tlv(w, TLV_RESOURCE, id, (struct bytes){value + one, one ? 1 : 2});
}

/* Resource 16 holds numbers of 32 bits: 0xC0A8 is 49320. */
static void put_ciphers(struct writer *w, const uint16_t *ciphers)
{
    uint8_t room[ACCOUNT_CIPHERS_MAX * 6];
    struct writer all = WRITER(room);

    for (uint8_t i = 0; i < ACCOUNT_CIPHERS_MAX && ciphers[i] != 0; i++) {
        const uint8_t number[] = {0, 0, (uint8_t)(ciphers[i] >> 8), (uint8_t)ciphers[i]};

        put_tlv(&all, TLV_RESOURCE_INSTANCE, i, BYTES(number));
    }
    if (ciphers[0] != 0)
        put_tlv(w, TLV_MULTIPLE, CIPHERS, written(&all));
}

struct bytes security_tlv(struct arena *a, const struct account *account)
{
    struct writer w = writer_of(arena_alloc(a, ROOM), ROOM);

    put_tlv(&w, TLV_RESOURCE, URI, account->uri);
    put_number(&w, BOOTSTRAP, account->bootstrap);
    put_number(&w, MODE, (uint16_t)account->mode);
    if (account->identity.n > 0)
        put_tlv(&w, TLV_RESOURCE, IDENTITY, account->identity);
    if (account->key.n > 0)
        put_tlv(&w, TLV_RESOURCE, SECRET, account->key);
    put_number(&w, SHORT_ID, SERVER_ONE);
    put_ciphers(&w, account->ciphers);
    return written(&w);
}

struct bytes server_tlv(struct arena *a, uint16_t lifetime_s)
{
    struct writer w = writer_of(arena_alloc(a, ROOM), ROOM);

    put_number(&w, SERVER_SHORT_ID, SERVER_ONE);
    put_number(&w, LIFETIME, lifetime_s);
    put_number(&w, STORING, 0);
    put_tlv(&w, TLV_RESOURCE, BINDING, bytes_of_text("U"));
    return written(&w);
}

struct bytes access_tlv(struct arena *a)
{
    static const uint8_t rights[] = {ALL_RIGHTS};
    uint8_t room[4];
    struct writer w = writer_of(arena_alloc(a, ROOM), ROOM), owner = WRITER(room);

    put_number(&w, 0, 1);
    put_number(&w, 1, 0);
    put_tlv(&owner, TLV_RESOURCE_INSTANCE, SERVER_ONE, BYTES(rights));
    put_tlv(&w, TLV_MULTIPLE, 2, written(&owner));
    put_number(&w, 3, SERVER_ONE);
    return written(&w);
}

static uint64_t number_of(struct bytes value)
{
    uint64_t number = 0;

    for (size_t i = 0; i < value.n && i < sizeof number; i++)
        number = number << 8 | value.at[i];
    return number;
}

static void take_ciphers(struct account *out, struct bytes instances)
{
    struct reader r = reader_of(instances);
    enum tlv_kind kind;
    uint16_t id;
    struct bytes value;

    for (size_t n = 0; n < ACCOUNT_CIPHERS_MAX && get_tlv(&r, &kind, &id, &value);) {
        uint64_t number = number_of(value);

        if (number > 0 && number <= UINT16_MAX)
            out->ciphers[n++] = (uint16_t)number;
    }
}

static void take_resource(struct account *out, uint16_t id, struct bytes value)
{
    switch (id) {
    case URI: out->uri = value; break;
    case BOOTSTRAP: out->bootstrap = number_of(value) != 0; break;
    case MODE: out->mode = (unsigned)number_of(value); break;
    case IDENTITY: out->identity = value; break;
    case SECRET: out->key = value; break;
    case CIPHERS: take_ciphers(out, value); break;
    default: break;
    }
}

static bool parse_resources(struct bytes tlv, struct account *out)
{
    struct reader r = reader_of(tlv);
    enum tlv_kind kind;
    uint16_t id;
    struct bytes value;

    *out = (struct account){.present = true, .mode = SECURITY_NONE};
    while (get_tlv(&r, &kind, &id, &value))
        take_resource(out, id, value);
    return !r.bad;
}

bool parse_security(struct bytes tlv, struct account *out)
{
    struct reader r = reader_of(tlv);
    struct account one;
    enum tlv_kind kind;
    uint16_t id;
    struct bytes value;

    while (get_tlv(&r, &kind, &id, &value)) {
        if (kind != TLV_INSTANCE)
            return parse_resources(tlv, out);
        if (!parse_resources(value, &one))
            return false;
        if (!one.bootstrap)
            *out = one;
    }
    return !r.bad;
}

bool account_is_sound(const struct account *account)
{
    struct bytes host;
    uint16_t port;

    return account->present && account->mode == SECURITY_PSK && account->identity.n > 0 &&
           account->identity.n <= ACCOUNT_IDENTITY_MAX && account->key.n > 0 &&
           account->key.n <= ACCOUNT_KEY_MAX && parse_coaps_uri(account->uri, &host, &port);
}

/* [V6] or V4 before the port. */
static struct bytes take_host(struct reader *r)
{
    struct bytes rest = {r->at, r->left};
    bool v6 = rest.n > 0 && rest.at[0] == '[';
    size_t n = 0;

    while (n < rest.n && (v6 ? rest.at[n] != ']' : rest.at[n] != ':' && rest.at[n] != '/'))
        n++;
    struct bytes host = get_bytes(r, n);

    if (!v6)
        return host;
    get_u8(r);
    return bytes_slice(host, 1, host.n);
}

bool parse_coaps_uri(struct bytes uri, struct bytes *host, uint16_t *port)
{
    struct reader r = reader_of(uri);
    unsigned number = 0;

    if (!bytes_equal(get_bytes(&r, strlen("coaps://")), bytes_of_text("coaps://")))
        return false;
    *host = take_host(&r);
    *port = DEFAULT_PORT;
    if (r.bad || host->n == 0 || r.left == 0 || r.at[0] != ':')
        return !r.bad && host->n > 0;
    get_u8(&r);
    while (r.left > 0 && r.at[0] >= '0' && r.at[0] <= '9' && number <= UINT16_MAX)
        number = 10 * number + (unsigned)(get_u8(&r) - '0');
    *port = (uint16_t)number;
    return number > 0 && number <= UINT16_MAX;
}

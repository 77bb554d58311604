/* Clients that are bootstrapped and make something else of it, and servers that mind no names. */
#include <string.h>

#include "device/faulty.h"
#include "device/faulty_bootstrap.h"

enum {
    POST = 2,
    GET = 1,
    CHANGED = 0x44,
    CONTENT = 0x45,
    BAD_REQUEST = 0x80,
    FORBIDDEN = 0x83,
    CUT_IDENTITY = 64,
    CUT_KEY = 32,
    ROOM = 256
};

static bool asks(struct talk *t, struct bytes coap, uint8_t method, const char *path)
{
    uint8_t m;
    const char *p = coap_path(t, coap, &m);

    return m == method && strcmp(p, path) == 0;
}

static void answer(struct talk *t, struct bytes coap, uint8_t code, struct bytes rest)
{
    t->behaviour->send_data(t, coap_answer(t->arena, coap, code, rest));
}

void bootstrap_finish_refused(struct talk *t, struct bytes coap)
{
    if (t->device->bootstrap && asks(t, coap, POST, "/bs"))
        answer(t, coap, BAD_REQUEST, NO_BYTES);
    else
        talk_serve(t, coap);
}

/* Takes whatever was written for good. */
void bootstrap_finish_blind(struct talk *t, struct bytes coap)
{
    if (t->device->bootstrap && asks(t, coap, POST, "/bs") && !account_is_sound(lwm2m_account(t->lwm2m)))
        answer(t, coap, CHANGED, NO_BYTES);
    else
        talk_serve(t, coap);
}

void bootstrap_key_disclosed(struct talk *t, struct bytes coap)
{
    static const uint8_t secret[] = {0xFF, 's', 'e', 'c', 'r', 'e', 't'};

    if (t->device->bootstrap && asks(t, coap, GET, "/0/1/5"))
        answer(t, coap, CONTENT, BYTES(secret));
    else
        talk_serve(t, coap);
}

/* Content-Format 40, and what is behind it. */
#define LINKS 0xC1, 40, 0xFF

/* A GET with Accept 40, which comes behind the path. */
static bool discovers(struct talk *t, struct bytes coap, const char *path)
{
    static const uint8_t accept[] = {0x61, 40};
    bool found = false;

    for (size_t i = 0; i + sizeof accept <= coap.n; i++)
        found |= memcmp(coap.at + i, accept, sizeof accept) == 0;
    return found && asks(t, coap, GET, path);
}

/* An attribute of the account's link. */
void bootstrap_key_among_links(struct talk *t, struct bytes coap)
{
    static const uint8_t links[] = {LINKS, '<', '/', '0', '/', '1', '>', ';', 'k', '='};
    struct writer w = writer_of(arena_alloc(t->arena, ROOM), ROOM);

    put_bytes(&w, BYTES(links));
    put_bytes(&w, bytes_of_text(arena_hex(t->arena, lwm2m_account(t->lwm2m)->key)));
    if (t->device->bootstrap && discovers(t, coap, "/0"))
        answer(t, coap, CONTENT, written(&w));
    else
        talk_serve(t, coap);
}

/* Discover of that path is answered by the object in words. */
void discovers_as_text(struct talk *t, struct bytes coap)
{
    static const uint8_t text[] = {0xC0, 0xFF, 'h', 'e', 'r', 'e'};

    if (discovers(t, coap, t->device->parameter))
        answer(t, coap, CONTENT, BYTES(text));
    else
        talk_serve(t, coap);
}

void security_object_discovered(struct talk *t, struct bytes coap)
{
    static const uint8_t links[] = {LINKS, '<', '/', '0', '/', '0', '/', '5', '>'};

    if (discovers(t, coap, "/0"))
        answer(t, coap, CONTENT, BYTES(links));
    else
        talk_serve(t, coap);
}

/* Keeps of the account what the parameter says. */
void bootstrap_spoils(struct talk *t, const struct account *account)
{
    struct account a = *account;
    const uint8_t *nul = memchr(a.key.at, 0, a.key.n);

    if (member_is(t, "text"))
        a.key = bytes_of_text(arena_hex(t->arena, a.key));
    if (member_is(t, "at-nul") && nul != NULL && nul > a.key.at)
        a.key.n = (size_t)(nul - a.key.at);
    if (member_is(t, "at-nul") && nul == a.key.at)
        a.key = bytes_slice(a.key, 1, a.key.n);
    if (member_is(t, "identity"))
        a.identity = bytes_slice(a.identity, 0, CUT_IDENTITY);
    if (member_is(t, "key"))
        a.key = bytes_slice(a.key, 0, CUT_KEY);
    device_move(t, &a);
}

/* Makes of resource 16 what the parameter says: the suites to leave out, the first alone, or one more beside. */
void indicated_suites(struct talk *t, const struct account *account)
{
    struct account a = *account;
    const uint16_t *own = t->behaviour->ciphers;
    size_t n = 0;

    if (member_is(t, "left-out") && account->ciphers[0] != 0) {
        for (; *own != 0; own++)
            if (!has_cipher(account->ciphers, *own))
                a.ciphers[n++] = *own;
        a.ciphers[n] = 0;
    }
    while (member_is(t, "one-more") && n + 1 < ACCOUNT_CIPHERS_MAX && a.ciphers[n] != 0)
        n++;
    if (n > 0 && member_is(t, "one-more"))
        a.ciphers[n] = TLS_PSK_WITH_AES_128_CCM;
    if (member_is(t, "first"))
        a.ciphers[1] = 0;
    device_move(t, &a);
}

/* Goes on as who it was at the bootstrap server. */
void bootstrap_same_identity(struct talk *t, const struct account *account)
{
    struct account a = *account;

    a.identity = t->device->identity;
    a.key = t->device->psk;
    device_move(t, &a);
}

/* Takes the first keys that it is given for good. */
void bootstrap_keeps_first_key(struct talk *t, const struct account *account)
{
    struct account a = *account;

    if (t->device->provisioned)
        a.key = (struct bytes){t->device->given_key, account->key.n};
    device_move(t, &a);
}

/* Server: whoever it is, any name will do. */
void names_unchecked(struct talk *t, struct bytes identity)
{
    (void)t;
    (void)identity;
}

/* Server: refuses a name that is not the peer's by another code. */
void name_refused_otherwise(struct talk *t, struct bytes coap)
{
    bool register_it = asks(t, coap, POST, "/rd"), other = true;

    for (size_t i = 0; i + 3 + t->device->identity.n <= coap.n; i++)
        other = other && memcmp(coap.at + i + 3, t->device->identity.at, t->device->identity.n) != 0;
    if (other && (register_it || asks(t, coap, POST, "/bs")))
        answer(t, coap, FORBIDDEN, NO_BYTES);
    else
        talk_serve(t, coap);
}

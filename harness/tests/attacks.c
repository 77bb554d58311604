#include "tests/attacks.h"

#include <string.h>

enum {
    HEADER = 13,
    MESSAGE_HEADER = 12,
    CHANGE_CIPHER_SPEC = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    APPLICATION_DATA = 23,
    HELLO_REQUEST = 0,
    HELLO_VERIFY_REQUEST = 3,
    NEW_SESSION_TICKET = 4,
    BIG_MESSAGE = 131072,
    SEQUENCES = 20,
};

/* splitmix64, so that the nth datagram is always the same. */
static uint64_t scramble(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static void fill(uint32_t nth, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)scramble((uint64_t)nth << 20 ^ i);
}

/* A record header of DTLS 1.2 whose sequence number is the attack's; returns where its fragment goes. */
static uint8_t *put_header(uint8_t *out, uint8_t type, uint16_t epoch, uint32_t nth, size_t n)
{
    const uint8_t header[HEADER] = {type,
                                    0xfe,
                                    0xfd,
                                    (uint8_t)(epoch >> 8),
                                    (uint8_t)epoch,
                                    0,
                                    0,
                                    (uint8_t)(nth >> 24 | 0x40),
                                    (uint8_t)(nth >> 16),
                                    (uint8_t)(nth >> 8),
                                    (uint8_t)nth,
                                    (uint8_t)(n >> 8),
                                    (uint8_t)n};

    memcpy(out, header, HEADER);
    return out + HEADER;
}

/* n octets of noise as a fragment of a handshake message of `length` octets. */
static size_t put_fragment(uint8_t *out, uint32_t nth, uint8_t type, uint16_t seq, size_t length,
                           size_t offset, size_t n)
{
    uint8_t *at = put_header(out, HANDSHAKE, 0, nth, MESSAGE_HEADER + n);
    const uint8_t header[MESSAGE_HEADER] = {type,
                                            (uint8_t)(length >> 16),
                                            (uint8_t)(length >> 8),
                                            (uint8_t)length,
                                            (uint8_t)(seq >> 8),
                                            (uint8_t)seq,
                                            (uint8_t)(offset >> 16),
                                            (uint8_t)(offset >> 8),
                                            (uint8_t)offset,
                                            0,
                                            (uint8_t)(n >> 8),
                                            (uint8_t)n};

    memcpy(at, header, MESSAGE_HEADER);
    fill(nth, at + MESSAGE_HEADER, n);
    return HEADER + MESSAGE_HEADER + n;
}

/* The real datagram with one to eight octets or bits changed, some of them its lengths, or cut, or with octets behind it. */
static size_t mutate(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    uint64_t dice = scramble(nth);
    size_t kept = dice % 8 == 0 ? dice / 8 % n + 1 : n;

    memcpy(out, real, kept);
    for (uint64_t i = 0; i <= dice >> 60; i++) {
        uint64_t die = scramble(dice + i);
        size_t head = kept < HEADER + MESSAGE_HEADER ? kept : HEADER + MESSAGE_HEADER;
        size_t at = die & 1 ? (die >> 8) % head : (die >> 8) % kept;

        if (die & 2)
            out[at] = (uint8_t)(die >> 40);
        else
            out[at] = (uint8_t)(out[at] ^ 1U << (die >> 48 & 7));
    }
    if (dice % 8 == 1 && kept + 100 <= ATTACK_MAX) {
        fill(nth, out + kept, 100);
        kept += 100;
    }
    return kept;
}

static size_t huge(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    (void)real;
    (void)n;
    memset(out, 0, ATTACK_MAX);
    switch (nth % 4) {
    case 0: put_header(out, HANDSHAKE, 0, nth, 0xffff); break;
    case 1:
        put_fragment(out, nth, 2, (uint16_t)(nth % SEQUENCES), BIG_MESSAGE, nth * 16000 % 100000, 16000);
        break;
    case 2:
        for (size_t at = 0; at + HEADER <= ATTACK_MAX; at += HEADER)
            put_header(out + at, (uint8_t)(20 + at % 5), 0, nth, 0);
        break;
    default: fill(nth, out, ATTACK_MAX);
    }
    return ATTACK_MAX;
}

static size_t noise(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    size_t length = scramble(nth) % 1400 + 1;

    (void)real;
    (void)n;
    fill(nth, out, length);
    return length;
}

/* Fragments of one octet, of messages that never become whole. */
static size_t fragments(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    uint64_t dice = scramble(nth);

    (void)real;
    (void)n;
    return put_fragment(out, nth, (uint8_t)(dice % 24), (uint16_t)(dice >> 8 & 15),
                        dice & 0x10000 ? BIG_MESSAGE : 200, dice >> 24 & 127, 1);
}

/* Records of the epochs that are not there yet, or that do not open. */
static size_t records(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    uint8_t *at = put_header(out, nth & 1 ? APPLICATION_DATA : HANDSHAKE, (uint16_t)(nth % 4), nth, 48);

    (void)real;
    (void)n;
    fill(nth, at, 48);
    return HEADER + 48;
}

static size_t alerts(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    uint8_t *at = put_header(out, ALERT, 0, nth, 2);

    (void)real;
    (void)n;
    at[0] = (uint8_t)(nth % 3);
    at[1] = (uint8_t)(nth / 3);
    return HEADER + 2;
}

static size_t changes(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    uint8_t *at = put_header(out, CHANGE_CIPHER_SPEC, (uint16_t)(nth % 3), nth, 1);

    (void)real;
    (void)n;
    at[0] = 1;
    return HEADER + 1;
}

static size_t tickets(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    (void)real;
    (void)n;
    return put_fragment(out, nth, NEW_SESSION_TICKET, (uint16_t)(nth % SEQUENCES), 60, 0, 60);
}

/* A HelloVerifyRequest with another cookie each time. */
static size_t cookies(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    size_t length = put_fragment(out, nth, HELLO_VERIFY_REQUEST, (uint16_t)(nth % 2), 35, 0, 35);

    (void)real;
    (void)n;
    memcpy(out + HEADER + MESSAGE_HEADER, "\xfe\xff\x20", 3);
    return length;
}

static size_t hello_requests(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    (void)real;
    (void)n;
    return put_fragment(out, nth, HELLO_REQUEST, (uint16_t)(nth % SEQUENCES), 0, 0, 0);
}

/* What came before, over and over: a replay. */
static size_t replay(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out)
{
    (void)nth;
    memcpy(out, real, n);
    return n;
}

static const struct {
    const char *name;
    attack_function *make;
} attacks[] = {
    {"mutate", mutate},   {"huge", huge},
    {"noise", noise},     {"fragments", fragments},
    {"records", records}, {"alerts", alerts},
    {"changes", changes}, {"tickets", tickets},
    {"cookies", cookies}, {"hello-requests", hello_requests},
    {"replay", replay},
};

attack_function *find_attack(const char *name)
{
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (strcmp(attacks[i].name, name) == 0)
            return attacks[i].make;
    return NULL;
}

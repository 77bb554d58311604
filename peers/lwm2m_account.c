#include "lwm2m_account.h"

#include <stdio.h>
#include <string.h>

uint16_t proposed_suites[SUITES_MAX + 1];

enum { HEX_MAX = 2 * KEY_MAX + 2, URI_MAX = 255 };

/* One entry of LwM2M 1.0 6.4.3; false at the end, or when it is cut short. */
static bool next_tlv(const uint8_t **at, size_t *left, unsigned *id, const uint8_t **value, size_t *n)
{
    size_t header = 2;

    if (*left < header)
        return false;
    unsigned type = (*at)[0], octets = type >> 3 & 3;

    if (type & 0x20 || *left < header + octets)
        return false;
    *id = (*at)[1];
    *n = octets > 0 ? 0 : type & 7;
    for (unsigned i = 0; i < octets; i++)
        *n = *n << 8 | (*at)[header + i];
    header += octets;
    if (*left - header < *n)
        return false;
    *value = *at + header;
    *at += header + *n;
    *left -= header + *n;
    return true;
}

/* coaps://HOST:PORT with a numeric host. */
static bool take_uri(const uint8_t *value, size_t n, struct account *out)
{
    char text[URI_MAX + 1];
    int used = 0;
    unsigned port = 0;

    if (n > URI_MAX)
        return false;
    memcpy(text, value, n);
    text[n] = '\0';
    if (sscanf(text, "coaps://%15[0-9.]:%u%n", out->host, &port, &used) < 2)
        return false;
    out->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX && (size_t)used == n;
}

static bool take_octets(uint8_t *room, size_t cap, size_t *length, const uint8_t *value, size_t n)
{
    if (n > cap)
        return false;
    memcpy(room, value, n);
    *length = n;
    return true;
}

/* Numbers, one an instance; the first SUITES_MAX. */
static void take_suites(uint16_t *suites, const uint8_t *at, size_t left)
{
    const uint8_t *value;
    unsigned id;
    size_t n;

    for (size_t i = 0; i < SUITES_MAX && next_tlv(&at, &left, &id, &value, &n);)
        if (n >= sizeof *suites)
            suites[i++] = (uint16_t)(value[n - 2] << 8 | value[n - 1]);
}

bool account_take(struct account *a, unsigned id, const uint8_t *value, size_t n)
{
    switch (id) {
    case 0: return take_uri(value, n, a);
    case 3: return take_octets(a->identity, sizeof a->identity, &a->identity_length, value, n);
    case 5: return take_octets(a->key, sizeof a->key, &a->key_length, value, n);
    case 16: take_suites(a->suites, value, n); return true;
    default: return true;
    }
}

bool account_is_complete(const struct account *a)
{
    return a->port > 0 && a->identity_length > 0 && a->key_length > 0;
}

bool account_written(struct account *out, const uint8_t *at, size_t left)
{
    struct account a = {.port = 0};
    const uint8_t *value;
    unsigned id;
    size_t n;
    bool good = true;

    while (next_tlv(&at, &left, &id, &value, &n))
        good = good && account_take(&a, id, value, n);
    *out = a;
    return good && left == 0;
}

static bool read_key(struct account *a, const char *psk_file)
{
    char text[HEX_MAX + 1] = "";
    FILE *file = psk_file ? fopen(psk_file, "r") : NULL;
    unsigned octet;

    if (!file)
        return false;
    bool read = fgets(text, sizeof text, file) != NULL;

    fclose(file);
    for (const char *at = text; read && a->key_length < KEY_MAX && sscanf(at, "%2x", &octet) == 1; at += 2)
        a->key[a->key_length++] = (uint8_t)octet;
    return a->key_length > 0;
}

bool account_given(struct account *a, const char *host, int port, const char *identity, const char *psk_file)
{
    size_t n = identity ? strlen(identity) : 0;

    snprintf(a->host, sizeof a->host, "%s", host ? host : "127.0.0.1");
    a->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX && n > 0 &&
           take_octets(a->identity, sizeof a->identity, &a->identity_length, (const uint8_t *)identity, n) &&
           read_key(a, psk_file);
}

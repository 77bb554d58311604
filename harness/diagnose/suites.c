#include "diagnose/internal.h"

/* Which suites a server takes that refuses all the usual ones. */

enum { GROUP_MAX = 120, TAKEN_MAX = 8 };

static bool is_usual(const struct doctor *d, uint16_t code)
{
    struct offer usual = attempt_usual_offer(&d->env);

    for (size_t i = 0; i < OFFER_CIPHERS && usual.ciphers[i] != 0; i++)
        if (usual.ciphers[i] == code)
            return true;
    return false;
}

enum group { GROUP_PSK, GROUP_PSK_PLUS, GROUP_OTHER, GROUPS };

static const char *const group_names[GROUPS] = {
    "plain-PSK suites that the profile forbids or that the gate cannot complete",
    "PSK suites with Diffie-Hellman or RSA beside the key", "suites with certificates"};

static bool in_group(const struct cipher *c, enum group g)
{
    switch (g) {
    case GROUP_PSK: return c->kx == KX_PSK;
    case GROUP_PSK_PLUS: return c->kx == KX_DHE_PSK || c->kx == KX_ECDHE_PSK || c->kx == KX_RSA_PSK;
    default: return c->kx == KX_RSA || c->kx == KX_DHE || c->kx == KX_ECDHE;
    }
}

/* supported_groups, ec_point_formats, signature_algorithms: no suite with a curve or a certificate is taken without. */
static struct bytes curve_extensions(void)
{
    static const uint8_t octets[] = {0, 10, 0, 8,  0, 6,  0, 29, 0, 23, 0, 24, 0, 11, 0, 2, 1, 0,
                                     0, 13, 0, 14, 0, 12, 4, 3,  5, 3,  6, 3,  4, 1,  5, 1, 6, 1};

    return BYTES(octets);
}

static size_t group_codes(const struct doctor *d, enum group g, uint16_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < cipher_count && n < GROUP_MAX; i++)
        if (in_group(&ciphers[i], g) && !is_usual(d, ciphers[i].code) && ciphers[i].iana)
            out[n++] = ciphers[i].code;
    return n;
}

static size_t leave_out(uint16_t *codes, size_t n, uint16_t code)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (codes[i] != code)
            codes[kept++] = codes[i];
    return kept;
}

/* Offers the group, again without what was taken, until nothing is; the names of what was, "" for nothing. *old: what was
 * taken was taken at an older version. */
static const char *taken_of(struct doctor *d, enum group g, bool *old)
{
    uint16_t codes[GROUP_MAX];
    size_t n = group_codes(d, g, codes);
    const char *names = "";

    for (size_t taken = 0; n > 0 && taken < TAKEN_MAX && !is_over(d); taken++) {
        struct offer o = {.list = {codes, n}};
        struct attempt *t;
        size_t left;

        if (g != GROUP_PSK)
            o.extensions = curve_extensions();
        t = try_it(d, QUICK, &(struct attempt_plan){.offer = o, .hello_only = true}, "%zu %s", n,
                   group_names[g]);
        if (t->reached < REACHED_HELLO)
            break;
        if (t->server_hello.version != DTLS_1_2) {
            *old = true;
            break;
        }
        left = leave_out(codes, n, t->server_hello.cipher);
        if (left == n)
            break; /* it chose what was not offered */
        n = left;
        names =
            arena_printf(d->arena, "%s%s%s", names, *names ? ", " : "", cipher_name(t->server_hello.cipher));
    }
    return names;
}

bool explain_suites(struct doctor *d, const struct attempt *first)
{
    const char *all = "";
    bool old = false;

    for (int g = 0; g < GROUPS && !is_over(d); g++) {
        const char *names = taken_of(d, (enum group)g, &old);

        if (old)
            return false; /* it is the version */
        if (*names)
            all = arena_printf(d->arena, "%s%s%s", all, *all ? ", " : "", names);
    }
    if (!*all)
        return false;
    find_cause(
        d, CAUSE_NO_COMMON_SUITE,
        arena_printf(
            d->arena,
            "No common cipher suite. The device at %s takes none of the plain-PSK suites that are allowed "
            "here (%s), TLS_PSK_WITH_AES_128_CCM_8 and TLS_PSK_WITH_AES_128_CBC_SHA256 among them. What it "
            "takes is %s.",
            d->how->where, ending(d, first), all),
        "enable TLS_PSK_WITH_AES_128_CCM_8 (and TLS_PSK_WITH_AES_128_CBC_SHA256 for LwM2M 1.0) in the "
        "device; some "
        "stacks have them only when they are named in the cipher list");
    return true;
}

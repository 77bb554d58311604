#include <string.h>

#include "diagnose/internal.h"

/* Which part of a hello a server does not go along with: hellos that differ in one part each. */

enum { PADDING = 21 };

static struct offer alone(uint16_t suite, bool bare)
{
    struct offer o = {.no_extensions = bare, .renegotiation_scsv = bare ? WITHOUT : AS_USUAL};

    o.ciphers[0] = suite;
    return o;
}

static bool answered(const struct attempt *t)
{
    return t->reached >= REACHED_HELLO;
}

static struct attempt *try_offer(struct doctor *d, const struct offer *o, const char *what)
{
    struct attempt_plan plan = {.offer = *o, .hello_only = true};

    return try_it(d, QUICK, &plan, "%s", what);
}

/* True when it is the version: a hello of DTLS 1.0 is answered, or the alert says so. */
static bool explain_version(struct doctor *d, const struct attempt *first)
{
    struct offer o = {.version = DTLS_1_0,
                      .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA, TLS_PSK_WITH_AES_256_CBC_SHA,
                                  TLS_PSK_WITH_3DES_EDE_CBC_SHA, TLS_PSK_WITH_AES_128_CBC_SHA256}};
    struct attempt *t = try_offer(d, &o, "a hello of DTLS 1.0 with CBC suites");
    bool says_so = first->alert && first->alert_description == ALERT_PROTOCOL_VERSION;

    if (!answered(t) && !says_so)
        return false;
    find_cause(d, CAUSE_OLD_VERSION,
               arena_printf(d->arena, "The device at %s does not speak DTLS 1.2 (%s)%s.", d->how->where,
                            ending(d, first),
                            answered(t) ? "; it answers a hello of DTLS 1.0, with suites of that time" : ""),
               "LwM2M wants DTLS 1.2 (RFC 6347): enable it in the device, or update its DTLS stack");
    return true;
}

/* ---- narrowing ---------------------------------------------------------------------------------------------------------- */

/* A hello that is answered, and the parts that the usual one has beside. */
struct narrowing {
    struct doctor *d;
    struct offer good;
    const char *good_name;
    size_t good_octets;
};

/* A hello like the good one with `n` octets of padding beside, RFC 7685. */
static bool takes_padding(struct narrowing *w, size_t n)
{
    uint8_t *room = arena_alloc(w->d->arena, n + 4);
    struct writer out = writer_of(room, n + 4);
    struct offer o = w->good;

    put_u16(&out, PADDING);
    put_u16(&out, (uint16_t)n);
    put_fill(&out, 0, n);
    o.no_extensions = false;
    if (w->good.no_extensions)
        o.extended_master_secret = o.encrypt_then_mac = WITHOUT;
    o.extensions = written(&out);
    return answered(
        try_offer(w->d, &o, arena_printf(w->d->arena, "%s and %zu octets of padding", w->good_name, n)));
}

/* The most octets of padding below `bad` that are taken. */
static size_t padding_limit(struct narrowing *w, size_t bad)
{
    size_t good = 0;

    while (bad - good > 4 && !is_over(w->d)) {
        size_t middle = (good + bad) / 2;

        if (takes_padding(w, middle))
            good = middle;
        else
            bad = middle;
    }
    return good;
}

/* Datagram of the hello with a cookie of the usual length, as far as it does not depend on the device. */
enum { HELLO_OCTETS = RECORD_HEADER + HANDSHAKE_HEADER + 2 + HELLO_RANDOM + 1 + 1 + 2 + 2 + 2 };

static size_t cookie_of(const struct narrowing *w)
{
    for (size_t i = w->d->attempt_n; i-- > 0;) {
        const struct trace *t = w->d->attempts[i]->detail.trace;

        if (!answered(w->d->attempts[i]))
            continue;
        for (size_t k = t->n; k-- > 0;)
            if (!t->entries[k].from_device && t->entries[k].datagram.n > RECORD_HEADER &&
                t->entries[k].datagram.at[RECORD_HEADER] == CLIENT_HELLO)
                return t->entries[k].datagram.n;
    }
    return HELLO_OCTETS;
}

static bool explain_size(struct narrowing *w, size_t grown)
{
    struct doctor *d = w->d;
    size_t limit;

    if (!takes_padding(w, 0) || takes_padding(w, grown + 8))
        return false;
    padding_limit(w, grown + 8);
    limit = cookie_of(w);
    find_cause(
        d, CAUSE_SIZE_LIMIT,
        arena_printf(
            d->arena,
            "Datagrams above about %zu octets do not get through: a hello of that size is answered, and the "
            "same with more octets of padding is not, whatever is in it. The path drops large datagrams (its "
            "MTU), or the device's buffer is that small.",
            limit),
        arena_printf(d->arena,
                     "look for the limit on the path (a modem's, a tunnel's MTU); a good ClientHello with a "
                     "cookie has "
                     "100 to 250 octets. Set max_datagram = %zu in the device file to go on",
                     limit));
    return true;
}

/* A part that the usual hello has and the good one has not. */
struct part {
    const char *name;
    enum cause cause;
    size_t octets; /* that it adds */
    void (*add)(struct offer *o);
};

static void no_usual(struct offer *o)
{
    if (o->no_extensions)
        o->extended_master_secret = o->encrypt_then_mac = WITHOUT;
    o->no_extensions = false;
}

static void add_scsv(struct offer *o)
{
    o->renegotiation_scsv = WITH;
}

static void add_ems(struct offer *o)
{
    no_usual(o);
    o->extended_master_secret = WITH;
}

static void add_etm(struct offer *o)
{
    no_usual(o);
    o->encrypt_then_mac = WITH;
}

static const struct part parts[] = {
    {"the renegotiation SCSV (TLS_EMPTY_RENEGOTIATION_INFO_SCSV)", CAUSE_SUITE_INTOLERANT, 2, add_scsv},
    {"the extension extended_master_secret", CAUSE_EXTENSION_INTOLERANT, 6, add_ems},
    {"the extension encrypt_then_mac", CAUSE_EXTENSION_INTOLERANT, 6, add_etm},
};
enum { PARTS = sizeof parts / sizeof *parts };

static void blame(struct narrowing *w, enum cause cause, const char *what, const struct attempt *t)
{
    struct doctor *d = w->d;

    find_cause(
        d, cause,
        arena_printf(
            d->arena,
            "The device at %s stops at the ClientHello because of %s: %s is answered, and the same hello "
            "with "
            "that beside it is not (%s). A server has to ignore what it does not know (RFC 5246 7.4.1.2, "
            "7.4.1.4).",
            d->how->where, what, w->good_name, ending(d, t)),
        "this is a defect of the device's DTLS stack: clients that send it, and most do, are shut out; until "
        "it is "
        "mended, let clients leave it out");
}

/* The suites of the usual offer beside the good one, by halves. True when they are it. */
static bool narrow_suites(struct narrowing *w)
{
    struct offer usual = attempt_usual_offer(&w->d->env), o = w->good;
    uint16_t rest[OFFER_CIPHERS];
    size_t n = 0, from = 0;
    struct attempt *t;

    for (size_t i = 0; i < OFFER_CIPHERS && usual.ciphers[i] != 0; i++)
        if (usual.ciphers[i] != w->good.ciphers[0])
            rest[n++] = usual.ciphers[i];
    memcpy(o.ciphers + 1, rest, (n < OFFER_CIPHERS - 2 ? n : OFFER_CIPHERS - 2) * sizeof *rest);
    o.encrypt_then_mac = WITHOUT;
    t = try_offer(w->d, &o, arena_printf(w->d->arena, "%s and %zu suites more", w->good_name, n));
    if (answered(t))
        return false;
    if (explain_size(w, 2 * n))
        return true;
    while (n > 1 && !is_over(w->d)) {
        size_t half = n / 2;
        struct offer halved = w->good;

        halved.encrypt_then_mac = WITHOUT;
        memcpy(halved.ciphers + 1, rest + from, half * sizeof *rest);
        if (answered(try_offer(w->d, &halved,
                               arena_printf(w->d->arena, "%s and %zu of them", w->good_name, half)))) {
            from += half;
            n -= half;
        } else {
            n = half;
        }
    }
    blame(w, CAUSE_SUITE_INTOLERANT,
          arena_printf(w->d->arena, "%s in the list of suites", cipher_name(rest[from])), t);
    return true;
}

static bool narrow(struct narrowing *w)
{
    bool extension_failed = false, all_failed = true;
    const struct attempt *last = NULL;
    const struct part *culprit = NULL;

    for (size_t i = 0; i < PARTS && !is_over(w->d); i++) {
        struct offer o = w->good;

        parts[i].add(&o);
        last = try_offer(w->d, &o, arena_printf(w->d->arena, "%s and %s", w->good_name, parts[i].name));
        if (answered(last)) {
            all_failed &= parts[i].cause != CAUSE_EXTENSION_INTOLERANT;
            continue;
        }
        extension_failed |= parts[i].cause == CAUSE_EXTENSION_INTOLERANT;
        culprit = culprit == NULL ? &parts[i] : culprit;
    }
    if (culprit == NULL)
        return narrow_suites(w) || explain_size(w, 64);
    if (explain_size(w, culprit->octets))
        return true;
    if (extension_failed && all_failed && w->good.no_extensions)
        blame(w, CAUSE_EXTENSION_INTOLERANT, "any extension at all", last);
    else
        blame(w, culprit->cause, culprit->name, last);
    return true;
}

/* ---- all together ------------------------------------------------------------------------------------------------------- */

static void explain_end(struct doctor *d, const struct attempt *first)
{
    if (first->alert)
        find_cause(d, CAUSE_ALERT,
                   arena_printf(d->arena,
                                "The device at %s refuses every hello that was tried with a %s: %s.",
                                d->how->where, ending(d, first), alert_meaning(first->alert_description)),
                   "look at the device's own log and its settings for DTLS: versions, cipher suites, and "
                   "whether PSK is on");
    else if (first->verify_requests > 1)
        find_cause(
            d, CAUSE_COOKIE,
            arena_printf(
                d->arena,
                "The device at %s answers every hello with a HelloVerifyRequest, also those that return its "
                "cookie: it does not take its own cookie back, or nothing in the hello suits it and it does "
                "not say so.",
                d->how->where),
            "check that no NAT changes our address or port between two hellos; then its cipher suites and "
            "its PSK "
            "settings");
    else
        find_cause(
            d, CAUSE_HELLO_REFUSED,
            arena_printf(
                d->arena,
                "The device at %s %s, and then nothing more, whatever suites, versions and extensions are "
                "offered.",
                d->how->where,
                first->reached == REACHED_COOKIE ? "answers a hello with a HelloVerifyRequest" : "is there"),
            "look at the device's own log; a key or identity that was never provisioned may keep PSK suites "
            "off");
}

void explain_hello(struct doctor *d, const struct attempt *first)
{
    static const uint16_t suites[] = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256};

    for (size_t i = 0; i < 4 && !is_over(d); i++) {
        struct narrowing w = {.d = d, .good = alone(suites[i % 2], i < 2)};

        w.good_name = arena_printf(d->arena, "a hello with %s%s", cipher_name(suites[i % 2]),
                                   i < 2 ? " alone" : ", the SCSV and the usual extensions");
        if (answered(try_offer(d, &w.good, w.good_name)) && narrow(&w))
            return;
    }
    if (is_over(d) || explain_suites(d, first) || explain_version(d, first))
        return;
    explain_end(d, first);
}

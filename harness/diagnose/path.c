#include "diagnose/internal.h"

/* What lies between: loss, delay, and the device's timer. And what a server that serves a good hello does with others. */

enum {
    STALL_MS = 2600,
    EARLY_MS = 500,
    LOSS_TRIES = 4,
    BIG_HELLO = 520,
    LONG_TIMERS = 4,
    REPAIRED_LEAST = 2,
    SETTLE_MS = 3000
};

/* ---- other hellos ------------------------------------------------------------------------------------------------------- */

/* Octets of extensions that real clients send. */
static const uint8_t unknown[] = {0xAB, 0xCD, 0, 4, 1, 2, 3, 4};
static const uint8_t connection_id[] = {0, 54, 0, 1, 0};
static const uint8_t old_connection_id[] = {0, 53, 0, 1, 0};
static const uint8_t fragment_length[] = {0, 1, 0, 1, 2};
static const uint8_t server_name[] = {0,   0,   0,   14,  0,   12,  0,   0,   9,
                                      'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'};
static const uint8_t grease[] = {0x2A, 0x2A, 0, 0};
static const uint8_t ticket[] = {0, 35, 0, 0};
static const uint16_t certificates[] = {
    TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA256};
static const uint16_t greased[] = {0x0A0A, 0xDADA};

struct shape {
    const char *name; /* "a hello with ..." */
    enum cause cause;
    struct bytes extensions;
    const uint16_t *before; /* suites before the good one */
    size_t before_n;
    enum choice scsv, extended_master_secret, encrypt_then_mac;
    bool no_extensions;
};

#define EXTENSION(text, octets)                                                                              \
    {                                                                                                        \
        .name = text, .cause = CAUSE_EXTENSION_INTOLERANT, .extensions = { octets, sizeof octets }           \
    }
#define SUITES(text, codes)                                                                                  \
    {                                                                                                        \
        .name = text, .cause = CAUSE_SUITE_INTOLERANT, .before = codes,                                      \
        .before_n = sizeof codes / sizeof *codes                                                             \
    }

static const struct shape shapes[] = {
    {.name = "no extended_master_secret (encrypt_then_mac alone)",
     .cause = CAUSE_EXTENSION_REQUIRED,
     .extended_master_secret = WITHOUT,
     .encrypt_then_mac = WITH},
    {.name = "no extension and no SCSV, as small clients send",
     .cause = CAUSE_EXTENSION_REQUIRED,
     .scsv = WITHOUT,
     .no_extensions = true},
    {.name = "the SCSV and no extension", .cause = CAUSE_EXTENSION_REQUIRED, .no_extensions = true},
    EXTENSION("an unknown extension", unknown),
    EXTENSION("a GREASE extension (RFC 8701)", grease),
    EXTENSION("connection_id (54)", connection_id),
    EXTENSION("the old connection_id (53)", old_connection_id),
    EXTENSION("max_fragment_length", fragment_length),
    EXTENSION("server_name", server_name),
    EXTENSION("session_ticket", ticket),
    SUITES("certificate suites before the PSK ones", certificates),
    SUITES("GREASE suites (RFC 8701) before the others", greased),
};

static struct offer offer_of(const struct shape *s, uint16_t good)
{
    struct offer o = {.extensions = s->extensions,
                      .renegotiation_scsv = s->scsv,
                      .extended_master_secret = s->extended_master_secret,
                      .encrypt_then_mac = s->encrypt_then_mac,
                      .no_extensions = s->no_extensions};

    for (size_t i = 0; i < s->before_n; i++)
        o.ciphers[i] = s->before[i];
    o.ciphers[s->before_n] = good;
    return o;
}

/* A shape that is not answered is tried again with all retransmissions before it is told. */
static bool try_shape(struct doctor *d, const struct shape *s, uint16_t good)
{
    struct attempt_plan plan = {.offer = offer_of(s, good), .hello_only = true};
    struct attempt *t = try_it(d, QUICK, &plan, "a hello with %s", s->name);

    if (t->reached < REACHED_HELLO && !t->alert && !is_over(d))
        t = try_it(d, PATIENT, &plan, "once more, with %s", s->name);
    if (t->reached >= REACHED_HELLO)
        return true;
    find_cause(d, s->cause,
               arena_printf(d->arena,
                            "The device at %s serves the usual hello, and does not answer one with %s (%s): "
                            "clients that send "
                            "such a hello are shut out.",
                            d->how->where, s->name, ending(d, t)),
               "a server ignores what it does not know (RFC 5246 7.4.1.4) and does not ask for what is "
               "optional: have the "
               "device mended, or keep to clients that send what it wants");
    return false;
}

static void try_big_hello(struct doctor *d, uint16_t good)
{
    uint8_t room[BIG_HELLO + 4];
    struct writer w = WRITER(room);
    struct attempt_plan plan = {.hello_only = true, .offer = {.ciphers = {good}}};
    struct attempt *t;

    put_u16(&w, 21); /* padding, RFC 7685 */
    put_u16(&w, BIG_HELLO);
    put_fill(&w, 0, BIG_HELLO);
    plan.offer.extensions = written(&w);
    t = try_it(d, PATIENT, &plan, "a hello of more than %d octets (padding)", BIG_HELLO);
    if (t->reached < REACHED_HELLO)
        find_cause(d, CAUSE_SIZE_LIMIT,
                   arena_printf(d->arena,
                                "The device at %s serves the usual hello, and does not answer one of more "
                                "than %d octets (%s): "
                                "its buffer or the path is that small.",
                                d->how->where, BIG_HELLO, ending(d, t)),
                   "clients with long lists of suites and extensions send such hellos: find out whether the "
                   "path or the device "
                   "drops them");
}

/* ---- suites ------------------------------------------------------------------------------------------------------------- */

static void try_mandatory(struct doctor *d)
{
    for (size_t i = 0; i < cipher_count && !is_over(d); i++) {
        struct attempt_plan plan = {.hello_only = true, .offer = {.ciphers = {ciphers[i].code}}};
        struct attempt *t;

        if (!cipher_completes(&ciphers[i]) ||
            rule_of(&ciphers[i], d->env.profile, d->env.role) != RULE_REQUIRED)
            continue;
        t = try_it(d, PATIENT, &plan, "%s alone", ciphers[i].name);
        if (t->reached >= REACHED_HELLO)
            continue;
        find_cause(
            d, CAUSE_SUITE_MISSING,
            arena_printf(d->arena,
                         "The device at %s completes handshakes, and does not take %s, which is mandatory "
                         "(%s): a client "
                         "that offers nothing else is shut out.",
                         d->how->where, ciphers[i].name, ending(d, t)),
            "enable the suite in the device; some stacks have it only when it is named in the cipher list");
    }
}

/* ---- the path ----------------------------------------------------------------------------------------------------------- */

/* A handshake with so long a timer that nothing is sent twice unless it is lost: how long its answer took; 0 when it had to be. */
static int64_t patient_answer(struct doctor *d)
{
    int64_t usual = d->env.timer_us;
    struct attempt *t;

    sleep_until(now_us() + SETTLE_MS * MS);
    d->env.timer_us = LONG_TIMERS * d->timer_us;
    t = try_it(d, QUICK, &(struct attempt_plan){.hello_only = true}, "the same with a timer of %d s",
               (int)(d->env.timer_us / SECOND));
    d->env.timer_us = usual;
    return t->resent == 0 && t->reached >= REACHED_COOKIE ? t->answer_us : 0;
}

void examine_path(struct doctor *d)
{
    unsigned completed = 0, repaired = 0, late = 0;
    int64_t answer;

    for (size_t i = 0; i < d->attempt_n; i++) {
        completed += d->attempts[i]->reached == REACHED_FINISHED;
        repaired += d->attempts[i]->reached == REACHED_FINISHED && d->attempts[i]->resent > 0;
        late += d->attempts[i]->resent_late;
    }
    if (repaired < REPAIRED_LEAST)
        return; /* one alone may be a device that was busy with the last handshake */
    answer = patient_answer(d);
    if (answer > d->timer_us / 2)
        find_cause(d, CAUSE_SLOW_PATH,
                   arena_printf(d->arena,
                                "Answers of %s take %lld ms, longer than usual timers: the path or the "
                                "device is slow, and flights are "
                                "repeated that were not lost (in %u of %u handshakes).",
                                d->how->where, (long long)(answer / MS), repaired, completed),
                   "set timers = lte-m or nb-iot in the device file, and longer DTLS timers in the device");
    else if (answer > 0 && late == 0)
        find_cause(
            d, CAUSE_BUSY,
            arena_printf(
                d->arena,
                "The device at %s does not answer right after a handshake (in %u of %u a hello had to be "
                "sent again, and after a pause none): it takes a while until it serves again.",
                d->how->where, repaired, completed),
            "set settle_ms in the device file, and slots = 1 if it serves one peer at a time");
    else
        find_cause(
            d, CAUSE_LOSSY,
            arena_printf(d->arena,
                         "Datagrams to or from %s get lost: in %u of %u handshakes a flight of ours had to "
                         "be sent again before the answer came.",
                         d->how->where, repaired, completed),
            "look at the path (radio, NAT, a full receive buffer); the gate repeats what is lost, and runs "
            "longer");
}

void examine_timer(struct doctor *d, const struct attempt *stalled, int stall_ms)
{
    const char *what = d->env.role == CLIENT ? "hello" : "flight";

    if (stalled->repeat_us > 0 && stalled->repeat_us < EARLY_MS * MS)
        find_cause(
            d, CAUSE_TIMER_EARLY,
            arena_printf(d->arena,
                         "The device repeats an unanswered %s after %lld ms; RFC 6347 4.2.4.1 recommends 1 "
                         "s, and RFC 7925 "
                         "9 s on slow networks: on a path with longer round trips everything is sent twice.",
                         what, (long long)(stalled->repeat_us / MS)),
            "set a longer initial retransmission time in the device");
    else if (stalled->repeat_us == 0)
        find_cause(d, CAUSE_TIMER_LATE,
                   arena_printf(d->arena,
                                "The device does not repeat an unanswered %s within %d ms: where a datagram "
                                "is lost, a handshake "
                                "hangs for longer than that, or for good.",
                                what, stall_ms),
                   "make sure that the device repeats its flights (RFC 6347 4.2.4); a long timer is right "
                   "for slow networks only");
}

void examine_server(struct doctor *d, const struct attempt *first)
{
    uint16_t good = first->server_hello.cipher;
    int stall_ms = (int)(STALL_MS * (d->timer_us / SECOND));
    struct attempt *stalled;
    bool wants_some = false; /* one told is enough */

    d->env.timer_us = d->timer_us;
    for (int i = 1; i < LOSS_TRIES && !is_over(d); i++)
        try_it(d, PATIENT, &(struct attempt_plan){0}, "the usual hello again");
    examine_path(d);
    try_mandatory(d);
    if (d->out->n > 0 && d->out->found[0].cause != CAUSE_SUITE_MISSING)
        return; /* on such a path nobody can tell what the device does not answer */
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && !is_over(d); i++)
        if (!(shapes[i].no_extensions && wants_some))
            wants_some |= !try_shape(d, &shapes[i], good) && shapes[i].cause == CAUSE_EXTENSION_REQUIRED;
    if (!is_over(d))
        try_big_hello(d, good);
    if (is_over(d))
        return;
    stalled = try_it(d, PATIENT, &(struct attempt_plan){.stall_ms = stall_ms},
                     "the usual hello, and no answer to the ServerHello for %d ms", stall_ms);
    if (stalled->reached >= REACHED_DONE)
        examine_timer(d, stalled, stall_ms);
}

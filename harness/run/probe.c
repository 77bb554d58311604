#include <string.h>

#include "run/internal.h"

enum { PATIENCE_LEAST_MS = 500, PATIENCE_FACTOR = 4, SLOW_MS = 1000, SETTLE_MS = 2000, HANDSHAKES = 3 };

/* The good handshakes that are tried, the usual one first (design 2.1). */
static const struct {
    uint16_t cipher;
    bool without_etm;
} good[] = {
    {0, false},
    {TLS_PSK_WITH_AES_128_CCM_8, false},
    {TLS_PSK_WITH_AES_128_CBC_SHA256, false},
    {TLS_PSK_WITH_AES_128_CBC_SHA256, true},
};
enum { GOOD = sizeof good / sizeof *good };

bool judges_suite_support(const struct planned *p)
{
    static const enum requirement_id support[] = {REQ_CCM8_SUPPORTED, REQ_CBC_SHA256_SUPPORTED,
                                                  REQ_CLIENT_MANDATORY_SUITE, REQ_CLIENT_CCM8_SUPPORTED};

    for (size_t i = 0; i < sizeof support / sizeof *support; i++)
        if (p->requirement == support[i])
            return true;
    return false;
}

void let_settle(const struct run *r)
{
    const struct dut *d = r->config->device;

    if (d->settle_ms && d->slots == 1)
        sleep_until(now_us() + d->settle_ms * MS);
}

/* The mandatory suites, each put as most cases put it. */
static const struct {
    uint16_t cipher;
    bool without_etm;
} usual[] = {{TLS_PSK_WITH_AES_128_CCM_8, false},
             {TLS_PSK_WITH_AES_128_CBC_SHA256, false},
             {TLS_PSK_WITH_AES_128_CBC_SHA256, true}};

/* What a server refuses in silence keeps every case waiting that begins with it: it is found out once, before the pool, between
 * good handshakes. On a path that loses datagrams nobody can tell, and the cases find out themselves. */
static void find_refusals(struct run *r)
{
    struct case_env env = r->env;

    env.timer_us = quick_timer_us(r);
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !atomic_load(&r->stop); i++) {
        struct canary_result c;

        if (usual[i].cipher == r->env.good_cipher && usual[i].without_etm == r->env.good_without_etm)
            continue;
        canary_run(&env, usual[i].cipher, usual[i].without_etm, false, r->give_up_us, &c);
        let_settle(r);
        pthread_mutex_lock(&r->lock);
        take_findings(r, NULL, &c.detail);
        pthread_mutex_unlock(&r->lock);
        arena_free(c.detail.arena);
        if (c.fell_silent && !device_is_out(r))
            refusal_found(&r->env, usual[i].cipher, usual[i].without_etm);
    }
}

/* Why there is no good handshake, in one sentence; a diagnosis says more. Holds the lock. */
static const char *in_short(struct run *r, const struct canary_result *c)
{
    const char *where = r->config->device->address;

    if (c->kind != CANARY_NO_HELLO && *c->detail.reason)
        return arena_strdup(r->arena, c->detail.reason);
    switch (c->kind) {
    case CANARY_UNVERIFIED:
        return arena_printf(r->arena,
                            "credentials not accepted: the device at %s agrees on a cipher suite, but no "
                            "Finished verifies; the key, "
                            "its encoding or the identity is another one there%s%s",
                            where, *c->detail.got ? ": " : "", c->detail.got);
    case CANARY_NO_HELLO: /* the reason says that it was the trigger */
        return arena_strdup(r->arena, *c->detail.reason ? c->detail.reason : "trigger: no ClientHello came");
    case CANARY_SILENT:
        return arena_printf(r->arena, "unreachable: %s at %s",
                            c->detail.unreachable ? "nothing listens" : "nothing that is DTLS answers",
                            where);
    case CANARY_REFUSED:
        return arena_printf(r->arena, "the device refuses every good hello%s%s", *c->detail.got ? ": " : "",
                            c->detail.got);
    case CANARY_SERVED: break;
    }
    return "";
}

/* Worse tells more: a ServerHello that came once says that the key is the matter. */
static int telling(enum canary kind)
{
    static const int order[] = {[CANARY_SERVED] = 4,
                                [CANARY_UNVERIFIED] = 3,
                                [CANARY_REFUSED] = 2,
                                [CANARY_SILENT] = 1,
                                [CANARY_NO_HELLO] = 0};

    return order[kind];
}

/* Tries the good handshakes until one completes; *best is the most telling. The caller frees its arena. What the first one
 * was too much for is tried with short timers: the first has waited long enough to know whether anything answers. */
static void find_good(struct run *r, struct canary_result *best)
{
    bool find_liveness = !*r->config->device->liveness && !r->env.no_credentials;
    struct case_env env = r->env;

    env.ask_name = r->env.role == CLIENT && !r->env.no_credentials;
    for (size_t i = 0; i < GOOD && !atomic_load(&r->stop); i++) {
        struct canary_result c;

        canary_run(&env, good[i].cipher, good[i].without_etm, find_liveness, r->give_up_us, &c);
        let_settle(r);
        if (i == 0 || telling(c.kind) > telling(best->kind)) {
            if (i > 0)
                arena_free(best->detail.arena);
            *best = c;
        } else {
            arena_free(c.detail.arena);
        }
        if (best->kind == CANARY_SERVED) {
            r->env.good_cipher = best->cipher;
            r->env.good_without_etm = good[i].without_etm;
        }
        /* A client device offers each time what it offers; where nothing listens, nothing will. */
        if (best->kind == CANARY_SERVED || best->kind == CANARY_NO_HELLO || best->detail.unreachable)
            return;
        env.timer_us = r->env.timer_us / 4;
    }
}

/* From the first datagram to the first record of the device's that opened: a handshake, without what it takes to start a
 * client's program, or to say goodbye. *repeated says that a datagram of ours had to be sent again meanwhile. */
static int64_t handshake_us(const struct canary_result *c, bool *repeated)
{
    const struct trace *t = c->detail.trace;
    int64_t began = -1;
    unsigned assoc = 0;

    *repeated = false;
    for (size_t i = 0; t && i < t->n; i++) {
        const struct trace_entry *e = &t->entries[i];

        if (e->kind == TRACE_DATAGRAM && (began < 0 || e->assoc != assoc)) {
            began = e->t_us; /* of an earlier hello nothing came */
            assoc = e->assoc;
            *repeated = false;
        }
        *repeated |= e->kind == TRACE_DATAGRAM && e->retransmission && !e->from_device;
        for (size_t j = 0; e->from_device && j < e->record_count; j++)
            if (e->records[j].opened)
                return e->t_us - began;
    }
    return c->duration_us;
}

/* The slowest good handshake: of those in which nothing had to be sent again, when there are any (Karn's rule). */
struct slowest {
    int64_t plain_us, repeated_us;
};

/* Karn's back-off: until a handshake went without repetition, the next gets a timer that the last would not have outlived. Else a
 * slow device never shows how long it takes, nor a path whether it loses anything. */
static int64_t backed_off_us(const struct run *r, const struct slowest *s)
{
    int64_t longer = s->plain_us > 0 ? 0 : 2 * s->repeated_us;

    return longer > r->env.timer_us ? longer : r->env.timer_us;
}

static void take_time(struct slowest *s, const struct canary_result *c)
{
    bool repeated;
    int64_t us = handshake_us(c, &repeated), *kept = repeated ? &s->repeated_us : &s->plain_us;

    if (us > *kept)
        *kept = us;
}

/* Several, as far as every thread still has something to do. */
static unsigned share_of(const struct run *r)
{
    size_t share = r->job_n / r->threads;

    return share > BATCH_MAX ? BATCH_MAX : share > 0 ? (unsigned)share : 1;
}

/* Two good handshakes more, into `more`. */
static void measure_again(struct run *r, struct slowest *times, struct canary_result more[HANDSHAKES - 1])
{
    for (int i = 0; i < HANDSHAKES - 1; i++) {
        struct canary_result *c = &more[i];
        struct case_env env = r->env;
        bool find = !*r->config->device->liveness && !r->env.no_credentials &&
                    r->env.liveness == LIVENESS_NONE; /* one lost datagram is no proof of that */

        env.timer_us = backed_off_us(r, times);
        canary_run(&env, r->env.good_cipher, r->env.good_without_etm, find, r->give_up_us, c);
        let_settle(r);
        if (c->kind == CANARY_SERVED)
            take_time(times, c);
        if (c->kind == CANARY_SERVED && find)
            r->env.liveness = c->liveness;
    }
}

static void set_patience(struct run *r)
{
    const struct dut *d = r->config->device;
    long given_ms = r->config->options->patience_ms;

    r->env.patience_us = given_ms ? given_ms * MS : d->patience_ms * MS;
    if (r->env.patience_us == 0) {
        r->env.patience_us = PATIENCE_FACTOR * r->env.rtt_us;
        if (r->env.patience_us < PATIENCE_LEAST_MS * MS)
            r->env.patience_us = PATIENCE_LEAST_MS * MS;
    }
    r->give_up_us = r->env.patience_us;
    r->settle_us = d->settle_ms ? d->settle_ms * MS : SETTLE_MS * MS;
}

/* Three good handshakes: the slowest says how long the path and the device take. What was repeated in them is judged by that. True
 * when nothing had to be sent again. */
static bool measure(struct run *r, const struct canary_result *first)
{
    struct slowest times = {0};
    struct canary_result more[HANDSHAKES - 1];

    take_time(&times, first);
    measure_again(r, &times, more);
    r->env.rtt_us = times.plain_us > 0 ? times.plain_us : times.repeated_us;
    set_patience(r);
    if (r->env.rtt_us > SLOW_MS * MS)
        r->batch = BATCH_MAX;
    else if (r->config->device->role == CLIENT || r->config->insist) /* each costs a program's start */
        r->batch = share_of(r);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        pthread_mutex_lock(&r->lock);
        note_canary(r, &more[i]);
        pthread_mutex_unlock(&r->lock);
        arena_free(more[i].detail.arena);
    }
    return times.repeated_us == 0;
}

static const char *const liveness_names[] = {
    [LIVENESS_PING] = "ping", [LIVENESS_ECHO] = "echo", [LIVENESS_NONE] = "none"};

/* Declared, or as the first good handshake found it. */
static void set_liveness(struct run *r, const struct canary_result *c)
{
    const char *declared = r->config->device->liveness;

    if (r->env.no_credentials) { /* nothing is asked that would need it */
        r->env.liveness = LIVENESS_PING;
        return;
    }
    r->env.liveness = !*declared && c->kind == CANARY_SERVED ? c->liveness : LIVENESS_NONE;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(declared, liveness_names[i]) == 0)
            r->env.liveness = (enum liveness)i;
}

/* Says what is the matter, in short, and what the diagnosis finds. */
static void explain(struct run *r, const struct canary_result *c)
{
    const char *cause = diagnose_run(r);

    pthread_mutex_lock(&r->lock);
    if (!r->closed) {
        r->why_not = arena_printf(r->arena, "%s (%s)", in_short(r, c), cause);
        add_note(r, "%s", r->why_not);
    }
    pthread_mutex_unlock(&r->lock);
}

/* What the device says it is stands where nobody said it before; where somebody said otherwise, both are told. Holds the lock. */
static void take_nameplate(struct run *r, const struct nameplate *plate)
{
    const struct {
        const char *what, *said, **known;
    } rows[] = {{"make", plate->make, &r->model->device.make},
                {"model", plate->model, &r->model->device.model},
                {"firmware", plate->firmware, &r->model->device.firmware}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (*rows[i].said && !**rows[i].known)
            *rows[i].known = arena_strdup(r->arena, rows[i].said);
        else if (*rows[i].said && strcmp(*rows[i].known, rows[i].said) != 0)
            add_note(r, "the device file says %s %s; the device itself says %s", rows[i].what, *rows[i].known,
                     rows[i].said);
    }
}

bool probe_device(struct run *r)
{
    struct canary_result c = {0};
    bool goes_on;

    find_good(r, &c);
    if (c.detail.arena == NULL)
        return false;
    if (atomic_load(&r->stop)) { /* perhaps it is given up, and nobody is left to tell */
        arena_free(c.detail.arena);
        return false;
    }
    r->alive = c.kind;
    set_liveness(r, &c);
    goes_on = c.kind == CANARY_SERVED || c.kind == CANARY_REFUSED ||
              (r->config->insist && c.kind == CANARY_UNVERIFIED);
    if (goes_on && measure(r, &c) && c.kind == CANARY_SERVED && r->env.role != CLIENT)
        find_refusals(r);
    pthread_mutex_lock(&r->lock);
    r->model->device.liveness = liveness_names[r->env.liveness];
    take_nameplate(r, &c.nameplate);
    note_canary(r, &c);
    pthread_mutex_unlock(&r->lock);
    if (c.kind != CANARY_SERVED && !(goes_on && r->config->insist))
        explain(r, &c);
    arena_free(c.detail.arena);
    return goes_on;
}

/* What the device sent again, told by the trace. */
#include <string.h>

#include "case/internal.h"

enum {
    ONE_REPETITION_US = 200000,
    PATH_REACH_US =
        100000, /* what comes again sooner may be the path's doing; no device's timer is that short */
    LEAST_WATCH_US = 2500000, /* the device's timer is not ours: a second, and what a late machine adds */
    LEAST_WATCH_TWO_US = 4500000,
    LOOK_US = 20000,
    BODY_MAX = 65536,
};

static bool is_repetition(const struct trace_entry *e)
{
    bool copy = false;

    for (size_t i = 0; i < e->record_count; i++)
        copy |= e->records[i].copy;
    return e->retransmission || copy;
}

static bool is_of_device(const struct assoc *a, const struct trace_entry *e)
{
    return e->kind == TRACE_DATAGRAM && e->from_device && e->assoc == a->number;
}

/* The same octets soon after they first came: the path's copy, whatever it holds. Those that come later are a repetition that used its
 * old numbers. */
static bool is_of_path(const struct assoc *a, const struct trace_entry *e)
{
    for (const struct trace_entry *first = a->trace->entries; first < e; first++)
        if (is_of_device(a, first) && bytes_equal(first->datagram, e->datagram))
            return e->t_us - first->t_us < PATH_REACH_US;
    return false;
}

/* The device's, of the flight that began then. */
static bool comes_again(const struct assoc *a, const struct trace_entry *e, int64_t began)
{
    return is_of_device(a, e) && is_repetition(e) && e->t_us >= began + PATH_REACH_US && !is_of_path(a, e);
}

/* A record whose number was opened before is not opened again; the same octets hold the same. */
static struct bytes opened_before(const struct assoc *a, const struct trace_record *r)
{
    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        for (size_t k = 0; is_of_device(a, e) && k < e->record_count; k++)
            if (e->records[k].opened && e->records[k].epoch == r->epoch && e->records[k].seq == r->seq)
                return e->records[k].plaintext;
    }
    return NO_BYTES;
}

/* The handshake octets of a record, in the clear or opened. */
static struct bytes messages_of(const struct assoc *a, const struct trace_entry *e,
                                const struct trace_record *r)
{
    if (r->type != CONTENT_HANDSHAKE)
        return NO_BYTES;
    if (r->epoch == 0)
        return bytes_slice(e->datagram, r->at + RECORD_HEADER, r->n - RECORD_HEADER);
    if (r->opened)
        return r->plaintext;
    return r->copy ? opened_before(a, r) : NO_BYTES;
}

/* ---- when ------------------------------------------------------------------------------------------------------------------- */

/* The device's last flight began to come with the first handshake datagram after our last one, repetitions not counted. */
static int64_t flight_began(const struct assoc *a)
{
    int64_t began = 0;
    bool ours = true;

    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        if (e->kind != TRACE_DATAGRAM || e->assoc != a->number || is_repetition(e))
            continue;
        if (e->from_device && ours)
            began = e->t_us;
        ours = !e->from_device;
    }
    return began;
}

static struct repetitions repetitions_of(const struct assoc *a)
{
    struct repetitions out = {.disturbed = a->resends > 0};
    int64_t began = flight_began(a), last = 0;

    for (size_t i = 0; i < a->trace->n && out.n < REPETITIONS; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        if (!comes_again(a, e, began) || (out.n > 0 && e->t_us - last < ONE_REPETITION_US))
            continue;
        last = e->t_us;
        out.after_us[out.n++] = e->t_us - began;
    }
    return out;
}

static int64_t watch_until(const struct test *t, int ms, int64_t least)
{
    int64_t stretched = (int64_t)ms * t->env->timer_us / 1000;

    return now_us() + (stretched > least ? stretched : least);
}

/* Looks on a moment longer; false when the time is over, or the device ended or began anew. */
static bool look_on(struct link *l, int64_t until)
{
    int64_t now = now_us();
    struct event e;

    if (now >= until || l->peer_closed || l->stranger)
        return false;
    if (!next_event(l, now + LOOK_US < until ? now + LOOK_US : until, &e))
        return true;
    l->peer_closed |= e.kind == EVENT_ALERT;
    return e.kind != EVENT_ALERT && e.kind != EVENT_REPEATED;
}

struct repetitions watch_repetitions(struct assoc *a, size_t wanted, int ms)
{
    struct link *l = link_of(a);
    int64_t until = watch_until(l->test, ms, wanted > 1 ? LEAST_WATCH_TWO_US : LEAST_WATCH_US);

    flight_answered(a);
    trace_row(l->test->trace, TRACE_WAIT, a->number, "nothing is said to the device: it repeats its flight");
    while (repetitions_of(a).n < wanted && look_on(l, until))
        continue;
    l->test->fell_silent |= repetitions_of(a).n < wanted; /* one with few places may have given it away */
    return repetitions_of(a);
}

/* ---- what ------------------------------------------------------------------------------------------------------------------- */

/* A message as its fragments gave it. */
struct copy {
    bool began;
    uint16_t message_seq;
    size_t n, have;
    uint8_t *body, *seen;
};

static void add_to_copy(struct arena *arena, struct copy *c, const struct fragment *f)
{
    if (!c->began) {
        *c = (struct copy){.began = true, .message_seq = f->message_seq, .n = f->length};
        c->body = arena_alloc(arena, c->n);
        c->seen = arena_alloc(arena, c->n);
    }
    for (uint32_t i = 0; i < f->fragment_length && f->offset + i < c->n; i++) {
        c->have += !c->seen[f->offset + i];
        c->seen[f->offset + i] = 1;
        c->body[f->offset + i] = f->body.at[i];
    }
}

/* The device's message of that type, from the flight or from what came again. */
static struct copy find_copy(struct assoc *a, uint8_t type, bool again)
{
    struct copy c = {0};
    int64_t began = flight_began(a);

    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        if (!is_of_device(a, e) || (again ? !comes_again(a, e, began) : is_repetition(e)))
            continue;
        for (size_t k = 0; k < e->record_count; k++) {
            struct reader r = reader_of(messages_of(a, e, &e->records[k]));
            struct fragment f;

            while (get_fragment(&r, &f))
                if (f.type == type && f.length <= BODY_MAX && (!c.began || c.message_seq == f.message_seq))
                    add_to_copy(a->arena, &c, &f);
        }
    }
    return c;
}

static bool is_whole(const struct copy *c)
{
    return c->began && c->have == c->n;
}

const char *repeated_badly(struct assoc *a, uint8_t type)
{
    struct copy first = find_copy(a, type, false), again = find_copy(a, type, true);
    const char *name = handshake_name(type);

    if (!is_whole(&first))
        return NULL; /* not of the flight */
    if (!is_whole(&again))
        return arena_printf(a->arena, "no %s", name);
    if (again.message_seq != first.message_seq)
        return arena_printf(a->arena, "a %s with message_seq %u, which was %u", name, again.message_seq,
                            first.message_seq);
    if (!bytes_equal((struct bytes){again.body, again.n}, (struct bytes){first.body, first.n}))
        return arena_printf(a->arena, "a %s with another body", name);
    return NULL;
}

bool repeats_change_cipher_spec(struct assoc *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        for (size_t k = 0; is_of_device(a, e) && !is_of_path(a, e) && k < e->record_count; k++)
            n += e->records[k].type == CONTENT_CHANGE_CIPHER_SPEC;
    }
    return n > 1;
}

void watch_whole_repetition(struct assoc *a, const uint8_t *types, size_t n, int ms)
{
    struct link *l = link_of(a);
    int64_t until = watch_until(l->test, ms, (int64_t)ms * MS);

    for (;;) {
        bool all = true;

        for (size_t i = 0; i < n; i++)
            all &= repeated_badly(a, types[i]) == NULL;
        if (all || !look_on(l, until))
            return;
    }
}

static bool is_verify_request(const struct assoc *a, const struct trace_entry *e,
                              const struct trace_record *r)
{
    struct reader in = reader_of(messages_of(a, e, r));
    struct fragment f;

    return get_fragment(&in, &f) && f.type == HELLO_VERIFY_REQUEST;
}

static bool has_number(const struct assoc *a, const struct trace_entry *e, const struct trace_record *r)
{
    for (size_t k = 0; k < e->record_count; k++)
        if (e->records[k].epoch == r->epoch && e->records[k].seq == r->seq &&
            !is_verify_request(a, e, &e->records[k]))
            return true;
    return false;
}

static bool was_used(const struct assoc *a, size_t before, const struct trace_record *r)
{
    for (size_t i = 0; i < before; i++)
        if (is_of_device(a, &a->trace->entries[i]) && has_number(a, &a->trace->entries[i], r))
            return true;
    return false;
}

bool find_used_number(struct assoc *a, struct event *out)
{
    int64_t began = flight_began(a);

    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        for (size_t k = 0; k < e->record_count && comes_again(a, e, began); k++)
            if (was_used(a, i, &e->records[k])) {
                *out = (struct event){.epoch = e->records[k].epoch,
                                      .seq = e->records[k].seq,
                                      .trace_at = i,
                                      .record_at = e->records[k].at};
                return true;
            }
    }
    return false;
}

/* ---- on demand ---------------------------------------------------------------------------------------------------------------- */

bool repetition_is_answered(struct assoc *a, int ms)
{
    struct link *l = link_of(a);

    wait_ms(l->test, PATH_REACH_US / MS, "the path's copies of the flight have come");
    int64_t until = now_us() + (int64_t)ms * MS;
    size_t before = repetitions_of(a).n;

    flight_resend(a);
    while (repetitions_of(a).n == before && look_on(l, until))
        continue;
    return repetitions_of(a).n > before;
}

bool last_flight_comes_again(struct assoc *a, unsigned tries)
{
    struct link *l = link_of(a);

    for (unsigned i = 0; i < tries; i++) {
        int64_t until = now_us() + l->test->env->timer_us + l->test->env->patience_us;

        flight_resend(a);
        do
            if (repeated_badly(a, FINISHED) == NULL)
                return true;
        while (look_on(l, until));
    }
    return false;
}

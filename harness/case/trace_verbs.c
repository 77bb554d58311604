#include "case/internal.h"

size_t device_records(struct assoc *a, const struct trace_record **out)
{
    const struct trace *trace = a->trace;
    struct trace_record *found = NULL;
    size_t n = 0, cap = 0;

    for (size_t i = 0; i < trace->n; i++) {
        const struct trace_entry *e = &trace->entries[i];

        for (size_t k = 0; e->from_device && e->assoc == a->number && k < e->record_count; k++) {
            if (e->records[k].epoch != 1)
                continue;
            arena_grow(a->arena, &found, &cap, n, sizeof *found);
            found[n++] = e->records[k];
        }
    }
    *out = found;
    return n;
}

static const char *order_name(enum mac_order order)
{
    return order == ENCRYPT_THEN_MAC ? "encrypt-then-MAC" : "mac-then-encrypt";
}

void expect_mac_order(struct assoc *a, enum mac_order order)
{
    struct test *t = test_of(a);
    const struct trace_record *records;
    size_t n = device_records(a, &records), opened = 0;
    const char *expected =
        arena_printf(t->arena, "every protected record of the device verifies as %s", order_name(order));
    enum mac_order agreed = a->encrypt_then_mac ? ENCRYPT_THEN_MAC : MAC_THEN_ENCRYPT;

    for (size_t i = 0; i < n; i++)
        opened += records[i].opened || records[i].copy; /* the path's copies are not opened twice */
    if (n == 0)
        not_judged(t, "the device sent no protected record");
    require(t, opened == n && agreed == order, expected, "%zu of %zu records verify, as %s", opened, n,
            order_name(agreed));
}

struct event await_event(struct assoc *a, bool required)
{
    struct link *l = link_of(a);
    struct event e = {0};

    if (!next_event(l, required ? required_until(l->test) : now_us() + l->test->env->patience_us, &e))
        e.kind = EVENT_NONE;
    l->peer_closed |= e.kind == EVENT_ALERT;
    return e;
}

void needs_encrypt_then_mac(struct assoc *a)
{
    if (!a->encrypt_then_mac)
        not_applicable(test_of(a), "encrypt_then_mac: offered, not negotiated");
}

void silence_lwm2m(struct assoc *a)
{
    link_of(a)->lwm2m_silent = true;
}

struct bytes datagram_of(struct assoc *a, const struct event *e)
{
    return e->trace_at < a->trace->n ? a->trace->entries[e->trace_at].datagram : NO_BYTES;
}

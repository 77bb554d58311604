#include <errno.h>
#include <string.h>

#include "diagnose/internal.h"

static bool heard(const struct attempt *t)
{
    return t->datagrams > 0;
}

static void explain_closed(struct doctor *d)
{
    find_cause(
        d, CAUSE_NOTHING_LISTENS,
        arena_printf(
            d->arena,
            "%s says by ICMP that nothing listens there: the machine is reached, and no program has that "
            "UDP port.",
            d->how->where),
        "check the port (coaps is 5684, coap without DTLS 5683), that the server runs, and that it listens "
        "on this "
        "address and not on another one");
}

static void explain_no_route(struct doctor *d, int error)
{
    find_cause(d, CAUSE_NO_ROUTE,
               arena_printf(d->arena, "This machine cannot send to %s: %s.", d->how->where, strerror(error)),
               "check the address and this machine's network");
}

/* Nothing at all came. */
static void explain_silence(struct doctor *d)
{
    if (answers_plain_coap(&d->env)) {
        saw(d, "a CoAP ping in the clear: a Reset");
        find_cause(
            d, CAUSE_PLAIN_COAP,
            arena_printf(
                d->arena,
                "The port at %s answers CoAP in the clear and no DTLS: it is a coap port, not a coaps one.",
                d->how->where),
            "give the port of coaps, usually 5684 instead of 5683");
        return;
    }
    saw(d, "a CoAP ping in the clear: silence");
    find_cause(
        d, CAUSE_SILENCE,
        arena_printf(
            d->arena,
            "Nothing came back from %s to any hello, small or large, and no ICMP either: the datagrams are "
            "lost on the way there or back, or what listens there is no DTLS server.",
            d->how->where),
        "check the address, a firewall or NAT between here and there (UDP, both directions), and that the "
        "device is "
        "on; watch with a capture at the far end whether the ClientHello arrives");
}

static void explain_strange(struct doctor *d, const struct attempt *t)
{
    if (looks_like_coap(t->stray)) {
        find_cause(d, CAUSE_PLAIN_COAP,
                   arena_printf(
                       d->arena,
                       "%s answers a ClientHello with CoAP in the clear: it is a coap port, not a coaps one.",
                       d->how->where),
                   "give the port of coaps, usually 5684 instead of 5683");
        return;
    }
    find_cause(
        d, CAUSE_NOT_DTLS,
        arena_printf(
            d->arena,
            "%s answers, but with octets that are no DTLS record (%u datagrams; the first begins with %s).",
            d->how->where, t->strange, arena_hex(d->arena, bytes_slice(t->stray, 0, 16))),
        "find out what listens on that port: it is no DTLS server");
}

/* Our own hello came back. */
static bool is_echo(const struct attempt *t)
{
    const struct trace *trace = t->detail.trace;
    struct bytes ours = NO_BYTES;

    for (size_t i = 0; i < trace->n; i++) {
        const struct trace_entry *e = &trace->entries[i];

        if (e->kind == TRACE_DATAGRAM && !e->from_device)
            ours = e->datagram;
        else if (e->kind == TRACE_DATAGRAM && e->from_device)
            return bytes_equal(ours, e->datagram);
    }
    return false;
}

static void explain_echo(struct doctor *d)
{
    find_cause(d, CAUSE_NOT_DTLS,
               arena_printf(d->arena,
                            "What listens at %s sends back what it gets: an echo service, no DTLS server.",
                            d->how->where),
               "check the address and the port");
}

static void explain_stale(struct doctor *d, const struct attempt *t)
{
    find_cause(
        d, CAUSE_STALE_ASSOCIATION,
        arena_printf(
            d->arena,
            "%s answers a new ClientHello with records of an epoch that this association has no keys for (%u "
            "of them): it still holds an older association for this address and port, and does not take the "
            "hello as a new beginning (RFC 6347 4.2.8).",
            d->how->where, t->early),
        "let the device forget the old association (restart it, or wait for its time-out), and dial from a "
        "new port");
}

/* The usual hello drew nothing: smaller ones may. */
static struct attempt *knock(struct doctor *d)
{
    static const uint16_t suites[] = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256};
    struct attempt *t = NULL;

    for (size_t i = 0; i < 2 && !is_over(d); i++) {
        struct attempt_plan plan = {.hello_only = true};

        plan.offer.ciphers[0] = suites[i];
        plan.offer.no_extensions = true;
        plan.offer.renegotiation_scsv = WITHOUT;
        t = try_it(d, QUICK, &plan, "a hello with %s alone and no extension", cipher_name(suites[i]));
        if (heard(t))
            return t;
    }
    return NULL;
}

bool explain_fragments(struct doctor *d, const struct attempt *t)
{
    if (t->cut_type == 0)
        return false;
    find_cause(
        d, CAUSE_FRAGMENTS,
        arena_printf(
            d->arena,
            "The device cuts its %s into fragments, and only %u of %u octets arrived, however often it sent "
            "them: fragments are lost on the way, always the same ones.",
            handshake_name(t->cut_type), (unsigned)t->cut_have, (unsigned)t->cut_length),
        "look for a limit to the size of datagrams on the path (MTU, IP fragments that a firewall drops)");
    return true;
}

bool explain_records(struct doctor *d, const struct attempt *t)
{
    if (t->opens_as != AS_NEGOTIATED) {
        find_cause(
            d, CAUSE_WRONG_RECORDS,
            arena_printf(d->arena,
                         "The key is right, but the device protects its records as %s, and %s was negotiated "
                         "(RFC 7366 "
                         "3).",
                         t->opens_as == MAC_THEN_ENCRYPT ? "mac-then-encrypt" : "encrypt-then-MAC",
                         t->opens_as == MAC_THEN_ENCRYPT ? "encrypt-then-MAC" : "mac-then-encrypt"),
            "this is a defect of the device's DTLS stack: it answers the extension and does not do it");
        return true;
    }
    if (!t->finished_wrong)
        return false;
    find_cause(
        d, CAUSE_WRONG_FINISHED,
        "The device's Finished opens under the right keys, but its verify_data is not what RFC 5246 7.4.9 "
        "makes of the "
        "messages: the key is right, and the two ends have different messages in their hash, or another PRF.",
        "this is a defect of the device's DTLS stack (or something between changes the hello on its way)");
    return true;
}

void diagnose_server(struct doctor *d)
{
    struct attempt *first = try_it(d, PATIENT, &(struct attempt_plan){0},
                                   "the usual hello (every plain-PSK suite, SCSV, extensions)");

    if (first->reached == REACHED_FINISHED) {
        d->out->served = true;
        if (!d->how->brief)
            examine_server(d, first);
        return;
    }
    if (first->detail.unreachable && !heard(first)) {
        explain_closed(d);
    } else if (!heard(first) && first->detail.socket_error != 0 && first->detail.socket_error != EMSGSIZE) {
        explain_no_route(d, first->detail.socket_error);
    } else if (first->early > 0 && first->reached == REACHED_NOTHING) {
        explain_stale(d, first);
    } else if (is_echo(first)) {
        explain_echo(d);
    } else if (heard(first) && first->strange == first->datagrams) {
        explain_strange(d, first);
    } else if (!heard(first) && knock(d) == NULL) {
        explain_silence(d);
    } else if (first->reached <= REACHED_COOKIE) {
        if (!explain_fragments(d, first))
            explain_hello(d, first);
    } else if (!explain_records(d, first) && !explain_fragments(d, first)) {
        explain_credentials(d, first);
    }
}

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "case/case.h"
#include "case/internal.h"

static const char not_negotiated[] = "connection_id: offered, not negotiated";
static const char not_offered[] = "the device does not offer connection_id";

/* One hello of the run finds it out; later cases need not ask again. */
static void skip_if_known(struct test *t, const char *what)
{
    if (refusals_have(t->env->refusals, what))
        not_applicable(t, "%s", what);
}

static _Noreturn void end_as(struct test *t, const char *what)
{
    refusals_add(t->env->refusals, what);
    not_applicable(t, "%s", what);
}

/* ---- a server ----------------------------------------------------------------------------------------------------------- */

static const struct server_hello *hello_to(struct assoc *a, const struct offer *o)
{
    struct test *t = test_of(a);
    struct offer full = *o;
    enum alert refusal;

    skip_if_known(t, not_negotiated);
    full.connection_id = WITH;
    client_hello_(a, &full);
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL)
        not_applicable(t, "a hello with a connection_id of %zu octets is not answered by a ServerHello (%s)",
                       o->cid.n, alert_text(t, refusal));
    return h;
}

const struct server_hello *cid_hello(struct assoc *a, struct bytes id)
{
    return hello_to(a, &(struct offer){.cid = id});
}

void cid_handshake_(struct assoc *a, const struct offer *o)
{
    struct link *l = link_of(a);
    const struct server_hello *h = hello_to(a, o);
    struct bytes hint;

    if (!find_extension(h->extensions, EXT_CONNECTION_ID, NULL)) {
        if (o->cid.n <= 8 && o->ciphers[0] == 0)
            end_as(l->test, not_negotiated);
        not_applicable(l->test, "connection_id of %zu octets: offered, not negotiated", o->cid.n);
    }
    if (!a->cid.agreed)
        not_applicable(l->test, "connection_id is answered in the wrong form; cid/well-formed judges that");
    if (a->cipher == NULL || !cipher_completes(a->cipher))
        not_applicable(l->test, "the device selects a suite that was not offered");
    arrange(l->test, step_hello_done(l, &hint), "a handshake with connection_id");
    send_client_finish(a, l->test->env->identity);
    arrange(l->test, step_finished(l), "a handshake with connection_id");
    flight_finish(a);
}

/* ---- a client ----------------------------------------------------------------------------------------------------------- */

bool offers_cid(struct assoc *a)
{
    return find_extension(link_of(a)->client_hello.extensions, EXT_CONNECTION_ID, NULL);
}

struct assoc *await_cid_client(struct test *t)
{
    skip_if_known(t, not_offered);
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    if (!offers_cid(a))
        end_as(t, not_offered);
    return a;
}

void cid_serve(struct assoc *a, struct bytes id)
{
    cid_serve_as(a, .cid = id);
}

void cid_serve_as_(struct assoc *a, const struct answer *answer)
{
    struct answer full = *answer;

    full.connection_id = WITH;
    serve_(a, &full);
    if (!a->cid.agreed)
        not_applicable(test_of(a),
                       "connection_id is offered in the wrong form; cid/client-well-formed judges that");
}

/* ---- records ------------------------------------------------------------------------------------------------------------ */

void needs_device_cid(struct assoc *a)
{
    if (!a->cid.agreed || a->cid.theirs.n == 0)
        not_applicable(test_of(a), "the device wants no connection id in what it is sent");
}

/* The octets of a record from the device that has no place for our id, or another in it. */
static bool has_other_cid(const struct assoc *a, const struct trace_entry *e)
{
    return e->datagram.n > 11 && e->datagram.at[0] == CONTENT_TLS12_CID &&
           !bytes_equal(bytes_slice(e->datagram, 11, a->cid.ours.n), a->cid.ours);
}

size_t expect_no_other_cid(struct assoc *a)
{
    struct test *t = test_of(a);
    const char *expected =
        arena_printf(t->arena, "every protected record of the device carries the id %s and verifies",
                     arena_hex(t->arena, a->cid.ours));
    size_t n = 0;

    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        if (e->kind != TRACE_DATAGRAM || !e->from_device || e->assoc != a->number)
            continue;
        if (has_other_cid(a, e)) {
            mark_entry(t, i, 11, a->cid.ours.n < e->datagram.n - 11 ? a->cid.ours.n : e->datagram.n - 11,
                       "connection id");
            fail_shown(t, expected, "a record with another one");
        }
        for (size_t k = 0; k < e->record_count; k++) {
            const struct trace_record *r = &e->records[k];

            if (r->epoch == 0)
                continue;
            n++;
            if (r->outer == CONTENT_TLS12_CID && (r->opened || r->copy))
                continue;
            mark_entry(t, i, r->at, 1, "content type");
            fail_shown(t, expected,
                       r->outer == CONTENT_TLS12_CID ? "a record that does not verify"
                                                     : "a record of the ordinary format");
        }
    }
    say(t, expected, "all %zu do", n);
    return n;
}

void expect_cid_used(struct assoc *a)
{
    if (expect_no_other_cid(a) == 0)
        not_judged(test_of(a), "the device sent no protected record");
}

/* A datagram that begins with a record whose length is not where it would be without an id. */
static bool is_cut_cid_record(const struct assoc *a, const struct trace_entry *e, bool in_clear)
{
    enum { EPOCH_AT = 3 };
    struct bytes d = e->datagram;

    return e->from_device && e->assoc == a->number && e->record_count == 0 && d.n > RECORD_HEADER &&
           d.at[0] == CONTENT_TLS12_CID && (!in_clear || (d.at[EPOCH_AT] == 0 && d.at[EPOCH_AT + 1] == 0));
}

void expect_ordinary_records(struct assoc *a, bool in_clear, const char *why)
{
    struct test *t = test_of(a);
    const char *expected = arena_printf(t->arena, "records of the ordinary format alone%s", why);
    size_t n = 0;

    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        if (is_cut_cid_record(a, e, in_clear)) {
            mark_entry(t, i, 0, 1, "content type tls12_cid");
            fail_shown(t, expected, "a record of type tls12_cid");
        }
        for (size_t k = 0; e->from_device && e->assoc == a->number && k < e->record_count; k++) {
            const struct trace_record *r = &e->records[k];

            n++;
            if (r->outer != CONTENT_TLS12_CID || (in_clear && r->epoch > 0))
                continue;
            mark_entry(t, i, r->at, 1, "content type tls12_cid");
            fail_shown(t, expected, "a record of type tls12_cid in epoch %u", r->epoch);
        }
    }
    say(t, expected, "none of %zu records is another", n);
}

struct sealed probe_with_cid(struct assoc *a, struct bytes id)
{
    return seal_probe(a, .cid = id);
}

/* ---- ports -------------------------------------------------------------------------------------------------------------- */

void move_port(struct assoc *a)
{
    struct link *l = link_of(a);

    if (l->second_fd < 0)
        l->second_fd = open_socket(l->test->env, true);
    if (l->second_fd < 0)
        not_judged(l->test, "no UDP socket: %s", strerror(errno));
    l->moved = true;
    trace_row(a->trace, TRACE_NOTE, a->number, "from here we send from another port");
}

void move_back(struct assoc *a)
{
    link_of(a)->moved = false;
    trace_row(a->trace, TRACE_NOTE, a->number, "from here we send from the first port again");
}

void send_surely(struct assoc *a, const struct sealed *s)
{
    for (unsigned i = 0; i < test_of(a)->env->probe_copies; i++)
        send_sealed(a, s);
}

enum came answer_came(struct assoc *a, const struct sealed *probe)
{
    struct link *l = link_of(a);
    int64_t until = now_us() + l->test->env->patience_us;
    struct event e;

    while (next_event(l, until, &e)) {
        l->peer_closed |= e.kind == EVENT_ALERT;
        if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == probe->message_id)
            return a->trace->entries[e.trace_at].other_port ? CAME_TO_OTHER_PORT : CAME_TO_FIRST_PORT;
    }
    return CAME_NOT;
}

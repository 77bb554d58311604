/* Handshakes over a path that loses, repeats or swaps. */
#include "case/internal.h"

enum { LOOK_US = 20000 };

void be_patient(struct test *t)
{
    t->patient = true;
}

void send_data_at_once(struct test *t)
{
    t->data_at_once = true;
}

bool is_hasty(struct test *t)
{
    return t->env->hasty;
}

void pack_flights(struct assoc *a, enum flight_packing how)
{
    a->packing.record_a_datagram = how == MESSAGE_A_DATAGRAM;
    a->packing.messages_share_records = how == SHARED_RECORDS;
    a->packing.apart = how == KEY_EXCHANGE_APART ? CLIENT_KEY_EXCHANGE : 0;
}

static const char probe_expected[] = "an answer to a good probe";

static struct step ended_by(struct link *l, const struct event *e)
{
    l->peer_closed = true;
    return (struct step){STOP_ALERT, probe_expected, describe_event(l->test, e), (enum alert)e->description};
}

/* A probe each time the timer is over, until one is answered: the device may still wait for our last flight, and asks for it by its
 * own timer. Stopped by an alert, or silent. */
static struct step step_probe(struct link *l)
{
    struct test *t = l->test;
    int64_t until = required_until(t);
    struct event e;

    while (now_us() < until) {
        int64_t next = now_us() + t->env->timer_us;

        send_payload(l->assoc, CONTENT_APPLICATION_DATA, l->assoc->write_epoch,
                     probe_payload(l, new_probe(l)));
        while (next_event(l, next < until ? next : until, &e)) {
            if (e.kind == EVENT_APPLICATION_DATA && e.message_seq != 0)
                return (struct step){STOP_NOT, probe_expected, "its answer", ALERT_NONE};
            if (e.kind == EVENT_ALERT)
                return ended_by(l, &e);
        }
    }
    return (struct step){STOP_SILENT, probe_expected, "no answer: the association is not there", ALERT_NONE};
}

/* A client whose Finished of ours was lost is asked for nothing before it asked for that, or spoke: application data that overtakes
 * Finished is a trial of its own (RFC 6347 4.2.4). */
static struct step let_client_begin(struct link *l)
{
    struct test *t = l->test;
    int64_t until = required_until(t);
    struct event e;

    while (now_us() < until && l->application_data == 0) {
        if (l->assoc->resends > 0 && until > now_us() + t->env->timer_us)
            until = now_us() + t->env->timer_us;
        if (next_event(l, now_us() + LOOK_US, &e) && e.kind == EVENT_ALERT)
            return ended_by(l, &e);
    }
    return (struct step){STOP_NOT, probe_expected, "", ALERT_NONE};
}

static struct step step_whole(struct link *l)
{
    bool client = l->test->env->role == CLIENT;
    struct step s =
        client ? step_server_handshake(l, &(struct answer){0}) : step_client_handshake(l, &(struct offer){0});

    if (s.stop != STOP_NOT || l->test->env->liveness == LIVENESS_NONE)
        return s;
    if (client && !l->test->data_at_once)
        s = let_client_begin(l);
    return s.stop == STOP_NOT ? step_probe(l) : s;
}

static bool schedule_names(const struct test *t, enum on_path what)
{
    for (size_t i = 0; i < t->path.n; i++)
        if (t->path.rules[i].what == what)
            return true;
    return false;
}

/* Without the path's part nothing was tried, whatever came of it. */
static void needs_path(struct link *l, const struct step *s)
{
    struct test *t = l->test;
    bool cookie = schedule_names(t, PATH_VERIFY_REQUEST) || schedule_names(t, PATH_SECOND_HELLO);

    if (path_did(t))
        return;
    if (s->stop == STOP_NOT && cookie && !l->cookie_seen)
        not_applicable(t, "the device asks for no cookie");
    not_judged(t, "the path's schedule took no effect: %s", s->got);
}

void expect_completes(struct assoc *a)
{
    struct link *l = link_of(a);
    struct step s = step_whole(l);

    needs_path(l, &s);
    demand(l->test, s);
    say(l->test, "a completed handshake", "completed%s",
        l->test->env->liveness != LIVENESS_NONE ? ", and a probe is answered" : "");
}

void complete_and_keep_flight(struct assoc *a)
{
    struct link *l = link_of(a);

    good_hello(a);
    send_client_finish(a, l->test->env->identity);
    arrange(l->test, step_finished(l), "a good handshake");
}

void await_client_flight(struct assoc *a)
{
    struct link *l = link_of(a);

    expect_client_hello(a);
    server_hello_(a, &(struct answer){.cipher = offered(a, ANY_PLAIN_PSK)});
    arrange(l->test, step_key_exchange(l), "a good handshake");
    arrange(l->test, step_finished(l), "a good handshake");
}

/* The path's schedule, between endpoint and socket. */
#include "case/internal.h"

static const char *const names[] = {
    [PATH_CLIENT_HELLO] = "the first ClientHello",  [PATH_SECOND_HELLO] = "the ClientHello with the cookie",
    [PATH_VERIFY_REQUEST] = "HelloVerifyRequest",   [PATH_SERVER_HELLO] = "ServerHello",
    [PATH_SERVER_HELLO_DONE] = "ServerHelloDone",   [PATH_KEY_EXCHANGE] = "ClientKeyExchange",
    [PATH_CHANGE_CIPHER_SPEC] = "ChangeCipherSpec", [PATH_FINISHED] = "Finished",
};

static const uint8_t types[] = {
    [PATH_CLIENT_HELLO] = CLIENT_HELLO,           [PATH_SECOND_HELLO] = CLIENT_HELLO,
    [PATH_VERIFY_REQUEST] = HELLO_VERIFY_REQUEST, [PATH_SERVER_HELLO] = SERVER_HELLO,
    [PATH_SERVER_HELLO_DONE] = SERVER_HELLO_DONE, [PATH_KEY_EXCHANGE] = CLIENT_KEY_EXCHANGE,
};

/* A second hello is numbered above the first, RFC 6347 4.2.2. */
static bool is_fragment_of(const struct fragment *f, enum on_path what)
{
    if (f->type == CLIENT_HELLO)
        return what == (f->message_seq == 0 ? PATH_CLIENT_HELLO : PATH_SECOND_HELLO);
    return f->type == types[what];
}

static bool record_holds(const struct record *r, enum on_path what)
{
    struct reader inner = reader_of(r->fragment);
    struct fragment f;

    if (what == PATH_CHANGE_CIPHER_SPEC)
        return r->type == CONTENT_CHANGE_CIPHER_SPEC;
    if (r->type != CONTENT_HANDSHAKE || what == PATH_FINISHED || r->epoch > 0)
        return r->type == CONTENT_HANDSHAKE && what == PATH_FINISHED && r->epoch > 0;
    while (get_fragment(&inner, &f))
        if (is_fragment_of(&f, what))
            return true;
    return false;
}

static bool holds(struct bytes datagram, enum on_path what)
{
    struct reader r = reader_of(datagram);
    struct record record;

    while (get_record(&r, &record))
        if (record_holds(&record, what))
            return true;
    return false;
}

static struct path_rule *rule_for(struct path *p, enum way way, struct bytes datagram)
{
    for (size_t i = 0; i < p->n; i++) {
        struct path_rule *r = &p->rules[i];

        if (!r->met && r->way == way && holds(datagram, r->what)) {
            r->met = true;
            return r;
        }
    }
    return NULL;
}

static void row(struct link *l, const char *did, enum on_path what)
{
    trace_row(l->test->trace, TRACE_NOTE, l->assoc->number, "the path %s: %s", did, names[what]);
}

/* What was held back follows, the last held first. */
static void release(struct link *l)
{
    struct path *p = &l->test->path;

    for (size_t i = p->n; i-- > 0;) {
        struct path_rule *r = &p->rules[i];

        if (r->held_on != l)
            continue;
        r->held_on = NULL;
        r->done = true;
        row(l, "delivers now what it held back", r->what);
        put_on_wire(l, r->held);
    }
}

void path_send(struct link *l, struct bytes datagram)
{
    struct path_rule *r = rule_for(&l->test->path, SENT, datagram);

    if (r != NULL && r->act == PATH_LOSES) {
        row(l, "loses this datagram", r->what);
        r->done = true;
        return;
    }
    if (r != NULL && r->act == PATH_HOLDS) {
        row(l, "holds this datagram back", r->what);
        r->held = arena_copy(l->test->arena, datagram);
        r->held_on = l;
        return;
    }
    put_on_wire(l, datagram);
    if (r != NULL) {
        row(l, "delivers this datagram twice", r->what);
        r->done = true;
        put_on_wire(l, datagram);
    }
    release(l);
}

bool path_delivers(struct link *l, struct bytes datagram)
{
    struct path_rule *r = rule_for(&l->test->path, RECEIVED, datagram);

    if (r == NULL)
        return true;
    row(l, "loses a datagram of the device", r->what);
    r->done = true;
    return false;
}

static void add_rule(struct test *t, enum path_act act, enum way way, enum on_path what)
{
    struct path *p = &t->path;

    if (p->n < PATH_RULES)
        p->rules[p->n++] = (struct path_rule){.act = act, .way = way, .what = what};
}

void lose(struct test *t, enum way way, enum on_path what)
{
    add_rule(t, PATH_LOSES, way, what);
}

void repeat(struct test *t, enum on_path what)
{
    add_rule(t, PATH_REPEATS, SENT, what);
}

void swap(struct test *t, enum on_path what)
{
    add_rule(t, PATH_HOLDS, SENT, what);
}

bool path_did(struct test *t)
{
    for (size_t i = 0; i < t->path.n; i++)
        if (!t->path.rules[i].done)
            return false;
    return true;
}

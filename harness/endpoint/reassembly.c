#include <string.h>

#include "endpoint/internal.h"

static struct incoming *slot_of(struct assoc *a, uint16_t seq)
{
    return &a->incoming[seq % REORDER_MAX];
}

static void contradiction(struct assoc *a, const struct event *e, const char *what)
{
    struct event bad = *e;

    bad.kind = EVENT_MALFORMED;
    bad.what = what;
    push_event(a, &bad);
}

/* A device's message is the next in order: an event, and part of the transcript. */
static void deliver(struct assoc *a, const struct event *e, uint8_t type, uint16_t seq, struct bytes body)
{
    struct event message = *e;

    message.kind = EVENT_MESSAGE;
    message.message_type = type;
    message.message_seq = seq;
    message.body = body;
    message.transcript_before = a->transcript_n;
    a->next_receive_seq = (uint16_t)(seq + 1);
    a->received_any = true;
    transcript_message(a, type, seq, body);
    push_event(a, &message);
}

static void deliver_complete(struct assoc *a)
{
    for (;;) {
        uint16_t seq = a->next_receive_seq;
        struct incoming *in = slot_of(a, seq);

        if (!in->started || in->have < in->length)
            return;
        struct incoming whole = *in;
        struct bytes body = {whole.body, whole.length};

        *in = (struct incoming){0};
        deliver(a, &whole.last, whole.type, seq, body);
    }
}

static bool start_message(struct assoc *a, struct incoming *in, const struct fragment *f)
{
    if (in->started)
        return in->type == f->type && in->length == f->length;
    *in = (struct incoming){
        .started = true,
        .type = f->type,
        .length = f->length,
        .body = arena_alloc(a->arena, f->length),
        .seen = arena_alloc(a->arena, f->length),
    };
    return true;
}

static void add_fragment(struct incoming *in, const struct fragment *f, const struct event *e)
{
    in->last = *e;
    for (uint32_t i = 0; i < f->fragment_length; i++) {
        uint32_t at = f->offset + i;

        if (in->seen[at] == 0)
            in->have++;
        in->seen[at] = 1;
        in->body[at] = f->body.at[i];
    }
}

/* HelloVerifyRequest is outside the numbering that stacks agree on: it is taken whenever its content is new, until a ServerHello
 * answered the hello; after that it is the late answer to an earlier one. */
static bool take_verify_request(struct assoc *a, const struct event *e, const struct fragment *f)
{
    bool whole = f->offset == 0 && f->fragment_length == f->length;

    if (a->side != SIDE_CLIENT || f->type != HELLO_VERIFY_REQUEST || !whole || e->epoch != 0)
        return false;
    if (f->message_seq + 1 < a->next_receive_seq)
        return false;
    if (a->last_verify_request.at != NULL && bytes_equal(a->last_verify_request, f->body))
        return false;
    a->last_verify_request = f->body;
    deliver(a, e, f->type, f->message_seq, f->body);
    return true;
}

/* An event about that message, which is whole. */
static void tell(struct assoc *a, const struct event *e, enum event_kind kind, const struct fragment *f)
{
    struct event told = *e;

    told.kind = kind;
    told.message_type = f->type;
    told.message_seq = f->message_seq;
    told.body = f->body;
    push_event(a, &told);
}

/* Our flight is sent again when the message that it answers comes again, RFC 6347 4.2.4. */
static void repeated(struct assoc *a, const struct event *e, const struct fragment *f)
{
    a->repeats_seen++;
    tell(a, e, EVENT_REPEATED, f);
    if (f->message_seq + 1 == a->flight_mark && a->resends < a->repeat_limit)
        flight_resend(a);
}

/* A protected hello, or HelloRequest, of number 0 asks for another handshake: RFC 6347 4.2.2. */
static bool asks_again(const struct assoc *a, const struct event *e, const struct fragment *f)
{
    uint8_t first = a->side == SIDE_SERVER ? CLIENT_HELLO : HELLO_REQUEST;

    return a->done && e->epoch > 0 && e->epoch == a->write_epoch && f->type == first && f->message_seq == 0 &&
           f->offset == 0 && f->fragment_length == f->length;
}

/* True when the fragment was a repetition. */
static bool take_fragment(struct assoc *a, const struct event *e, const struct fragment *f)
{
    if (take_verify_request(a, e, f))
        return false;
    if (asks_again(a, e, f)) {
        tell(a, e, EVENT_MESSAGE, f);
        return false;
    }
    if (!a->received_any && a->side == SIDE_SERVER && f->type == CLIENT_HELLO) {
        a->next_receive_seq = f->message_seq;
        a->received_any = true;
    }
    if (f->message_seq < a->next_receive_seq) {
        repeated(a, e, f);
        return true;
    }
    if (f->message_seq >= a->next_receive_seq + REORDER_MAX || f->length > MESSAGE_MAX) {
        contradiction(a, e, "a handshake message too far ahead or too long");
        return false;
    }
    struct incoming *in = slot_of(a, f->message_seq);

    if (f->offset + f->fragment_length > f->length)
        contradiction(a, e, "a handshake fragment beyond its message");
    else if (!start_message(a, in, f))
        contradiction(a, e, "handshake fragments that differ in type or length");
    else
        add_fragment(in, f, e);
    return false;
}

bool take_fragments(struct assoc *a, const struct event *e, struct bytes payload)
{
    struct reader r = reader_of(payload);
    struct fragment f;
    bool all_repeated = true, any = false;

    while (get_fragment(&r, &f)) {
        any = true;
        all_repeated &= take_fragment(a, e, &f);
        deliver_complete(a);
    }
    if (r.bad || !any)
        contradiction(a, e, "octets that are no handshake message");
    return any && all_repeated && !r.bad;
}

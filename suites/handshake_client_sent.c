/* What a device's own messages look like: a client's numbers, RFC 6347 4.2.2, and their pieces, 4.2.3. */
#include "record.h"

/* A handshake fragment of the device, in the clear or opened. */
struct sent {
    struct fragment f;
    size_t trace_at;
};

enum { SENT_MAX = 64 };

static size_t add_fragments(struct bytes payload, size_t trace_at, struct sent *out, size_t n)
{
    struct reader r = reader_of(payload);
    struct fragment f;

    while (n < SENT_MAX && get_fragment(&r, &f))
        out[n++] = (struct sent){f, trace_at};
    return n;
}

/* The device's fragments on that association, in the order in which they came. */
static size_t sent_by(struct assoc *a, struct sent *out)
{
    size_t n = 0;

    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        for (size_t k = 0; e->from_device && e->assoc == a->number && k < e->record_count; k++) {
            const struct trace_record *r = &e->records[k];
            struct bytes clear = bytes_slice(e->datagram, r->at + RECORD_HEADER, r->n - RECORD_HEADER);

            if (r->type == CONTENT_HANDSHAKE && (r->epoch == 0 || r->opened))
                n = add_fragments(r->epoch == 0 ? clear : r->plaintext, i, out, n);
        }
    }
    return n;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

static const struct sent *find_number(const struct sent *sent, size_t n, uint16_t number, bool above)
{
    for (size_t i = 0; i < n; i++)
        if (above ? sent[i].f.message_seq > number : sent[i].f.message_seq == number)
            return &sent[i];
    return NULL;
}

/* The messages are numbered 0, 1, 2 and so on, in whatever order they came; what came twice counts once. */
static void expect_numbers(struct assoc *a)
{
    static const char expected[] = "messages numbered 0, 1, 2 and so on";
    struct test *t = test_of(a);
    struct sent sent[SENT_MAX];
    size_t n = sent_by(a, sent);
    const char *seen = "";

    for (uint16_t number = 0;; number++) {
        const struct sent *s = find_number(sent, n, number, false);
        bool gap = s == NULL;

        if (gap)
            s = find_number(sent, n, number, true);
        if (s == NULL)
            break;
        seen = arena_printf(arena_of(t), "%s%s%s %u", seen, number > 0 ? ", " : "", handshake_name(s->f.type),
                            s->f.message_seq);
        if (gap) {
            mark_entry(t, s->trace_at, RECORD_HEADER + 4, 2, "message_seq");
            fail_shown(t, expected, "%s", seen);
        }
    }
    say(t, expected, "%s", seen);
}

CASE(message_numbers, .id = "handshake/client-message-numbers",
     .title = "Client numbers its messages from 0 without gaps", .dut = CLIENT,
     .requirement = REQ_MESSAGE_SEQ_COUNTED)
{
    struct assoc *a = await_client(t);
    enum alert refusal;

    first_client_hello(a);
    server_hello(a, .cipher = good_suite(a));
    if (client_goes_on(a, &refusal))
        carry_on(a);
    expect_numbers(a);
    a = await_client(t);
    serve_good(a);
    expect_numbers(a);
}

/* ---- pieces ------------------------------------------------------------------------------------------------------------- */

static bool agree(const struct fragment *f, const struct fragment *g)
{
    return f->message_seq != g->message_seq || (f->type == g->type && f->length == g->length);
}

static bool is_within(const struct fragment *f)
{
    return f->offset <= f->length && f->fragment_length <= f->length - f->offset;
}

static void pieces_agree(struct test *t)
{
    static const char expected[] = "pieces of one type and length for each number, within the message";
    struct assoc *a = established(t);
    struct sent sent[SENT_MAX];

    size_t n = sent_by(a, sent), pieces = 0;

    for (size_t i = 0; i < n; i++) {
        const struct fragment *f = &sent[i].f;
        bool well = is_within(f);

        for (size_t k = 0; k < i; k++)
            well = well && agree(f, &sent[k].f);
        pieces += f->fragment_length < f->length;
        if (well)
            continue;
        mark_entry(t, sent[i].trace_at, RECORD_HEADER, HANDSHAKE_HEADER, "a piece that does not fit");
        fail_shown(t, expected, "octets %u to %u of %s %u, said to have %u", f->offset,
                   f->offset + f->fragment_length, handshake_name(f->type), f->message_seq, f->length);
    }
    say(t, expected, "%zu messages or pieces that agree, %zu of them pieces", n, pieces);
}

PAIR(device_pieces, "fragment", "device-fragments", "sends pieces of a message that agree with one another",
     REQ_FRAGMENTS_SENT_WELL, false, NULL, pieces_agree(t))

CHAPTER(handshake_client_sent_chapter, "handshake", "Handshake: a client", &message_numbers);
CHAPTER(fragment_client_sent_chapter, "fragment", "Messages in pieces: a client", &device_pieces,
        &client_device_pieces);

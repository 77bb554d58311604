/* Servers that cannot live with loss, copies or another order, or repeat badly. */
#include <string.h>

#include "device/faulty_record.h"

enum { SHORT_TIMER_US = 300000 };

/* ---- hellos ---- */

/* The first record of a datagram, when it is a whole hello in the clear. */
static bool first_hello(struct bytes datagram, struct record *record, struct fragment *f)
{
    struct reader r = reader_of(datagram);

    if (!get_record(&r, record) || record->type != CONTENT_HANDSHAKE || record->epoch != 0)
        return false;
    struct reader inner = reader_of(record->fragment);

    return get_fragment(&inner, f) && f->type == CLIENT_HELLO && f->offset == 0 &&
           f->body.n >= 2 + HELLO_RANDOM;
}

/* A hello of a client whose earlier hello was lost. */
void repeated_hello_ignored(struct talk *t, struct bytes datagram)
{
    struct record record;
    struct fragment f;

    if (first_hello(datagram, &record, &f) && record.seq > f.message_seq && t->stage == STAGE_HELLO)
        t->stage = STAGE_OVER;
}

/* Who sends a first hello twice, the same octets, is served no more: the last place remembers it, the others the hellos. */
void hello_copy_kills(struct talk *t, struct bytes datagram)
{
    enum { SERVED_NO_MORE = TALK_MEMORY - 1 };
    unsigned *memory = t->device->memory, mark;
    struct record record;
    struct fragment f;

    if (!first_hello(datagram, &record, &f))
        return;
    memcpy(&mark, f.body.at + 2, sizeof mark);
    if (f.message_seq > 0 && mark == memory[SERVED_NO_MORE])
        t->stage = STAGE_OVER;
    if (f.message_seq > 0 || record.seq > 0)
        return;
    if (memory[mark % SERVED_NO_MORE] == mark)
        memory[SERVED_NO_MORE] = mark;
    memory[mark % SERVED_NO_MORE] = mark;
}

/* ---- the flight up to ServerHelloDone ---- */

/* Neither by its own timer nor when asked. */
void flight_not_repeated(struct talk *t, const struct answer *answer)
{
    t->assoc->repeat_limit = 0;
    conforming.compose_flight(t, answer);
    flight_answered(t->assoc);
}

/* Never when asked, this flight and the last. */
void repetitions_ignored(struct talk *t, const struct answer *answer)
{
    t->assoc->repeat_limit = 0;
    conforming.compose_flight(t, answer);
}

/* Only the last message of a flight comes again. */
static void keep_last_message(struct assoc *a)
{
    a->flight[0] = a->flight[a->flight_n - 1];
    a->flight_n = 1;
}

void flight_repeated_in_part(struct talk *t, const struct answer *answer)
{
    conforming.compose_flight(t, answer);
    keep_last_message(t->assoc);
}

void timer_short(struct talk *t, const struct answer *answer)
{
    t->assoc->timer_us = SHORT_TIMER_US;
    conforming.compose_flight(t, answer);
}

/* The octets of the flight again, either role. */
void repetition_same_numbers(struct talk *t, struct bytes datagram)
{
    bool handshake = datagram.n > 0 && datagram.at[0] == CONTENT_HANDSHAKE && t->stage < STAGE_ESTABLISHED;

    if (handshake && !t->assoc->resending)
        t->kept = arena_copy(t->arena, datagram);
    conforming.send_datagram(t, handshake && t->assoc->resending && t->kept.n > 0 ? t->kept : datagram);
}

/* A second between all repetitions, either role. */
void timer_constant(struct talk *t, struct bytes datagram)
{
    if (t->assoc->resending)
        t->assoc->timer_us = SECOND >> t->assoc->resends;
    conforming.send_datagram(t, datagram);
}

/* ---- the last flight ---- */

void last_flight_without_ccs(struct talk *t)
{
    conforming.send_finish(t);
    keep_last_message(t->assoc);
}

/* ---- order and copies, either role ---- */

/* A ChangeCipherSpec before the ClientKeyExchange ends the handshake. */
bool early_ccs_kills(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_KEY_EXCHANGE)
        end_with(t, ALERT_UNEXPECTED_MESSAGE);
    return t->stage != STAGE_OVER && conforming.accept_change_cipher_spec(t, e);
}

/* So does a Finished before the ChangeCipherSpec. */
bool early_finished_kills(struct talk *t)
{
    end_with(t, ALERT_UNEXPECTED_MESSAGE);
    return true;
}

/* A second ChangeCipherSpec. */
bool second_ccs_kills(struct talk *t, const struct event *e)
{
    if (t->change_cipher_spec)
        end_with(t, ALERT_UNEXPECTED_MESSAGE);
    return t->stage != STAGE_OVER && conforming.accept_change_cipher_spec(t, e);
}

/* A copy of a protected handshake record. */
bool stale_finished_kills(struct talk *t, const struct record *r)
{
    bool fresh = conforming.accept_record(t, r);

    if (!fresh && r->type == CONTENT_HANDSHAKE && t->stage != STAGE_OVER)
        end_with(t, ALERT_UNEXPECTED_MESSAGE);
    return fresh;
}

/* A message again, of the type that the parameter names. */
void repeated_message_kills(struct talk *t, const struct event *e)
{
    static const struct {
        const char *name;
        uint8_t type;
    } members[] = {{"client-hello", CLIENT_HELLO},
                   {"key-exchange", CLIENT_KEY_EXCHANGE},
                   {"verify-request", HELLO_VERIFY_REQUEST},
                   {"server-hello", SERVER_HELLO},
                   {"server-hello-done", SERVER_HELLO_DONE}};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (member_is(t, members[i].name) && e->message_type == members[i].type)
            end_with(t, ALERT_UNEXPECTED_MESSAGE);
}

/* ---- packing ---- */

/* What the records of a datagram are: a letter each. */
static void spell(struct bytes datagram, char *out, size_t cap)
{
    struct reader r = reader_of(datagram);
    struct record record;
    size_t n = 0;

    while (get_record(&r, &record) && n + 1 < cap)
        out[n++] = record.type == CONTENT_CHANGE_CIPHER_SPEC ? 'C'
                   : record.type != CONTENT_HANDSHAKE        ? '-'
                   : record.epoch > 0                        ? 'F'
                                                             : 'H';
    out[n] = '\0';
}

/* Forgets the handshake when the flight comes packed as the parameter says. */
void packing_refused(struct talk *t, struct bytes datagram)
{
    char spelt[8];

    spell(datagram, spelt, sizeof spelt);
    if (strcmp(spelt, member_is(t, "key-exchange-apart") ? "CF" : "C") == 0)
        t->stage = STAGE_OVER;
}

/* Client: a server's messages in pieces. */
#include <string.h>
#include <unistd.h>

#include "device/faulty_handshake.h"

enum { LIKE_A_CRASH = 134 };

/* A fragment in a record and a datagram of its own. */
static void send_piece(struct talk *t, const struct fragment *f)
{
    size_t cap = HANDSHAKE_HEADER + f->body.n;
    struct writer inner = writer_of(arena_alloc(t->arena, cap), cap);
    struct writer w = writer_of(arena_alloc(t->arena, cap + RECORD_HEADER), cap + RECORD_HEADER);

    put_fragment(&inner, f);
    put_record(&w, CONTENT_HANDSHAKE, DTLS_1_0, 0, take_seq(t->assoc, 0), written(&inner));
    conforming.send_datagram(t, written(&w));
}

/* Its first hello goes out in two pieces first, of which the second says a length one more. */
void fragments_sent_badly(struct talk *t, struct bytes datagram)
{
    struct reader r = reader_of(datagram);
    struct record record;
    struct fragment f;

    if (t->memory[0]++ == 0 && get_record(&r, &record)) {
        struct reader inner = reader_of(record.fragment);

        if (get_fragment(&inner, &f)) {
            struct fragment first = f, second = f;

            first.fragment_length = f.length / 2;
            first.body = bytes_slice(f.body, 0, first.fragment_length);
            second.length++;
            second.offset = first.fragment_length;
            second.fragment_length = f.length - second.offset;
            second.body = bytes_slice(f.body, second.offset, second.fragment_length);
            send_piece(t, &first);
            send_piece(t, &second);
        }
    }
    conforming.send_datagram(t, datagram);
}

void client_hint_fragments_refused(struct talk *t, struct bytes datagram)
{
    if (cut_of(datagram, SERVER_KEY_EXCHANGE).pieces > 0)
        t->stage = STAGE_OVER;
}

/* Remembers a ServerHello, or a ClientKeyExchange, that came in pieces. */
void sees_pieces(struct talk *t, struct bytes datagram)
{
    uint8_t type = t->assoc->side == SIDE_CLIENT ? SERVER_HELLO : CLIENT_KEY_EXCHANGE;

    t->memory[0] |= cut_of(datagram, type).pieces > 0;
}

/* Finished also over the header of a piece, when no cookie was asked for. */
void hash_of_fragments(struct talk *t)
{
    static const uint8_t header[HANDSHAKE_HEADER] = {SERVER_HELLO};

    if (t->memory[0] && t->verify_requests == 0)
        transcript_add(t->assoc, BYTES(header));
    conforming.send_finish(t);
}

/* The type of the handshake message that a datagram begins with; 0xFF: none, in epoch 0. */
static uint8_t first_type(struct bytes datagram)
{
    struct reader r = reader_of(datagram);
    struct record record;
    struct fragment f;

    if (!get_record(&r, &record) || record.type != CONTENT_HANDSHAKE || record.epoch != 0)
        return UINT8_MAX;
    struct reader inner = reader_of(record.fragment);

    return get_fragment(&inner, &f) ? f.type : UINT8_MAX;
}

/* A ServerHelloDone before the ServerHello is whole makes it whole. */
void client_fragments_unchecked(struct talk *t, struct bytes datagram)
{
    static const uint8_t random[HELLO_RANDOM];
    uint8_t room[64];
    struct writer w = WRITER(room);

    if (t->stage != STAGE_HELLO || first_type(datagram) != SERVER_HELLO_DONE)
        return;
    put_server_hello(&w, &(struct server_hello){
                             .version = DTLS_1_2, .random = BYTES(random), .cipher = t->offer.ciphers[0]});
    feed_whole(t, SERVER_HELLO, written(&w));
}

/* The process ends when octets that are no fragment come, or pieces that contradict. */
void client_dies_on_fragment(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_HELLO && e->content == CONTENT_HANDSHAKE)
        _exit(LIKE_A_CRASH);
    conforming.on_malformed(t, e);
}

/* The process ends when a protected message's header says more than its record holds. */
void dies_on_protected_lie(struct talk *t, const struct event *e)
{
    if (e->epoch > 0 && e->content == CONTENT_HANDSHAKE && e->what[0] != '\0')
        _exit(LIKE_A_CRASH);
    conforming.on_malformed(t, e);
}

void client_dies_on_empty_piece(struct talk *t, struct bytes datagram)
{
    struct reader r = reader_of(datagram);
    struct record record;
    struct fragment f;

    if (t->stage != STAGE_HELLO || !get_record(&r, &record) || record.type != CONTENT_HANDSHAKE)
        return;
    struct reader inner = reader_of(record.fragment);

    if (get_fragment(&inner, &f) && f.length > 0 && f.fragment_length == 0)
        _exit(LIKE_A_CRASH);
}

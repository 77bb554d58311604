/* How a server numbers its records and messages around the cookie exchange, RFC 6347 4.2.1 and 4.2.2, and what it hashes, 4.2.6. */
#include "case/case.h"

/* The two mandatory suites, and no more. */
#define TWO_SUITES .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256}

/* Nothing is special. */
#define USUAL .version = DTLS_1_2

static struct bytes needs_cookie(struct assoc *a)
{
    struct bytes cookie = ask_cookie(a, USUAL);

    if (cookie.n == 0)
        not_applicable(test_of(a), "the device asks for no cookie");
    return cookie;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

/* True when a record of that number and `from` or above went out. */
static bool was_sent(struct assoc *a, uint64_t number, uint64_t from)
{
    const struct trace *trace = a->trace;

    for (size_t i = 0; i < trace->n; i++)
        for (size_t k = 0; k < trace->entries[i].record_count; k++)
            if (!trace->entries[i].from_device && trace->entries[i].assoc == a->number &&
                trace->entries[i].records[k].seq == number && number >= from)
                return true;
    return false;
}

/* The first message of that type as it began, or NULL: what comes again has numbers of its own. */
static const struct device_fragment *first_message(struct assoc *a, uint8_t type)
{
    const struct device_fragment *came;
    size_t n = fragments_of(a, &came);

    for (size_t i = 0; i < n; i++)
        if (!came[i].change_cipher_spec && came[i].f.type == type && came[i].f.offset == 0)
            return &came[i];
    return NULL;
}

static void mark_number(struct test *t, const struct device_fragment *f)
{
    enum { NUMBER_AT = 5, NUMBER = 6 };

    mark_entry(t, f->trace_at, NUMBER_AT, NUMBER, "the record number");
}

CASE(verify_request_number, .id = "handshake/verify-request-mirrors-number",
     .title = "HelloVerifyRequest and ServerHello have the number of the hello that they answer",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_VERIFY_REQUEST_NUMBER)
{
    enum { FIRST_NUMBER = 5, SECOND_NUMBER = 9 };
    static const char expected[] =
        "record numbers 5 and 9, as the hellos have, or 0 and 1, their message_seq";
    struct assoc *a = dial(t);
    enum alert refusal;

    a->write[0].next_seq = FIRST_NUMBER;
    struct bytes cookie = needs_cookie(a);

    a->write[0].next_seq = SECOND_NUMBER;
    client_hello_with_cookie(a, cookie, USUAL);
    if (await_server_hello(a, &refusal) == NULL)
        not_applicable(t, "no ServerHello answers the hello with the cookie; that is judged elsewhere");
    const struct device_fragment *request = first_message(a, HELLO_VERIFY_REQUEST),
                                 *hello = first_message(a, SERVER_HELLO);

    if (request == NULL || hello == NULL)
        not_judged(t, "the record that one of them began in was not kept");
    bool request_mirrors = was_sent(a, request->seq, FIRST_NUMBER);
    bool mirrored = request_mirrors && was_sent(a, hello->seq, SECOND_NUMBER);
    bool by_message = request->seq == 0 && hello->seq == 1;

    if (!mirrored && !by_message)
        mark_number(t, request_mirrors ? hello : request);
    require(t, mirrored || by_message, expected, "%llu and %llu", (unsigned long long)request->seq,
            (unsigned long long)hello->seq);
    if (by_message)
        note(t, "numbered as erratum 5186 reads the section: by message_seq");
}

/* An association that got a ServerHello, for two suites when the device takes one of them. */
static struct assoc *dial_up_to_hello(struct test *t)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, TWO_SUITES);
    if (await_server_hello(a, &refusal) != NULL)
        return a;
    a = dial(t);
    client_hello(a, USUAL);
    if (await_server_hello(a, &refusal) == NULL)
        not_applicable(t, "the device does not go along with a good hello; that is judged elsewhere");
    return a;
}

/* On to ServerHelloDone, whatever its number is, and then our flight and the device's Finished. False: it stopped. */
static bool go_through(struct assoc *a)
{
    struct event e;

    do
        e = await_event(a, true);
    while (e.kind == EVENT_MESSAGE && e.message_type == SERVER_KEY_EXCHANGE);
    if (e.kind != EVENT_MESSAGE || e.message_type != SERVER_HELLO_DONE)
        return false;
    client_finish(a);
    expect_finished(a);
    return true;
}

CASE(message_numbers, .id = "handshake/message-numbers", .title = "Server numbers its messages without gaps",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_MESSAGE_SEQ_COUNTED)
{
    static const char expected[] = "message_seq 0 for the first message, one more for each that follows";
    struct assoc *a = dial_up_to_hello(t);
    bool whole = go_through(a), asked = false;
    const struct device_fragment *came;
    size_t n = fragments_of(a, &came);
    unsigned next = 0;

    for (size_t i = 0; i < n; i++) {
        const struct fragment *f = &came[i].f;

        if (came[i].change_cipher_spec || came[i].copy || f->offset > 0)
            continue;
        if (f->type == HELLO_VERIFY_REQUEST && asked)
            continue; /* a server that keeps no state cannot count them */
        asked |= f->type == HELLO_VERIFY_REQUEST;
        if (f->message_seq != next)
            mark_entry(t, came[i].trace_at, 0, 1, "a message out of number");
        require(t, f->message_seq == next, expected, "%s with message_seq %u instead of %u",
                handshake_name(f->type), f->message_seq, next);
        next++;
    }
    if (!whole)
        not_judged(t, "the device's flight did not come to its end");
    say(t, expected, "0 to %u", next - 1);
}

static bool is_verify_request(const struct device_fragment *f)
{
    return !f->change_cipher_spec && f->f.type == HELLO_VERIFY_REQUEST;
}

CASE(numbers_after_repeated_hello, .id = "handshake/numbers-after-repeated-hello",
     .title = "Server uses no record number twice when a hello is repeated", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_RECORD_NUMBERS_UNIQUE)
{
    enum { AGAIN_MS = 50, REPEATED = 2 };
    static const char expected[] =
        "every record in the clear has a number of its own, but for HelloVerifyRequests";
    struct assoc *a = dial(t);
    struct bytes cookie = needs_cookie(a);
    const struct device_fragment *came;
    enum alert refusal;

    for (int i = 0; i < REPEATED; i++) {
        flight_resend(a);
        wait_ms(t, AGAIN_MS, "for the answer to the repeated hello");
    }
    client_hello_with_cookie(a, cookie, USUAL);
    if (await_server_hello(a, &refusal) == NULL)
        not_applicable(t, "no ServerHello answers the hello with the cookie; that is judged elsewhere");
    const char *stopped = carry_on(a);

    if (stopped != NULL)
        not_judged(t, "the handshake after the repeated hello does not complete: %s", stopped);
    size_t n = fragments_of(a, &came);

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i && !is_verify_request(&came[i]) && !came[i].copy; k++)
            if (came[i].epoch == 0 && came[k].epoch == 0 && came[k].seq == came[i].seq &&
                came[k].f.type != came[i].f.type) {
                mark_number(t, &came[i]);
                fail_shown(t, expected, "%s numbered %llu, as %s was", handshake_name(came[i].f.type),
                           (unsigned long long)came[i].seq, handshake_name(came[k].f.type));
            }
    say(t, expected, "so it is");
}

/* ---- what is hashed, RFC 6347 4.2.6 ------------------------------------------------------------------------------------- */

/* The message in the first record of a datagram, header and all. */
static struct bytes message_in(const struct trace_entry *e)
{
    return bytes_slice(e->datagram, RECORD_HEADER, e->datagram.n - RECORD_HEADER);
}

/* The first hello and the first HelloVerifyRequest; empty without a cookie exchange. */
static struct bytes unhashed(struct assoc *a)
{
    const struct trace *trace = a->trace;
    const struct device_fragment *came;

    if (fragments_of(a, &came) == 0 || !is_verify_request(&came[0]))
        return NO_BYTES;
    for (size_t i = 0; i < trace->n; i++)
        if (trace->entries[i].kind == TRACE_DATAGRAM && trace->entries[i].assoc == a->number)
            return join(test_of(a), message_in(&trace->entries[i]),
                        message_in(&trace->entries[came[0].trace_at]));
    return NO_BYTES;
}

CASE(verify_request_not_hashed, .id = "handshake/verify-request-not-hashed",
     .title = "Server leaves the first hello and the HelloVerifyRequest out of the Finished",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_HELLO_NOT_HASHED)
{
    static const char expected[] = "a handshake that completes with the second hello as its first message";
    struct assoc *a = dial_up_to_hello(t);

    if (unhashed(a).n == 0)
        not_applicable(t, "the device asks for no cookie");
    if (carry_on(a) != NULL) {
        struct assoc *b = dial_up_to_hello(t);
        struct bytes from_second = octets(t, b->transcript_n, b->transcript), before = unhashed(b);

        deviate(t, "the first hello and the HelloVerifyRequest are hashed");
        b->transcript_n = 0;
        transcript_add(b, join(t, before, from_second));
        if (carry_on(b) == NULL)
            fail_shown(t, expected, "it completes with the first hello and the HelloVerifyRequest hashed");
        not_judged(t, "the handshake does not complete either way");
    }
    say(t, expected, "completed");
}

CHAPTER(handshake_numbers_chapter, "handshake", "Hellos, cookies and the order of messages",
        &verify_request_number, &message_numbers, &numbers_after_repeated_hello, &verify_request_not_hashed);

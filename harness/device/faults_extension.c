/* Either role: extensions taken, answered and sent in the wrong way. */
#include <string.h>
#include <unistd.h>

#include "device/faulty.h"

enum { LIKE_A_CRASH = 134, LARGE = 900, OVER_512 = 600, OVER_64 = 80, UNKNOWN = 0xE0E0 };

static bool in_hello(const struct talk *t, uint16_t type)
{
    return find_extension(t->hello.extensions, type, NULL);
}

/* The conforming check of a hello that has no extension of that type. */
static enum alert check_without(struct talk *t, uint16_t type)
{
    struct bytes all = t->hello.extensions;

    t->hello.extensions = without_extension(t, all, type);
    enum alert wrong = conforming.check_client_hello(t);

    t->hello.extensions = all;
    return wrong;
}

/* ---- server: shapes ---- */

enum alert empty_block_refused(struct talk *t)
{
    bool empty = t->hello.has_extensions && t->hello.extensions.n == 0;

    return empty ? ALERT_DECODE_ERROR : conforming.check_client_hello(t);
}

/* Wants extended_master_secret before encrypt_then_mac. */
enum alert extension_order(struct talk *t)
{
    struct reader r = reader_of(t->hello.extensions);
    struct bytes body;
    uint16_t type;
    bool etm = false;

    while (get_extension(&r, &type, &body)) {
        if (etm && type == EXT_EXTENDED_MASTER_SECRET)
            return ALERT_DECODE_ERROR;
        etm = etm || type == EXT_ENCRYPT_THEN_MAC;
    }
    return conforming.check_client_hello(t);
}

/* Refuses a hello with an extension of the parameter's type. */
enum alert extension_kills(struct talk *t)
{
    bool there = in_hello(t, (uint16_t)t->device->number);

    return there ? ALERT_HANDSHAKE_FAILURE : conforming.check_client_hello(t);
}

void large_hello_dropped(struct talk *t, struct bytes datagram)
{
    if (datagram.n > LARGE)
        t->stage = STAGE_OVER;
}

void ticket_unasked(struct talk *t)
{
    static const uint8_t ticket[] = {0, 0, 1, 44, 0, 4, 't', 'i', 'c', 'k'};

    flight_begin(t->assoc);
    flight_message(t->assoc, NEW_SESSION_TICKET, BYTES(ticket));
    flight_change_cipher_spec(t->assoc);
    queue_finished(t->assoc);
    flight_send(t->assoc, false);
}

void unknown_session_resumed(struct talk *t, struct answer *answer)
{
    answer->session_id = t->hello.session_id;
}

void unknown_session_etm_dropped(struct talk *t, struct answer *answer)
{
    if (t->hello.session_id.n > 0)
        answer->encrypt_then_mac = WITHOUT;
}

bool unknown_session_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                         size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    if (under_etm(k) && t->hello.session_id.n > 0)
        other.order = MAC_THEN_ENCRYPT;
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

/* The process ends at an extension that comes twice. */
enum alert dies_on_duplicate(struct talk *t)
{
    uint16_t type = member_is(t, "extended-master-secret") ? EXT_EXTENDED_MASTER_SECRET
                    : member_is(t, "encrypt-then-mac")     ? EXT_ENCRYPT_THEN_MAC
                    : member_is(t, "renegotiation-info")   ? EXT_RENEGOTIATION_INFO
                                                           : UNKNOWN;

    if (count_extension(t->hello.extensions, type) > 1)
        _exit(LIKE_A_CRASH);
    return conforming.check_client_hello(t);
}

enum alert extension_body_unchecked(struct talk *t)
{
    return check_without(t, (uint16_t)t->device->number);
}

/* Takes a renegotiation_info of the parameter's length for an empty one. */
enum alert renegotiation_info_unchecked(struct talk *t)
{
    struct bytes body;
    bool fits =
        find_extension(t->hello.extensions, EXT_RENEGOTIATION_INFO, &body) && body.n == t->device->number;

    return fits ? check_without(t, EXT_RENEGOTIATION_INFO) : conforming.check_client_hello(t);
}

enum alert ems_not_demanded(struct talk *t)
{
    enum alert wrong = conforming.check_client_hello(t);
    bool missing = !in_hello(t, EXT_EXTENDED_MASTER_SECRET);

    return missing && wrong == ALERT_HANDSHAKE_FAILURE ? ALERT_NONE : wrong;
}

/* Warns of a name that it does not know, and goes on. */
enum alert server_name_warning(struct talk *t)
{
    if (in_hello(t, EXT_SERVER_NAME))
        send_alert(t->assoc, ALERT_WARNING, ALERT_UNRECOGNIZED_NAME);
    return conforming.check_client_hello(t);
}

/* ---- server: sizes ---- */

/* Answers max_fragment_length with 1, or with 2 where that was asked for. */
void mfl_other_value(struct talk *t, struct answer *answer)
{
    static const uint8_t one[] = {1}, two[] = {2};
    struct bytes asked;

    conforming.compose_answer(t, answer);
    if (find_extension(t->hello.extensions, EXT_MAX_FRAGMENT_LENGTH, &asked) && asked.n == 1)
        answer->extensions =
            one_extension(t, EXT_MAX_FRAGMENT_LENGTH, asked.at[0] == 1 ? BYTES(two) : BYTES(one));
}

enum alert mfl_illegal_taken(struct talk *t)
{
    return check_without(t, EXT_MAX_FRAGMENT_LENGTH);
}

enum alert rsl_illegal_taken(struct talk *t)
{
    return check_without(t, EXT_RECORD_SIZE_LIMIT);
}

void mfl_illegal_silent(struct talk *t, enum alert why)
{
    if (why == ALERT_ILLEGAL_PARAMETER && in_hello(t, EXT_MAX_FRAGMENT_LENGTH))
        t->stage = STAGE_OVER;
    else
        conforming.refuse(t, why);
}

void rsl_own_small(struct talk *t, struct answer *answer)
{
    static const uint8_t limit_32[] = {0, 32};

    conforming.compose_answer(t, answer);
    if (in_hello(t, EXT_RECORD_SIZE_LIMIT))
        answer->extensions = one_extension(t, EXT_RECORD_SIZE_LIMIT, BYTES(limit_32));
}

void rsl_with_mfl(struct talk *t, struct answer *answer)
{
    struct bytes asked;

    conforming.compose_answer(t, answer);
    if (in_hello(t, EXT_RECORD_SIZE_LIMIT) &&
        find_extension(t->hello.extensions, EXT_MAX_FRAGMENT_LENGTH, &asked))
        answer->extensions =
            join_bytes(t, answer->extensions, one_extension(t, EXT_MAX_FRAGMENT_LENGTH, asked));
}

/* Adds a record of its own, larger than was agreed, to what it says. */
static void say_more(struct talk *t, size_t n, struct bytes coap)
{
    static const uint8_t octets[OVER_512];

    conforming.send_data(t, coap);
    send_payload(t->assoc, CONTENT_APPLICATION_DATA, 1, (struct bytes){octets, n});
}

void mfl_exceeded(struct talk *t, struct bytes coap)
{
    if (in_hello(t, EXT_MAX_FRAGMENT_LENGTH))
        say_more(t, OVER_512, coap);
    else
        conforming.send_data(t, coap);
}

void rsl_exceeded(struct talk *t, struct bytes coap)
{
    if (in_hello(t, EXT_RECORD_SIZE_LIMIT))
        say_more(t, OVER_64, coap);
    else
        conforming.send_data(t, coap);
}

/* ---- client ---- */

/* The conforming check of a ServerHello in which that extension is as it should be. */
static enum alert check_mended(struct talk *t, const struct server_hello *h, uint16_t type, struct bytes body)
{
    struct server_hello other = *h;

    other.extensions = join_bytes(t, without_extension(t, h->extensions, type), one_extension(t, type, body));
    return conforming.check_server_hello(t, &other);
}

enum alert client_extension_body_unchecked(struct talk *t, const struct server_hello *h)
{
    struct bytes body;
    bool has_body = find_extension(h->extensions, EXT_EXTENDED_MASTER_SECRET, &body) && body.n > 0;

    return has_body ? check_mended(t, h, EXT_EXTENDED_MASTER_SECRET, NO_BYTES)
                    : conforming.check_server_hello(t, h);
}

enum alert client_duplicate_taken(struct talk *t, const struct server_hello *h)
{
    bool twice = count_extension(h->extensions, EXT_EXTENDED_MASTER_SECRET) > 1;

    return twice ? check_mended(t, h, EXT_EXTENDED_MASTER_SECRET, NO_BYTES)
                 : conforming.check_server_hello(t, h);
}

enum alert client_dies_without_block(struct talk *t, const struct server_hello *h)
{
    if (h->extensions.n == 0)
        _exit(LIKE_A_CRASH);
    return conforming.check_server_hello(t, h);
}

enum alert client_renegotiation_info_unchecked(struct talk *t, const struct server_hello *h)
{
    static const uint8_t empty[] = {0};
    struct bytes body;
    bool there = find_extension(h->extensions, EXT_RENEGOTIATION_INFO, &body) && body.n > 1;

    return there ? check_mended(t, h, EXT_RENEGOTIATION_INFO, BYTES(empty))
                 : conforming.check_server_hello(t, h);
}

/* Goes on without the extension of the parameter's type, which its base demands. */
enum alert client_extension_not_demanded(struct talk *t, const struct server_hello *h)
{
    static const uint8_t empty[] = {0};
    uint16_t type = (uint16_t)t->device->number;
    bool there = find_extension(h->extensions, type, NULL);

    return there ? conforming.check_server_hello(t, h)
                 : check_mended(t, h, type, type == EXT_RENEGOTIATION_INFO ? BYTES(empty) : NO_BYTES);
}

enum alert client_mfl_unchecked(struct talk *t, const struct server_hello *h)
{
    struct bytes asked, got;
    bool answered = find_extension(h->extensions, EXT_MAX_FRAGMENT_LENGTH, &got) && got.n == 1 &&
                    find_extension(t->offer.extensions, EXT_MAX_FRAGMENT_LENGTH, &asked);
    bool fits = answered && (got.at[0] > 4) == member_is(t, "illegal");

    return fits ? check_mended(t, h, EXT_MAX_FRAGMENT_LENGTH, asked) : conforming.check_server_hello(t, h);
}

enum alert client_rsl_unchecked(struct talk *t, const struct server_hello *h)
{
    static const uint8_t limit[] = {0x40, 0};

    return find_extension(h->extensions, EXT_RECORD_SIZE_LIMIT, NULL)
               ? check_mended(t, h, EXT_RECORD_SIZE_LIMIT, BYTES(limit))
               : conforming.check_server_hello(t, h);
}

/* Sends the server's address for its name. */
void client_server_name_literal(struct talk *t, struct offer *offer)
{
    static const uint8_t address[] = {0, 12, 0, 0, 9, '1', '2', '7', '.', '0', '.', '0', '.', '1'};

    conforming.compose_offer(t, offer);
    offer->extensions = one_extension(t, EXT_SERVER_NAME, BYTES(address));
}

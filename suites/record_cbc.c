/* CBC records, MAC-then-encrypt above all: every padding octet counts, and nothing tells bad padding from a bad MAC: RFC 5246 6.2.3.2. */
#include <string.h>

#include "record.h"

enum { BLOCK = 16, LONG_PADDING = 255, BATCH = 16, REACHES_MAX = 8 };

/* ---- a MAC-then-encrypt record by hand ----------------------------------------------------------------------------------- */

/* Seals content, MAC and padding as they are. */
static struct sealed seal_mte(struct assoc *a, struct bytes content, struct bytes mac, struct bytes padding)
{
    struct test *t = test_of(a);

    return seal_blocks(a, join(t, join(t, content, mac), padding));
}

static struct bytes mac_for(struct assoc *a, struct bytes content)
{
    return mac_of(a, a->write[a->write_epoch].next_seq, CONTENT_APPLICATION_DATA, a->version, content);
}

/* ---- every octet of the padding ------------------------------------------------------------------------------------------ */

enum { EDGES = 9 };

/* Which of n octets is wrong in the i-th record: those first where a short-cut would look or stop looking, then every one. */
static size_t wrong_octet(size_t i, size_t n)
{
    const size_t edges[EDGES] = {0, n - 1, 1, 2, n / 4, n / 2 - 1, n / 2, n * 3 / 4, n - 2};

    return i < EDGES ? edges[i] : i - EDGES;
}

/* How long the padding of a probe is, padding_length not counted: 255 or, to fill the last block, a little less. */
static size_t padding_octets_of(struct assoc *a)
{
    uint16_t id;
    size_t content = probe_octets(a, &id).n;
    size_t mac = a->encrypt_then_mac ? 0 : mac_for(a, NO_BYTES).n;

    return cbc_padding(test_of(a), content + mac, LONG_PADDING - BLOCK + 1).n - 1;
}

/* A probe with long padding, one octet of it wrong, and the right MAC. */
static struct sealed wrong_padding(struct assoc *a, size_t octet)
{
    struct test *t = test_of(a);
    uint16_t id;
    struct bytes content = probe_octets(a, &id);
    bool etm = a->encrypt_then_mac;
    struct bytes mac = etm ? NO_BYTES : mac_for(a, content);
    struct writer padding = cbc_padding(t, content.n + mac.n, LONG_PADDING - BLOCK + 1);

    padding.at[octet] ^= 1;
    struct sealed s = etm ? seal_payload(a, content, .padding = written(&padding))
                          : seal_mte(a, content, mac, written(&padding));

    s.message_id = id;
    return s;
}

struct batch {
    size_t at, n, octets;
    struct sealed records[BATCH];
};

/* True when a record of the batch is answered: by the event, which is the last one. */
static bool answers_batch(const struct batch *b, const struct event *e, size_t *taken)
{
    for (size_t i = 0; i < b->n && e->kind == EVENT_APPLICATION_DATA; i++)
        if (e->message_seq == b->records[i].message_id) {
            *taken = wrong_octet(b->at + i, b->octets);
            return true;
        }
    return false;
}

/* Sends the batch and a good probe, and reads until that is answered or nothing more comes: true when the association lives. */
static bool lives_through(struct assoc *a, struct batch *b)
{
    static const char expected[] = "no answer to a record with a wrong padding octet";
    struct test *t = test_of(a);
    size_t taken = 0;

    for (size_t i = 0; i < b->n; i++) {
        b->records[i] = wrong_padding(a, wrong_octet(b->at + i, b->octets));
        send_sealed(a, &b->records[i]);
    }
    struct sealed good = good_probe(a);

    send_sealed(a, &good);
    for (;;) {
        struct event e = await_event(a, false);

        if (answers_batch(b, &e, &taken))
            fail_shown(t, expected, "the one with octet %zu wrong is answered", taken);
        if (e.kind == EVENT_ALERT)
            return false;
        if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == good.message_id)
            return true;
        if (e.kind == EVENT_NONE)
            return what_became(a, NULL).life == LIFE_ALIVE;
    }
}

/* Where a bad record ends the association: one at a time on new ones, as far as patience goes. */
static void padding_octets(struct test *t, struct assoc *(*reach)(struct test *t))
{
    struct assoc *a = reach(t);
    struct batch b = {.n = BATCH};
    size_t all = 0, per_batch = BATCH;
    int reaches = 1;

    ask_with_requests(a);
    b.octets = padding_octets_of(a);
    all = EDGES + b.octets;
    deviate(t, "records with %zu octets of padding, one of them wrong, the MAC right", b.octets);
    while (b.at < all && reaches <= REACHES_MAX) {
        b.n = all - b.at < per_batch ? all - b.at : per_batch;
        if (lives_through(a, &b)) {
            b.at += b.n;
            continue;
        }
        b.at += per_batch ==
                1; /* which of a batch ended it is not known: the first of it is tried again, alone */
        per_batch = 1;
        hang_up(a);
        if (++reaches <= REACHES_MAX) {
            a = reach(t);
            ask_with_requests(a);
        }
    }
    if (b.at < all)
        note(t, "such a record ends the association: %zu octets were tried", b.at);
    say(t, "no answer to a record with a wrong padding octet", "none to %zu records", b.at);
}

/* ---- all answered alike --------------------------------------------------------------------------------------------------- */

enum flaw { FLAW_MAC, FLAW_PADDING_FIRST, FLAW_PADDING_BEYOND, FLAW_NO_ROOM, FLAW_EMPTY, FLAWS };

static const char *const flaw_names[FLAWS] = {
    [FLAW_MAC] = "a bad MAC",
    [FLAW_PADDING_FIRST] = "a wrong first octet of the padding",
    [FLAW_PADDING_BEYOND] = "padding longer than the record",
    [FLAW_NO_ROOM] = "padding that leaves no room for a MAC",
    [FLAW_EMPTY] = "no content and wrong padding",
};

/* All as long as one another: the length is no hint. */
static struct sealed flawed(struct assoc *a, enum flaw flaw)
{
    struct test *t = test_of(a);
    size_t mac_n = mac_for(a, NO_BYTES).n, content_n = flaw == FLAW_EMPTY ? 0 : BLOCK / 4;
    struct bytes content = random_bytes(t, content_n), mac = mac_for(a, content);
    struct writer padding = cbc_padding(t, content_n + mac_n, 2 * BLOCK + (flaw == FLAW_EMPTY ? 4 : 0));
    struct bytes blocks = join(t, join(t, content, mac), written(&padding));
    uint8_t *at = arena_alloc(arena_of(t), blocks.n);

    memcpy(at, blocks.at, blocks.n);
    switch (flaw) {
    case FLAW_MAC: at[content_n] ^= 1; break;
    case FLAW_PADDING_BEYOND: memset(at + content_n + mac_n, 0xFF, padding.n); break;
    case FLAW_NO_ROOM: memset(at, (int)(blocks.n - 1), blocks.n); break;
    default: at[content_n + mac_n] ^= 1;
    }
    return seal_blocks(a, (struct bytes){at, blocks.n});
}

static struct fate fate_of_flaw(struct test *t, enum flaw flaw)
{
    struct assoc *a = cbc_mte(t);

    ask_with_requests(a);
    deviate(t, "a MAC-then-encrypt record with %s", flaw_names[flaw]);
    struct sealed s = flawed(a, flaw);
    struct fate f = what_became(a, &s);

    hang_up(a);
    return f;
}

static bool alike(const struct fate *a, const struct fate *b)
{
    return a->life == b->life && a->alerted == b->alerted &&
           (!a->alerted ||
            (a->alert.level == b->alert.level && a->alert.description == b->alert.description));
}

/* A difference counts when it is there a second time too. */
static void same_answer(struct test *t)
{
    static const char expected[] = "every flaw of a MAC-then-encrypt record is answered alike";
    struct fate first = fate_of_flaw(t, FLAW_MAC);

    for (enum flaw flaw = FLAW_PADDING_FIRST; flaw < FLAWS; flaw++) {
        struct fate f = fate_of_flaw(t, flaw);

        if (alike(&first, &f))
            continue;
        struct fate base = fate_of_flaw(t, FLAW_MAC), again = fate_of_flaw(t, flaw);

        if (alike(&base, &again) || !alike(&again, &f))
            not_judged(t, "the answers to %s differ from time to time", flaw_names[flaw]);
        if (again.alerted)
            fail_shown(t, expected, "%s: %s; %s: %s", flaw_names[FLAW_MAC], fate_text(t, &base),
                       flaw_names[flaw], fate_text(t, &again));
        fail_missed(t, expected, "%s: %s; %s: %s", flaw_names[FLAW_MAC], fate_text(t, &base),
                    flaw_names[flaw], fate_text(t, &again));
    }
    say(t, expected, "%s", fate_text(t, &first));
}

/* ---- the MAC covers the header --------------------------------------------------------------------------------------------- */

enum header { HEADER_TYPE, HEADER_VERSION, HEADER_NUMBER };

static bool headers(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "type", .title = "content type", .value = HEADER_TYPE},
        {.slug = "version", .title = "version", .value = HEADER_VERSION},
        {.slug = "number", .title = "record number", .value = HEADER_NUMBER},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void mte_header(struct test *t)
{
    struct assoc *a = cbc_mte(t);
    uint64_t next = a->write[a->write_epoch].next_seq;
    uint8_t type = member(t) == HEADER_TYPE ? CONTENT_HANDSHAKE : CONTENT_APPLICATION_DATA;
    uint16_t version = member(t) == HEADER_VERSION ? DTLS_1_0 : a->version, id;
    struct member row = {0};

    headers(member(t), &row);
    struct bytes content = probe_octets(a, &id);
    struct bytes mac = mac_of(a, member(t) == HEADER_NUMBER ? next + 5 : next, type, version, content);
    struct writer padding = cbc_padding(t, content.n + mac.n, 0);
    struct sealed s = seal_mte(a, content, mac, written(&padding));

    s.message_id = id;
    deviate(t, "MAC: over another %s than the header's", row.title);
    expect_not_processed(a, &s);
}

/* ---- the cases ---------------------------------------------------------------------------------------------------------- */

PAIR(octets_mte, "record", "padding-octets-mte",
     "takes no MAC-then-encrypt record with any padding octet wrong", REQ_BAD_RECORD_DISCARDED, true, NULL,
     padding_octets(t, cbc_mte))
PAIR(octets_etm, "record", "padding-octets-etm",
     "takes no encrypt-then-MAC record with any padding octet wrong", REQ_ETM_PADDING_CHECKED, true, NULL,
     padding_octets(t, cbc_etm))
PAIR(same, "record", "same-answer-mte", "answers every flaw of a MAC-then-encrypt record alike",
     REQ_BAD_RECORD_SAME_ANSWER, true, NULL, same_answer(t))
PAIR(header, "record", "mte-header", "takes no MAC-then-encrypt record whose MAC covers another header",
     REQ_BAD_RECORD_DISCARDED, true, headers, mte_header(t))

CHAPTER(record_cbc_chapter, "record", "Records", &octets_mte, &octets_etm, &same, &header, &client_octets_mte,
        &client_octets_etm, &client_same, &client_header);

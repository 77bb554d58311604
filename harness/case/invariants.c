#include <string.h>

#include "case/internal.h"

enum { PLAINTEXT_MAX = 1 << 14 };

/* What a conforming device never does, whatever it is sent: checked on every trace (design 2.9). */

/* A walk over one association's records, in the order in which they were seen. */
struct walk {
    struct test *t;
    unsigned assoc;
    size_t since;       /* entry where the association began: a fatal alert ends it, a hello begins another */
    bool hello_open;    /* our last epoch-0 handshake record was a hello */
    uint64_t hello_seq; /* its record number */
    bool answering;     /* the device answers with a flight that begins at that number */
    struct bytes hello; /* body of our last ClientHello */
    struct bytes first; /* body of the device's first ClientHello */
    bool finished;      /* the device sent records of epoch 1: its handshake is over */
    size_t finished_at; /* entry of the first of these */
    bool changed; /* the device sent a ChangeCipherSpec in the clear; the last of them has this number: */
    uint64_t change_seq; /* what has a lower one belongs to the handshake, whenever it arrives */
    bool spoke_plain;    /* we sent an epoch-0 handshake record after that */
};

/* Reports the case invariant/SLUG, or invariant/client-SLUG, as broken by entry `at` of the trace; once a case, and nothing is kept
 * of the other times: a device can have thousands. */
__attribute__((format(printf, 5, 6))) static void breach(struct walk *w, size_t at, const char *slug,
                                                         const char *expected, const char *got, ...)
{
    struct case_result *out = w->t->out;
    const char *head = w->t->env->role == CLIENT ? "invariant/client-" : "invariant/";
    va_list args;

    for (size_t i = 0; i < out->breach_count; i++)
        if (strcmp(out->breaches[i].case_id + strlen(head), slug) == 0)
            return;
    va_start(args, got);
    const char *text = arena_vprintf(w->t->arena, got, args);
    va_end(args);
    struct breach *grown = arena_array(w->t->arena, struct breach, out->breach_count + 1);

    for (size_t i = 0; i < out->breach_count; i++)
        grown[i] = out->breaches[i];
    grown[out->breach_count++] =
        (struct breach){arena_printf(w->t->arena, "%s%s", head, slug), expected, text, at};
    out->breaches = grown;
}

static struct bytes record_octets(const struct trace_entry *e, const struct trace_record *r)
{
    return bytes_slice(e->datagram, r->at, r->n);
}

/* The first handshake fragment of an epoch-0 record. */
static bool plain_fragment(const struct trace_entry *e, const struct trace_record *r, struct fragment *f)
{
    struct reader in = reader_of(bytes_slice(e->datagram, r->at + RECORD_HEADER, r->n - RECORD_HEADER));

    return r->type == CONTENT_HANDSHAKE && r->epoch == 0 && get_fragment(&in, f);
}

/* ---- numbers, nonces, IVs ----------------------------------------------------------------------------------------------- */

static void check_number(struct walk *w, size_t at, const struct trace_record *r,
                         const struct trace_record *earlier, size_t earlier_at)
{
    const struct trace_entry *entries = w->t->trace->entries;
    struct fragment f;

    if (r->epoch != earlier->epoch || r->seq != earlier->seq)
        return;
    /* What is protected and came before is the last word of another association that had our port. */
    if (r->epoch > 0 && (!w->finished || earlier_at < w->finished_at))
        return;
    if (bytes_equal(record_octets(&entries[at], r), record_octets(&entries[earlier_at], earlier)))
        return;
    bool verify = plain_fragment(&entries[at], r, &f) && f.type == HELLO_VERIFY_REQUEST;
    bool earlier_verify = plain_fragment(&entries[earlier_at], earlier, &f) && f.type == HELLO_VERIFY_REQUEST;

    if (r->epoch == 0 && (verify || earlier_verify || w->answering))
        return;
    breach(w, at, "record-numbers", "every record of an epoch has a number of its own",
           "two different records of epoch %u with number %llu", r->epoch, (unsigned long long)r->seq);
}

struct octets_text {
    char digits[2 * 16 + 1];
};

/* A nonce or IV in hex. */
static struct octets_text text_of(struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    struct octets_text out = {{0}};

    for (size_t i = 0; i < b.n && i < 16; i++) {
        out.digits[2 * i] = digits[b.at[i] >> 4];
        out.digits[2 * i + 1] = digits[b.at[i] & 15];
    }
    return out;
}

static void check_nonce(struct walk *w, size_t at, const struct trace_record *r,
                        const struct trace_record *earlier)
{
    if (!r->opened || !earlier->opened || r->epoch != earlier->epoch || r->nonce.n == 0 ||
        r->seq == earlier->seq)
        return;
    if (!bytes_equal(r->nonce, earlier->nonce))
        return;
    struct octets_text hex = text_of(r->nonce);

    if (cipher_is_aead(r->cipher))
        breach(w, at, "nonces", "an explicit nonce is used once under a key", "nonce %s twice", hex.digits);
    else
        breach(w, at, "cbc-iv-fresh", "every CBC record has an IV of its own", "IV %s twice", hex.digits);
}

static void check_chained(struct walk *w, size_t at, const struct trace_record *r,
                          const struct trace_record *earlier)
{
    if (r->opened && earlier->opened && r->epoch == earlier->epoch && earlier->seq + 1 == r->seq &&
        r->nonce.n > 0 && earlier->tail.n > 0 && bytes_equal(r->nonce, earlier->tail))
        breach(w, at, "cbc-iv-unchained", "no IV can be told from the record before",
               "an IV that is the last ciphertext block of the record numbered one below");
}

/* out = a - b, both big-endian numbers of n octets. */
static void subtract(const uint8_t *a, const uint8_t *b, uint8_t *out, size_t n)
{
    int borrow = 0;

    for (size_t i = n; i-- > 0;) {
        int d = a[i] - b[i] - borrow;

        borrow = d < 0;
        out[i] = (uint8_t)(d + (borrow ? 256 : 0));
    }
}

/* Three IVs in a row with the same difference: a counter. */
static void check_counter(struct walk *w, size_t at, const struct trace_record *r,
                          const struct trace_record *one, const struct trace_record *two)
{
    uint8_t d1[16], d2[16];
    size_t n = r->nonce.n;

    if (n == 0 || n > 16 || !cipher_is_cbc(r->cipher) || one->nonce.n != n || two->nonce.n != n ||
        one->seq + 1 != r->seq || two->seq + 1 != one->seq)
        return;
    subtract(r->nonce.at, one->nonce.at, d1, n);
    subtract(one->nonce.at, two->nonce.at, d2, n);
    if (memcmp(d1, d2, n) == 0 && !bytes_all((struct bytes){d1, n}, 0))
        breach(w, at, "cbc-iv-unpredictable", "no IV can be told from the records before",
               "IVs that differ by a constant");
}

/* Compares a record with the device's earlier ones of the association. */
static void check_against_earlier(struct walk *w, size_t at, const struct trace_record *r)
{
    const struct trace *trace = w->t->trace;
    const struct trace_record *one = NULL, *two = NULL;
    size_t from = at > 512 + w->since ? at - 512 : w->since;

    for (size_t i = from; i <= at; i++) {
        const struct trace_entry *e = &trace->entries[i];

        if (e->kind != TRACE_DATAGRAM || !e->from_device || e->assoc != w->assoc)
            continue;
        for (size_t k = 0; k < e->record_count && &e->records[k] != r; k++) {
            const struct trace_record *earlier = &e->records[k];

            if (earlier->copy)
                continue;
            check_number(w, at, r, earlier, i);
            check_nonce(w, at, r, earlier);
            check_chained(w, at, r, earlier);
            if (earlier->opened && earlier->epoch == r->epoch) {
                two = one;
                one = earlier;
            }
        }
    }
    if (r->opened && one != NULL && two != NULL)
        check_counter(w, at, r, one, two);
}

/* ---- hellos ------------------------------------------------------------------------------------------------------------- */

static bool was_offered(const struct client_hello *hello, uint16_t type)
{
    return find_extension(hello->extensions, type, NULL) ||
           (type == EXT_RENEGOTIATION_INFO &&
            cipher_list_has(hello->ciphers, TLS_EMPTY_RENEGOTIATION_INFO_SCSV));
}

static void check_once(struct walk *w, size_t at, struct bytes extensions)
{
    struct reader r = reader_of(extensions);
    uint16_t type;
    struct bytes content;

    while (get_extension(&r, &type, &content))
        if (count_extension(extensions, type) > 1)
            breach(w, at, "extensions-once", "an extension stands once in a hello", "extension %s (%u) twice",
                   extension_name(type), type);
}

static void check_server_hello(struct walk *w, size_t at, struct bytes body)
{
    struct server_hello sh;
    struct client_hello ch;

    if (!parse_server_hello(body, &sh) || !parse_client_hello(w->hello, &ch))
        return;
    struct reader r = reader_of(sh.extensions);
    uint16_t type;
    struct bytes content;

    check_once(w, at, sh.extensions);
    while (get_extension(&r, &type, &content))
        if (!was_offered(&ch, type))
            breach(w, at, "extensions-were-offered",
                   "a ServerHello answers only extensions that were offered",
                   "extension %s (%u), not offered", extension_name(type), type);
}

static void check_client_hello(struct walk *w, size_t at, const struct fragment *f)
{
    struct client_hello first, now;

    if (parse_client_hello(f->body, &now))
        check_once(w, at, now.extensions);
    if (f->message_seq == 0 || w->first.at == NULL) {
        w->first = f->body;
        return;
    }
    if (!parse_client_hello(w->first, &first) || !parse_client_hello(f->body, &now))
        return;
    bool same = first.version == now.version && bytes_equal(first.random, now.random) &&
                bytes_equal(first.session_id, now.session_id) && bytes_equal(first.ciphers, now.ciphers) &&
                bytes_equal(first.compression, now.compression);

    if (!same)
        breach(w, at, "second-hello-same",
               "a second ClientHello repeats version, random, session id, suites and compression methods",
               "a second ClientHello that differs in one of them");
}

static void check_plain_message(struct walk *w, size_t at, const struct trace_record *r,
                                const struct fragment *f)
{
    bool overtaken = !w->changed || r->seq < w->change_seq;
    bool whole = f->offset == 0 && f->fragment_length == f->length;

    if (whole && f->type == SERVER_HELLO)
        check_server_hello(w, at, f->body);
    if (whole && f->type == CLIENT_HELLO)
        check_client_hello(w, at, f);
    bool allowed = f->type == CLIENT_HELLO || f->type == CLIENT_KEY_EXCHANGE || w->spoke_plain || overtaken ||
                   w->t->trace->entries[at].retransmission;

    if (w->finished && !allowed)
        breach(w, at, "no-plaintext-handshake",
               "after the handshake no new handshake message comes in epoch 0", "%s in epoch 0",
               handshake_name(f->type));
}

/* ---- alerts and data ---------------------------------------------------------------------------------------------------- */

static void check_content(struct walk *w, size_t at, const struct trace_entry *e,
                          const struct trace_record *r)
{
    struct bytes plain =
        r->epoch == 0 ? bytes_slice(e->datagram, r->at + RECORD_HEADER, r->n - RECORD_HEADER) : r->plaintext;

    if (r->type == CONTENT_ALERT && plain.n == 2 && plain.at[1] == ALERT_DECRYPTION_FAILED)
        breach(w, at, "no-decryption-failed", "alert decryption_failed (21) is never sent", "alert 21");
    if (r->type == CONTENT_ALERT && plain.n == 2 && plain.at[0] == ALERT_FATAL)
        w->since = at + 1;
    if (r->type == CONTENT_APPLICATION_DATA && r->epoch == 0)
        breach(w, at, "no-plaintext-data", "no application data leaves in epoch 0",
               "%zu octets of application data in epoch 0", plain.n);
}

/* RFC 5246 6.2.1, 6.2.3 */
static void check_length(struct walk *w, size_t at, const struct trace_record *r)
{
    size_t n = r->n - RECORD_HEADER - r->cid.n, most = r->epoch > 0 ? RECORD_FRAGMENT_MAX : PLAINTEXT_MAX;

    if (n > most || (r->opened && r->plaintext.n > PLAINTEXT_MAX))
        breach(w, at, "record-lengths", "no record holds more than it may", "a record of %zu octets", n);
}

static void see_device_record(struct walk *w, size_t at, const struct trace_entry *e,
                              const struct trace_record *r)
{
    struct fragment f;

    if (r->copy)
        return;
    if (w->hello_open && r->epoch == 0 && r->seq == w->hello_seq)
        w->answering = true;
    check_against_earlier(w, at, r);
    check_content(w, at, e, r);
    check_length(w, at, r);
    if (plain_fragment(e, r, &f))
        check_plain_message(w, at, r, &f);
    if (!w->finished && r->epoch > 0 && r->opened) {
        w->finished = true;
        w->finished_at = at;
    }
}

static void see_our_record(struct walk *w, const struct trace_entry *e, const struct trace_record *r)
{
    struct fragment f;

    if (!plain_fragment(e, r, &f))
        return;
    w->spoke_plain |= w->finished;
    w->answering = false;
    w->hello_open = f.type == CLIENT_HELLO;
    if (!w->hello_open)
        return;
    w->hello_seq = r->seq;
    if (f.offset == 0 && f.fragment_length == f.length)
        w->hello = f.body;
}

static void find_last_change(struct walk *w)
{
    for (size_t i = 0; i < w->t->trace->n; i++) {
        const struct trace_entry *e = &w->t->trace->entries[i];

        for (size_t k = 0; e->assoc == w->assoc && e->from_device && k < e->record_count; k++) {
            const struct trace_record *r = &e->records[k];

            if (r->type != CONTENT_CHANGE_CIPHER_SPEC || r->epoch > 0)
                continue;
            w->changed = true;
            w->change_seq = r->seq > w->change_seq ? r->seq : w->change_seq;
        }
    }
}

void check_invariants(struct test *t)
{
    for (unsigned assoc = 1; assoc <= t->trace->assoc_count; assoc++) {
        struct walk w = {.t = t, .assoc = assoc};

        find_last_change(&w);
        for (size_t i = 0; i < t->trace->n; i++) {
            const struct trace_entry *e = &t->trace->entries[i];

            for (size_t k = 0; e->assoc == assoc && k < e->record_count; k++)
                if (e->from_device)
                    see_device_record(&w, i, e, &e->records[k]);
                else
                    see_our_record(&w, e, &e->records[k]);
        }
    }
}

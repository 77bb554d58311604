/* Connection ids with MAC-then-encrypt, and in sessions that are taken up again: RFC 9146 3, 5.1. */
#include "cid.h"
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, NEW_OWN = OWN + 3, PROBES = 4 };

/* ---- MAC-then-encrypt ------------------------------------------------------------------------------------------------------ */

static struct assoc *mte_with_cid(struct test *t)
{
    struct assoc *a = dial(t);

    cid_handshake(a, .cid = random_bytes(t, OWN), .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256},
                  .encrypt_then_mac = WITHOUT);
    return a;
}

CASE(mte_used, .id = "cid/mte-used",
     .title = "Server's CBC records with a connection id verify as MAC-then-encrypt", .dut = SERVERS,
     .requirement = REQ_CID_USED)
{
    struct assoc *a = mte_with_cid(t);

    needs_liveness(t);
    for (int i = 0; i < PROBES; i++) {
        struct sealed probe = good_probe(a);

        send_sealed(a, &probe);
        answer_came(a, &probe);
    }
    expect_cid_used(a);
}

static bool mte_scopes(size_t i, struct member *out)
{
    return cid_scopes(i, out) && out->value != CID_SCOPE_LENGTH;
}

CASE(wrong_mte_scope, .id = "cid/mte-mac",
     .title = "Server does not process a MAC-then-encrypt record whose MAC covers", .dut = SERVERS,
     .requirement = REQ_CID_MAC, .negative = true, .members = mte_scopes)
{
    struct assoc *a = mte_with_cid(t);

    needs_device_cid(a);
    struct sealed bad = seal_probe(a, .scope = (enum cid_scope)member(t));

    deviate(t, "MAC over octets that are not RFC 9146's");
    expect_not_processed(a, &bad);
}

/* ---- sessions that are taken up -------------------------------------------------------------------------------------------- */

/* [setup] A session of an association with connection ids, that the device takes up again. */
static struct session session_with_cid(struct test *t)
{
    struct bytes id = random_bytes(t, OWN);
    struct assoc *a = dial(t);

    cid_handshake(a, .cid = id);
    hang_up(a);
    return resumable_session(t, BY_ID, .connection_id = WITH, .cid = id);
}

CASE(resumed_afresh, .id = "cid/resumption-afresh",
     .title = "Server that resumes uses the connection id of the hello that resumes", .dut = SERVERS,
     .requirement = REQ_CID_AFRESH)
{
    static const char expected[] =
        "records with the new id, or of the ordinary format when it is not answered";
    struct session s = session_with_cid(t);
    struct assoc *a = dial(t);
    enum resumption r = offer_session(a, &s, .connection_id = WITH, .cid = random_bytes(t, NEW_OWN));

    if (r != RESUMED)
        not_applicable(t, "the device does not resume with another connection id: %s", resumption_text(a, r));
    bool agreed = a->cid.agreed;
    const char *wrong = finish_resumed(a, &s);

    if (!agreed)
        expect_ordinary_records(a, false, ", since connection_id was not answered");
    require(t, wrong == NULL, expected, "%s", wrong);
    if (agreed)
        expect_cid_used(a);
}

CASE(resumed_without, .id = "cid/resumption-without",
     .title = "Server that resumes for a hello without connection_id uses no connection id", .dut = SERVERS,
     .requirement = REQ_CID_AFRESH)
{
    static const char expected[] = "no connection_id, and records of the ordinary format";
    struct session s = session_with_cid(t);
    struct assoc *a = dial(t);
    enum resumption r = offer_session(a, &s, .version = 0);

    if (r != RESUMED)
        not_applicable(t, "the device does not resume without connection_id: %s", resumption_text(a, r));
    require(t, !find_extension(server_hello_of(a)->extensions, EXT_CONNECTION_ID, NULL), expected,
            "connection_id in the ServerHello");
    const char *wrong = finish_resumed(a, &s);

    expect_ordinary_records(a, false, ", since connection_id was not offered");
    require(t, wrong == NULL, expected, "%s", wrong);
}

CHAPTER(cid_suites_chapter, "cid", "Connection ids: MAC-then-encrypt, resumption", &mte_used,
        &wrong_mte_scope, &resumed_afresh, &resumed_without);

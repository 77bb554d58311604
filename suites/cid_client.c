/* Connection ids of a client, RFC 9146. */
#include "cid.h"

enum {
    CLIENT_SCOPES = 3 /* the first of cid_scopes: number and length are the server's to show */,
    NEW_OWN = OWN + 3
};

/* The device's records are in the trace. */
static void draw_records(struct assoc *a)
{
    needs_liveness(test_of(a));
    for (int i = 0; i < 4; i++) {
        struct sealed probe = good_probe(a);

        send_sealed(a, &probe);
        answer_came(a, &probe);
    }
}

/* ---- the hellos ----------------------------------------------------------------------------------------------------------- */

CASE(well_formed, .id = "cid/client-well-formed", .title = "Client's connection_id is one connection id",
     .dut = CLIENT, .requirement = REQ_CID_WELL_FORMED)
{
    static const char expected[] = "a body that is one connection id, with its length in front";
    struct assoc *a = await_cid_client(t);
    struct bytes body = NO_BYTES, id;

    find_extension(first_client_hello(a)->extensions, EXT_CONNECTION_ID, &body);
    require(t, parse_connection_id(body, &id), expected, "%s", arena_hex(arena_of(t), body));
    say(t, expected, "an id of %zu octets", id.n);
}

CASE(unsolicited, .id = "cid/client-unsolicited",
     .title = "Client ends the handshake when it is given a connection_id that it did not ask for",
     .dut = CLIENT, .requirement = REQ_UNSOLICITED_EXTENSION_REFUSED, .negative = true)
{
    struct assoc *a = await_client(t);

    if (find_extension(expect_client_hello(a)->extensions, EXT_CONNECTION_ID, NULL))
        not_applicable(t, "the device offers connection_id");
    deviate(t, "connection_id, which was not offered");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK), .connection_id = WITH, .cid = random_bytes(t, OWN));
    expect_abort(a);
}

CASE(malformed, .id = "cid/client-malformed",
     .title = "Client ends the handshake when connection_id is answered in the wrong form", .dut = CLIENT,
     .requirement = REQ_EXTENSION_BODY_CHECKED, .negative = true)
{
    static const uint8_t body[] = {4, 1, 2};
    struct assoc *a = await_cid_client(t);

    deviate(t, "connection_id that says four octets and has two");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK),
                 .extensions = extension(t, EXT_CONNECTION_ID, BYTES(body)));
    expect_abort(a);
}

/* ---- records to us --------------------------------------------------------------------------------------------------------- */

static bool all_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0", .title = "of no octets", .value = 0},
        {.slug = "1", .title = "of one octet", .value = 1},
        {.slug = "20", .title = "of 20 octets", .value = 20},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(completes, .id = "cid/client-completes",
     .title = "Client that offers connection_id completes with a server's id", .dut = CLIENT,
     .requirement = REQ_CID_LENGTHS, .members = all_lengths)
{
    struct assoc *a = await_cid_client(t);

    expect_served(a, .connection_id = WITH, .cid = random_bytes(t, member(t)));
}

static bool used_lengths(size_t i, struct member *out)
{
    return all_lengths(i + 1, out);
}

CASE(used, .id = "cid/client-used", .title = "Client's protected records carry the server's connection id",
     .dut = CLIENT, .requirement = REQ_CID_USED, .members = used_lengths)
{
    struct assoc *a = await_cid_client(t);

    cid_serve(a, random_bytes(t, member(t)));
    draw_records(a);
    expect_cid_used(a);
}

CASE(empty, .id = "cid/client-empty-ordinary",
     .title = "Client's records to a server that wants no connection id are of the ordinary format",
     .dut = CLIENT, .requirement = REQ_CID_ONLY_IF_AGREED)
{
    struct assoc *a = await_cid_client(t);

    cid_serve(a, NO_BYTES);
    draw_records(a);
    expect_ordinary_records(a, false, ", since the server wants no connection id");
}

CASE(not_answered, .id = "cid/client-not-answered-ordinary",
     .title = "Client's records are of the ordinary format when connection_id is not answered", .dut = CLIENT,
     .requirement = REQ_CID_ONLY_IF_AGREED)
{
    struct assoc *a = await_cid_client(t);

    serve_good(a);
    draw_records(a);
    expect_ordinary_records(a, false, ", since connection_id was not answered");
}

CASE(in_clear, .id = "cid/client-epoch-0-ordinary",
     .title = "Client's plaintext records are of the ordinary format", .dut = CLIENT,
     .requirement = REQ_CID_ONLY_IF_AGREED)
{
    struct assoc *a = await_cid_client(t);

    cid_serve(a, random_bytes(t, OWN));
    expect_ordinary_records(a, true, " in epoch 0");
}

/* ---- records to the device ------------------------------------------------------------------------------------------------- */

static bool client_scopes(size_t i, struct member *out)
{
    return i < CLIENT_SCOPES && cid_scopes(i, out);
}

CASE(wrong_scope, .id = "cid/client-mac",
     .title = "Client does not process a record whose additional data are wrong", .dut = CLIENT,
     .requirement = REQ_CID_MAC, .negative = true, .members = client_scopes)
{
    struct assoc *a = cid_agreed(t);
    struct sealed bad = seal_probe(a, .scope = (enum cid_scope)member(t));

    deviate(t, "tag over additional data that are not RFC 9146's");
    expect_not_processed(a, &bad);
}

CASE(inner_padding, .id = "cid/client-inner-padding",
     .title = "Client takes a record padded after its inner type", .dut = CLIENT,
     .requirement = REQ_CID_INNER_PADDING)
{
    struct assoc *a = cid_agreed(t);
    struct sealed padded = seal_probe(a, .inner_padding = ZEROS);

    expect_processed(a, &padded);
}

/* ---- CBC suites -------------------------------------------------------------------------------------------------------------- */

static struct assoc *etm_with_cid(struct test *t)
{
    struct assoc *a = await_cid_client(t);

    cid_serve_as(a, .cid = random_bytes(t, OWN), .cipher = offered(a, PLAIN_PSK_CBC));
    needs_encrypt_then_mac(a);
    return a;
}

static struct assoc *mte_with_cid(struct test *t)
{
    struct assoc *a = await_cid_client(t);

    cid_serve_as(a, .cid = random_bytes(t, OWN), .cipher = offered(a, PLAIN_PSK_CBC),
                 .encrypt_then_mac = WITHOUT);
    return a;
}

static void expect_used(struct assoc *a)
{
    draw_records(a);
    expect_cid_used(a);
}

static void expect_scope_minded(struct assoc *a)
{
    struct test *t = test_of(a);

    needs_device_cid(a);
    struct sealed bad = seal_probe(a, .scope = (enum cid_scope)member(t));

    deviate(t, "MAC over octets that are not RFC 9146's");
    expect_not_processed(a, &bad);
}

CASE(etm_used, .id = "cid/client-etm-used",
     .title = "Client's CBC records with a connection id verify as encrypt-then-MAC", .dut = CLIENT,
     .requirement = REQ_CID_USED)
{
    expect_used(etm_with_cid(t));
}

CASE(mte_used, .id = "cid/client-mte-used",
     .title = "Client's CBC records with a connection id verify as MAC-then-encrypt", .dut = CLIENT,
     .requirement = REQ_CID_USED)
{
    expect_used(mte_with_cid(t));
}

CASE(wrong_etm_scope, .id = "cid/client-etm-mac",
     .title = "Client does not process an encrypt-then-MAC record whose MAC covers", .dut = CLIENT,
     .requirement = REQ_CID_MAC, .negative = true, .members = client_scopes)
{
    expect_scope_minded(etm_with_cid(t));
}

CASE(wrong_mte_scope, .id = "cid/client-mte-mac",
     .title = "Client does not process a MAC-then-encrypt record whose MAC covers", .dut = CLIENT,
     .requirement = REQ_CID_MAC, .negative = true, .members = client_scopes)
{
    expect_scope_minded(mte_with_cid(t));
}

/* ---- sessions that are taken up ---------------------------------------------------------------------------------------------- */

/* [setup] The device's hello with a session of an association with connection ids, which it completed once when it was taken up with the
 * same id. */
static struct assoc *session_with_cid(struct test *t, struct session *s)
{
    struct bytes id = random_bytes(t, OWN);
    struct assoc *a = await_cid_client(t);

    a = await_session_hello(serve_session_on(a, s, .connection_id = WITH, .cid = id), s);
    server_resumes(a, s, .connection_id = offers_cid(a) ? WITH : WITHOUT, .cid = id);
    if (client_resumed(a) != NULL)
        not_applicable(t, "its resumption does not complete; extension/client-session-completes judges that");
    return await_session_hello(a, s);
}

CASE(resumed_afresh, .id = "cid/client-resumption-afresh",
     .title = "Client that resumes uses the connection id of the ServerHello that resumes", .dut = CLIENT,
     .requirement = REQ_CID_AFRESH)
{
    struct session s;
    struct assoc *a = session_with_cid(t, &s);

    if (!offers_cid(a))
        not_applicable(t, "the device's hello that resumes offers no connection_id");
    server_resumes(a, &s, .connection_id = WITH, .cid = random_bytes(t, NEW_OWN));
    const char *wrong = client_resumed(a);

    expect_no_other_cid(a);
    if (wrong != NULL)
        fail_missed(t, "records with the new id", "%s", wrong);
}

CASE(resumed_without, .id = "cid/client-resumption-without",
     .title = "Client that resumes without connection_id in the ServerHello uses no connection id",
     .dut = CLIENT, .requirement = REQ_CID_AFRESH)
{
    struct session s;
    struct assoc *a = session_with_cid(t, &s);

    server_resumes(a, &s, .version = 0);
    const char *wrong = client_resumed(a);

    expect_ordinary_records(a, false, ", since connection_id was not answered");
    if (wrong != NULL)
        fail_missed(t, "records of the ordinary format", "%s", wrong);
}

CHAPTER(cid_client_chapter, "cid", "Connection ids: clients", &well_formed, &unsolicited, &malformed,
        &completes, &used, &empty, &not_answered, &in_clear, &wrong_scope, &inner_padding, &etm_used,
        &mte_used, &wrong_etm_scope, &wrong_mte_scope, &resumed_afresh, &resumed_without);

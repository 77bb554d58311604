/* Connection ids of a server, RFC 9146: agreed on, carried in protected records alone, verified, and followed to another port. */
#include "cid.h"
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, EARLY_CODE = 53, WELL_FORMED = 3, COMPLETES = 6 };

/* ---- the hellos ----------------------------------------------------------------------------------------------------------- */

CASE(only_if_offered, .id = "cid/only-if-offered",
     .title = "Server answers no connection_id and uses none when none was offered", .dut = SERVERS,
     .requirement = REQ_CID_ONLY_IF_AGREED)
{
    struct assoc *a = dial(t);

    client_hello(a, .version = 0);
    const struct server_hello *h = expect_server_hello(a);

    require(t, !find_extension(h->extensions, EXT_CONNECTION_ID, NULL),
            "no connection_id in a ServerHello to a hello without it", "it is there");
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
    expect_ordinary_records(a, false, ", since no connection id was offered");
}

CASE(well_formed, .id = "cid/well-formed", .title = "Server answers connection_id with one connection id",
     .dut = SERVERS, .requirement = REQ_CID_WELL_FORMED)
{
    static const char expected[] = "a body that is one connection id, with its length in front";
    struct assoc *a = dial(t);
    struct bytes body, id;

    if (!find_extension(cid_hello(a, random_bytes(t, WELL_FORMED))->extensions, EXT_CONNECTION_ID, &body))
        not_applicable(t, "connection_id: offered, not negotiated");
    require(t, parse_connection_id(body, &id), expected, "%s", arena_hex(arena_of(t), body));
    say(t, expected, "an id of %zu octets", id.n);
}

CASE(early_code, .id = "cid/early-code",
     .title = "Server passes over the code that connection_id had in drafts", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_EXTENSIONS_IGNORED)
{
    static const uint8_t body[] = {2, 0xC1, 0xD0};
    struct assoc *a = dial(t);

    client_hello(a, .extensions = extension(t, EARLY_CODE, BYTES(body)));
    if (find_extension(expect_server_hello(a)->extensions, EARLY_CODE, NULL))
        not_applicable(t, "the device speaks a draft of RFC 9146, and answers the code of that");
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
}

static bool malformed_bodies(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "short", .title = "an id shorter than its length", .value = 4},
        {.slug = "long", .title = "octets behind the id", .value = 1},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(malformed, .id = "cid/malformed", .title = "Server does not answer a malformed connection_id",
     .dut = SERVERS, .requirement = REQ_EXTENSION_BODY_CHECKED, .negative = true, .members = malformed_bodies)
{
    static const char expected[] = "no connection_id in a ServerHello";
    uint8_t body[] = {(uint8_t)member(t), 1, 2};
    struct assoc *a = dial(t);
    enum alert refusal;

    if (!find_extension(cid_hello(a, random_bytes(t, OWN))->extensions, EXT_CONNECTION_ID, NULL))
        not_applicable(t, "connection_id: offered, not negotiated");
    hang_up(a);
    a = dial(t);
    deviate(t, "connection_id that says %u octets and has two", (unsigned)member(t));
    client_hello(a, .extensions = extension(t, EXT_CONNECTION_ID, BYTES(body)));
    const struct server_hello *h = await_server_hello(a, &refusal);

    require(t, h == NULL || !find_extension(h->extensions, EXT_CONNECTION_ID, NULL), expected, "it is there");
    say(t, expected, "%s", h != NULL ? "a ServerHello without it" : refusal_text(t, refusal));
}

/* ---- records to us --------------------------------------------------------------------------------------------------------- */

CASE(completes, .id = "cid/completes",
     .title = "Server that gave a connection id takes Finished and data that carry it", .dut = SERVERS,
     .requirement = REQ_CID_RECORDS_TAKEN)
{
    struct assoc *a = dial(t);

    if (!find_extension(cid_hello(a, random_bytes(t, COMPLETES))->extensions, EXT_CONNECTION_ID, NULL))
        not_applicable(t, "connection_id: offered, not negotiated");
    needs_device_cid(a);
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
    expect_alive(a);
}

static bool id_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1", .title = "of one octet", .value = 1},
        {.slug = "8", .title = "of 8 octets", .value = 8},
        {.slug = "20", .title = "of 20 octets", .value = 20},
        {.slug = "255", .title = "of 255 octets", .value = 255},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* Probes until so many answers came, or did not; the device's records are in the trace. */
static void draw_records(struct assoc *a)
{
    needs_liveness(test_of(a));
    for (int i = 0; i < 4; i++) {
        struct sealed probe = good_probe(a);

        send_sealed(a, &probe);
        answer_came(a, &probe);
    }
}

CASE(used, .id = "cid/used", .title = "Server's protected records carry the client's connection id",
     .dut = SERVERS, .requirement = REQ_CID_USED, .members = id_lengths)
{
    struct assoc *a = dial(t);

    cid_handshake(a, .cid = random_bytes(t, member(t)));
    draw_records(a);
    expect_cid_used(a);
}

CASE(etm_used, .id = "cid/etm-used",
     .title = "Server's CBC records with a connection id verify as encrypt-then-MAC", .dut = SERVERS,
     .requirement = REQ_CID_USED)
{
    struct assoc *a = dial(t);

    cid_handshake(a, .cid = random_bytes(t, OWN), .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256});
    needs_encrypt_then_mac(a);
    draw_records(a);
    expect_cid_used(a);
}

CASE(empty, .id = "cid/empty-ordinary",
     .title = "Server's records to a client that wants no connection id are of the ordinary format",
     .dut = SERVERS, .requirement = REQ_CID_ONLY_IF_AGREED)
{
    struct assoc *a = dial(t);

    cid_handshake(a, .cid = NO_BYTES);
    draw_records(a);
    expect_ordinary_records(a, false, ", since the client wants no connection id");
}

CASE(in_clear, .id = "cid/epoch-0-ordinary", .title = "Server's plaintext records are of the ordinary format",
     .dut = SERVERS, .requirement = REQ_CID_ONLY_IF_AGREED)
{
    struct assoc *a = dial(t);

    cid_handshake(a, .cid = random_bytes(t, OWN));
    expect_ordinary_records(a, true, " in epoch 0");
}

/* ---- records to the device ------------------------------------------------------------------------------------------------- */

CASE(wrong_scope, .id = "cid/mac",
     .title = "Server does not process a record whose additional data are wrong", .dut = SERVERS,
     .requirement = REQ_CID_MAC, .negative = true, .members = cid_scopes)
{
    struct assoc *a = cid_agreed(t);
    struct sealed bad = seal_probe(a, .scope = (enum cid_scope)member(t));

    if (cipher_is_cbc(a->cipher))
        not_applicable(t, "the device takes no AEAD suite; cid/etm-mac-* judge its MAC");
    deviate(t, "tag over additional data that are not RFC 9146's");
    expect_not_processed(a, &bad);
}

static bool etm_scopes(size_t i, struct member *out)
{
    return cid_scopes(i, out) && out->value != CID_SCOPE_LENGTH;
}

CASE(wrong_etm_scope, .id = "cid/etm-mac",
     .title = "Server does not process an encrypt-then-MAC record whose MAC covers", .dut = SERVERS,
     .requirement = REQ_CID_MAC, .negative = true, .members = etm_scopes)
{
    struct assoc *a = dial(t);

    cid_handshake(a, .cid = random_bytes(t, OWN), .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256});
    needs_encrypt_then_mac(a);
    needs_device_cid(a);
    struct sealed bad = seal_probe(a, .scope = (enum cid_scope)member(t));

    deviate(t, "MAC over octets that are not RFC 9146's");
    expect_not_processed(a, &bad);
}

static bool paddings(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1", .title = "one zero", .value = 1},
        {.slug = "16", .title = "16 zeros", .value = 16},
        {.slug = "255", .title = "255 zeros", .value = 255},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(inner_padding, .id = "cid/inner-padding", .title = "Server takes a record padded after its inner type",
     .dut = SERVERS, .requirement = REQ_CID_INNER_PADDING, .members = paddings)
{
    struct assoc *a = cid_agreed(t);
    struct sealed padded = seal_probe(a, .inner_padding = member(t));

    expect_processed(a, &padded);
}

CASE(untyped, .id = "cid/inner-zeros", .title = "Server drops a record whose inner plaintext is zeros alone",
     .dut = SERVERS, .requirement = REQ_CID_INNER_TYPE, .negative = true)
{
    struct assoc *a = cid_agreed(t);
    struct sealed bad = seal_payload(a, NO_BYTES, .untyped = true, .inner_padding = ZEROS);

    deviate(t, "an inner plaintext of 16 zeros: no content type");
    expect_alive_or_ended(a, &bad, false, ALERT_UNEXPECTED_MESSAGE, ALERT_DECODE_ERROR);
}

CASE(bad_mac_silent, .id = "cid/bad-mac-silent",
     .title = "Server drops a record with a connection id that does not verify in silence", .dut = SERVERS,
     .requirement = REQ_CID_BAD_MAC_SILENT, .negative = true)
{
    struct assoc *a = cid_agreed(t);
    struct sealed bad = good_probe(a);

    flip_bit(&bad, bad.mac_n > 0 ? bad.mac_at : bad.n - 1);
    deviate(t, "one bit of the tag is another");
    expect_dropped(a, &bad);
}

/* ---- another port ----------------------------------------------------------------------------------------------------------- */

static const char *came_text(enum came came)
{
    return came == CAME_TO_OTHER_PORT   ? "its answer comes to the other port"
           : came == CAME_TO_FIRST_PORT ? "its answer comes to the first port"
                                        : "no answer";
}

CASE(moved_bad_mac, .id = "cid/moved-bad-mac",
     .title = "Server does not send to a port that only a forged record came from", .dut = SERVERS,
     .requirement = REQ_CID_ADDRESS_KEPT, .negative = true)
{
    static const char expected[] = "no answer at the other port";
    struct assoc *a = cid_agreed(t);
    struct sealed waits = good_probe(a); /* older than all that follows: by itself it moves nobody back */

    served_probe(a);
    struct sealed bad = good_probe(a);

    flip_bit(&bad, bad.mac_n > 0 ? bad.mac_at : bad.n - 1);
    move_port(a);
    deviate(t, "from another port: a record that does not verify");
    send_surely(a, &bad);
    move_back(a);
    send_sealed(a, &waits);
    enum came came = answer_came(a, &waits);

    require(t, came != CAME_TO_OTHER_PORT, expected,
            "a record from the first port is answered at the port of the forged one");
    say(t, expected, "%s", came_text(came));
}

/* That record, genuine and not the newest, from another port. */
static void expect_not_followed(struct assoc *a, const struct sealed *old)
{
    static const char expected[] = "no answer at the other port";
    struct test *t = test_of(a);

    move_port(a);
    send_surely(a, old);
    enum came came = answer_came(a, old);

    move_back(a);
    require(t, came != CAME_TO_OTHER_PORT, expected, "it is answered there");
    say(t, expected, "%s", came_text(came));
}

CASE(moved_replayed, .id = "cid/moved-replayed",
     .title = "Server does not send to a port that a replayed record came from", .dut = SERVERS,
     .requirement = REQ_CID_ADDRESS_NEWER, .negative = true)
{
    struct assoc *a = cid_agreed(t);
    struct sealed old = served_probe(a);

    served_probe(a);
    deviate(t, "from another port: a record that was answered before");
    expect_not_followed(a, &old);
}

CASE(moved_older, .id = "cid/moved-older",
     .title = "Server does not send to a port that a late record came from", .dut = SERVERS,
     .requirement = REQ_CID_ADDRESS_NEWER, .negative = true)
{
    struct assoc *a = cid_agreed(t);
    struct sealed late = good_probe(a);

    served_probe(a);
    deviate(t, "from another port: a record numbered below one that came before");
    expect_not_followed(a, &late);
}

CASE(moved_good, .id = "cid/moved-good", .title = "Server may follow a client to another port",
     .dut = SERVERS, .requirement = REQ_CID_ADDRESS_CHANGE)
{
    static const char expected[] = "an answer at the new port, or at the old one, or none";
    struct assoc *a = cid_agreed(t);

    served_probe(a);
    move_port(a);
    struct sealed probe = good_probe(a);

    send_sealed(a, &probe);
    say(t, expected, "%s", came_text(answer_came(a, &probe)));
}

CHAPTER(cid_chapter, "cid", "Connection ids", &only_if_offered, &well_formed, &early_code, &malformed,
        &completes, &used, &etm_used, &empty, &in_clear, &wrong_scope, &wrong_etm_scope, &inner_padding,
        &untyped, &bad_mac_silent, &moved_bad_mac, &moved_replayed, &moved_older, &moved_good);

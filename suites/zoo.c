/* ClientHellos in the shapes in which real devices send them, offered to servers: each legal, each with a mandatory suite in it. */
#include "case/case.h"

enum {
    SERVERS = SERVER | BOOTSTRAP_SERVER,
    SCSV = 0x00FF,
    UNKNOWN_EXTENSION = 0xE0E0,
    PADDING = 21,
    CID = 54,
    CID_DRAFT = 53
};

#define SUITES(...)                                                                                          \
    (const uint16_t[])                                                                                       \
    {                                                                                                        \
        __VA_ARGS__, 0                                                                                       \
    }

/* What a library offers that was not told to be brief: ECDHE, DHE and PSK, AEAD and CBC, 59 in all. */
static const uint16_t everything[] = {
    0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8, 0xCCAA, 0xC0AF, 0xC0AD, 0xC0A3, 0xC09F, 0xC05D, 0xC061,
    0xC053, 0xC02B, 0xC02F, 0x009E, 0xC0AE, 0xC0AC, 0xC0A2, 0xC09E, 0xC05C, 0xC060, 0xC052, 0xC024,
    0xC028, 0x006B, 0xC073, 0xC077, 0x00C4, 0xC023, 0xC027, 0x0067, 0xC072, 0xC076, 0x00BE, 0x00AB,
    0xC0A7, 0xC0AB, 0xCCAE, 0xCCAD, 0xCCAC, 0x00A9, 0xCCAB, 0xC0A5, 0xC0A9, 0x00AA, 0xC0A6, 0xC0AA,
    0x00A8, 0xC0A4, 0xC0A8, 0xC038, 0x00B3, 0xC037, 0x00B2, 0x00AF, 0x00AE, 0xC09B, SCSV};

/* What goes into the block after encrypt_then_mac and extended_master_secret. */
enum more {
    NOTHING = 0,
    CURVES = 1,     /* supported_groups and ec_point_formats */
    SIGNATURES = 2, /* signature_algorithms */
    TICKET = 4,     /* an empty session_ticket */
    RAW_KEYS = 8,   /* client_certificate_type and server_certificate_type */
    CID_54 = 16,    /* connection_id, RFC 9146, of no octets */
    CID_53 = 32,    /* the draft's number */
    PAD_600 = 64,   /* padding, RFC 7685: a hello of more than 512 octets */
    PAD_1400 = 128, /* of more than a datagram */
    NO_BLOCK = 256,
};

struct shape {
    const char *slug, *title;
    uint16_t suite; /* the mandatory one in it */
    const uint16_t *suites;
    uint16_t record_version;
    enum choice etm, ems;
    unsigned more;
    bool hello_only; /* what follows the ServerHello may be other than this endpoint's */
};

enum { CCM_8 = TLS_PSK_WITH_AES_128_CCM_8, CBC = TLS_PSK_WITH_AES_128_CBC_SHA256, ECDSA_CCM_8 = 0xC0AE };

static const struct shape shapes[] = {
    {"bare", "one suite, no extensions block, no SCSV", CCM_8, SUITES(CCM_8), 0, WITHOUT, WITHOUT, NO_BLOCK,
     false},
    {"scsv-only", "one suite and the SCSV, no extensions block", CCM_8, SUITES(CCM_8, SCSV), DTLS_1_2,
     WITHOUT, WITHOUT, NO_BLOCK, false},
    {"suites-59", "59 suites, the mandatory ones late", CCM_8, everything, 0, WITH, WITH,
     CURVES | SIGNATURES | TICKET, false},
    {"cbc-only", "a modem with CBC suites alone", CBC, SUITES(0x00AF, CBC, 0x008D, 0x008C, SCSV), DTLS_1_2,
     WITH, WITH, NOTHING, false},
    {"mbedtls", "as Mbed TLS builds it", CCM_8,
     SUITES(0xCCAB, 0xC0A5, 0xC0A9, 0x00A9, 0x00AF, 0xC0A4, CCM_8, 0x00A8, CBC, SCSV), DTLS_1_2, WITH, WITH,
     TICKET, false},
    {"tinydtls", "as tinydtls builds it, with raw public keys beside PSK", CCM_8, SUITES(ECDSA_CCM_8, CCM_8),
     DTLS_1_2, WITHOUT, WITH, RAW_KEYS | CURVES | SIGNATURES, false},
    {"openssl", "as OpenSSL builds it for PSK", CCM_8,
     SUITES(0x00A9, 0xCCAB, 0xC0A5, 0xC0A9, 0x00A8, 0xC0A4, CCM_8, CBC, SCSV), 0, WITH, WITH,
     TICKET | CURVES | SIGNATURES, false},
    {"wolfssl", "as wolfSSL builds it", CCM_8, SUITES(CCM_8, CBC), DTLS_1_2, WITH, WITH, SIGNATURES, false},
    {"contiki", "as Contiki-NG builds it", CCM_8, SUITES(CCM_8), 0, WITHOUT, WITH, RAW_KEYS, false},
    {"cid-54", "connection_id", CCM_8, SUITES(CCM_8, SCSV), DTLS_1_2, WITHOUT, WITH, CID_54, true},
    {"cid-53", "connection_id under its draft's number", CCM_8, SUITES(CCM_8, SCSV), DTLS_1_2, WITHOUT, WITH,
     CID_53, true},
    {"over-512", "more than 512 octets", CCM_8, SUITES(CCM_8, SCSV), DTLS_1_2, WITHOUT, WITH, PAD_600, false},
    {"over-datagram", "more than one datagram, in fragments", CCM_8, SUITES(CCM_8, SCSV), DTLS_1_2, WITHOUT,
     WITH, PAD_1400, false},
};

static bool shape_members(size_t i, struct member *out)
{
    if (i >= sizeof shapes / sizeof *shapes)
        return false;
    *out = (struct member){.slug = shapes[i].slug, .title = shapes[i].title, .value = (uint32_t)i};
    if (shapes[i].more & PAD_1400) {
        out->own_requirement = true;
        out->requirement = REQ_HELLO_OVER_DATAGRAM;
    }
    return true;
}

/* One more extension at the end when it is among them. */
static struct bytes with(struct test *t, struct bytes block, bool is_there, uint16_t type, struct bytes body)
{
    return is_there ? join(t, block, extension(t, type, body)) : block;
}

static struct bytes block_of(struct test *t, unsigned more)
{
    static const uint8_t groups[] = {0, 4, 0, 0x17, 0, 0x1D}, formats[] = {1, 0}, none[1500] = {0},
                         raw[] = {1, 2};
    static const uint8_t signatures[] = {0, 8, 4, 3, 4, 1, 5, 3, 6, 3};
    struct bytes b = NO_BYTES;

    b = with(t, b, more & RAW_KEYS, 19, BYTES(raw));
    b = with(t, b, more & RAW_KEYS, 20, BYTES(raw));
    b = with(t, b, more & CURVES, 11, BYTES(formats));
    b = with(t, b, more & CURVES, 10, BYTES(groups));
    b = with(t, b, more & TICKET, 35, NO_BYTES);
    b = with(t, b, more & SIGNATURES, 13, BYTES(signatures));
    b = with(t, b, more & CID_54, CID, bytes_slice(BYTES(none), 0, 1));
    b = with(t, b, more & CID_53, CID_DRAFT, bytes_slice(BYTES(none), 0, 1));
    b = with(t, b, more & PAD_600, PADDING, bytes_slice(BYTES(none), 0, 600));
    return with(t, b, more & PAD_1400, PADDING, bytes_slice(BYTES(none), 0, 1400));
}

static size_t length_of(const uint16_t *suites)
{
    size_t n = 0;

    while (suites[n] != 0 && suites[n] != SCSV)
        n++;
    return n + (suites[n] == SCSV);
}

CASE(shape, .id = "zoo/hello", .title = "Server serves a hello as real devices send it", .dut = SERVERS,
     .requirement = REQ_REAL_HELLOS_SERVED, .members = shape_members)
{
    const struct shape *s = &shapes[member(t)];
    size_t n = length_of(s->suites);
    enum choice scsv = s->suites[n - 1] == SCSV ? WITH : WITHOUT;

    /* The twin of a hello without a block has one, with an extension that nobody knows. */
    handshake(dial(t), .ciphers = {s->suite}, .encrypt_then_mac = s->etm, .extended_master_secret = s->ems,
              .renegotiation_scsv = scsv,
              .extensions = s->more & NO_BLOCK ? extension(t, UNKNOWN_EXTENSION, NO_BYTES) : NO_BYTES);
    struct assoc *a = dial(t);

    client_hello(a, .list = {s->suites, n}, .record_version = s->record_version, .encrypt_then_mac = s->etm,
                 .extended_master_secret = s->ems, .renegotiation_scsv = WITHOUT,
                 .extensions = block_of(t, s->more), .no_extensions = s->more & NO_BLOCK);
    expect_server_hello(a);
    if (s->hello_only || a->cipher == NULL || !cipher_completes(a->cipher))
        return;
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
}

CHAPTER(zoo_chapter, "zoo", "ClientHellos of real devices", &shape);

/*
 * One case as a capture, made from its trace: no right to capture is needed. Raw IP (LINKTYPE_RAW), with IP and UDP
 * headers of our own; the server's side is port 5684, where analysers look for CoAP under DTLS, and each association has
 * a client port of its own. The keys (a Decryption Secrets Block) stand before the packets that they open.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "report.h"

enum {
    BLOCK_SECTION = 0x0A0D0D0A,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6, /* enhanced packet block */
    BLOCK_SECRETS = 0x0000000A,
    SECRETS_TLS = 0x544C534B, /* "TLSK": a key log as NSS writes it */
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
    LINKTYPE_RAW = 101,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    IP_HEADER = 20,
    UDP_HEADER = 8,
    PACKET_MOST = 65535,
    SERVER_PORT = 5684,
    FIRST_CLIENT_PORT = 49152,
    CLIENT_PORTS = 65536 - FIRST_CLIENT_PORT,
};

/* RFC 5737's documentation addresses: the real ones stand in the section's comment. */
static const uint8_t harness_ip[4] = {192, 0, 2, 1};
static const uint8_t device_ip[4] = {192, 0, 2, 2};

/* A block's body, grown as it is written; blocks are little-endian, whatever the machine. */
struct block {
    struct arena *arena;
    uint8_t *at;
    size_t n, cap;
};

static void add(struct block *b, const void *octets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *(uint8_t *)arena_grow(b->arena, &b->at, &b->cap, b->n, 1) = ((const uint8_t *)octets)[i];
        b->n++;
    }
}

static void add16(struct block *b, uint16_t v)
{
    uint8_t octets[2] = {(uint8_t)v, (uint8_t)(v >> 8)};

    add(b, octets, sizeof octets);
}

static void add32(struct block *b, uint32_t v)
{
    add16(b, (uint16_t)v);
    add16(b, (uint16_t)(v >> 16));
}

static void add_padded(struct block *b, const void *octets, size_t n)
{
    add(b, octets, n);
    add(b, "\0\0\0", (4 - n % 4) % 4);
}

static void add_comment(struct block *b, const char *text)
{
    size_t n = strlen(text);

    if (n == 0) {
        return;
    }
    n = n < 65535 ? n : 65535;
    add16(b, OPTION_COMMENT);
    add16(b, (uint16_t)n);
    add_padded(b, text, n);
    add32(b, OPTION_END);
}

static void put_block(FILE *out, uint32_t type, const struct block *body)
{
    struct block frame = {.arena = body->arena};
    uint32_t length = (uint32_t)body->n + 12;

    add32(&frame, type);
    add32(&frame, length);
    fwrite(frame.at, 1, frame.n, out);
    fwrite(body->at, 1, body->n, out);
    fwrite(frame.at + 4, 1, 4, out);
}

static void put_section(FILE *out, struct arena *arena, const struct model *m, const struct model_case *c)
{
    struct block b = {.arena = arena};

    add32(&b, BYTE_ORDER_MAGIC);
    add16(&b, 1);
    add16(&b, 0);
    add32(&b, 0xFFFFFFFF); /* section length: not given */
    add32(&b, 0xFFFFFFFF);
    add_comment(
        &b,
        arena_printf(
            arena,
            "%s (%s): %s. Device %s, %s, at %s is 192.0.2.2 here, the harness 192.0.2.1, and the server's "
            "port 5684. Times count from the start of the run. Made by %s %s.",
            c->id, verdict_name(c->verdict), c->title, m->device.name, m->device.role, m->device.address,
            m->tool.name, m->tool.version));
    put_block(out, BLOCK_SECTION, &b);
}

static void put_interface(FILE *out, struct arena *arena)
{
    struct block b = {.arena = arena};

    add16(&b, LINKTYPE_RAW);
    add16(&b, 0);
    add32(&b, 0); /* no limit to a packet; time stamps are microseconds by default */
    put_block(out, BLOCK_INTERFACE, &b);
}

static void put_secrets(FILE *out, struct arena *arena, const char *key_log)
{
    struct block b = {.arena = arena};

    add32(&b, SECRETS_TLS);
    add32(&b, (uint32_t)strlen(key_log));
    add_padded(&b, key_log, strlen(key_log));
    put_block(out, BLOCK_SECRETS, &b);
}

static uint16_t ip_checksum(const uint8_t header[IP_HEADER])
{
    uint32_t sum = 0;

    for (size_t i = 0; i < IP_HEADER; i += 2) {
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    }
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum += sum >> 16;
    return (uint16_t)~sum;
}

/* The UDP checksum is left at zero: none (RFC 768). */
static void write_headers(struct writer *w, bool from_device, bool from_server, unsigned association,
                          size_t payload)
{
    uint8_t header[IP_HEADER];
    struct writer ip = writer_of(header, sizeof header);
    uint16_t client_port = (uint16_t)(FIRST_CLIENT_PORT + association % CLIENT_PORTS);

    put_u16(&ip, 0x4500);
    put_u16(&ip, (uint16_t)(IP_HEADER + UDP_HEADER + payload));
    put_u32(&ip, 0x00004000); /* identification 0, do not fragment */
    put_u16(&ip, 0x4011);     /* 64 hops, UDP */
    put_u16(&ip, 0);
    put_bytes(&ip, from_device ? BYTES(device_ip) : BYTES(harness_ip));
    put_bytes(&ip, from_device ? BYTES(harness_ip) : BYTES(device_ip));
    uint16_t sum = ip_checksum(header);
    header[10] = (uint8_t)(sum >> 8);
    header[11] = (uint8_t)sum;
    put_bytes(w, BYTES(header));
    put_u16(w, from_server ? SERVER_PORT : client_port);
    put_u16(w, from_server ? client_port : SERVER_PORT);
    put_u16(w, (uint16_t)(UDP_HEADER + payload));
    put_u16(w, 0);
}

/* The IP packet that carries a message, an empty span when it is too long to have been one. */
static struct bytes make_packet(struct arena *arena, const struct model *m, const struct model_message *msg)
{
    size_t n = 0, cap = strlen(msg->hex) / 2;
    uint8_t *payload = arena_alloc(arena, cap);
    uint8_t *packet = arena_alloc(arena, cap + IP_HEADER + UDP_HEADER);
    struct writer w = writer_of(packet, cap + IP_HEADER + UDP_HEADER);
    bool from_device = strcmp(msg->from, "device") == 0;
    bool device_is_server = strcmp(m->device.role, "client") != 0;

    if (!hex_decode(msg->hex, payload, cap, &n) || n > PACKET_MOST - IP_HEADER - UDP_HEADER) {
        return NO_BYTES;
    }
    write_headers(&w, from_device, from_device == device_is_server, msg->association, n);
    put_bytes(&w, (struct bytes){payload, n});
    return written(&w);
}

static void put_packet(FILE *out, struct arena *arena, uint64_t time_us, struct bytes packet,
                       const char *comment)
{
    struct block b = {.arena = arena};

    add32(&b, 0);
    add32(&b, (uint32_t)(time_us >> 32));
    add32(&b, (uint32_t)time_us);
    add32(&b, (uint32_t)packet.n);
    add32(&b, (uint32_t)packet.n);
    add_padded(&b, packet.at, packet.n);
    add_comment(&b, comment);
    put_block(out, BLOCK_PACKET, &b);
}

/* Seconds since 1970 of an RFC 3339 time in UTC; 0 when it is none. */
static int64_t epoch_of(const char *text)
{
    int year, month, day, hour, minute, second;

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) != 6) {
        return 0;
    }
    if (month <= 2) {
        year--;
        month += 12;
    }
    int64_t days =
        365LL * year + year / 4 - year / 100 + year / 400 + (153LL * (month - 3) + 2) / 5 + day - 719469;
    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

static const char *join(struct arena *arena, const char *a, const char *b)
{
    return *a && *b ? arena_printf(arena, "%s; %s", a, b) : *a ? a : b;
}

/* What the harness did on purpose is said on the packet; a row without octets speaks of the next one that has some. */
static void put_packets(FILE *out, struct arena *arena, const struct model *m, const struct model_case *c)
{
    int64_t start_us = epoch_of(m->run.started) * 1000000;
    const char *pending = "";

    for (size_t i = 0; i < c->message_count; i++) {
        const struct model_message *msg = &c->messages[i];
        bool said = strcmp(msg->kind, "deviation") == 0 || strcmp(msg->kind, "note") == 0 || msg->decisive;
        pending = said ? join(arena, pending, msg->summary) : pending;
        struct bytes packet = *msg->hex ? make_packet(arena, m, msg) : NO_BYTES;
        if (packet.n > 0) {
            put_packet(out, arena, (uint64_t)(start_us + msg->t_us), packet, pending);
            pending = "";
        }
    }
}

bool render_pcapng(const struct model *m, const struct model_case *c, FILE *out)
{
    struct arena *arena = arena_new();

    put_section(out, arena, m, c);
    put_interface(out, arena);
    if (*c->key_log != '\0') {
        put_secrets(out, arena, c->key_log);
    }
    put_packets(out, arena, m, c);
    arena_free(arena);
    return !ferror(out);
}

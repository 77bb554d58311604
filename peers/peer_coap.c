#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "core.h"

/* RFC 7252 3 */
enum { CON = 0, NON = 1, ACK = 2, RST = 3 };
enum { ANY = 0, GET = 1, POST = 2, PUT = 3, DELETE = 4 };
enum { LOCATION_PATH = 8, URI_PATH = 11, CONTENT_FORMAT = 12, URI_QUERY = 15, ACCEPT = 17 };
enum { NO_FORMAT = -1, TEXT = 0, LINK_FORMAT = 40, LWM2M_TLV = 11542 };
enum { HEADER_LENGTH = 4, TOKEN_MAX = 8, PAYLOAD_MARKER = 0xFF };
enum { PATH_LENGTH = 64 };
/* RFC 7252 4.8 */
enum { ACK_TIMEOUT_MS = 2000, MAX_RETRANSMIT = 4 };

#define CODE(class, detail) ((class) << 5 | (detail))

struct message {
    uint8_t type;
    uint8_t code;
    uint16_t id;
    const uint8_t *token;
    size_t token_length;
    int accept;             /* the format that is asked for, NO_FORMAT: any */
    bool misnamed;          /* there is an endpoint name, and it is not the identity */
    char path[PATH_LENGTH]; /* segments joined with '/'; a longer one is cut, and so is none that we serve */
};

/* ---- what we serve ---- */

struct route {
    int method;
    const char *path; /* a pattern of fnmatch() */
    uint8_t code;
    const char *location[2];
    int format;
    const char *payload;
    size_t payload_length;
};

static const struct route server_routes[] = {
    {POST, "rd", CODE(2, 1), {"rd", "1"}, NO_FORMAT, NULL, 0},
    {POST, "rd/?*", CODE(2, 4), {NULL}, NO_FORMAT, NULL, 0},
    {PUT, "rd/?*", CODE(2, 4), {NULL}, NO_FORMAT, NULL, 0},
    {DELETE, "rd/?*", CODE(2, 2), {NULL}, NO_FORMAT, NULL, 0},
    {POST, "bs", CODE(2, 4), {NULL}, NO_FORMAT, NULL, 0},
    {ANY, "*", CODE(4, 4), {NULL}, NO_FORMAT, NULL, 0},
};

static const struct route bootstrap_server_routes[] = {
    {POST, "bs", CODE(2, 4), {NULL}, NO_FORMAT, NULL, 0},
    {ANY, "*", CODE(4, 4), {NULL}, NO_FORMAT, NULL, 0},
};

/* The TLV is resource 0, Manufacturer, with seven octets of value (LwM2M 1.0 6.4.3); links answer Discover. The Security
 * object is for nobody to read (LwM2M 1.0 E.1). */
static const struct route client_routes[] = {
    {GET, "3/0", CODE(2, 5), {NULL}, LWM2M_TLV, "\xC7\0pskgate", 9},
    {GET, "3/0", CODE(2, 5), {NULL}, LINK_FORMAT, "</3/0>,</3/0/0>", 15},
    {GET, "3/0", CODE(4, 6), {NULL}, NO_FORMAT, NULL, 0},
    {GET, "3/0/0", CODE(2, 5), {NULL}, TEXT, "pskgate", 7},
    {GET, "3/0/0", CODE(4, 6), {NULL}, NO_FORMAT, NULL, 0},
    {GET, "0", CODE(4, 1), {NULL}, NO_FORMAT, NULL, 0},
    {GET, "0/*", CODE(4, 1), {NULL}, NO_FORMAT, NULL, 0},
    {DELETE, "*", CODE(4, 5), {NULL}, NO_FORMAT, NULL, 0},
    {ANY, "*", CODE(4, 4), {NULL}, NO_FORMAT, NULL, 0},
};

static const struct route bootstrap_client_routes[] = {
    {DELETE, "*", CODE(2, 2), {NULL}, NO_FORMAT, NULL, 0},
    {PUT, "*", CODE(2, 4), {NULL}, NO_FORMAT, NULL, 0},
    {POST, "bs", CODE(2, 4), {NULL}, NO_FORMAT, NULL, 0},
    {ANY, "*", CODE(4, 4), {NULL}, NO_FORMAT, NULL, 0},
};

/* RFC 7252 5.10.4: content in another format than the one that is asked for is no answer. */
static bool fits(const struct route *route, int method, const char *path, int accept)
{
    return (route->method == ANY || route->method == method) && fnmatch(route->path, path, 0) == 0 &&
           (route->format == NO_FORMAT || accept == NO_FORMAT || route->format == accept);
}

/* Every table ends with a row that matches anything. */
static const struct route *find_route(int method, const char *path, int accept)
{
    const struct route *route;

    if (peer.server)
        route = options.bootstrap ? bootstrap_server_routes : server_routes;
    else
        route = options.bootstrap ? bootstrap_client_routes : client_routes;
    while (!fits(route, method, path, accept))
        route++;
    return route;
}

/* ---- reading: bounds are checked against `left`, and a message that overran stays bad ---- */

struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

static const uint8_t *take(struct reader *reader, size_t length)
{
    const uint8_t *taken = reader->at;

    if (reader->bad || length > reader->left) {
        reader->bad = true;
        return NULL;
    }
    reader->at += length;
    reader->left -= length;
    return taken;
}

static size_t take_number(struct reader *reader, size_t octets)
{
    const uint8_t *taken = take(reader, octets);
    size_t number = 0;

    while (taken && octets-- > 0)
        number = number << 8 | *taken++;
    return number;
}

/* RFC 7252 3.1: 13 and 14 announce longer forms, 15 is reserved. */
static size_t take_extended(struct reader *reader, unsigned nibble)
{
    if (nibble == 13)
        return 13 + take_number(reader, 1);
    if (nibble == 14)
        return 269 + take_number(reader, 2);
    if (nibble == 15)
        reader->bad = true;
    return nibble;
}

static void add_segment(char *path, const uint8_t *value, size_t length)
{
    size_t used = strlen(path);

    for (size_t i = 0; i <= length && used + 1 < PATH_LENGTH; i++) {
        if (i > 0)
            path[used++] = value[i - 1] ? (char)value[i - 1] : '?';
        else if (used > 0)
            path[used++] = '/';
    }
    path[used] = '\0';
}

/* LwM2M 1.0 5.2.6: the endpoint name of a peer is its identity. One that cannot be a name is compared with nothing. */
static bool is_misnamed(const uint8_t *query, size_t length)
{
    for (size_t i = 0; i < peer.identity_length; i++)
        if (peer.identity[i] <= ' ' || peer.identity[i] > '~' || strchr("&?#%", peer.identity[i]))
            return false;
    return length >= 3 && memcmp(query, "ep=", 3) == 0 && !peer_identity_is(&peer, query + 3, length - 3);
}

static void read_options(struct reader *reader, struct message *message)
{
    size_t number = 0;

    while (!reader->bad && reader->left > 0) {
        unsigned first = (unsigned)take_number(reader, 1);
        if (first == PAYLOAD_MARKER) {
            reader->bad = reader->left == 0;
            return;
        }
        number += take_extended(reader, first >> 4);
        size_t length = take_extended(reader, first & 15);
        const uint8_t *value = take(reader, length);
        if (value && number == URI_PATH)
            add_segment(message->path, value, length);
        if (value && number == ACCEPT && length <= 2)
            message->accept = (int)take_number(&(struct reader){value, length, false}, length);
        if (value && number == URI_QUERY)
            message->misnamed = message->misnamed || is_misnamed(value, length);
    }
}

/* False: not CoAP at all, RFC 7252 3. `*well_formed`: the rest can be processed. */
static bool read_message(const uint8_t *octets, size_t length, struct message *message, bool *well_formed)
{
    struct reader reader = {.at = octets, .left = length};

    memset(message, 0, sizeof *message);
    if (length < HEADER_LENGTH || octets[0] >> 6 != 1)
        return false;
    message->accept = NO_FORMAT;
    message->type = octets[0] >> 4 & 3;
    message->token_length = octets[0] & 15;
    message->code = octets[1];
    message->id = (uint16_t)(octets[2] << 8 | octets[3]);
    take(&reader, HEADER_LENGTH);
    message->token = take(&reader, message->token_length);
    read_options(&reader, message);
    *well_formed =
        !reader.bad && message->token_length <= TOKEN_MAX && (message->code != 0 || length == HEADER_LENGTH);
    return true;
}

/* ---- writing: a message that does not fit is never sent ---- */

struct writer {
    uint8_t *octets; /* COAP_MESSAGE_MAX */
    size_t length;
    size_t option; /* the number of the last one */
};

static void put(struct writer *writer, const void *octets, size_t length)
{
    if (length > COAP_MESSAGE_MAX - writer->length)
        length = COAP_MESSAGE_MAX - writer->length;
    if (length > 0)
        memcpy(writer->octets + writer->length, octets, length);
    writer->length += length;
}

static void put_octet(struct writer *writer, size_t octet)
{
    put(writer, &(uint8_t){(uint8_t)octet}, 1);
}

static void put_header(struct writer *writer, uint8_t type, uint8_t code, uint16_t id)
{
    put_octet(writer, 1U << 6 | (size_t)type << 4);
    put_octet(writer, code);
    put_octet(writer, id >> 8);
    put_octet(writer, id & 255);
}

static void put_token(struct writer *writer, const uint8_t *token, size_t length)
{
    writer->octets[0] |= (uint8_t)length;
    put(writer, token, length);
}

/* Our option deltas are below 13; values have 0 to 268 + 65535 octets. */
static void put_option(struct writer *writer, size_t number, const void *value, size_t length)
{
    size_t delta = (number - writer->option) << 4;

    writer->option = number;
    if (length < 13) {
        put_octet(writer, delta | length);
    } else if (length < 269) {
        put_octet(writer, delta | 13);
        put_octet(writer, length - 13);
    } else {
        put_octet(writer, delta | 14);
        put_octet(writer, (length - 269) >> 8);
        put_octet(writer, (length - 269) & 255);
    }
    put(writer, value, length);
}

static void put_format(struct writer *writer, int format)
{
    uint8_t value[2] = {(uint8_t)(format >> 8), (uint8_t)format};
    size_t length = format > 255 ? 2 : format > 0 ? 1 : 0;

    if (format != NO_FORMAT)
        put_option(writer, CONTENT_FORMAT, value + 2 - length, length);
}

static void put_payload(struct writer *writer, const void *payload, size_t length)
{
    if (length > 0)
        put_octet(writer, PAYLOAD_MARKER);
    put(writer, payload, length);
}

/* ---- answers ---- */

static size_t answer_empty(uint8_t type, uint16_t id, uint8_t *reply)
{
    struct writer writer = {.octets = reply};

    put_header(&writer, type, 0, id);
    return writer.length;
}

static size_t answer_request(const struct message *request, uint8_t *reply)
{
    static uint16_t own_id;
    static const struct route misnamed = {ANY, "", CODE(4, 0), {NULL}, NO_FORMAT, NULL, 0};
    const struct route *route = peer.server && request->misnamed
                                    ? &misnamed
                                    : find_route(request->code, request->path, request->accept);
    struct writer writer = {.octets = reply};

    if (request->type == CON)
        put_header(&writer, ACK, route->code, request->id);
    else
        put_header(&writer, NON, route->code, own_id++);
    put_token(&writer, request->token, request->token_length);
    for (size_t i = 0; i < 2 && route->location[i]; i++)
        put_option(&writer, LOCATION_PATH, route->location[i], strlen(route->location[i]));
    put_format(&writer, route->format);
    put_payload(&writer, route->payload, route->payload_length);
    return writer.length;
}

/* The token of a registration is its Message ID. */
static bool is_answer_to(const struct message *response, const struct registration *registration)
{
    const uint8_t token[2] = {(uint8_t)(registration->message_id >> 8), (uint8_t)registration->message_id};

    return registration->sent > 0 && response->token_length == sizeof token &&
           memcmp(response->token, token, sizeof token) == 0;
}

/* An empty ACK or RST, or a response, RFC 7252 4.2, 5.3.2. */
static size_t answer_response(const struct message *message, struct registration *registration,
                              uint8_t *reply)
{
    bool ours = registration && is_answer_to(message, registration);
    bool empty = message->code == 0;

    if (empty && registration && registration->sent > 0 && message->id == registration->message_id) {
        registration->failed = registration->failed || (message->type == RST && !registration->answered);
        registration->next = INT64_MAX;
    }
    if (ours && !empty) {
        registration->answered = true;
        registration->registered = message->code >> 5 == 2;
        registration->next = INT64_MAX;
    }
    if (message->type != CON)
        return 0;
    return answer_empty(ours ? ACK : RST, message->id, reply);
}

size_t coap_answer(const uint8_t *octets, size_t length, struct registration *registration, uint8_t *reply)
{
    struct message message;
    bool well_formed;

    if (!read_message(octets, length, &message, &well_formed))
        return 0;
    if (!well_formed)
        return message.type == CON ? answer_empty(RST, message.id, reply) : 0;
    if (message.code == 0 && message.type == CON)
        return answer_empty(RST, message.id, reply);
    if (message.code > 0 && message.code < CODE(1, 0))
        return message.type == CON || message.type == NON ? answer_request(&message, reply) : 0;
    return answer_response(&message, registration, reply);
}

/* ---- the client's request ---- */

static void put_query(struct writer *writer, const char *name, const char *value)
{
    char query[PEER_IDENTITY_MAX + 16];
    int length = snprintf(query, sizeof query, "%s=%s", name, value);

    put_option(writer, URI_QUERY, query, (size_t)length);
}

static size_t write_request(const struct registration *registration, uint8_t *request)
{
    static const char objects[] = "</1/0>,</3/0>";
    const uint8_t token[2] = {(uint8_t)(registration->message_id >> 8), (uint8_t)registration->message_id};
    struct writer writer = {.octets = request};
    char lifetime[12];

    snprintf(lifetime, sizeof lifetime, "%d", options.lifetime);
    put_header(&writer, CON, POST, registration->message_id);
    put_token(&writer, token, sizeof token);
    put_option(&writer, URI_PATH, options.bootstrap ? "bs" : "rd", 2);
    if (!options.bootstrap)
        put_format(&writer, LINK_FORMAT);
    put_query(&writer, "ep", options.endpoint);
    if (!options.bootstrap) {
        put_query(&writer, "lt", lifetime);
        put_query(&writer, "lwm2m", "1.0");
        put_query(&writer, "b", "U");
        put_payload(&writer, objects, sizeof objects - 1);
    }
    return writer.length;
}

size_t registration_request(struct registration *registration, uint8_t *request)
{
    if (registration->answered || registration->failed || now_ms() < registration->next)
        return 0;
    if (registration->sent > MAX_RETRANSMIT) {
        registration->failed = true;
        return 0;
    }
    registration->next = now_ms() + ((int64_t)ACK_TIMEOUT_MS << registration->sent);
    registration->sent++;
    return write_request(registration, request);
}

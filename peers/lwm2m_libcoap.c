/* An LwM2M client built on libcoap and its DTLS, on the command line of all peers: it registers, or is bootstrapped first and goes on with
 * what it was given. As much of LwM2M 1.0 as that takes: /0 for its bootstrap server alone to write, /1, and Manufacturer of /3. */
#include <arpa/inet.h>
#include <coap3/coap.h>
#include <popt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDENTITY_MAX = 128, KEY_MAX = 64, HEX_MAX = 2 * KEY_MAX + 2, URI_MAX = 255, USAGE = 2, TICK_MS = 50 };
enum { LWM2M_TLV = 11542, LINK_FORMAT = 40 };

/* Whom it dials, as whom. */
struct account {
    char host[INET_ADDRSTRLEN];
    uint16_t port;
    uint8_t identity[IDENTITY_MAX], key[KEY_MAX];
    size_t identity_length, key_length;
};

enum phase { BOOTSTRAP, REGISTERED };

static struct {
    int port, lifetime, again, bootstrap, once;
    char *host, *identity, *psk_file, *endpoint, *config;
} given = {.lifetime = 300, .again = -1};

static const struct poptOption option_table[] = {
    {"port", 0, POPT_ARG_INT, &given.port, 0, "UDP port", "N"},
    {"host", 0, POPT_ARG_STRING, &given.host, 0, "IPv4 address (127.0.0.1)", "ADDR"},
    {"identity", 0, POPT_ARG_STRING, &given.identity, 0, "PSK identity", "ID"},
    {"psk-file", 0, POPT_ARG_STRING, &given.psk_file, 0, "file with the key in hex", "FILE"},
    {"config", 0, POPT_ARG_STRING, &given.config, 0, "library, the only one", "NAME"},
    {"endpoint", 0, POPT_ARG_STRING, &given.endpoint, 0, "endpoint name (the identity)", "NAME"},
    {"lifetime", 0, POPT_ARG_INT, &given.lifetime, 0, "lifetime to register with (300)", "S"},
    {"again", 0, POPT_ARG_INT, &given.again, 0, "dial again so long after an end", "MS"},
    {"once", 0, POPT_ARG_NONE, &given.once, 0, "leave when the registration was answered", NULL},
    {"bootstrap", 0, POPT_ARG_NONE, &given.bootstrap, 0, "ask for bootstrap first", NULL},
    POPT_AUTOHELP POPT_TABLEEND};

static volatile sig_atomic_t stopped;
static struct account home, server;
static enum phase phase;
static bool moved, over, answered; /* to another account; the association; the request */

/* ---- the Security object ------------------------------------------------------------------------------------------------ */

/* One entry of LwM2M 1.0 6.4.3; false at the end, or when it is cut short. */
static bool next_tlv(const uint8_t **at, size_t *left, unsigned *id, const uint8_t **value, size_t *n)
{
    size_t header = 2;

    if (*left < header)
        return false;
    unsigned type = (*at)[0], octets = type >> 3 & 3;

    if (type & 0x20 || *left < header + octets)
        return false;
    *id = (*at)[1];
    *n = octets > 0 ? 0 : type & 7;
    for (unsigned i = 0; i < octets; i++)
        *n = *n << 8 | (*at)[header + i];
    header += octets;
    if (*left - header < *n)
        return false;
    *value = *at + header;
    *at += header + *n;
    *left -= header + *n;
    return true;
}

/* coaps://HOST:PORT with a numeric host. */
static bool take_uri(const uint8_t *value, size_t n, struct account *out)
{
    char text[URI_MAX + 1];
    int used = 0;
    unsigned port = 0;

    if (n > URI_MAX)
        return false;
    memcpy(text, value, n);
    text[n] = '\0';
    if (sscanf(text, "coaps://%15[0-9.]:%u%n", out->host, &port, &used) < 2)
        return false;
    out->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX && (size_t)used == n;
}

static bool take_octets(uint8_t *room, size_t cap, size_t *length, const uint8_t *value, size_t n)
{
    if (n > cap)
        return false;
    memcpy(room, value, n);
    *length = n;
    return true;
}

static bool take_security(const uint8_t *at, size_t left)
{
    struct account a = {.port = 0};
    const uint8_t *value;
    unsigned id;
    size_t n;
    bool good = true;

    while (next_tlv(&at, &left, &id, &value, &n)) {
        if (id == 0)
            good = good && take_uri(value, n, &a);
        if (id == 3)
            good = good && take_octets(a.identity, sizeof a.identity, &a.identity_length, value, n);
        if (id == 5)
            good = good && take_octets(a.key, sizeof a.key, &a.key_length, value, n);
    }
    server = a;
    return good && left == 0;
}

/* ---- what it serves ----------------------------------------------------------------------------------------------------- */

static bool path_begins(const coap_pdu_t *request, const char *with, bool whole)
{
    coap_string_t *path = coap_get_uri_path(request);
    size_t n = strlen(with);
    bool is = path && path->length >= n && memcmp(path->s, with, n) == 0 && (!whole || path->length == n);

    coap_delete_string(path);
    return is;
}

static coap_pdu_code_t write_object(const coap_pdu_t *request)
{
    const uint8_t *at;
    size_t n;

    if (phase != BOOTSTRAP)
        return path_begins(request, "0", false) ? COAP_RESPONSE_CODE(401) : COAP_RESPONSE_CODE(405);
    if (!path_begins(request, "0", false))
        return COAP_RESPONSE_CODE(204);
    return coap_get_data(request, &n, &at) && take_security(at, n) ? COAP_RESPONSE_CODE(204)
                                                                   : COAP_RESPONSE_CODE(400);
}

static coap_pdu_code_t delete_object(void)
{
    if (phase != BOOTSTRAP)
        return COAP_RESPONSE_CODE(405);
    server = (struct account){.port = 0};
    return COAP_RESPONSE_CODE(202);
}

static coap_pdu_code_t execute(const coap_pdu_t *request)
{
    bool leads_on = phase == BOOTSTRAP ? path_begins(request, "bs", true)
                                       : given.bootstrap && path_begins(request, "1/0/9", true);

    if (!leads_on)
        return COAP_RESPONSE_CODE(405);
    if (phase == BOOTSTRAP && (server.port == 0 || server.identity_length == 0 || server.key_length == 0))
        return COAP_RESPONSE_CODE(406);
    moved = true;
    return COAP_RESPONSE_CODE(204);
}

static coap_pdu_code_t read_object(const coap_pdu_t *request, coap_pdu_t *response)
{
    static const uint8_t device[] = {0xC7, 0, 'l', 'i', 'b', 'c', 'o', 'a', 'p'};
    uint8_t format[4];
    bool one = path_begins(request, "3/0/0", true);

    if (path_begins(request, "0", false))
        return COAP_RESPONSE_CODE(401);
    if (phase == BOOTSTRAP || (!one && !path_begins(request, "3/0", true)))
        return phase == BOOTSTRAP ? COAP_RESPONSE_CODE(405) : COAP_RESPONSE_CODE(404);
    coap_pdu_set_code(response, COAP_RESPONSE_CODE(205));
    coap_add_option(response, COAP_OPTION_CONTENT_FORMAT,
                    coap_encode_var_safe(format, sizeof format, one ? 0 : LWM2M_TLV), format);
    coap_add_data(response, sizeof device - (one ? 2 : 0), device + (one ? 2 : 0));
    return COAP_RESPONSE_CODE(205);
}

static void serve(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                  const coap_string_t *query, coap_pdu_t *response)
{
    coap_pdu_code_t code = COAP_RESPONSE_CODE(405);

    (void)resource;
    (void)session;
    (void)query;
    switch (coap_pdu_get_code(request)) {
    case COAP_REQUEST_CODE_GET: code = read_object(request, response); break;
    case COAP_REQUEST_CODE_PUT: code = write_object(request); break;
    case COAP_REQUEST_CODE_POST: code = execute(request); break;
    case COAP_REQUEST_CODE_DELETE: code = delete_object(); break;
    default: break;
    }
    coap_pdu_set_code(response, code);
}

/* ---- its association ---------------------------------------------------------------------------------------------------- */

static coap_response_t take_response(coap_session_t *session, const coap_pdu_t *sent,
                                     const coap_pdu_t *received, const coap_mid_t id)
{
    (void)session;
    (void)sent;
    (void)received;
    (void)id;
    answered = true;
    return COAP_RESPONSE_OK;
}

static int take_event(coap_session_t *session, coap_event_t event)
{
    (void)session;
    over = over || event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_DTLS_ERROR ||
           event == COAP_EVENT_SESSION_CLOSED || event == COAP_EVENT_SESSION_FAILED;
    return 0;
}

static void take_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t why,
                      const coap_mid_t id)
{
    (void)session;
    (void)sent;
    (void)why;
    (void)id;
    over = true;
}

static coap_session_t *dial(coap_context_t *context, const struct account *a)
{
    coap_dtls_cpsk_t psk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};
    coap_address_t to;

    coap_address_init(&to);
    if (inet_pton(AF_INET, a->host, &to.addr.sin.sin_addr) == 1) {
        to.addr.sin.sin_family = AF_INET;
        to.addr.sin.sin_port = htons(a->port);
        to.size = sizeof to.addr.sin;
    } else {
        return NULL;
    }
    psk.psk_info.identity = (coap_bin_const_t){a->identity_length, a->identity};
    psk.psk_info.key = (coap_bin_const_t){a->key_length, a->key};
    return coap_new_client_session_psk2(context, NULL, &to, COAP_PROTO_DTLS, &psk);
}

static void put_query(coap_pdu_t *pdu, const char *name, const char *value)
{
    char text[IDENTITY_MAX + 16];
    int n = snprintf(text, sizeof text, "%s=%s", name, value);

    coap_add_option(pdu, COAP_OPTION_URI_QUERY, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1,
                    (const uint8_t *)text);
}

/* LwM2M 1.0 5.2.7.1, 5.3.1. */
static bool begin(coap_session_t *session)
{
    static const char objects[] = "</1/0>,</3/0>";
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, session);
    const char *path = phase == BOOTSTRAP ? "bs" : "rd";
    uint8_t token[8], format[4];
    char lifetime[12];
    size_t n;

    if (!pdu)
        return false;
    coap_session_new_token(session, &n, token);
    coap_add_token(pdu, n, token);
    coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path);
    if (phase == REGISTERED)
        coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT,
                        coap_encode_var_safe(format, sizeof format, LINK_FORMAT), format);
    put_query(pdu, "ep", given.endpoint ? given.endpoint : given.identity);
    if (phase == REGISTERED) {
        snprintf(lifetime, sizeof lifetime, "%d", given.lifetime);
        put_query(pdu, "lt", lifetime);
        put_query(pdu, "lwm2m", "1.0");
        put_query(pdu, "b", "U");
        coap_add_data(pdu, sizeof objects - 1, (const uint8_t *)objects);
    }
    return coap_send(session, pdu) != COAP_INVALID_MID;
}

/* One association, until it ends or leads elsewhere. */
static void pursue(coap_context_t *context)
{
    coap_session_t *session = dial(context, phase == BOOTSTRAP || !given.bootstrap ? &home : &server);

    moved = answered = false;
    over = !session || !begin(session);
    while (!over && !moved && !stopped && !(given.once && answered && phase == REGISTERED))
        coap_io_process(context, TICK_MS);
    if (moved)
        coap_io_process(context, COAP_IO_NO_WAIT); /* the answer that says so */
    coap_session_release(session);
    if (moved)
        phase = phase == BOOTSTRAP ? REGISTERED : BOOTSTRAP;
}

static int run(coap_context_t *context)
{
    phase = given.bootstrap ? BOOTSTRAP : REGISTERED;
    for (;;) {
        pursue(context);
        if (stopped || (given.once && answered))
            return 0;
        if (moved)
            continue;
        if (given.again < 0)
            return answered ? 0 : 1;
        phase = given.bootstrap ? BOOTSTRAP : REGISTERED;
        for (int left = given.again; left > 0 && !stopped; left -= TICK_MS)
            coap_io_process(context, TICK_MS);
    }
}

static bool read_key(struct account *a)
{
    char text[HEX_MAX + 1] = "";
    FILE *file = given.psk_file ? fopen(given.psk_file, "r") : NULL;
    unsigned octet;

    if (!file)
        return false;
    bool read = fgets(text, sizeof text, file) != NULL;

    fclose(file);
    for (const char *at = text; read && a->key_length < KEY_MAX && sscanf(at, "%2x", &octet) == 1; at += 2)
        a->key[a->key_length++] = (uint8_t)octet;
    return a->key_length > 0;
}

static bool read_account(struct account *a)
{
    size_t n = given.identity ? strlen(given.identity) : 0;

    snprintf(a->host, sizeof a->host, "%s", given.host ? given.host : "127.0.0.1");
    a->port = (uint16_t)given.port;
    return given.port > 0 && given.port <= UINT16_MAX && n > 0 &&
           take_octets(a->identity, sizeof a->identity, &a->identity_length, (const uint8_t *)given.identity,
                       n) &&
           read_key(a);
}

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static coap_context_t *open_context(void)
{
    coap_context_t *context;
    coap_resource_t *all = coap_resource_unknown_init(serve);

    coap_startup();
    coap_set_log_level((coap_log_t)0);
    context = coap_new_context(NULL);
    if (!context || !all)
        return NULL;
    coap_register_request_handler(all, COAP_REQUEST_GET, serve);
    coap_register_request_handler(all, COAP_REQUEST_POST, serve);
    coap_register_request_handler(all, COAP_REQUEST_DELETE, serve);
    coap_add_resource(context, all);
    coap_register_response_handler(context, take_response);
    coap_register_event_handler(context, take_event);
    coap_register_nack_handler(context, take_nack);
    return context;
}

int main(int argc, char **argv)
{
    poptContext parser = poptGetContext("lwm2m-libcoap-client", argc, (const char **)argv, option_table, 0);
    struct sigaction action = {.sa_handler = stop};
    int code = poptGetNextOpt(parser), status;

    if (code < -1 || poptPeekArg(parser) || !read_account(&home)) {
        fprintf(stderr, "lwm2m-libcoap-client: %s\n",
                code < -1 ? poptStrerror(code) : "--port, --identity or --psk-file is missing or malformed");
        poptFreeContext(parser);
        return USAGE;
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    coap_context_t *context = open_context();
    status = context ? run(context) : 1;
    coap_free_context(context);
    coap_cleanup();
    memset(&home, 0, sizeof home);
    memset(&server, 0, sizeof server);
    poptFreeContext(parser);
    return status;
}

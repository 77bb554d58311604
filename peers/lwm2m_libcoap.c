/* An LwM2M client built on libcoap and its DTLS, on the command line of all peers: it registers, or is bootstrapped first and goes on with
 * what it was given. As much of LwM2M as that takes: /0 for its bootstrap server alone to write, /1 and /3. With --stay it comes again as an LwM2M client
 * does: when it was told to, when its lifetime is half over, and after a failure when its retry timers say so. */
#include <arpa/inet.h>
#include <coap3/coap.h>
#include <popt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lwm2m_account.h"
#include "lwm2m_objects.h"

enum { USAGE = 2, TICK_MS = 50 };
enum { REBOOT_MS = 300, SECOND_MS = 1000, LOCATION_MAX = 64 };

enum phase { BOOTSTRAP, REGISTERED };

static struct {
    int port, lifetime, again, bootstrap, once, stay;
    char *host, *identity, *psk_file, *endpoint, *config, *format;
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
    {"stay", 0, POPT_ARG_NONE, &given.stay, 0, "dial again as LwM2M says", NULL},
    {"format", 0, POPT_ARG_STRING, &given.format, 0, "tlv (usual), senml-json or senml-cbor", "NAME"},
    {"bootstrap", 0, POPT_ARG_NONE, &given.bootstrap, 0, "ask for bootstrap first", NULL},
    POPT_AUTOHELP POPT_TABLEEND};

static volatile sig_atomic_t stopped;
static struct account home, server;
static enum phase phase;
static const coap_session_t
    *current; /* the association; one that is over may live on with a request that nobody answered */
static bool moved, over, answered; /* to another account; the association; the request */
static struct objects objects;
static enum wish wish;
static char location[LOCATION_MAX]; /* of the registration; "": none */

/* ---- what it serves ----------------------------------------------------------------------------------------------------- */

enum { PATH_MAX_OCTETS = 63 };

/* "3/0/1"; one that is longer than any of ours is "?". */
static void take_path(const coap_pdu_t *request, char out[PATH_MAX_OCTETS + 1])
{
    coap_string_t *path = coap_get_uri_path(request);
    bool fits = path && path->length <= PATH_MAX_OCTETS;

    snprintf(out, PATH_MAX_OCTETS + 1, "%.*s", fits ? (int)path->length : 1,
             fits ? (const char *)path->s : "?");
    coap_delete_string(path);
}

/* The Security object is for the bootstrap server alone. */
static bool is_security(const char *path)
{
    return path[0] == '0' && (path[1] == '/' || path[1] == '\0');
}

static coap_pdu_code_t write_object(const coap_pdu_t *request, const char *path)
{
    const uint8_t *at = NULL;
    size_t n = 0;

    coap_get_data(request, &n, &at);
    if (phase != BOOTSTRAP)
        return is_security(path) ? COAP_RESPONSE_CODE(401) : objects_write(&objects, path, at, n);
    if (!is_security(path))
        return COAP_RESPONSE_CODE(204);
    return n > 0 && account_written(&server, at, n) ? COAP_RESPONSE_CODE(204) : COAP_RESPONSE_CODE(400);
}

static coap_pdu_code_t delete_object(void)
{
    if (phase != BOOTSTRAP)
        return COAP_RESPONSE_CODE(405);
    server = (struct account){.port = 0};
    return COAP_RESPONSE_CODE(202);
}

static coap_pdu_code_t execute(const char *path)
{
    bool finish = phase == BOOTSTRAP && strcmp(path, "bs") == 0;

    if (phase == BOOTSTRAP && !finish)
        return COAP_RESPONSE_CODE(405);
    if (finish && (server.port == 0 || server.identity_length == 0 || server.key_length == 0))
        return COAP_RESPONSE_CODE(406);
    if (!finish && strcmp(path, "1/0/9") == 0 && !given.bootstrap)
        return COAP_RESPONSE_CODE(405); /* it knows no bootstrap server */
    coap_pdu_code_t code = finish ? COAP_RESPONSE_CODE(204) : objects_execute(path, &wish);

    moved = moved || finish || wish == WISH_BOOTSTRAP;
    return code;
}

static coap_pdu_code_t read_object(const coap_pdu_t *request, const char *path, coap_pdu_t *response)
{
    coap_opt_iterator_t it;
    const coap_opt_t *accept = coap_check_option(request, COAP_OPTION_ACCEPT, &it);
    int format = given.format ? format_of_word(given.format) : FORMAT_TLV;

    if (is_security(path))
        return COAP_RESPONSE_CODE(401);
    if (phase == BOOTSTRAP)
        return COAP_RESPONSE_CODE(405);
    if (accept)
        format = (int)coap_decode_var_bytes(coap_opt_value(accept), coap_opt_length(accept));
    return objects_read(&objects, path, format, response);
}

static void serve(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                  const coap_string_t *query, coap_pdu_t *response)
{
    coap_pdu_code_t code = COAP_RESPONSE_CODE(405);
    char path[PATH_MAX_OCTETS + 1];

    (void)resource;
    (void)session;
    (void)query;
    take_path(request, path);
    switch (coap_pdu_get_code(request)) {
    case COAP_REQUEST_CODE_GET: code = read_object(request, path, response); break;
    case COAP_REQUEST_CODE_PUT: code = write_object(request, path); break;
    case COAP_REQUEST_CODE_POST: code = execute(path); break;
    case COAP_REQUEST_CODE_DELETE: code = delete_object(); break;
    default: break;
    }
    coap_pdu_set_code(response, code);
}

/* ---- its association ---------------------------------------------------------------------------------------------------- */

/* LwM2M 1.0 5.3.1: where the registration is updated, "rd/1". */
static void take_location(const coap_pdu_t *response)
{
    coap_opt_filter_t filter;
    coap_opt_iterator_t it;
    coap_opt_t *option;
    size_t n = 0;

    coap_option_filter_clear(&filter);
    coap_option_filter_set(&filter, COAP_OPTION_LOCATION_PATH);
    coap_option_iterator_init(response, &it, &filter);
    while ((option = coap_option_next(&it)) && n + coap_opt_length(option) + 1 < sizeof location)
        n += (size_t)snprintf(location + n, sizeof location - n, "%s%.*s", n > 0 ? "/" : "",
                              (int)coap_opt_length(option), (const char *)coap_opt_value(option));
}

static coap_response_t take_response(coap_session_t *session, const coap_pdu_t *sent,
                                     const coap_pdu_t *received, const coap_mid_t id)
{
    (void)sent;
    (void)id;
    if (session != current)
        return COAP_RESPONSE_OK;
    if (coap_pdu_get_code(received) == COAP_RESPONSE_CODE_CREATED)
        take_location(received);
    answered = true;
    return COAP_RESPONSE_OK;
}

static int take_event(coap_session_t *session, coap_event_t event)
{
    bool ends = event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_DTLS_ERROR ||
                event == COAP_EVENT_SESSION_CLOSED || event == COAP_EVENT_SESSION_FAILED;

    over = over || (ends && session == current);
    return 0;
}

static void take_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t why,
                      const coap_mid_t id)
{
    (void)sent;
    (void)why;
    (void)id;
    over = over || session == current;
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

static coap_pdu_t *new_request(coap_session_t *session, coap_pdu_code_t method, const char *path)
{
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, method, session);
    uint8_t token[8];
    size_t n;

    if (!pdu)
        return NULL;
    coap_session_new_token(session, &n, token);
    coap_add_token(pdu, n, token);
    for (size_t length; *path != '\0'; path += length + (path[length] == '/')) {
        length = strcspn(path, "/");
        coap_add_option(pdu, COAP_OPTION_URI_PATH, length, (const uint8_t *)path);
    }
    return pdu;
}

/* LwM2M 1.0 5.2.7.1, 5.3.1. */
static bool begin(coap_session_t *session)
{
    static const char links[] = "</1/0>,</3/0>";
    coap_pdu_t *pdu = new_request(session, COAP_REQUEST_CODE_POST, phase == BOOTSTRAP ? "bs" : "rd");
    uint8_t format[4];
    char lifetime[12];

    if (!pdu)
        return false;
    if (phase == REGISTERED)
        coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT,
                        coap_encode_var_safe(format, sizeof format, FORMAT_LINKS), format);
    put_query(pdu, "ep", given.endpoint ? given.endpoint : given.identity);
    if (phase == REGISTERED) {
        snprintf(lifetime, sizeof lifetime, "%u", objects.lifetime_s);
        put_query(pdu, "lt", lifetime);
        put_query(pdu, "lwm2m", "1.0");
        put_query(pdu, "b", "U");
        coap_add_data(pdu, sizeof links - 1, (const uint8_t *)links);
    }
    return coap_send(session, pdu) != COAP_INVALID_MID;
}

/* LwM2M 1.0 5.3.2, 5.3.3: Update, De-register. Waits for the answer no longer than a second. */
static void end_with(coap_context_t *context, coap_session_t *session, coap_pdu_code_t method)
{
    coap_pdu_t *pdu = location[0] != '\0' ? new_request(session, method, location) : NULL;

    answered = false;
    if (!pdu || coap_send(session, pdu) == COAP_INVALID_MID)
        return;
    for (int left = SECOND_MS; left > 0 && !answered && !over && !stopped; left -= TICK_MS)
        coap_io_process(context, TICK_MS);
}

/* Does what was executed, as far as the association goes. False when that ends it. */
static bool obey(coap_context_t *context, coap_session_t *session)
{
    if (wish == WISH_UPDATE) {
        end_with(context, session, COAP_REQUEST_CODE_POST);
        if (answered)
            wish = WISH_NOTHING;
        return !over;
    }
    if (wish == WISH_DISABLE)
        end_with(context, session, COAP_REQUEST_CODE_DELETE);
    return wish == WISH_NOTHING;
}

/* One association, until it ends or leads elsewhere. */
static void pursue(coap_context_t *context)
{
    coap_session_t *session = dial(context, phase == BOOTSTRAP || !given.bootstrap ? &home : &server);

    moved = answered = false;
    wish = WISH_NOTHING;
    location[0] = '\0';
    current = session;
    over = !session || !begin(session);
    while (!over && !moved && !stopped && !(given.once && answered && phase == REGISTERED)) {
        coap_io_process(context, TICK_MS);
        if (wish != WISH_NOTHING)
            coap_io_process(context, COAP_IO_NO_WAIT); /* the answer that says so */
        if (!over && !obey(context, session))
            break;
    }
    if (moved)
        coap_io_process(context, COAP_IO_NO_WAIT);
    current = NULL;
    coap_session_release(session);
    if (moved)
        phase = phase == BOOTSTRAP ? REGISTERED : BOOTSTRAP;
}

/* When a client dials again: LwM2M 1.0 E.2, E.4, 1.1 Core E.3. Below 0: no more. */
static int due_ms(void)
{
    static unsigned failures;

    if (wish == WISH_UPDATE)
        return 0;
    if (wish == WISH_DISABLE)
        return (int)objects.disable_timeout_s * SECOND_MS;
    if (wish == WISH_REBOOT)
        return REBOOT_MS;
    if (location[0] != '\0') {
        failures = 0;
        return (int)objects.lifetime_s * SECOND_MS / 2;
    }
    unsigned attempt = failures++ % (objects.attempts > 0 ? objects.attempts : 1);

    if (failures / (objects.attempts > 0 ? objects.attempts : 1) > objects.sequences)
        return -1;
    return (int)(attempt + 1 < objects.attempts ? objects.attempt_s << attempt : objects.sequence_s) *
           SECOND_MS;
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
        int ms = given.stay ? due_ms() : given.again;

        if (ms < 0)
            return answered ? 0 : 1;
        phase = given.bootstrap ? BOOTSTRAP : REGISTERED;
        for (; ms > 0 && !stopped; ms -= TICK_MS)
            coap_io_process(context, TICK_MS);
    }
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

    if (code < -1 || poptPeekArg(parser) ||
        !account_given(&home, given.host, given.port, given.identity, given.psk_file)) {
        fprintf(stderr, "lwm2m-libcoap-client: %s\n",
                code < -1 ? poptStrerror(code) : "--port, --identity or --psk-file is missing or malformed");
        poptFreeContext(parser);
        return USAGE;
    }
    objects = usual_objects((unsigned)given.lifetime);
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

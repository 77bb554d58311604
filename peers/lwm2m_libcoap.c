/* An LwM2M client built on libcoap and its DTLS, on the command line of all peers: it registers, or is bootstrapped first and goes on with
 * what it was given. As much of LwM2M as that takes: /0 for its bootstrap server alone to write, /1 and /3. With --stay it comes again as an LwM2M client
 * does: when it was told to, when its lifetime is half over, and after a failure when its retry timers say so. */
#include <coap3/coap.h>
#include <popt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lwm2m_account.h"
#include "lwm2m_objects.h"
#include "lwm2m_request.h"

enum { USAGE = 2, TICK_MS = 50 };
enum { REBOOT_MS = 300, SECOND_MS = 1000 };

enum phase { BOOTSTRAP, REGISTERED };

static struct {
    int port, lifetime, again, bootstrap, bootstrap_pack, once, stay;
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
    {"bootstrap-pack", 0, POPT_ARG_NONE, &given.bootstrap_pack, 0,
     "the same, and for a Bootstrap-Pack before", NULL},
    POPT_AUTOHELP POPT_TABLEEND};

static volatile sig_atomic_t stopped;
static struct account home, server;
static enum phase phase;
static const coap_session_t
    *current; /* the association; one that is over may live on with a request that nobody answered */
static bool moved, over, answered; /* to another account; the association; the request */
static struct objects objects;
static enum wish wish;
static bool pack_asked;                 /* the request is for a pack */
static char location[LOCATION_MAX + 1]; /* of the registration; "": none */

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
    if (finish && !account_is_complete(&server))
        return COAP_RESPONSE_CODE(406);
    if (!finish && strcmp(path, "1/0/9") == 0 && !given.bootstrap)
        return COAP_RESPONSE_CODE(405); /* it knows no bootstrap server */
    coap_pdu_code_t code = finish ? COAP_RESPONSE_CODE(204) : objects_execute(path, &wish);

    moved = moved || finish || wish == WISH_BOOTSTRAP;
    return code;
}

/* LwM2M 1.0 5.2.7.3: which accounts there are, and nothing of what is in them. */
static coap_pdu_code_t discover_accounts(coap_pdu_t *response)
{
    return objects_answer_links(
        server.port > 0 ? "</>;lwm2m=1.0,</0/0>,</0/1>;ssid=1" : "</>;lwm2m=1.0,</0/0>", response);
}

static coap_pdu_code_t read_object(const coap_pdu_t *request, const char *path, coap_pdu_t *response)
{
    coap_opt_iterator_t it;
    const coap_opt_t *accept = coap_check_option(request, COAP_OPTION_ACCEPT, &it);
    int format = given.format ? format_of_word(given.format) : FORMAT_TLV;

    if (accept)
        format = (int)coap_decode_var_bytes(coap_opt_value(accept), coap_opt_length(accept));
    if (phase == BOOTSTRAP && format == FORMAT_LINKS && strcmp(path, "0") == 0)
        return discover_accounts(response);
    if (is_security(path))
        return COAP_RESPONSE_CODE(401);
    if (phase == BOOTSTRAP)
        return COAP_RESPONSE_CODE(405);
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

static bool begin(coap_session_t *session);

/* A pack ends bootstrap; a server that has none, or none that is of use, is asked for bootstrap. */
static void take_pack(coap_session_t *session, const coap_pdu_t *received)
{
    const uint8_t *at = NULL;
    size_t n = 0;

    coap_get_data(received, &n, &at);
    pack_asked = false;
    if (coap_pdu_get_code(received) == COAP_RESPONSE_CODE_CONTENT && n > 0 && account_packed(&server, at, n))
        moved = true;
    else
        over = over || !begin(session);
}

static coap_response_t take_response(coap_session_t *session, const coap_pdu_t *sent,
                                     const coap_pdu_t *received, const coap_mid_t id)
{
    (void)sent;
    (void)id;
    if (session != current)
        return COAP_RESPONSE_OK;
    if (coap_pdu_get_code(received) == COAP_RESPONSE_CODE_CREATED)
        take_location(received, location);
    if (pack_asked)
        take_pack(session, received);
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

/* LwM2M 1.0 5.2.7.1, 5.3.1; 1.2 Core 6.1.7.7. */
static bool begin(coap_session_t *session)
{
    static const char links[] = "</1/0>,</3/0>";
    coap_pdu_t *pdu = new_request(session, pack_asked ? COAP_REQUEST_CODE_GET : COAP_REQUEST_CODE_POST,
                                  pack_asked           ? "bspack"
                                  : phase == BOOTSTRAP ? "bs"
                                                       : "rd");
    uint8_t format[4];
    char lifetime[12];

    if (!pdu)
        return false;
    if (phase == REGISTERED)
        coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT,
                        coap_encode_var_safe(format, sizeof format, FORMAT_LINKS), format);
    put_query(pdu, "ep", given.endpoint ? given.endpoint : given.identity);
    if (pack_asked)
        coap_add_option(pdu, COAP_OPTION_ACCEPT,
                        coap_encode_var_safe(format, sizeof format, FORMAT_SENML_CBOR), format);
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
    pack_asked = phase == BOOTSTRAP && given.bootstrap_pack;
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
    given.bootstrap = given.bootstrap || given.bootstrap_pack;
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

#include "lwm2m/internal.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { COAP_MAX = 2048, ROUNDS_MAX = 64, QUIET = -1 };

void lwm2m_start(void)
{
    coap_startup();
    coap_set_log_level((coap_log_t)QUIET); /* it would log what a device sent, as it is */
}

void lwm2m_stop(void)
{
    coap_cleanup();
}

void add_event(struct lwm2m *l, struct lwm2m_event e)
{
    arena_grow(l->arena, &l->events, &l->event_cap, l->event_n, sizeof *l->events);
    if (e.text == NULL)
        e.text = "";
    l->events[l->event_n++] = e;
}

bool lwm2m_next(struct lwm2m *l, struct lwm2m_event *out)
{
    if (l->event_next == l->event_n)
        return false;
    *out = l->events[l->event_next++];
    if (l->event_next == l->event_n)
        l->event_next = l->event_n = 0;
    return true;
}

/* ---- the two sockets ---- */

static int open_relay(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0)
        return -1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
        bind(fd, (struct sockaddr *)&here, sizeof here) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static coap_response_t handle_response(coap_session_t *session, const coap_pdu_t *sent,
                                       const coap_pdu_t *received, const coap_mid_t mid);
static void handle_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
                        const coap_mid_t mid);

/* What came to the port before it was connected is of strangers, who spoke to whoever had it before. */
static void forget_strangers(int relay)
{
    uint8_t octet;

    while (recv(relay, &octet, 1, 0) >= 0)
        continue;
}

/* libcoap's session towards the relay, and the relay's way back. */
static bool open_session(struct lwm2m *l)
{
    coap_address_t relay;

    coap_address_init(&relay);
    relay.size = sizeof relay.addr;
    if (getsockname(l->relay, &relay.addr.sa, &relay.size) != 0)
        return false;
    l->session = coap_new_client_session(l->coap, NULL, &relay, COAP_PROTO_UDP);
    if (l->session == NULL)
        return false;
    const coap_address_t *own = coap_session_get_addr_local(l->session);

    if (connect(l->relay, &own->addr.sa, own->size) != 0)
        return false;
    forget_strangers(l->relay);
    return true;
}

static bool open_context(struct lwm2m *l)
{
    if (l->coap != NULL)
        return l->session != NULL;
    l->coap = coap_new_context(NULL);
    if (l->coap == NULL)
        return false;
    coap_set_app_data(l->coap, l);
    coap_context_set_block_mode(l->coap, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
    coap_register_response_handler(l->coap, handle_response);
    coap_register_nack_handler(l->coap, handle_nack);
    return serve_routes(l) && open_session(l);
}

struct lwm2m *lwm2m_open(struct arena *arena, enum lwm2m_role role,
                         void (*send_coap)(void *context, struct bytes coap), void *context)
{
    struct lwm2m *l = arena_new_of(arena, struct lwm2m);

    *l = (struct lwm2m){.arena = arena, .role = role, .send = send_coap, .context = context};
    l->relay = open_relay();
    return l->relay < 0 ? NULL : l;
}

const struct account *lwm2m_account(const struct lwm2m *l)
{
    return &l->account;
}

void lwm2m_expect_name(struct lwm2m *l, struct bytes identity)
{
    for (size_t i = 0; i < identity.n; i++)
        if (identity.at[i] <= ' ' || identity.at[i] > '~' || strchr("&?#%", identity.at[i]) != NULL)
            return;
    l->name = identity;
}

struct registration lwm2m_registration(const struct lwm2m *l)
{
    struct registration r = l->registration;

    r.present = r.present && now_us() < r.until_us;
    return r;
}

void lwm2m_allow_trigger(struct lwm2m *l)
{
    l->may_trigger = true;
}

void lwm2m_close(struct lwm2m *l)
{
    if (l->session != NULL)
        coap_session_release(l->session);
    if (l->coap != NULL)
        coap_free_context(l->coap);
    close(l->relay);
    l->session = NULL;
    l->coap = NULL;
    l->relay = -1;
}

/* libcoap answers one ping in 250 ms and drops the rest: pings are answered here, RFC 7252 4.3. */
void lwm2m_input(struct lwm2m *l, struct bytes coap)
{
    uint16_t id;

    if (coap_kind_of(coap, &id) == COAP_IS_PING) {
        if (l->ping_n < PINGS_MAX)
            l->pings[l->ping_n++] = id;
        return;
    }
    if (open_context(l))
        (void)send(l->relay, coap.at, coap.n, 0); /* what loopback loses, CoAP repeats */
}

static void reset_pings(struct lwm2m *l)
{
    for (size_t i = 0; i < l->ping_n; i++) {
        uint8_t reset[4];

        coap_reset(l->pings[i], reset);
        l->send(l->context, BYTES(reset));
    }
    l->ping_n = 0;
}

static bool drain_relay(struct lwm2m *l)
{
    uint8_t message[COAP_MAX];
    bool any = false;

    for (int i = 0; i < ROUNDS_MAX; i++) {
        ssize_t n = recv(l->relay, message, sizeof message, 0);

        if (n < 0)
            break;
        l->send(l->context, (struct bytes){message, (size_t)n});
        any = true;
    }
    return any;
}

static bool has_input(const struct lwm2m *l)
{
    struct pollfd p = {.fd = coap_context_get_coap_fd(l->coap), .events = POLLIN};

    return p.fd >= 0 && poll(&p, 1, 0) > 0;
}

void lwm2m_process(struct lwm2m *l)
{
    reset_pings(l);
    if (l->session == NULL)
        return;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        coap_io_process(l->coap, COAP_IO_NO_WAIT);
        if (!drain_relay(l) && !has_input(l))
            return;
    }
}

size_t lwm2m_descriptors(const struct lwm2m *l, int out[3])
{
    size_t n = 0;
    int fd = l->coap != NULL ? coap_context_get_coap_fd(l->coap) : -1;

    if (fd >= 0)
        out[n++] = fd;
    return n;
}

int lwm2m_timeout_ms(struct lwm2m *l)
{
    coap_tick_t now;

    if (l->session == NULL || coap_can_exit(l->coap))
        return -1;
    coap_ticks(&now);
    unsigned ms = coap_io_prepare_epoll(l->coap, now);

    return ms == 0 || ms > INT32_MAX ? -1 : (int)ms;
}

/* ---- requests of ours: the token is the request's number ---- */

enum { TOKEN_OCTETS = 4, FORMAT_OCTETS = 2 };

static unsigned number_of(const coap_pdu_t *pdu)
{
    coap_bin_const_t token = pdu != NULL ? coap_pdu_get_token(pdu) : (coap_bin_const_t){0, NULL};
    struct reader r = reader_of((struct bytes){token.s, token.length});
    uint32_t number = get_u32(&r);

    return r.bad || r.left > 0 ? 0 : number;
}

static const char *location_of(struct lwm2m *l, const coap_pdu_t *response)
{
    coap_opt_filter_t filter;
    coap_opt_iterator_t it;
    coap_opt_t *option;
    const char *text = "";

    coap_option_filter_clear(&filter);
    coap_option_filter_set(&filter, COAP_OPTION_LOCATION_PATH);
    coap_option_iterator_init(response, &it, &filter);
    while ((option = coap_option_next(&it)) != NULL) {
        struct bytes segment = {coap_opt_value(option), coap_opt_length(option)};

        text = arena_printf(l->arena, "%s%s%s", text, text[0] != '\0' ? "/" : "",
                            arena_escape(l->arena, segment));
    }
    return text;
}

int number_option(const coap_pdu_t *pdu, uint16_t option, int otherwise)
{
    coap_opt_iterator_t it;
    const coap_opt_t *found = coap_check_option(pdu, option, &it);

    if (found == NULL || coap_opt_length(found) > FORMAT_OCTETS)
        return otherwise;
    return (int)coap_decode_var_bytes(coap_opt_value(found), coap_opt_length(found));
}

static coap_response_t handle_response(coap_session_t *session, const coap_pdu_t *sent,
                                       const coap_pdu_t *received, const coap_mid_t mid)
{
    struct lwm2m *l = coap_get_app_data(coap_session_get_context(session));
    unsigned number = number_of(received);
    const uint8_t *data = NULL;
    size_t n = 0;

    (void)sent;
    (void)mid;
    if (number == 0 || number > l->requests)
        return COAP_RESPONSE_FAIL;
    if (coap_get_data(received, &n, &data) == 0)
        n = 0;
    add_event(l, (struct lwm2m_event){
                     .kind = LWM2M_RESPONSE,
                     .request = number,
                     .code = (uint8_t)coap_pdu_get_code(received),
                     .payload = arena_copy(l->arena, (struct bytes){data, n}),
                     .format = number_option(received, COAP_OPTION_CONTENT_FORMAT, CONTENT_UNSAID),
                     .text = location_of(l, received),
                 });
    return COAP_RESPONSE_OK;
}

static void handle_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
                        const coap_mid_t mid)
{
    struct lwm2m *l = coap_get_app_data(coap_session_get_context(session));
    unsigned number = number_of(sent);

    (void)reason;
    (void)mid;
    if (number > 0)
        add_event(l, (struct lwm2m_event){.kind = LWM2M_REQUEST_FAILED, .request = number});
}

/* Adds an option for every part of text between separators. */
static bool put_parts(coap_pdu_t *pdu, uint16_t option, const char *text, char separator)
{
    const char *at = text[0] == separator ? text + 1 : text;
    bool ok = true;

    while (at[0] != '\0') {
        const char *end = strchr(at, separator);
        size_t n = end != NULL ? (size_t)(end - at) : strlen(at);

        ok &= coap_add_option(pdu, option, n, (const uint8_t *)at) > 0;
        at += end != NULL ? n + 1 : n;
    }
    return ok;
}

static bool put_format(coap_pdu_t *pdu, uint16_t option, int format)
{
    uint8_t value[4];

    return format < 0 ||
           coap_add_option(pdu, option, coap_encode_var_safe(value, sizeof value, (unsigned)format), value) >
               0;
}

/* Options in the order of their numbers. */
static bool fill_request(struct lwm2m *l, coap_pdu_t *pdu, const char *path, const char *query,
                         struct bytes payload, int format)
{
    bool asks = coap_pdu_get_code(pdu) == COAP_REQUEST_CODE_GET;
    uint8_t token[TOKEN_OCTETS];
    struct writer w = WRITER(token);

    put_u32(&w, l->requests + 1);
    return coap_add_token(pdu, sizeof token, token) && put_parts(pdu, COAP_OPTION_URI_PATH, path, '/') &&
           put_format(pdu, COAP_OPTION_CONTENT_FORMAT, asks ? CONTENT_UNSAID : format) &&
           put_parts(pdu, COAP_OPTION_URI_QUERY, query, '&') &&
           put_format(pdu, COAP_OPTION_ACCEPT, asks ? format : CONTENT_UNSAID) &&
           (payload.n == 0 || coap_add_data(pdu, payload.n, payload.at));
}

unsigned lwm2m_request(struct lwm2m *l, enum lwm2m_method method, const char *path, const char *query,
                       struct bytes payload, int content_format)
{
    if (!open_context(l))
        return 0;
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, (coap_pdu_code_t)method, l->session);

    if (pdu == NULL)
        return 0;
    if (!fill_request(l, pdu, path, query, payload, content_format)) {
        coap_delete_pdu(pdu);
        return 0;
    }
    return coap_send(l->session, pdu) == COAP_INVALID_MID ? 0 : ++l->requests;
}

#include <fnmatch.h>
#include <string.h>

#include "lwm2m/internal.h"

enum { ANY_METHOD = 0, NO_FORMAT = -1, FORMAT_TEXT = 0, FORMAT_TLV = CONTENT_TLV };

#define CODE(class, detail) ((class) << 5 | (detail))

/* One row of what a role serves; the first that fits is taken, and every table ends with a row that fits all. */
struct route {
    int method;
    const char *path; /* a pattern of fnmatch() */
    uint8_t code;
    enum lwm2m_event_kind event;
    int format;
    struct bytes payload;
    uint8_t (*act)(struct lwm2m *l,
                   struct bytes payload); /* does it, and says with which code; NULL: nothing to do */
};

#define ROUTE(its_method, its_path, its_code, its_event)                                                     \
    {                                                                                                        \
        .method = its_method, .path = its_path, .code = its_code, .event = its_event, .format = NO_FORMAT    \
    }

static uint8_t write_security(struct lwm2m *l, struct bytes payload)
{
    struct account given = {.present = false};

    if (!parse_security(arena_copy(l->arena, payload), &given))
        return CODE(4, 0);
    if (given.present && !given.bootstrap)
        l->account = given;
    return CODE(2, 4);
}

static uint8_t delete_accounts(struct lwm2m *l, struct bytes payload)
{
    (void)payload;
    l->account = (struct account){.present = false};
    return CODE(2, 2);
}

/* LwM2M 1.1 6.1.7.5: what cannot be used is not acceptable. */
static uint8_t finish_bootstrap(struct lwm2m *l, struct bytes payload)
{
    (void)payload;
    return account_is_sound(&l->account) ? CODE(2, 4) : CODE(4, 6);
}

static uint8_t begin_bootstrap(struct lwm2m *l, struct bytes payload)
{
    (void)payload;
    return l->may_trigger ? CODE(2, 4) : CODE(4, 5);
}

/* LwM2M 1.0 8.3: Registration and Bootstrap Interface. */
static const struct route server_routes[] = {
    ROUTE(LWM2M_POST, "rd", CODE(2, 1), LWM2M_REGISTER),
    ROUTE(LWM2M_POST, "rd/?*", CODE(2, 4), LWM2M_UPDATE),
    ROUTE(LWM2M_PUT, "rd/?*", CODE(2, 4), LWM2M_UPDATE),
    ROUTE(LWM2M_DELETE, "rd/?*", CODE(2, 2), LWM2M_DEREGISTER),
    ROUTE(LWM2M_POST, "bs", CODE(2, 4), LWM2M_BOOTSTRAP_REQUEST),
    ROUTE(ANY_METHOD, "*", CODE(4, 4), LWM2M_REQUEST),
};

static const struct route bootstrap_server_routes[] = {
    ROUTE(LWM2M_POST, "bs", CODE(2, 4), LWM2M_BOOTSTRAP_REQUEST),
    ROUTE(ANY_METHOD, "*", CODE(4, 4), LWM2M_REQUEST),
};

/* Resource 0 of object 3, Manufacturer, alone (LwM2M 1.0 6.4.3): type 0xC7, identifier 0, seven octets. */
static const uint8_t device_tlv[] = {0xC7, 0x00, 'p', 's', 'k', 'g', 'a', 't', 'e'};

/* The Security object is for nobody to read (LwM2M 1.0 E.1). */
static const struct route client_routes[] = {
    {LWM2M_GET, "3/0", CODE(2, 5), LWM2M_REQUEST, FORMAT_TLV, {device_tlv, sizeof device_tlv}, NULL},
    {LWM2M_GET,
     "3/0/0",
     CODE(2, 5),
     LWM2M_REQUEST,
     FORMAT_TEXT,
     {device_tlv + 2, sizeof device_tlv - 2},
     NULL},
    {LWM2M_POST, "1/0/9", CODE(2, 4), LWM2M_BOOTSTRAP_TRIGGER, NO_FORMAT, {NULL, 0}, begin_bootstrap},
    ROUTE(LWM2M_GET, "0", CODE(4, 1), LWM2M_REQUEST),
    ROUTE(LWM2M_GET, "0/*", CODE(4, 1), LWM2M_REQUEST),
    ROUTE(LWM2M_DELETE, "*", CODE(4, 5), LWM2M_REQUEST),
    ROUTE(ANY_METHOD, "*", CODE(4, 4), LWM2M_REQUEST),
};

/* LwM2M 1.0 5.2.7: what a bootstrap server may do; it reads nothing, either. */
static const struct route bootstrap_client_routes[] = {
    {LWM2M_PUT, "0", CODE(2, 4), LWM2M_REQUEST, NO_FORMAT, {NULL, 0}, write_security},
    {LWM2M_PUT, "0/*", CODE(2, 4), LWM2M_REQUEST, NO_FORMAT, {NULL, 0}, write_security},
    ROUTE(LWM2M_PUT, "[12]/*", CODE(2, 4), LWM2M_REQUEST),
    {LWM2M_DELETE, "", CODE(2, 2), LWM2M_REQUEST, NO_FORMAT, {NULL, 0}, delete_accounts},
    {LWM2M_DELETE, "0", CODE(2, 2), LWM2M_REQUEST, NO_FORMAT, {NULL, 0}, delete_accounts},
    {LWM2M_DELETE, "0/*", CODE(2, 2), LWM2M_REQUEST, NO_FORMAT, {NULL, 0}, delete_accounts},
    ROUTE(LWM2M_DELETE, "[12]*", CODE(2, 2), LWM2M_REQUEST),
    {LWM2M_POST, "bs", CODE(2, 4), LWM2M_BOOTSTRAP_FINISH, NO_FORMAT, {NULL, 0}, finish_bootstrap},
    ROUTE(LWM2M_GET, "*", CODE(4, 5), LWM2M_REQUEST),
    ROUTE(ANY_METHOD, "*", CODE(4, 4), LWM2M_REQUEST),
};

static const struct route *const tables[] = {
    [LWM2M_SERVER] = server_routes,
    [LWM2M_BOOTSTRAP_SERVER] = bootstrap_server_routes,
    [LWM2M_CLIENT] = client_routes,
    [LWM2M_BOOTSTRAP_CLIENT] = bootstrap_client_routes,
};

static const struct route *find_route(enum lwm2m_role role, int method, const char *path)
{
    const struct route *r = tables[role];

    while ((r->method != ANY_METHOD && r->method != method) || fnmatch(r->path, path, 0) != 0)
        r++;
    return r;
}

static const char *path_of(struct lwm2m *l, const coap_pdu_t *request)
{
    coap_string_t *path = coap_get_uri_path(request);
    const char *text = "";

    if (path != NULL) {
        text = arena_escape(l->arena, (struct bytes){path->s, path->length});
        coap_delete_string(path);
    }
    return text;
}

/* The value of the query "ep=..." of a Register, LwM2M 1.0 5.3.1; "" when it has none. */
static const char *endpoint_of(struct lwm2m *l, const coap_pdu_t *request)
{
    coap_opt_filter_t filter;
    coap_opt_iterator_t it;
    coap_opt_t *option;

    coap_option_filter_clear(&filter);
    coap_option_filter_set(&filter, COAP_OPTION_URI_QUERY);
    coap_option_iterator_init(request, &it, &filter);
    while ((option = coap_option_next(&it)) != NULL) {
        struct bytes query = {coap_opt_value(option), coap_opt_length(option)};

        if (bytes_equal(bytes_slice(query, 0, 3), bytes_of_text("ep=")))
            return arena_escape(l->arena, bytes_slice(query, 3, query.n));
    }
    return "";
}

static void put_location(struct lwm2m *l, coap_pdu_t *response)
{
    const char *name = arena_printf(l->arena, "%u", ++l->registrations);

    coap_add_option(response, COAP_OPTION_LOCATION_PATH, 2, (const uint8_t *)"rd");
    coap_add_option(response, COAP_OPTION_LOCATION_PATH, strlen(name), (const uint8_t *)name);
}

static void put_content(coap_pdu_t *response, const struct route *r)
{
    uint8_t value[4];

    if (r->format != NO_FORMAT)
        coap_add_option(response, COAP_OPTION_CONTENT_FORMAT,
                        coap_encode_var_safe(value, sizeof value, (unsigned)r->format), value);
    if (r->payload.n > 0)
        coap_add_data(response, r->payload.n, r->payload.at);
}

static struct bytes body_of(const coap_pdu_t *request)
{
    struct bytes body;

    return coap_get_data(request, &body.n, &body.at) ? body : NO_BYTES;
}

static void handle_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                           const coap_string_t *query, coap_pdu_t *response)
{
    struct lwm2m *l = coap_get_app_data(coap_session_get_context(session));
    const char *path = path_of(l, request);
    const struct route *r = find_route(l->role, (int)coap_pdu_get_code(request), path);

    uint8_t code = r->act != NULL ? r->act(l, body_of(request)) : r->code;

    (void)resource;
    (void)query;
    coap_pdu_set_code(response, (coap_pdu_code_t)code);
    if (r->event == LWM2M_REGISTER)
        put_location(l, response);
    put_content(response, r);
    add_event(l, (struct lwm2m_event){
                     .kind = code >> 5 == r->code >> 5 ? r->event : LWM2M_REQUEST,
                     .text = r->event == LWM2M_REGISTER || r->event == LWM2M_BOOTSTRAP_REQUEST
                                 ? endpoint_of(l, request)
                                 : path,
                 });
}

bool serve_routes(struct lwm2m *l)
{
    static const coap_request_t methods[] = {COAP_REQUEST_GET,   COAP_REQUEST_POST,  COAP_REQUEST_DELETE,
                                             COAP_REQUEST_FETCH, COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH};
    coap_resource_t *all = coap_resource_unknown_init(handle_request);

    if (all == NULL)
        return false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        coap_register_request_handler(all, methods[i], handle_request);
    coap_add_resource(l->coap, all);
    return true;
}

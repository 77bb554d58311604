#include <fnmatch.h>
#include <string.h>

#include "base/clock.h"

#include "lwm2m/internal.h"

enum { ANY_METHOD = 0, NO_FORMAT = CONTENT_UNSAID, LIFETIME_USUAL_S = 86400, LIFETIME_DIGITS = 9 };

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

static uint8_t offer_pack(struct lwm2m *l, struct bytes payload)
{
    (void)payload;
    return l->pack.n > 0 ? CODE(2, 5) : CODE(4, 4);
}

/* LwM2M 1.0 8.3: Registration and Bootstrap Interface. */
static const struct route server_routes[] = {
    ROUTE(LWM2M_POST, "rd", CODE(2, 1), LWM2M_REGISTER),
    ROUTE(LWM2M_POST, "rd/?*", CODE(2, 4), LWM2M_UPDATE),
    ROUTE(LWM2M_PUT, "rd/?*", CODE(2, 4), LWM2M_UPDATE),
    ROUTE(LWM2M_DELETE, "rd/?*", CODE(2, 2), LWM2M_DEREGISTER),
    ROUTE(LWM2M_POST, "bs", CODE(2, 4), LWM2M_BOOTSTRAP_REQUEST),
    {LWM2M_GET, "bspack", CODE(2, 5), LWM2M_PACK_REQUEST, CONTENT_SENML_CBOR, {NULL, 0}, offer_pack},
    ROUTE(ANY_METHOD, "*", CODE(4, 4), LWM2M_REQUEST),
};

static const struct route bootstrap_server_routes[] = {
    ROUTE(LWM2M_POST, "bs", CODE(2, 4), LWM2M_BOOTSTRAP_REQUEST),
    {LWM2M_GET, "bspack", CODE(2, 5), LWM2M_PACK_REQUEST, CONTENT_SENML_CBOR, {NULL, 0}, offer_pack},
    ROUTE(ANY_METHOD, "*", CODE(4, 4), LWM2M_REQUEST),
};

/* Manufacturer, Model Number and Firmware Version of object 3, in the formats that there are. */
static const uint8_t device_tlv[] = {0xC7, 0,   'p', 's', 'k', 'g', 'a', 't',  'e', 0xC8, 1,   8,  'e',
                                     'n',  'd', 'p', 'o', 'i', 'n', 't', 0xC3, 3,   '1',  '.', '0'};
static const char device_json[] = "[{\"bn\":\"/3/0/\",\"n\":\"0\",\"vs\":\"pskgate\"},"
                                  "{\"n\":\"1\",\"vs\":\"endpoint\"},{\"n\":\"3\",\"vs\":\"1.0\"}]";
static const char device_cbor[] = "\x83\xA3\x21\x65/3/0/\x00\x61"
                                  "0\x03\x67pskgate\xA2\x00\x61"
                                  "1\x03\x68"
                                  "endpoint\xA2\x00\x61"
                                  "3\x03\x63"
                                  "1.0";
static const char device_links[] = "</3/0>,</3/0/0>,</3/0/1>,</3/0/3>";
static const uint8_t manufacturer[] = {'p', 's', 'k', 'g', 'a', 't', 'e'};

#define OCTETS_OF(text)                                                                                      \
    {                                                                                                        \
        (const uint8_t *)(text), sizeof(text) - 1                                                            \
    }
#define CONTENT(its_path, its_format, ...)                                                                   \
    {                                                                                                        \
        .method = LWM2M_GET, .path = its_path, .code = CODE(2, 5), .event = LWM2M_REQUEST,                   \
        .format = its_format, .payload = __VA_ARGS__                                                         \
    }

/* The Security object is for nobody to read (LwM2M 1.0 E.1). */
static const struct route client_routes[] = {
    CONTENT("3/0", CONTENT_TLV, {device_tlv, sizeof device_tlv}),
    CONTENT("3/0", CONTENT_SENML_JSON, OCTETS_OF(device_json)),
    CONTENT("3/0", CONTENT_SENML_CBOR, OCTETS_OF(device_cbor)),
    CONTENT("3/0", CONTENT_LINKS, OCTETS_OF(device_links)),
    ROUTE(LWM2M_GET, "3/0", CODE(4, 6), LWM2M_REQUEST),
    CONTENT("3/0/0", CONTENT_TEXT, {manufacturer, sizeof manufacturer}),
    {LWM2M_POST, "1/0/9", CODE(2, 4), LWM2M_BOOTSTRAP_TRIGGER, NO_FORMAT, {NULL, 0}, begin_bootstrap},
    ROUTE(LWM2M_GET, "0", CODE(4, 1), LWM2M_REQUEST),
    ROUTE(LWM2M_GET, "0/*", CODE(4, 1), LWM2M_REQUEST),
    ROUTE(LWM2M_DELETE, "*", CODE(4, 5), LWM2M_REQUEST),
    ROUTE(ANY_METHOD, "*", CODE(4, 4), LWM2M_REQUEST),
};

static const char accounts_links[] = "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=1";

/* LwM2M 1.0 5.2.7: what a bootstrap server may do; it reads nothing, either, and discovers which accounts there are (5.2.7.3). */
static const struct route bootstrap_client_routes[] = {
    {LWM2M_GET, "0", CODE(2, 5), LWM2M_REQUEST, CONTENT_LINKS, OCTETS_OF(accounts_links), NULL},
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

/* RFC 7252 5.10.4: an answer in another format than the one that is asked for is none. Links answer Discover alone, which asks for them. */
static bool fits(const struct route *r, int method, const char *path, int accept)
{
    bool any = accept == NO_FORMAT && r->format != CONTENT_LINKS;

    return (r->method == ANY_METHOD || r->method == method) && fnmatch(r->path, path, 0) == 0 &&
           (r->format == NO_FORMAT || any || r->format == accept);
}

static const struct route *find_route(enum lwm2m_role role, int method, const char *path, int accept)
{
    const struct route *r = tables[role];

    while (!fits(r, method, path, accept))
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

/* The value of the query "ep=..." or "lt=..." of a Register, LwM2M 1.0 5.3.1; false when it has none. */
static bool query_of(const coap_pdu_t *request, const char *key, struct bytes *value)
{
    struct bytes wanted = bytes_of_text(key);
    coap_opt_filter_t filter;
    coap_opt_iterator_t it;
    coap_opt_t *option;

    coap_option_filter_clear(&filter);
    coap_option_filter_set(&filter, COAP_OPTION_URI_QUERY);
    coap_option_iterator_init(request, &it, &filter);
    while ((option = coap_option_next(&it)) != NULL) {
        struct bytes query = {coap_opt_value(option), coap_opt_length(option)};

        *value = bytes_slice(query, wanted.n, query.n);
        if (bytes_equal(bytes_slice(query, 0, wanted.n), wanted))
            return true;
    }
    *value = NO_BYTES;
    return false;
}

/* 0: none is said, or it is no number. */
static unsigned lifetime_of(const coap_pdu_t *request)
{
    struct bytes digits;
    unsigned s = 0;

    if (!query_of(request, "lt=", &digits) || digits.n > LIFETIME_DIGITS)
        return 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return 0;
        s = 10 * s + (unsigned)(digits.at[i] - '0');
    }
    return s;
}

/* LwM2M 1.0 5.3: Register begins a registration, Update prolongs it, De-register ends it. */
static void keep_registration(struct lwm2m *l, const struct lwm2m_event *e)
{
    struct registration *r = &l->registration;

    if (e->kind == LWM2M_DEREGISTER)
        r->present = false;
    if (e->kind == LWM2M_REGISTER)
        *r = (struct registration){true, e->text, LIFETIME_USUAL_S, 0, e->payload};
    if (e->kind != LWM2M_REGISTER && e->kind != LWM2M_UPDATE)
        return;
    if (e->lifetime_s > 0)
        r->lifetime_s = e->lifetime_s;
    r->until_us = now_us() + r->lifetime_s * SECOND;
}

static void put_location(struct lwm2m *l, coap_pdu_t *response)
{
    const char *name = arena_printf(l->arena, "%u", ++l->registrations);

    coap_add_option(response, COAP_OPTION_LOCATION_PATH, 2, (const uint8_t *)"rd");
    coap_add_option(response, COAP_OPTION_LOCATION_PATH, strlen(name), (const uint8_t *)name);
}

static void put_content(const struct lwm2m *l, coap_pdu_t *response, const struct route *r)
{
    struct bytes payload = r->event == LWM2M_PACK_REQUEST ? l->pack : r->payload;
    uint8_t value[4];

    if (r->format != NO_FORMAT)
        coap_add_option(response, COAP_OPTION_CONTENT_FORMAT,
                        coap_encode_var_safe(value, sizeof value, (unsigned)r->format), value);
    if (payload.n > 0)
        coap_add_data(response, payload.n, payload.at);
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
    const struct route *r = find_route(l->role, (int)coap_pdu_get_code(request), path,
                                       number_option(request, COAP_OPTION_ACCEPT, NO_FORMAT));

    bool names = r->event == LWM2M_REGISTER || r->event == LWM2M_BOOTSTRAP_REQUEST;
    struct bytes name;
    bool other = query_of(request, "ep=", &name) && names && l->name.n > 0 && !bytes_equal(name, l->name);
    uint8_t code = other ? CODE(4, 0) : r->act != NULL ? r->act(l, body_of(request)) : r->code;

    (void)resource;
    (void)query;
    coap_pdu_set_code(response, (coap_pdu_code_t)code);
    if (r->event == LWM2M_REGISTER && !other)
        put_location(l, response);
    if (code == r->code)
        put_content(l, response, r);
    struct lwm2m_event e = {
        .kind = code >> 5 == r->code >> 5 ? r->event : LWM2M_REQUEST,
        .text = names ? arena_escape(l->arena, name) : path,
        .payload = arena_copy(l->arena, body_of(request)),
        .lifetime_s = lifetime_of(request),
    };

    keep_registration(l, &e);
    add_event(l, e);
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

/* The responder, with another one as its peer: what one sends is handed to the other. */
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lwm2m/internal.h"
#include "tests/unit.h"

enum { THREADS = 16, ROUNDS = 200 };

struct end {
    struct lwm2m *responder, *peer;
    uint8_t last[2048];
    size_t last_n;
    unsigned no_coap; /* what cannot be a message */
};

static void forward(void *context, struct bytes coap)
{
    struct end *e = context;

    e->no_coap += coap.n < 4;
    if (coap.n <= sizeof e->last)
        memcpy(e->last, coap.at, e->last_n = coap.n);
    if (e->peer != NULL)
        lwm2m_input(e->peer, coap);
}

struct pair {
    struct arena *arena;
    struct end client, server;
};

static void open_pair(struct pair *p, enum lwm2m_role server_role)
{
    *p = (struct pair){.arena = arena_new()};
    p->client.responder = p->server.peer = lwm2m_open(p->arena, LWM2M_CLIENT, forward, &p->client);
    p->server.responder = p->client.peer = lwm2m_open(p->arena, server_role, forward, &p->server);
    ck_assert_ptr_nonnull(p->client.responder);
    ck_assert_ptr_nonnull(p->server.responder);
}

static void close_pair(struct pair *p)
{
    lwm2m_close(p->client.responder);
    lwm2m_close(p->server.responder);
    arena_free(p->arena);
}

static struct lwm2m_event next_event(struct pair *p, struct lwm2m *of)
{
    struct lwm2m_event e = {.kind = LWM2M_NONE};

    for (int i = 0; i < ROUNDS; i++) {
        lwm2m_process(p->client.responder);
        lwm2m_process(p->server.responder);
        if (lwm2m_next(of, &e))
            return e;
    }
    return e;
}

static uint8_t ask(struct pair *p, struct lwm2m *of, enum lwm2m_method method, const char *path,
                   struct lwm2m_event *e)
{
    unsigned number = lwm2m_request(of, method, path, "", NO_BYTES, -1);

    ck_assert_uint_gt(number, 0);
    *e = next_event(p, of);
    ck_assert_int_eq(e->kind, LWM2M_RESPONSE);
    ck_assert_uint_eq(e->request, number);
    return e->code;
}

static void register_once(struct pair *p)
{
    struct lwm2m *client = p->client.responder, *server = p->server.responder;
    unsigned n = lwm2m_request(client, LWM2M_POST, "/rd", "ep=urn:x&lt=300&lwm2m=1.0&b=U",
                               bytes_of_text("</1/0>,</3/0>"), 40);
    struct lwm2m_event e = next_event(p, client);

    ck_assert_int_eq(e.kind, LWM2M_RESPONSE);
    ck_assert_uint_eq(e.request, n);
    ck_assert_uint_eq(e.code, 0x41);
    ck_assert_str_eq(e.text, "rd/1");
    e = next_event(p, server);
    ck_assert_int_eq(e.kind, LWM2M_REGISTER);
    ck_assert_str_eq(e.text, "urn:x");
}

START_TEST(registration_update_and_deregistration)
{
    struct pair p;
    struct lwm2m_event e;

    open_pair(&p, LWM2M_SERVER);
    register_once(&p);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_POST, "/rd/1", &e), 0x44);
    ck_assert_int_eq(next_event(&p, p.server.responder).kind, LWM2M_UPDATE);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_PUT, "/rd/1", &e), 0x44);
    ck_assert_int_eq(next_event(&p, p.server.responder).kind, LWM2M_UPDATE);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_DELETE, "/rd/1", &e), 0x42);
    ck_assert_int_eq(next_event(&p, p.server.responder).kind, LWM2M_DEREGISTER);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_GET, "/x", &e), 0x84);
    ck_assert_int_eq(next_event(&p, p.server.responder).kind, LWM2M_REQUEST);
    close_pair(&p);
}
END_TEST

START_TEST(client_answers_reads_and_hides_the_key)
{
    struct pair p;
    struct lwm2m_event e;
    struct lwm2m *server;

    open_pair(&p, LWM2M_SERVER);
    server = p.server.responder;
    ck_assert_uint_eq(ask(&p, server, LWM2M_GET, "/3/0/0", &e), 0x45);
    ck_assert(bytes_equal(e.payload, bytes_of_text("pskgate")));
    ck_assert_uint_eq(ask(&p, server, LWM2M_GET, "/0/0/5", &e), 0x81);
    ck_assert_uint_eq(ask(&p, server, LWM2M_DELETE, "/3/0", &e), 0x85);
    ck_assert_uint_eq(ask(&p, server, LWM2M_PUT, "/3/0/0", &e), 0x84);
    close_pair(&p);
}
END_TEST

/* The format that is asked for; each says the same. */
START_TEST(client_answers_in_every_format)
{
    static const enum content_format formats[] = {CONTENT_UNSAID, CONTENT_TLV, CONTENT_SENML_JSON,
                                                  CONTENT_SENML_CBOR};
    struct pair p;
    struct lwm2m_event e;
    struct content c;
    bool sound;

    open_pair(&p, LWM2M_SERVER);
    lwm2m_request(p.server.responder, LWM2M_GET, "/3/0", "", NO_BYTES, formats[_i]);
    e = next_event(&p, p.server.responder);
    ck_assert_uint_eq(e.code, 0x45);
    ck_assert_int_eq(e.format, _i == 0 ? CONTENT_TLV : (int)formats[_i]);
    ck_assert(parse_content(p.arena, (enum content_format)e.format, "/3/0", e.payload, &c));
    ck_assert_str_eq(content_text(p.arena, &c, 0), "pskgate");
    ck_assert_str_eq(content_text(p.arena, &c, 1), "endpoint");
    ck_assert_str_eq(content_text(p.arena, &c, 3), "1.0");
    lwm2m_request(p.server.responder, LWM2M_GET, "/3/0", "", NO_BYTES, CONTENT_LINKS);
    e = next_event(&p, p.server.responder);
    ck_assert_int_eq(e.format, CONTENT_LINKS);
    ck_assert(links_have(e.payload, "/3/0/3", &sound) && sound);
    lwm2m_request(p.server.responder, LWM2M_GET, "/3/0", "", NO_BYTES, 60);
    ck_assert_uint_eq(next_event(&p, p.server.responder).code, 0x86);
    close_pair(&p);
}
END_TEST

/* "server_role" is who is asked: a client that is being bootstrapped. A Read of /0 is refused, whatever Discover is answered. */
START_TEST(accounts_are_discovered_and_not_read)
{
    struct pair p;
    struct lwm2m_event e;
    bool sound;

    open_pair(&p, LWM2M_BOOTSTRAP_CLIENT);
    lwm2m_request(p.client.responder, LWM2M_GET, "/0", "", NO_BYTES, CONTENT_LINKS);
    e = next_event(&p, p.client.responder);
    ck_assert_uint_eq(e.code, 0x45);
    ck_assert_int_eq(e.format, CONTENT_LINKS);
    ck_assert_uint_eq(links_beneath(e.payload, "/0", &sound), 2);
    ck_assert(sound);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_GET, "/0", &e), 0x85);
    close_pair(&p);
}
END_TEST

START_TEST(registrations_live_as_long_as_they_say)
{
    struct pair p;
    struct registration r;
    struct lwm2m_event e;

    open_pair(&p, LWM2M_SERVER);
    ck_assert(!lwm2m_registration(p.server.responder).present);
    register_once(&p);
    r = lwm2m_registration(p.server.responder);
    ck_assert(r.present);
    ck_assert_str_eq(r.name, "urn:x");
    ck_assert_uint_eq(r.lifetime_s, 300);
    lwm2m_request(p.client.responder, LWM2M_POST, "/rd/1", "lt=1", NO_BYTES, -1);
    ck_assert_uint_eq(next_event(&p, p.server.responder).lifetime_s, 1);
    r = lwm2m_registration(p.server.responder);
    ck_assert(r.present && r.lifetime_s == 1);
    sleep_until(r.until_us);
    ck_assert(!lwm2m_registration(p.server.responder).present);
    next_event(&p, p.client.responder);
    lwm2m_request(p.client.responder, LWM2M_POST, "/rd/1", "lt=60", NO_BYTES, -1);
    next_event(&p, p.client.responder);
    ck_assert(lwm2m_registration(p.server.responder).present);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_DELETE, "/rd/1", &e), 0x42);
    ck_assert(!lwm2m_registration(p.server.responder).present);
    close_pair(&p);
}
END_TEST

START_TEST(bootstrap_server_answers_bootstrap_requests_only)
{
    struct pair p;
    struct lwm2m_event e;

    open_pair(&p, LWM2M_BOOTSTRAP_SERVER);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_POST, "/bs", &e), 0x44);
    ck_assert_int_eq(next_event(&p, p.server.responder).kind, LWM2M_BOOTSTRAP_REQUEST);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_POST, "/rd", &e), 0x84);
    close_pair(&p);
}
END_TEST

/* LwM2M 1.2: all objects in one answer, each resource of which can be read again. */
START_TEST(bootstrap_pack_is_offered)
{
    static const struct account account = {.uri = {(const uint8_t *)"coaps://192.0.2.1:5684", 22},
                                           .identity = {(const uint8_t *)"urn:x", 5},
                                           .key = {(const uint8_t *)"\0\xFF\n", 3}};
    struct pair p;
    struct lwm2m_event e;
    struct content c;
    struct account read;
    int64_t number;

    open_pair(&p, (enum lwm2m_role)_i);
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_GET, "/bspack", &e), 0x84);
    ck_assert_int_eq(next_event(&p, p.server.responder).kind, LWM2M_REQUEST);
    lwm2m_offer_pack(p.server.responder, bootstrap_pack(p.arena, &account, 300));
    ck_assert_uint_eq(ask(&p, p.client.responder, LWM2M_GET, "/bspack", &e), 0x45);
    ck_assert_int_eq(e.format, CONTENT_SENML_CBOR);
    ck_assert_int_eq(next_event(&p, p.server.responder).kind, LWM2M_PACK_REQUEST);
    ck_assert(parse_content(p.arena, CONTENT_SENML_CBOR, "/0/1", e.payload, &c));
    ck_assert_str_eq(content_text(p.arena, &c, 0), "coaps://192.0.2.1:5684");
    ck_assert_str_eq(content_text(p.arena, &c, 3), "urn:x");
    ck_assert_str_eq(content_text(p.arena, &c, 5), "\\x00\\xff\\x0a");
    ck_assert(content_number(&c, 1, &number) && number == 0);
    ck_assert(parse_bootstrap_pack(p.arena, e.payload, &read) && account_is_sound(&read));
    ck_assert(!read.bootstrap && bytes_equal(read.uri, account.uri));
    ck_assert(bytes_equal(read.identity, account.identity) && bytes_equal(read.key, account.key));
    ck_assert(!parse_bootstrap_pack(p.arena, bytes_slice(e.payload, 0, e.payload.n - 1), &read));
    ck_assert(parse_bootstrap_pack(p.arena, bytes_of_text("\x80"), &read) && !read.present);
    ck_assert(parse_content(p.arena, CONTENT_SENML_CBOR, "/1/0", e.payload, &c));
    ck_assert(content_number(&c, 1, &number) && number == 300);
    ck_assert(parse_content(p.arena, CONTENT_SENML_CBOR, "/2/0", e.payload, &c));
    ck_assert_uint_eq(c.n, 3);
    close_pair(&p);
}
END_TEST

/* LwM2M 1.0 6.4.3 and E.3: the server that owns an object's instance has every right to it. */
START_TEST(access_control_in_tlv)
{
    static const uint8_t expected[] = {0xC1, 0, 1, 0xC1, 1, 0, 0x83, 2, 0x41, 1, 31, 0xC1, 3, 1};
    struct arena *arena = arena_new();

    ck_assert(bytes_equal(access_tlv(arena), BYTES(expected)));
    arena_free(arena);
}
END_TEST

/* A ping is answered by one Reset with its Message ID; a second one too, when both came before there was time. */
START_TEST(pings_are_reset)
{
    struct arena *arena = arena_new();
    struct end e = {0};
    uint8_t ping[4];
    uint16_t id = 0;

    e.responder = lwm2m_open(arena, (enum lwm2m_role)_i, forward, &e);
    for (uint16_t i = 0; i < 20; i++) {
        coap_ping((uint16_t)(0xFFF8 + i), ping);
        ck_assert_int_eq(coap_kind_of(BYTES(ping), &id), COAP_IS_PING);
        lwm2m_input(e.responder, BYTES(ping));
        lwm2m_process(e.responder);
        ck_assert_int_eq(coap_kind_of((struct bytes){e.last, e.last_n}, &id), COAP_IS_RESET);
        ck_assert_uint_eq(id, (uint16_t)(0xFFF8 + i));
    }
    lwm2m_input(e.responder, bytes_of_text("no coap"));
    lwm2m_input(e.responder, NO_BYTES);
    lwm2m_process(e.responder);
    lwm2m_close(e.responder);
    arena_free(arena);
}
END_TEST

START_TEST(a_reset_fails_the_request)
{
    struct arena *arena = arena_new();
    struct end e = {0};
    struct lwm2m_event event;

    e.responder = lwm2m_open(arena, LWM2M_SERVER, forward, &e);
    unsigned n = lwm2m_request(e.responder, LWM2M_GET, "/3/0", "", NO_BYTES, -1);

    lwm2m_process(e.responder);
    ck_assert_uint_ge(e.last_n, 8);
    ck_assert_int_gt(lwm2m_timeout_ms(e.responder), 0);
    uint8_t reset[] = {0x70, 0, e.last[2], e.last[3]};

    lwm2m_input(e.responder, BYTES(reset));
    lwm2m_process(e.responder);
    ck_assert(lwm2m_next(e.responder, &event));
    ck_assert_int_eq(event.kind, LWM2M_REQUEST_FAILED);
    ck_assert_uint_eq(event.request, n);
    lwm2m_close(e.responder);
    arena_free(arena);
}
END_TEST

static void *register_often(void *nothing)
{
    for (int i = 0; i < 20; i++) {
        struct pair p;

        open_pair(&p, LWM2M_SERVER);
        register_once(&p);
        close_pair(&p);
    }
    return nothing;
}

/* What somebody sends to the port of a responder that has not begun to speak. */
START_TEST(strangers_are_not_passed_on)
{
    struct pair p;
    struct sockaddr_storage to;
    socklen_t n = sizeof to;
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);

    open_pair(&p, LWM2M_SERVER);
    ck_assert_int_eq(getsockname(p.server.responder->relay, (struct sockaddr *)&to, &n), 0);
    ck_assert_int_eq(sendto(stranger, "x", 1, 0, (struct sockaddr *)&to, n), 1);
    register_once(&p);
    ck_assert_uint_eq(p.server.no_coap, 0);
    close(stranger);
    close_pair(&p);
}
END_TEST

START_TEST(sixteen_threads_at_once)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, register_often, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

Suite *lwm2m_suite(void)
{
    Suite *s = suite_create("lwm2m");
    TCase *c = tcase_create("responder");

    tcase_add_unchecked_fixture(c, lwm2m_start, lwm2m_stop);
    tcase_add_test(c, registration_update_and_deregistration);
    tcase_add_test(c, client_answers_reads_and_hides_the_key);
    tcase_add_loop_test(c, client_answers_in_every_format, 0, 4);
    tcase_add_test(c, registrations_live_as_long_as_they_say);
    tcase_add_test(c, bootstrap_server_answers_bootstrap_requests_only);
    tcase_add_test(c, accounts_are_discovered_and_not_read);
    tcase_add_loop_test(c, bootstrap_pack_is_offered, LWM2M_SERVER, LWM2M_BOOTSTRAP_SERVER + 1);
    tcase_add_test(c, access_control_in_tlv);
    tcase_add_loop_test(c, pings_are_reset, LWM2M_SERVER, LWM2M_CLIENT + 1);
    tcase_add_test(c, a_reset_fails_the_request);
    tcase_add_test(c, strangers_are_not_passed_on);
    tcase_add_test(c, sixteen_threads_at_once);
    suite_add_tcase(s, c);
    return s;
}

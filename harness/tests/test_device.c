/* The device against itself, over loopback: conforming on every base, and with every planted fault. */
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "device/faults.h"
#include "tests/unit.h"

static const uint8_t key[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint16_t ccm_8_alone[DEVICE_CIPHERS] = {TLS_PSK_WITH_AES_128_CCM_8};

/* A server in a thread of its own. */
struct served {
    struct device device;
    volatile int stop;
    pthread_mutex_t lock;
    pthread_cond_t listens;
    bool ready;
    pthread_t thread;
};

static struct served served;

static void say_ready(struct device *d)
{
    (void)d;
    pthread_mutex_lock(&served.lock);
    served.ready = true;
    pthread_cond_signal(&served.listens);
    pthread_mutex_unlock(&served.lock);
}

static void *serve(void *nothing)
{
    ck_assert_int_eq(device_serve(&served.device, say_ready), 0);
    return nothing;
}

/* An address on loopback that was free. */
static socklen_t free_address(struct sockaddr_storage *out, bool v6)
{
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = v6 ? sizeof six : sizeof four;

    memset(out, 0, sizeof *out);
    memcpy(out, v6 ? (const void *)&six : (const void *)&four, n);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)out, n), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)out, &n), 0);
    close(fd);
    return n;
}

static void start_server(const char *base, const char *fault, bool v6)
{
    memset(&served, 0, sizeof served);
    pthread_mutex_init(&served.lock, NULL);
    pthread_cond_init(&served.listens, NULL);
    device_init(&served.device, LWM2M_SERVER, bytes_of_text("me"), BYTES(key));
    ck_assert(take_base(&served.device, base));
    ck_assert(fault == NULL || plant_fault(&served.device, FAULT_SERVER, fault));
    served.device.address_n = free_address(&served.device.address, v6);
    served.device.stop = &served.stop;
    ck_assert_int_eq(pthread_create(&served.thread, NULL, serve, NULL), 0);
    pthread_mutex_lock(&served.lock);
    while (!served.ready)
        pthread_cond_wait(&served.listens, &served.lock);
    pthread_mutex_unlock(&served.lock);
}

static void stop_server(void)
{
    int fd = socket(served.device.address.ss_family, SOCK_DGRAM, 0);

    served.stop = 1;
    (void)sendto(fd, "\x01\x02", 2, 0, (struct sockaddr *)&served.device.address,
                 served.device.address_n); /* wakes it */
    pthread_join(served.thread, NULL);
    close(fd);
}

static void dial(struct device *d, const char *base, const char *fault)
{
    static const volatile int never = 0;

    device_init(d, LWM2M_CLIENT, bytes_of_text("me"), BYTES(key));
    ck_assert(take_base(d, base));
    ck_assert(fault == NULL || plant_fault(d, FAULT_CLIENT, fault));
    d->endpoint = "me"; /* the identity: LwM2M 1.0 5.2.6 */
    d->address = served.device.address;
    d->address_n = served.device.address_n;
    d->stop = &never;
    d->once = true;
}

static const char *const bases[] = {"base", "suites", "mte", "lwm2m-1.1", "rfc7925", "bcp195"};

START_TEST(every_base_serves_itself)
{
    struct device client;

    start_server(bases[_i / 2], NULL, _i % 2 == 1);
    dial(&client, bases[_i / 2], NULL);
    ck_assert_int_eq(device_dial(&client), 0);
    stop_server();
}
END_TEST

/* Every suite of a base alone, CBC with encrypt-then-MAC. */
START_TEST(every_suite_completes)
{
    struct device client;

    start_server("suites", NULL, false);
    for (const uint16_t *code = served.device.behaviour.ciphers; *code != 0; code++) {
        dial(&client, "base", NULL);
        memcpy(client.behaviour.ciphers, (uint16_t[DEVICE_CIPHERS]){*code}, sizeof client.behaviour.ciphers);
        ck_assert_msg(device_dial(&client) == 0, "%s", cipher_name(*code));
    }
    stop_server();
}
END_TEST

START_TEST(unknown_identity_does_not_register)
{
    struct device client;

    start_server("base", NULL, false);
    dial(&client, "base", NULL);
    client.identity = bytes_of_text("you");
    ck_assert_int_eq(device_dial(&client), 1);
    stop_server();
}
END_TEST

static void send_finish_and_leave(struct talk *t)
{
    conforming.send_finish(t);
    t->stage = STAGE_OVER;
}

static void stop_when_bad(struct talk *t, const struct event *e)
{
    (void)e;
    t->device->memory[0]++;
    t->stage = STAGE_OVER;
}

/* The server cannot read the client's Finished: it says nothing and goes on waiting. */
START_TEST(wrong_key_does_not_register)
{
    uint8_t other[sizeof key];
    struct device client;

    memcpy(other, key, sizeof key);
    other[0] ^= 1;
    start_server("base", NULL, false);
    served.device.behaviour.on_bad_record = stop_when_bad;
    dial(&client, "base", NULL);
    client.psk = BYTES(other);
    client.behaviour.send_finish = send_finish_and_leave;
    ck_assert_int_eq(device_dial(&client), 1);
    for (int i = 0; i < 100 && served.device.memory[0] == 0; i++)
        usleep(10000);
    stop_server();
    ck_assert_uint_ge(served.device.memory[0], 1);
}
END_TEST

static const char *name_of(struct arena *arena, const struct fault *f)
{
    return f->parameter[0] != '\0' ? arena_printf(arena, "%s:%s", f->id, f->parameter) : f->id;
}

/* What even a good handshake does not survive: a refusal that is the fault, and what the conforming device across refuses. */
static bool cannot_register(const char *name)
{
    static const char *const names[] = {
        "refuse-cipher:0xc0a8", "register-refused-over:0xc0a8", "client-never-registers-over:0xc0a8",
        "hvr-version:0xfefc",   "record-version-1.0",           "client-record-version-1.0",
        "client-etm-body-sent", "client-random-changes",        "ticket-unasked",
        "cid-unasked"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The good handshake that stands around every case must not be what a fault breaks. */
START_TEST(every_fault_leaves_the_good_handshake)
{
    const struct fault *f = &faults[_i];
    struct arena *arena = arena_new();
    const char *name = name_of(arena, f);
    bool server = f->role == FAULT_SERVER;
    struct device client;

    start_server("suites", server ? name : NULL, false);
    dial(&client, "base", server ? NULL : name);
    if (server)
        memcpy(client.behaviour.ciphers, ccm_8_alone, sizeof ccm_8_alone);
    const struct behaviour *b = server ? &served.device.behaviour : &client.behaviour;
    bool deviates = memcmp(b, &conforming, offsetof(struct behaviour, ciphers)) != 0;

    if (!cannot_register(name))
        ck_assert_msg(device_dial(&client) == 0, "%s", name);
    stop_server();
    ck_assert_msg(deviates, "%s", name);
    arena_free(arena);
}
END_TEST

START_TEST(no_such_fault_or_base)
{
    struct device d;

    device_init(&d, LWM2M_SERVER, bytes_of_text("me"), BYTES(key));
    ck_assert(!plant_fault(&d, FAULT_SERVER, "nothing-of-the-kind"));
    ck_assert(!plant_fault(&d, FAULT_CLIENT, "accept-cipher:0x008c"));
    ck_assert(!plant_fault(&d, FAULT_SERVER, "accept-cipher"));
    ck_assert(!take_base(&d, "nothing"));
    ck_assert(plant_fault(&d, FAULT_SERVER, "accept-cipher:0x1234"));
}
END_TEST

static void start_libraries(void)
{
    ck_assert(crypto_start());
    lwm2m_start();
}

static void stop_libraries(void)
{
    lwm2m_stop();
    crypto_stop();
}

Suite *device_suite(void)
{
    Suite *s = suite_create("device");
    TCase *c = tcase_create("device");

    tcase_set_timeout(c, 30);
    tcase_add_unchecked_fixture(c, start_libraries, stop_libraries);
    tcase_add_loop_test(c, every_base_serves_itself, 0, 2 * (int)(sizeof bases / sizeof *bases));
    tcase_add_test(c, every_suite_completes);
    tcase_add_test(c, unknown_identity_does_not_register);
    tcase_add_test(c, wrong_key_does_not_register);
    tcase_add_loop_test(c, every_fault_leaves_the_good_handshake, 0, (int)fault_count);
    tcase_add_test(c, no_such_fault_or_base);
    suite_add_tcase(s, c);
    return s;
}

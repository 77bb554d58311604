/* mbedTLS 2.28 as a peer. mbedTLS leaves the clock to its user: the two deadlines of mbedtls_ssl_set_timer_cb() are
 * kept here. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/ssl_cookie.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum { CIPHERS_MAX = 8, CIPHER_NAME_MAX = 64 };

struct timer {
    bool running;
    int64_t intermediate;
    int64_t final;
};

struct session {
    struct assoc *assoc;
    mbedtls_ssl_context ssl;
    struct timer timer;
    bool established;
    bool failed; /* a fatal alert ended it */
};

static struct {
    const struct peer *peer;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_cookie_ctx cookies;
    mbedtls_ssl_config config;
    int ciphers[CIPHERS_MAX + 1]; /* ends with 0 */
    bool kept;
    mbedtls_ssl_session last; /* a client's, when `kept`: offered when it dials again */
} shared;

/* ---- what the library calls ---- */

static int receive_datagram(void *context, unsigned char *buffer, size_t capacity)
{
    struct session *session = context;
    size_t length = assoc_take(session->assoc, buffer, capacity);

    return length > 0 ? (int)length : MBEDTLS_ERR_SSL_WANT_READ;
}

static int send_datagram(void *context, const unsigned char *datagram, size_t length)
{
    struct session *session = context;

    assoc_send(session->assoc, datagram, length);
    return (int)length;
}

static void set_timer(void *context, uint32_t intermediate_ms, uint32_t final_ms)
{
    struct timer *timer = context;
    int64_t now = now_ms();

    timer->running = final_ms > 0;
    timer->intermediate = now + intermediate_ms;
    timer->final = now + final_ms;
}

/* -1: not running, 0: neither passed, 1: the intermediate delay passed, 2: the final one too */
static int get_timer(void *context)
{
    const struct timer *timer = context;
    int64_t now = now_ms();

    if (!timer->running)
        return -1;
    if (now >= timer->final)
        return 2;
    return now >= timer->intermediate ? 1 : 0;
}

static int find_key(void *context, mbedtls_ssl_context *ssl, const unsigned char *identity, size_t length)
{
    const struct peer *peer = context;

    if (!peer_identity_is(peer, identity, length))
        return MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY;
    return mbedtls_ssl_set_hs_psk(ssl, peer->key, peer->key_length);
}

/* ---- what all sessions share ---- */

static bool parse_ciphers(const char *names)
{
    size_t count = 0;

    while (*names != '\0' && count < CIPHERS_MAX) {
        char name[CIPHER_NAME_MAX] = "";
        size_t length = strcspn(names, ":");

        if (length >= sizeof name)
            return false;
        memcpy(name, names, length);
        shared.ciphers[count] = mbedtls_ssl_get_ciphersuite_id(name);
        if (shared.ciphers[count++] == 0)
            return false;
        names += length + (names[length] == ':');
    }
    shared.ciphers[count] = 0;
    return *names == '\0';
}

/* The lwm2m configuration states what the library's defaults would give as well, so that it holds for any build. */
static bool configure_lwm2m(void)
{
    mbedtls_ssl_config *config = &shared.config;

    if (!parse_ciphers(shared.peer->config->ciphers))
        return false;
    mbedtls_ssl_conf_ciphersuites(config, shared.ciphers);
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_encrypt_then_mac(config, MBEDTLS_SSL_ETM_ENABLED);
    mbedtls_ssl_conf_extended_master_secret(config, MBEDTLS_SSL_EXTENDED_MS_ENABLED);
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    return true;
}

static bool configure_credentials(const struct peer *peer)
{
    if (peer->server) {
        mbedtls_ssl_conf_psk_cb(&shared.config, find_key, (void *)(uintptr_t)peer);
        return true;
    }
    return mbedtls_ssl_conf_psk(&shared.config, peer->key, peer->key_length, peer->identity,
                                peer->identity_length) == 0;
}

/* Without a cookie function the library's server refuses every hello, so "no cookies" is said with NULL. */
static bool configure_cookies(const struct peer *peer)
{
    if (!peer->config->cookies) {
        mbedtls_ssl_conf_dtls_cookies(&shared.config, NULL, NULL, NULL);
        return true;
    }
    mbedtls_ssl_conf_dtls_cookies(&shared.config, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check,
                                  &shared.cookies);
    return mbedtls_ssl_cookie_setup(&shared.cookies, mbedtls_ctr_drbg_random, &shared.random) == 0;
}

static bool start(const struct peer *peer)
{
    int role = peer->server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT;

    shared.peer = peer;
    mbedtls_entropy_init(&shared.entropy);
    mbedtls_ctr_drbg_init(&shared.random);
    mbedtls_ssl_cookie_init(&shared.cookies);
    mbedtls_ssl_config_init(&shared.config);
    if (mbedtls_ctr_drbg_seed(&shared.random, mbedtls_entropy_func, &shared.entropy, NULL, 0) != 0 ||
        mbedtls_ssl_config_defaults(&shared.config, role, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
        complain("the library does not start");
        return false;
    }
    mbedtls_ssl_conf_rng(&shared.config, mbedtls_ctr_drbg_random, &shared.random);
    if (peer->key_length > MBEDTLS_PSK_MAX_LEN) {
        complain("this library takes keys of %d octets at most", MBEDTLS_PSK_MAX_LEN);
        return false;
    }
    if (!configure_credentials(peer) || !configure_cookies(peer) || (peer->lwm2m && !configure_lwm2m())) {
        complain("the library does not take the configuration");
        return false;
    }
    return true;
}

static void stop(void)
{
    mbedtls_ssl_session_free(&shared.last);
    mbedtls_ssl_config_free(&shared.config);
    mbedtls_ssl_cookie_free(&shared.cookies);
    mbedtls_ctr_drbg_free(&shared.random);
    mbedtls_entropy_free(&shared.entropy);
}

/* ---- one session ---- */

/* RFC 5246 7.2.2: not one that a fatal alert ended; 7.4.1.3: nor one that the server gave no id to. */
static void keep_session(const struct session *session)
{
    mbedtls_ssl_session_free(&shared.last);
    mbedtls_ssl_session_init(&shared.last);
    shared.kept = !session->failed && mbedtls_ssl_get_session(&session->ssl, &shared.last) == 0 &&
                  (shared.last.id_len > 0 || shared.last.ticket_len > 0);
}

static void close_session(struct session *session, bool notify)
{
    if (notify)
        (void)mbedtls_ssl_close_notify(&session->ssl);
    if (!shared.peer->server && session->established)
        keep_session(session);
    mbedtls_ssl_free(&session->ssl);
    free(session);
}

static struct session *open_session(struct assoc *assoc)
{
    struct session *session = calloc(1, sizeof *session);
    size_t length;
    const void *address = assoc_address(assoc, &length);

    if (session == NULL)
        return NULL;
    session->assoc = assoc;
    mbedtls_ssl_init(&session->ssl);
    if (mbedtls_ssl_setup(&session->ssl, &shared.config) != 0 ||
        (shared.peer->server && mbedtls_ssl_set_client_transport_id(&session->ssl, address, length) != 0)) {
        close_session(session, false);
        return NULL;
    }
    mbedtls_ssl_set_bio(&session->ssl, session, send_datagram, receive_datagram, NULL);
    mbedtls_ssl_set_timer_cb(&session->ssl, &session->timer, set_timer, get_timer);
    if (shared.kept)
        (void)mbedtls_ssl_set_session(&session->ssl, &shared.last);
    return session;
}

static enum step read_records(struct session *session)
{
    unsigned char message[PEER_DATAGRAM_MAX];
    int length;

    while ((length = mbedtls_ssl_read(&session->ssl, message, sizeof message)) > 0)
        assoc_receive(session->assoc, message, (size_t)length);
    if (length == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        (void)mbedtls_ssl_close_notify(&session->ssl);
    session->failed =
        length < 0 && length != MBEDTLS_ERR_SSL_WANT_READ && length != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
    return length == MBEDTLS_ERR_SSL_WANT_READ ? STEP_ESTABLISHED : STEP_DEAD;
}

/* An expired timer is found by the library itself, with get_timer(). */
static enum step run_session(struct session *session, bool expired)
{
    (void)expired;
    if (!session->established) {
        int result = mbedtls_ssl_handshake(&session->ssl);

        if (result == MBEDTLS_ERR_SSL_WANT_READ)
            return STEP_HANDSHAKE;
        if (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED)
            return STEP_COOKIE;
        if (result != 0)
            return STEP_DEAD;
        session->established = true;
    }
    return read_records(session);
}

static int session_timeout_ms(struct session *session)
{
    int64_t left = session->timer.final - now_ms();

    if (!session->timer.running)
        return -1;
    return left > 0 ? (int)left : 0;
}

static bool send_message(struct session *session, const uint8_t *data, size_t length)
{
    return mbedtls_ssl_write(&session->ssl, data, length) == (int)length;
}

const struct stack stack = {
    .name = "mbedtls",
    .start = start,
    .stop = stop,
    .open = open_session,
    .run = run_session,
    .timeout_ms = session_timeout_ms,
    .send = send_message,
    .close = close_session,
};

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

/* GnuTLS with push and pull functions of ours. Cookies are checked outside of the gnutls_session_t.
 * GNUTLS_E_AGAIN also comes after a record was dropped and others of its datagram wait inside the library:
 * only a pull function that has nothing tells that all was dealt with. */

enum {
    RECORDS_MAX = PEER_DATAGRAM_MAX / 13, /* in a datagram, RFC 6347 4.1 */
    MESSAGE_TYPE_AT = 13,                 /* after the record header, RFC 6347 4.3.1 */
    IDLE_TIMER_MS = 250
};

struct session {
    struct assoc *assoc;
    gnutls_session_t tls;
    bool listening; /* server with cookies: no valid one was shown yet */
    bool established;
    bool failed;         /* a fatal alert ended it */
    bool dry;            /* the library asked for a datagram and there was none */
    int64_t timer_asked; /* ms: when the timer last ran out */
};

static const struct peer *us;
static gnutls_priority_t priorities;
static gnutls_psk_server_credentials_t server_credentials;
static gnutls_psk_client_credentials_t client_credentials;
static gnutls_datum_t cookie_key;
static gnutls_datum_t last; /* a client's session, offered when it dials again; no data: none yet */

/* ---- datagrams ---- */

static ssize_t push(gnutls_transport_ptr_t pointer, const void *datagram, size_t length)
{
    struct session *session = pointer;

    assoc_send(session->assoc, datagram, length);
    return (ssize_t)length;
}

static ssize_t pull(gnutls_transport_ptr_t pointer, void *buffer, size_t capacity)
{
    struct session *session = pointer;
    size_t length = assoc_take(session->assoc, buffer, capacity);

    if (length > 0)
        return (ssize_t)length;
    session->dry = true;
    gnutls_transport_set_errno(session->tls, EAGAIN);
    return -1;
}

static int pull_timeout(gnutls_transport_ptr_t pointer, unsigned ms)
{
    struct session *session = pointer;
    size_t length;

    (void)ms;
    if (assoc_peek(session->assoc, &length))
        return 1;
    session->dry = true;
    return 0;
}

/* ---- credentials ---- */

static int find_key(gnutls_session_t tls, const gnutls_datum_t *identity, gnutls_datum_t *key)
{
    (void)tls;
    if (!peer_identity_is(us, identity->data, identity->size))
        return -1;
    key->data = gnutls_malloc(us->key_length);
    if (!key->data)
        return -1;
    memcpy(key->data, us->key, us->key_length);
    key->size = (unsigned)us->key_length;
    return 0;
}

static int make_server_credentials(void)
{
    int code = gnutls_psk_allocate_server_credentials(&server_credentials);

    if (code == 0)
        gnutls_psk_set_server_credentials_function2(server_credentials, find_key);
    return code ? code : gnutls_key_generate(&cookie_key, GNUTLS_COOKIE_KEY_SIZE);
}

static int make_client_credentials(void)
{
    uint8_t identity[PEER_IDENTITY_MAX];
    uint8_t key[PEER_KEY_MAX];
    const gnutls_datum_t identity_datum = {identity, (unsigned)us->identity_length};
    const gnutls_datum_t key_datum = {key, (unsigned)us->key_length};
    int code = gnutls_psk_allocate_client_credentials(&client_credentials);

    memcpy(identity, us->identity, us->identity_length);
    memcpy(key, us->key, us->key_length);
    if (code == 0)
        code = gnutls_psk_set_client_credentials2(client_credentials, &identity_datum, &key_datum,
                                                  GNUTLS_PSK_KEY_RAW);
    gnutls_memset(key, 0, sizeof key);
    return code;
}

static bool start(const struct peer *peer)
{
    int code;

    us = peer;
    code = gnutls_priority_init(&priorities, us->config->ciphers, NULL);
    if (code == 0)
        code = us->server ? make_server_credentials() : make_client_credentials();
    if (code != 0)
        complain("%s", gnutls_strerror(code));
    return code == 0;
}

static void stop(void)
{
    if (server_credentials)
        gnutls_psk_free_server_credentials(server_credentials);
    if (client_credentials)
        gnutls_psk_free_client_credentials(client_credentials);
    if (cookie_key.data)
        gnutls_memset(cookie_key.data, 0, cookie_key.size);
    gnutls_free(cookie_key.data);
    gnutls_free(last.data);
    gnutls_priority_deinit(priorities);
}

/* ---- sessions ---- */

/* RFC 5246 7.2.2: not one that a fatal alert ended; 7.4.1.3: nor one that the server gave no id to. */
static void keep_session(const struct session *session)
{
    bool ticket = gnutls_session_get_flags(session->tls) & GNUTLS_SFLAGS_SESSION_TICKET;
    gnutls_datum_t id = {0};
    bool resumable = ticket || (gnutls_session_get_id2(session->tls, &id) == 0 && id.size > 0);

    gnutls_free(last.data);
    if (session->failed || !resumable || gnutls_session_get_data2(session->tls, &last) != 0)
        last = (gnutls_datum_t){0};
}

static void close_session(struct session *session, bool notify)
{
    if (notify)
        gnutls_bye(session->tls, GNUTLS_SHUT_WR);
    if (!us->server && session->established)
        keep_session(session);
    if (session->tls)
        gnutls_deinit(session->tls);
    free(session);
}

static int set_up(struct session *session)
{
    unsigned role = us->server ? GNUTLS_SERVER : GNUTLS_CLIENT;
    int code = gnutls_init(&session->tls, role | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK);

    if (code == 0)
        code = gnutls_priority_set(session->tls, priorities);
    if (code == 0 && us->server)
        code = gnutls_credentials_set(session->tls, GNUTLS_CRD_PSK, server_credentials);
    else if (code == 0)
        code = gnutls_credentials_set(session->tls, GNUTLS_CRD_PSK, client_credentials);
    if (code != 0)
        return code;
    gnutls_transport_set_ptr(session->tls, session);
    gnutls_transport_set_push_function(session->tls, push);
    gnutls_transport_set_pull_function(session->tls, pull);
    gnutls_transport_set_pull_timeout_function(session->tls, pull_timeout);
    gnutls_dtls_set_mtu(session->tls, PEER_MTU);
    if (last.data)
        return gnutls_session_set_data(session->tls, last.data, last.size);
    return 0;
}

static struct session *open_session(struct assoc *assoc)
{
    struct session *session = calloc(1, sizeof *session);

    if (!session)
        return NULL;
    session->assoc = assoc;
    session->listening = us->server && us->config->cookies;
    if (set_up(session) == 0)
        return session;
    close_session(session, false);
    return NULL;
}

/* RFC 6347 4.2.1. True: the hello that waits has our cookie. Otherwise it was answered with one. */
static bool has_cookie(struct session *session)
{
    uint8_t datagram[PEER_DATAGRAM_MAX];
    uint8_t address[64];
    gnutls_dtls_prestate_st state = {0};
    size_t length;
    size_t address_length;
    const void *waiting = assoc_peek(session->assoc, &length);
    const void *peers_address = assoc_address(session->assoc, &address_length);

    if (!waiting || length > sizeof datagram || length <= MESSAGE_TYPE_AT || address_length > sizeof address)
        return false;
    memcpy(datagram, waiting, length);
    memcpy(address, peers_address, address_length);
    if (datagram[MESSAGE_TYPE_AT] != GNUTLS_HANDSHAKE_CLIENT_HELLO)
        return false;
    if (gnutls_dtls_cookie_verify(&cookie_key, address, address_length, datagram, length, &state) < 0) {
        gnutls_dtls_cookie_send(&cookie_key, address, address_length, &state, session, push);
        return false;
    }
    gnutls_dtls_prestate_set(session->tls, &state);
    return true;
}

static enum step shake_hands(struct session *session)
{
    int code;
    int n = 0;

    session->dry = false;
    do {
        code = gnutls_handshake(session->tls);
    } while (!session->dry && code != GNUTLS_E_SUCCESS && !gnutls_error_is_fatal(code) && ++n < RECORDS_MAX);
    if (code == GNUTLS_E_SUCCESS)
        return STEP_ESTABLISHED;
    if (!gnutls_error_is_fatal(code))
        return STEP_HANDSHAKE;
    /* The sample programs leave without an alert; the manual asks for one, and so does RFC 5246 7.2.2. */
    if (us->lwm2m)
        gnutls_alert_send_appropriate(session->tls, code);
    return STEP_DEAD;
}

static enum step read_all(struct session *session)
{
    uint8_t plaintext[PEER_DATAGRAM_MAX];

    session->dry = false;
    for (int n = 0; n < RECORDS_MAX && !session->dry; n++) {
        ssize_t length = gnutls_record_recv(session->tls, plaintext, sizeof plaintext);
        if (length == 0)
            gnutls_bye(session->tls, GNUTLS_SHUT_WR);
        session->failed = length < 0 && gnutls_error_is_fatal((int)length);
        if (length == 0 || session->failed)
            return STEP_DEAD;
        if (length == GNUTLS_E_REHANDSHAKE) /* RFC 7925 17 */
            gnutls_alert_send(session->tls, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
        if (length > 0)
            assoc_receive(session->assoc, plaintext, (size_t)length);
    }
    return STEP_ESTABLISHED;
}

static enum step run(struct session *session, bool expired)
{
    if (session->listening && !has_cookie(session))
        return STEP_COOKIE;
    session->listening = false;
    if (expired)
        session->timer_asked = now_ms();
    if (!session->established) {
        enum step step = shake_hands(session);
        if (step != STEP_ESTABLISHED)
            return step;
        session->established = true;
    }
    return read_all(session);
}

/* The library's timer says 0 also when no flight waits for an answer: it is asked again a little later. */
static int timeout_ms(struct session *session)
{
    int left = (int)gnutls_dtls_get_timeout(session->tls);
    int64_t idle = session->timer_asked + IDLE_TIMER_MS - now_ms();

    if (session->established)
        return -1;
    return left > 0 || idle < 0 ? left : (int)idle;
}

static bool send_data(struct session *session, const uint8_t *data, size_t length)
{
    ssize_t sent;

    do {
        sent = gnutls_record_send(session->tls, data, length);
    } while (sent == GNUTLS_E_INTERRUPTED || sent == GNUTLS_E_AGAIN);
    return sent >= 0;
}

const struct stack stack = {.name = "gnutls",
                            .start = start,
                            .stop = stop,
                            .open = open_session,
                            .run = run,
                            .timeout_ms = timeout_ms,
                            .send = send_data,
                            .close = close_session};

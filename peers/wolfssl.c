/* wolfSSL 5.5 as a peer, built with its plain PSK suites by wolfssl/build.sh. wolfSSL says how many seconds a flight
 * may stay unanswered; the clock that runs from the last datagram sent is kept here. */
#include <stdlib.h>
#include <string.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/random.h>

#include "peer.h"

enum {
    COOKIE_SECRET_SIZE = 32,
    IDENTITY_MAX = 128, /* MAX_PSK_ID_LEN of the library, which hands identities over as text */
    AT_RECORD_TYPE = 0, /* RFC 6347 4.1 and 4.2.2: where a first record says what it is */
    AT_MESSAGE_TYPE = 13,
    AT_SESSION_ID_LENGTH = 59, /* of a ServerHello in one piece */
    RECORD_HANDSHAKE = 22,
    SERVER_HELLO = 2,
    HELLO_VERIFY_REQUEST = 3
};

struct session {
    struct assoc *assoc;
    WOLFSSL *ssl;
    int64_t deadline; /* of the flight that waits for an answer; 0: none does */
    bool asked_cookie;
    bool established;
    bool has_id; /* the server gave the session one: this build has no call that says so */
    bool failed; /* a fatal alert ended it */
};

static struct {
    const struct peer *peer;
    WOLFSSL_CTX *context;
    byte cookie_secret[COOKIE_SECRET_SIZE];
    WOLFSSL_SESSION *last; /* a client's, offered when it dials again; NULL: none yet */
} shared;

/* ---- what the library calls ---- */

static int receive_datagram(WOLFSSL *ssl, char *buffer, int capacity, void *context)
{
    struct session *session = context;
    size_t length = assoc_take(session->assoc, buffer, (size_t)capacity);

    (void)ssl;
    if (length > AT_SESSION_ID_LENGTH && buffer[AT_RECORD_TYPE] == RECORD_HANDSHAKE &&
        buffer[AT_MESSAGE_TYPE] == SERVER_HELLO)
        session->has_id = buffer[AT_SESSION_ID_LENGTH] > 0;
    return length > 0 ? (int)length : WOLFSSL_CBIO_ERR_WANT_READ;
}

static void start_timer(struct session *session)
{
    session->deadline = now_ms() + 1000 * (int64_t)wolfSSL_dtls_get_current_timeout(session->ssl);
}

static int send_datagram(WOLFSSL *ssl, char *datagram, int length, void *context)
{
    struct session *session = context;

    (void)ssl;
    session->asked_cookie = length > AT_MESSAGE_TYPE && datagram[AT_RECORD_TYPE] == RECORD_HANDSHAKE &&
                            datagram[AT_MESSAGE_TYPE] == HELLO_VERIFY_REQUEST;
    assoc_send(session->assoc, datagram, (size_t)length);
    start_timer(session);
    return length;
}

/* 0 is the library's word for an identity that is not known. */
static unsigned int find_key(WOLFSSL *ssl, const char *identity, unsigned char *key, unsigned int capacity)
{
    (void)ssl;
    if (!peer_identity_is(shared.peer, identity, strlen(identity)) || shared.peer->key_length > capacity)
        return 0;
    memcpy(key, shared.peer->key, shared.peer->key_length);
    return (unsigned int)shared.peer->key_length;
}

static unsigned int give_credentials(WOLFSSL *ssl, const char *hint, char *identity,
                                     unsigned int identity_max, unsigned char *key, unsigned int capacity)
{
    (void)ssl;
    (void)hint;
    if (shared.peer->identity_length > identity_max || shared.peer->key_length > capacity)
        return 0;
    memcpy(identity, shared.peer->identity, shared.peer->identity_length);
    identity[shared.peer->identity_length] = '\0';
    memcpy(key, shared.peer->key, shared.peer->key_length);
    return (unsigned int)shared.peer->key_length;
}

/* ---- what all sessions share ---- */

/* A secret of the whole server lets a cookie outlive the session that asked for it (RFC 6347 4.2.1). */
static bool make_cookie_secret(void)
{
    WC_RNG generator;
    int result = wc_InitRng(&generator);

    if (result == 0) {
        result = wc_RNG_GenerateBlock(&generator, shared.cookie_secret, sizeof shared.cookie_secret);
        wc_FreeRng(&generator);
    }
    return result == 0;
}

static bool make_context(const struct peer *peer)
{
    shared.context =
        wolfSSL_CTX_new(peer->server ? wolfDTLSv1_2_server_method() : wolfDTLSv1_2_client_method());
    if (shared.context == NULL)
        return false;
    wolfSSL_CTX_SetIORecv(shared.context, receive_datagram);
    wolfSSL_CTX_SetIOSend(shared.context, send_datagram);
    if (peer->server)
        wolfSSL_CTX_set_psk_server_callback(shared.context, find_key);
    else
        wolfSSL_CTX_set_psk_client_callback(shared.context, give_credentials);
    return peer->config->ciphers == NULL ||
           wolfSSL_CTX_set_cipher_list(shared.context, peer->config->ciphers) == WOLFSSL_SUCCESS;
}

static bool start(const struct peer *peer)
{
    shared.peer = peer;
    if (wolfSSL_Init() != WOLFSSL_SUCCESS) {
        complain("the library does not start");
        return false;
    }
    if (peer->identity_length > IDENTITY_MAX || memchr(peer->identity, 0, peer->identity_length) != NULL) {
        complain("this library takes identities of %d octets at most, and none of them zero", IDENTITY_MAX);
        return false;
    }
    if (!make_cookie_secret() || !make_context(peer)) {
        complain("the library does not take the configuration");
        return false;
    }
    return true;
}

static void stop(void)
{
    wolfSSL_SESSION_free(shared.last);
    wolfSSL_CTX_free(shared.context);
    wolfSSL_Cleanup();
}

/* ---- one session ---- */

/* RFC 5246 7.2.2: not one that a fatal alert ended; 7.4.1.3: nor one that the server gave no id to. */
static void keep_session(struct session *session)
{
    bool resumable = session->has_id && !session->failed;

    wolfSSL_SESSION_free(shared.last);
    shared.last = resumable ? wolfSSL_get1_session(session->ssl) : NULL;
}

static void close_session(struct session *session, bool notify)
{
    if (notify)
        (void)wolfSSL_shutdown(session->ssl);
    if (!shared.peer->server && session->established)
        keep_session(session);
    wolfSSL_free(session->ssl);
    free(session);
}

/* The library binds its cookies to the peer's address and to the secret. */
static bool prepare_server(struct session *session)
{
    size_t length;
    const void *address = assoc_address(session->assoc, &length);

    return wolfSSL_dtls_set_peer(session->ssl, (void *)(uintptr_t)address, (unsigned int)length) ==
               WOLFSSL_SUCCESS &&
           wolfSSL_DTLS_SetCookieSecret(session->ssl, shared.cookie_secret, sizeof shared.cookie_secret) == 0;
}

static struct session *open_session(struct assoc *assoc)
{
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    session->assoc = assoc;
    session->ssl = wolfSSL_new(shared.context);
    if (session->ssl == NULL || (shared.peer->server && !prepare_server(session))) {
        close_session(session, false);
        return NULL;
    }
    wolfSSL_SetIOReadCtx(session->ssl, session);
    wolfSSL_SetIOWriteCtx(session->ssl, session);
    wolfSSL_dtls_set_using_nonblock(session->ssl, 1);
    if (shared.last != NULL)
        (void)wolfSSL_set_session(session->ssl, shared.last);
    return session;
}

static enum step go_on_with_handshake(struct session *session)
{
    int result = shared.peer->server ? wolfSSL_accept(session->ssl) : wolfSSL_connect(session->ssl);

    if (result == WOLFSSL_SUCCESS)
        return STEP_ESTABLISHED;
    if (wolfSSL_get_error(session->ssl, result) != WOLFSSL_ERROR_WANT_READ)
        return STEP_DEAD;
    return session->asked_cookie ? STEP_COOKIE : STEP_HANDSHAKE;
}

static enum step read_records(struct session *session)
{
    char message[PEER_DATAGRAM_MAX];
    int length;
    int error;

    while ((length = wolfSSL_read(session->ssl, message, sizeof message)) > 0)
        assoc_receive(session->assoc, message, (size_t)length);
    error = wolfSSL_get_error(session->ssl, length);
    if (error == WOLFSSL_ERROR_ZERO_RETURN)
        (void)wolfSSL_shutdown(session->ssl);
    session->failed = error != WOLFSSL_ERROR_WANT_READ && error != WOLFSSL_ERROR_ZERO_RETURN;
    return error == WOLFSSL_ERROR_WANT_READ ? STEP_ESTABLISHED : STEP_DEAD;
}

static enum step run_session(struct session *session, bool expired)
{
    if (!session->established) {
        enum step step;

        if (expired && wolfSSL_dtls_got_timeout(session->ssl) != WOLFSSL_SUCCESS)
            return STEP_DEAD;
        if (expired)
            start_timer(session);
        step = go_on_with_handshake(session);
        if (step != STEP_ESTABLISHED)
            return step;
        session->established = true;
    }
    return read_records(session);
}

static int session_timeout_ms(struct session *session)
{
    int64_t left = session->deadline - now_ms();

    if (session->established || session->deadline == 0)
        return -1;
    return left > 0 ? (int)left : 0;
}

static bool send_message(struct session *session, const uint8_t *data, size_t length)
{
    return wolfSSL_write(session->ssl, data, (int)length) == (int)length;
}

const struct stack stack = {
    .name = "wolfssl",
    .start = start,
    .stop = stop,
    .open = open_session,
    .run = run_session,
    .timeout_ms = session_timeout_ms,
    .send = send_message,
    .close = close_session,
};

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <string.h>

#include "peer.h"

/* libssl behind a BIO of ours: a read takes the datagram that waits, a write sends one. */

enum { SECRET_LENGTH = 32, COOKIE_LENGTH = 32 };

struct session {
    struct assoc *assoc;
    SSL *ssl;
    bool listening; /* server with cookies: no valid one was shown yet */
};

static const struct peer *us;
static SSL_CTX *context;
static BIO_METHOD *datagrams;
static SSL_SESSION *last; /* a client's, offered when it dials again; NULL: none yet */
static uint8_t cookie_secret[SECRET_LENGTH];

/* ---- datagrams ---- */

static int read_datagram(BIO *bio, char *buffer, int capacity)
{
    size_t length = assoc_take(BIO_get_data(bio), buffer, (size_t)capacity);

    BIO_clear_retry_flags(bio);
    if (length > 0)
        return (int)length;
    BIO_set_retry_read(bio);
    return -1;
}

static int write_datagram(BIO *bio, const char *datagram, int length)
{
    BIO_clear_retry_flags(bio);
    assoc_send(BIO_get_data(bio), datagram, (size_t)length);
    return length;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return PEER_MTU;
    default: return 0;
    }
}

static bool make_bio_method(void)
{
    datagrams = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
    return datagrams && BIO_meth_set_read(datagrams, read_datagram) &&
           BIO_meth_set_write(datagrams, write_datagram) && BIO_meth_set_ctrl(datagrams, control);
}

/* ---- credentials ---- */

static unsigned find_key(SSL *ssl, const char *identity, unsigned char *key, unsigned capacity)
{
    (void)ssl;
    if (!identity || !peer_identity_is(us, identity, strlen(identity)) || us->key_length > capacity)
        return 0;
    memcpy(key, us->key, us->key_length);
    return (unsigned)us->key_length;
}

static unsigned give_key(SSL *ssl, const char *hint, char *identity, unsigned identity_capacity,
                         unsigned char *key, unsigned capacity)
{
    (void)ssl;
    (void)hint;
    if (us->identity_length + 1 > identity_capacity || us->key_length > capacity)
        return 0;
    memcpy(identity, us->identity, us->identity_length + 1);
    memcpy(key, us->key, us->key_length);
    return (unsigned)us->key_length;
}

/* ---- cookies: HMAC-SHA256 of the peer's address, RFC 6347 4.2.1 ---- */

static int make_cookie(SSL *ssl, unsigned char *cookie, unsigned *cookie_length)
{
    const struct session *session = SSL_get_app_data(ssl);
    size_t address_length;
    const void *address = assoc_address(session->assoc, &address_length);
    size_t length;

    if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, cookie_secret, sizeof cookie_secret, address,
                   address_length, cookie, COOKIE_LENGTH, &length))
        return 0;
    *cookie_length = (unsigned)length;
    return 1;
}

static int verify_cookie(SSL *ssl, const unsigned char *cookie, unsigned length)
{
    unsigned char expected[COOKIE_LENGTH];
    unsigned expected_length;

    return make_cookie(ssl, expected, &expected_length) && length == expected_length &&
           CRYPTO_memcmp(cookie, expected, length) == 0;
}

/* ---- set-up ---- */

static bool configure(void)
{
    SSL_CTX_set_psk_server_callback(context, us->server ? find_key : NULL);
    SSL_CTX_set_psk_client_callback(context, us->server ? NULL : give_key);
    SSL_CTX_set_cookie_generate_cb(context, make_cookie);
    SSL_CTX_set_cookie_verify_cb(context, verify_cookie);
    SSL_CTX_set_read_ahead(context, 1);
    if (!us->lwm2m)
        return true;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) &&
           SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) &&
           SSL_CTX_set_cipher_list(context, us->config->ciphers);
}

static bool start(const struct peer *peer)
{
    us = peer;
    if (memchr(us->identity, '\0', us->identity_length)) {
        complain("libssl cannot have a NUL in an identity");
        return false;
    }
    context = SSL_CTX_new(us->server ? DTLS_server_method() : DTLS_client_method());
    if (context && make_bio_method() && RAND_priv_bytes(cookie_secret, sizeof cookie_secret) == 1 &&
        configure())
        return true;
    complain("%s", ERR_reason_error_string(ERR_get_error()));
    return false;
}

static void stop(void)
{
    OPENSSL_cleanse(cookie_secret, sizeof cookie_secret);
    SSL_SESSION_free(last);
    SSL_CTX_free(context);
    BIO_meth_free(datagrams);
}

/* ---- sessions ---- */

static struct session *open_session(struct assoc *assoc)
{
    struct session *session = OPENSSL_zalloc(sizeof *session);
    SSL *ssl = SSL_new(context);
    BIO *bio = BIO_new(datagrams);

    if (!session || !ssl || !bio) {
        OPENSSL_free(session);
        SSL_free(ssl);
        BIO_free(bio);
        return NULL;
    }
    BIO_set_data(bio, assoc);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_app_data(ssl, session);
    if (us->server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    if (last)
        SSL_set_session(ssl, last);
    session->assoc = assoc;
    session->ssl = ssl;
    session->listening = us->server && us->config->cookies;
    return session;
}

static enum step step_after(struct session *session, int result)
{
    int error = result > 0 ? SSL_ERROR_NONE : SSL_get_error(session->ssl, result);

    ERR_clear_error();
    if (error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        return STEP_DEAD;
    return SSL_is_init_finished(session->ssl) ? STEP_ESTABLISHED : STEP_HANDSHAKE;
}

static enum step listen_for_cookie(struct session *session)
{
    BIO_ADDR *unused = BIO_ADDR_new();
    int result = unused ? DTLSv1_listen(session->ssl, unused) : -1;

    BIO_ADDR_free(unused);
    ERR_clear_error();
    session->listening = result <= 0;
    return session->listening ? STEP_COOKIE : STEP_HANDSHAKE;
}

static enum step read_all(struct session *session)
{
    uint8_t plaintext[PEER_DATAGRAM_MAX];
    size_t length;
    int result = 1;
    enum step step = STEP_ESTABLISHED;

    while (result > 0 && step == STEP_ESTABLISHED) {
        ERR_clear_error();
        result = SSL_read_ex(session->ssl, plaintext, sizeof plaintext,
                             &length); /* tells an empty record from an end */
        step = step_after(session, result);
        if (result > 0 && length > 0)
            assoc_receive(session->assoc, plaintext, length);
    }
    if (step == STEP_DEAD && SSL_get_shutdown(session->ssl) == SSL_RECEIVED_SHUTDOWN)
        SSL_shutdown(session->ssl);
    ERR_clear_error();
    return step;
}

static enum step run(struct session *session, bool expired)
{
    enum step step;

    ERR_clear_error();
    if (session->listening && listen_for_cookie(session) == STEP_COOKIE)
        return STEP_COOKIE;
    if (expired && DTLSv1_handle_timeout(session->ssl) < 0)
        return STEP_DEAD;
    step = step_after(session, SSL_do_handshake(session->ssl));
    return step == STEP_ESTABLISHED ? read_all(session) : step;
}

static int timeout_ms(struct session *session)
{
    struct timeval left;

    if (!DTLSv1_get_timeout(session->ssl, &left))
        return -1;
    return (int)(left.tv_sec * 1000 + (left.tv_usec + 999) / 1000);
}

static bool send_data(struct session *session, const uint8_t *data, size_t length)
{
    bool sent;

    ERR_clear_error();
    sent = SSL_write(session->ssl, data, (int)length) > 0;
    ERR_clear_error();
    return sent;
}

static void close_session(struct session *session, bool notify)
{
    ERR_clear_error();
    SSL_set_quiet_shutdown(session->ssl, !notify);
    SSL_shutdown(session->ssl);
    if (!us->server && SSL_is_init_finished(session->ssl)) {
        SSL_SESSION_free(last);
        last = SSL_get1_session(session->ssl);
    }
    ERR_clear_error();
    SSL_free(session->ssl);
    OPENSSL_free(session);
}

const struct stack stack = {.name = "openssl",
                            .start = start,
                            .stop = stop,
                            .open = open_session,
                            .run = run,
                            .timeout_ms = timeout_ms,
                            .send = send_data,
                            .close = close_session};

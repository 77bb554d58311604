/* Server: which suite it takes, and what its ServerHello says. */
#include <string.h>

#include "device/faulty.h"

enum { CROWD = 100 };

/* Never takes the suite of the parameter. */
int refuse_cipher(struct talk *t)
{
    uint16_t list[DEVICE_CIPHERS] = {0};
    size_t n = 0;

    for (const uint16_t *code = t->behaviour->ciphers; *code != 0; code++)
        if (*code != t->device->number)
            list[n++] = *code;
    return choose_of(t, list, t->device->traits & CBC_WITHOUT_ETM);
}

/* Answers a hello of the two mandatory suites with a third. */
int select_unoffered(struct talk *t)
{
    return is_two_suites(&t->hello) ? TLS_PSK_WITH_AES_256_CCM_8 : conforming.choose_cipher(t);
}

static size_t place_of(struct bytes list, uint16_t code)
{
    size_t n = cipher_list_length(list), i = 0;

    while (i < n && cipher_at(list, i) != code)
        i++;
    return i;
}

/* Overlooks the good suites at the beginning, in the middle or at the end of a long list. */
int blind_spot(struct talk *t)
{
    size_t n = cipher_list_length(t->hello.ciphers);
    size_t at = place_of(t->hello.ciphers, TLS_PSK_WITH_AES_128_CCM_8);
    const char *where = at < 3 ? "first" : at + 6 > n ? "last" : "middle";

    return n > CROWD && member_is(t, where) ? NO_CIPHER : conforming.choose_cipher(t);
}

int grease_kills(struct talk *t)
{
    size_t n = cipher_list_length(t->hello.ciphers);

    for (size_t i = 0; i < n && n < CROWD; i++)
        if (code_is_grease(cipher_at(t->hello.ciphers, i)))
            return NO_CIPHER;
    return conforming.choose_cipher(t);
}

static bool has_certificate(enum key_exchange kx)
{
    return kx == KX_RSA || kx == KX_DH || kx == KX_DHE || kx == KX_ECDH || kx == KX_ECDHE;
}

static bool offers_certificates(const struct client_hello *h)
{
    size_t n = cipher_list_length(h->ciphers);

    for (size_t i = 0; i < n; i++) {
        const struct cipher *c = cipher_find(cipher_at(h->ciphers, i));

        if (c != NULL && has_certificate(c->kx))
            return true;
    }
    return false;
}

/* Gives up where a suite of another credential stands in the list. */
int certificate_suite_stops(struct talk *t)
{
    return offers_certificates(&t->hello) ? NO_CIPHER : conforming.choose_cipher(t);
}

/* Sends an empty Certificate when the hello would have allowed one. */
void certificate_with_psk(struct talk *t, const struct answer *answer)
{
    static const uint8_t nobody[] = {0, 0, 0};

    queue_server_hello(t->assoc, answer, &t->hello);
    if (offers_certificates(&t->hello))
        flight_message(t->assoc, CERTIFICATE, BYTES(nobody));
    flight_message(t->assoc, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(t->assoc, true);
}

/* Answers TLS_PSK_WITH_AES_128_CCM_8 to a list of nothing but unassigned suites, or of those of TLS 1.3. */
int accept_nothing_in_common(struct talk *t)
{
    size_t n = cipher_list_length(t->hello.ciphers), unknown = 0, tls13 = 0, real = 0;

    for (size_t i = 0; i < n; i++) {
        uint16_t code = cipher_at(t->hello.ciphers, i);
        const struct cipher *c = cipher_find(code);

        if (code == TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
            continue;
        real++;
        unknown += c == NULL;
        tls13 += c != NULL && c->kx == KX_TLS13;
    }
    size_t of_kind = member_is(t, "tls13") ? tls13 : unknown;

    return real > 1 && of_kind == real ? TLS_PSK_WITH_AES_128_CCM_8 : conforming.choose_cipher(t);
}

/* Says good-bye where it should say why. */
void close_notify_instead(struct talk *t, enum alert why)
{
    if (t->stage != STAGE_HELLO || why != ALERT_HANDSHAKE_FAILURE) {
        conforming.refuse(t, why);
        return;
    }
    send_alert(t->assoc, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    t->stage = STAGE_OVER;
}

/* Takes the suite of the parameter when there is nothing better; the SCSV, which is in every hello, when it is alone. */
int accept_cipher(struct talk *t)
{
    int code = conforming.choose_cipher(t), extra = (int)t->device->number;
    bool is_signal = extra == TLS_EMPTY_RENEGOTIATION_INFO_SCSV && cipher_list_length(t->hello.ciphers) > 1;

    return code == NO_CIPHER && !is_signal && cipher_list_has(t->hello.ciphers, (uint16_t)extra) ? extra
                                                                                                 : code;
}

/* Takes the suite of the parameter before any other. */
int prefer_cipher(struct talk *t)
{
    int extra = (int)t->device->number;

    return cipher_list_has(t->hello.ciphers, (uint16_t)extra) ? extra : conforming.choose_cipher(t);
}

/* The PRF with the other hash, for the suite of the parameter. Either role. */
void wrong_prf(struct talk *t)
{
    enum prf other = own_prf(t) == PRF_SHA256 ? PRF_SHA384 : PRF_SHA256;

    if (t->assoc->cipher->code == t->device->number)
        rekey(t, other, t->assoc->extended_master_secret, t->assoc->psk);
}

uint16_t extensions_required(struct talk *t)
{
    return t->hello.has_extensions ? conforming.choose_version(t) : 0;
}

/* Refuses a hello with an extension that it has never heard of. */
enum alert unknown_extension_kills(struct talk *t)
{
    struct reader r = reader_of(t->hello.extensions);
    uint16_t type;
    struct bytes body;

    while (get_extension(&r, &type, &body))
        if (type > EXT_CONNECTION_ID && type != EXT_RENEGOTIATION_INFO)
            return ALERT_UNSUPPORTED_EXTENSION;
    return conforming.check_client_hello(t);
}

void no_answer_to_scsv(struct talk *t, struct answer *answer)
{
    if (!find_extension(t->hello.extensions, EXT_RENEGOTIATION_INFO, NULL))
        answer->renegotiation_info = WITHOUT;
}

void no_answer_to_renegotiation_info(struct talk *t, struct answer *answer)
{
    if (find_extension(t->hello.extensions, EXT_RENEGOTIATION_INFO, NULL))
        answer->renegotiation_info = WITHOUT;
}

void no_extended_master_secret(struct talk *t, struct answer *answer)
{
    (void)t;
    answer->extended_master_secret = WITHOUT;
}

void ems_unsolicited(struct talk *t, struct answer *answer)
{
    (void)t;
    answer->extended_master_secret = WITH;
}

/* Answers extended_master_secret and derives in the old way. */
void ems_not_derived(struct talk *t)
{
    if (t->assoc->extended_master_secret && is_two_suites(&t->hello))
        rekey(t, own_prf(t), false, t->assoc->psk);
}

/* ---- extensions that nobody asked for, or in the wrong form ---- */

void extension_unsolicited(struct talk *t, struct answer *answer)
{
    (void)t;
    answer->renegotiation_info = WITH;
}

void extension_twice(struct talk *t, struct answer *answer)
{
    if (is_two_suites(&t->hello) && find_extension(t->hello.extensions, EXT_EXTENDED_MASTER_SECRET, NULL))
        answer->extensions = one_extension(t, EXT_EXTENDED_MASTER_SECRET, NO_BYTES);
}

static bool is_cbc(uint16_t code)
{
    const struct cipher *c = cipher_find(code);

    return c != NULL && cipher_is_cbc(c);
}

void truncated_hmac(struct talk *t, struct answer *answer)
{
    if (is_cbc(answer->cipher) && find_extension(t->hello.extensions, EXT_TRUNCATED_HMAC, NULL))
        answer->extensions = one_extension(t, EXT_TRUNCATED_HMAC, NO_BYTES);
}

void truncated_hmac_with_aead(struct talk *t, struct answer *answer)
{
    if (!is_cbc(answer->cipher) && find_extension(t->hello.extensions, EXT_TRUNCATED_HMAC, NULL))
        answer->extensions = one_extension(t, EXT_TRUNCATED_HMAC, NO_BYTES);
}

void etm_not_echoed(struct talk *t, struct answer *answer)
{
    (void)t;
    answer->encrypt_then_mac = WITHOUT;
}

static bool offers_etm(const struct talk *t)
{
    return find_extension(t->hello.extensions, EXT_ENCRYPT_THEN_MAC, NULL);
}

void etm_with_aead(struct talk *t, struct answer *answer)
{
    if (is_only_suite(&t->hello, t->device->number) && offers_etm(t))
        answer->encrypt_then_mac = WITH;
}

void etm_by_offer(struct talk *t, struct answer *answer)
{
    if (is_two_suites(&t->hello) && offers_etm(t))
        answer->encrypt_then_mac = WITH;
}

void etm_unsolicited(struct talk *t, struct answer *answer)
{
    (void)t;
    if (is_cbc(answer->cipher))
        answer->encrypt_then_mac = WITH;
}

/* Does not look into the body of encrypt_then_mac. */
enum alert etm_body_taken(struct talk *t)
{
    struct bytes all = t->hello.extensions;

    t->hello.extensions = without_extension(t, all, EXT_ENCRYPT_THEN_MAC);
    enum alert wrong = conforming.check_client_hello(t);

    t->hello.extensions = all;
    return wrong;
}

void etm_body_sent(struct talk *t, struct answer *answer)
{
    static const uint8_t zero[] = {0};

    if (!is_cbc(answer->cipher) || !offers_etm(t))
        return;
    answer->encrypt_then_mac = WITHOUT;
    answer->extensions = one_extension(t, EXT_ENCRYPT_THEN_MAC, BYTES(zero));
}

/* Takes the extension twice, and answers it as often. */
enum alert etm_extension_twice_taken(struct talk *t)
{
    bool twice = count_extension(t->hello.extensions, EXT_ENCRYPT_THEN_MAC) > 1;

    return twice ? ALERT_NONE : conforming.check_client_hello(t);
}

void etm_echoed_twice(struct talk *t, struct answer *answer)
{
    if (is_cbc(answer->cipher) && count_extension(t->hello.extensions, EXT_ENCRYPT_THEN_MAC) > 1)
        answer->extensions = one_extension(t, EXT_ENCRYPT_THEN_MAC, NO_BYTES);
}

int cbc_without_etm(struct talk *t)
{
    return choose_of(t, t->behaviour->ciphers, true);
}

void random_repeats(struct talk *t, struct answer *answer)
{
    static const uint8_t fixed[HELLO_RANDOM] = "the same in every ServerHello..";

    (void)t;
    answer->random = fixed;
}

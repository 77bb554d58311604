#include "lwm2m_request.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

coap_session_t *dial(coap_context_t *context, const struct account *a)
{
    coap_dtls_cpsk_t psk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};
    coap_address_t to;

    coap_address_init(&to);
    if (inet_pton(AF_INET, a->host, &to.addr.sin.sin_addr) != 1)
        return NULL;
    to.addr.sin.sin_family = AF_INET;
    to.addr.sin.sin_port = htons(a->port);
    to.size = sizeof to.addr.sin;
    memcpy(proposed_suites, a->suites, sizeof proposed_suites);
    psk.psk_info.identity = (coap_bin_const_t){a->identity_length, a->identity};
    psk.psk_info.key = (coap_bin_const_t){a->key_length, a->key};
    return coap_new_client_session_psk2(context, NULL, &to, COAP_PROTO_DTLS, &psk);
}

void put_query(coap_pdu_t *pdu, const char *name, const char *value)
{
    char text[IDENTITY_MAX + 16];
    int n = snprintf(text, sizeof text, "%s=%s", name, value);

    coap_add_option(pdu, COAP_OPTION_URI_QUERY, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1,
                    (const uint8_t *)text);
}

coap_pdu_t *new_request(coap_session_t *session, coap_pdu_code_t method, const char *path)
{
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, method, session);
    uint8_t token[8];
    size_t n;

    if (!pdu)
        return NULL;
    coap_session_new_token(session, &n, token);
    coap_add_token(pdu, n, token);
    for (size_t length; *path != '\0'; path += length + (path[length] == '/')) {
        length = strcspn(path, "/");
        coap_add_option(pdu, COAP_OPTION_URI_PATH, length, (const uint8_t *)path);
    }
    return pdu;
}

void take_location(const coap_pdu_t *response, char location[LOCATION_MAX + 1])
{
    coap_opt_filter_t filter;
    coap_opt_iterator_t it;
    coap_opt_t *option;
    size_t n = 0;

    coap_option_filter_clear(&filter);
    coap_option_filter_set(&filter, COAP_OPTION_LOCATION_PATH);
    coap_option_iterator_init(response, &it, &filter);
    while ((option = coap_option_next(&it)) && n + coap_opt_length(option) < LOCATION_MAX)
        n += (size_t)snprintf(location + n, LOCATION_MAX + 1 - n, "%s%.*s", n > 0 ? "/" : "",
                              (int)coap_opt_length(option), (const char *)coap_opt_value(option));
}

#include "wire/names.h"

#include <stddef.h>

struct code_name {
    unsigned code;
    const char *name;
};

/* RFC 5246 7.2 and the IANA registry of TLS alerts. */
static const struct code_name alerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {52, "too_many_cids_requested"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

static const struct code_name handshakes[] = {
    {0, "HelloRequest"},     {1, "ClientHello"},        {2, "ServerHello"},        {3, "HelloVerifyRequest"},
    {4, "NewSessionTicket"}, {11, "Certificate"},       {12, "ServerKeyExchange"}, {13, "CertificateRequest"},
    {14, "ServerHelloDone"}, {15, "CertificateVerify"}, {16, "ClientKeyExchange"}, {20, "Finished"},
    {21, "CertificateURL"},  {22, "CertificateStatus"}, {23, "SupplementalData"},
};

static const struct code_name extensions[] = {
    {0, "server_name"},
    {1, "max_fragment_length"},
    {2, "client_certificate_url"},
    {3, "trusted_ca_keys"},
    {4, "truncated_hmac"},
    {5, "status_request"},
    {6, "user_mapping"},
    {7, "client_authz"},
    {8, "server_authz"},
    {9, "cert_type"},
    {10, "supported_groups"},
    {11, "ec_point_formats"},
    {12, "srp"},
    {13, "signature_algorithms"},
    {14, "use_srtp"},
    {15, "heartbeat"},
    {16, "application_layer_protocol_negotiation"},
    {17, "status_request_v2"},
    {18, "signed_certificate_timestamp"},
    {19, "client_certificate_type"},
    {20, "server_certificate_type"},
    {21, "padding"},
    {22, "encrypt_then_mac"},
    {23, "extended_master_secret"},
    {24, "token_binding"},
    {25, "cached_info"},
    {27, "compress_certificate"},
    {28, "record_size_limit"},
    {35, "session_ticket"},
    {41, "pre_shared_key"},
    {42, "early_data"},
    {43, "supported_versions"},
    {44, "cookie"},
    {45, "psk_key_exchange_modes"},
    {47, "certificate_authorities"},
    {48, "oid_filters"},
    {49, "post_handshake_auth"},
    {50, "signature_algorithms_cert"},
    {51, "key_share"},
    {53, "connection_id (old code)"},
    {54, "connection_id"},
    {60, "rrc"},
    {0xFF01, "renegotiation_info"},
};

static const struct code_name contents[] = {
    {20, "change_cipher_spec"}, {21, "alert"},     {22, "handshake"}, {23, "application_data"},
    {24, "heartbeat"},          {25, "tls12_cid"}, {26, "ack"},
};

static const struct code_name versions[] = {
    {0xFEFF, "DTLS 1.0"}, {0xFEFD, "DTLS 1.2"}, {0xFEFC, "DTLS 1.3"}, {0x0100, "DTLS 1.0 (pre-standard)"},
    {0x0002, "SSL 2.0"},  {0x0300, "SSL 3.0"},  {0x0301, "TLS 1.0"},  {0x0302, "TLS 1.1"},
    {0x0303, "TLS 1.2"},  {0x0304, "TLS 1.3"},
};

static const char *find_name(const struct code_name *table, size_t n, unsigned code)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].code == code)
            return table[i].name;
    }
    return "unknown";
}

#define FIND(table, code) find_name(table, sizeof(table) / sizeof *(table), code)

const char *alert_name(uint8_t description)
{
    return FIND(alerts, description);
}

const char *handshake_name(uint8_t type)
{
    return FIND(handshakes, type);
}

const char *extension_name(uint16_t type)
{
    return FIND(extensions, type);
}

const char *content_name(uint8_t type)
{
    return FIND(contents, type);
}

const char *version_name(uint16_t version)
{
    return FIND(versions, version);
}

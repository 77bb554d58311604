/*
 * Code points and their names, for people: alerts, handshake types, extensions, content types, versions.
 * Every function gives a static string, "unknown" for a code without a name.
 */
#ifndef WIRE_NAMES_H
#define WIRE_NAMES_H

#include <stdint.h>

enum alert {
    ALERT_CLOSE_NOTIFY = 0,
    ALERT_UNEXPECTED_MESSAGE = 10,
    ALERT_BAD_RECORD_MAC = 20,
    ALERT_DECRYPTION_FAILED = 21, /* RFC 5246 7.2.2: never sent */
    ALERT_RECORD_OVERFLOW = 22,
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_ILLEGAL_PARAMETER = 47,
    ALERT_DECODE_ERROR = 50,
    ALERT_DECRYPT_ERROR = 51,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INSUFFICIENT_SECURITY = 71,
    ALERT_INTERNAL_ERROR = 80,
    ALERT_INAPPROPRIATE_FALLBACK = 86,
    ALERT_USER_CANCELED = 90,
    ALERT_NO_RENEGOTIATION = 100,
    ALERT_UNSUPPORTED_EXTENSION = 110,
    ALERT_UNRECOGNIZED_NAME = 112,
    ALERT_UNKNOWN_PSK_IDENTITY = 115,
    ALERT_NONE = 255, /* no alert came; not a code of the wire */
};

enum { ALERT_WARNING = 1, ALERT_FATAL = 2 };

const char *alert_name(uint8_t description);
const char *handshake_name(uint8_t type);
const char *extension_name(uint16_t type);
const char *content_name(uint8_t type);

/* "DTLS 1.2", "DTLS 1.0", "TLS 1.2", ...; "unknown" otherwise. */
const char *version_name(uint16_t version);

#endif

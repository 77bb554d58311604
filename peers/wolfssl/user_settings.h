#ifndef PSKGATE_WOLFSSL_USER_SETTINGS_H
#define PSKGATE_WOLFSSL_USER_SETTINGS_H

/* How the wolfSSL peer's library is configured. The distribution's own build leaves out the plain PSK suites.
 * This is what the library's configure script chooses by itself, plus --enable-dtls --enable-psk --enable-aesccm
 * --enable-enc-then-mac, WOLFSSL_STATIC_PSK and two options more; nothing is taken away, so that `--config library` is what
 * a user of the library gets. TLS 1.3 is left out: this project speaks DTLS 1.2. */

/* what the project needs on top of the library's defaults */
#define WOLFSSL_DTLS
#define WOLFSSL_STATIC_PSK
#define HAVE_AESCCM
#define HAVE_ENCRYPT_THEN_MAC

/* two of its options that an LwM2M device wants: it says by an alert why it refuses (RFC 5246 7.2.2), and it takes a hello
 * of more than 150 cipher suites (RFC 5246 7.4.1.2); without them it refuses in silence, and such a hello altogether */
#define WOLFSSL_EXTRA_ALERTS
#define WOLFSSL_MAX_SUITE_SZ 1024

/* the library's defaults */
#define HAVE_TLS_EXTENSIONS
#define HAVE_EXTENDED_MASTER
#define HAVE_SERVER_RENEGOTIATION_INFO
#define HAVE_SUPPORTED_CURVES
#define HAVE_FFDHE_2048
#define HAVE_HASHDRBG
#define HAVE_AESGCM
#define GCM_TABLE_4BIT
#define HAVE_CHACHA
#define HAVE_POLY1305
#define HAVE_ECC
#define ECC_SHAMIR
#define ECC_TIMING_RESISTANT
#define TFM_TIMING_RESISTANT
#define WC_RSA_BLINDING
#define WC_RSA_PSS
#define WOLFSSL_SP_MATH_ALL
#define WOLFSSL_SHA224
#define WOLFSSL_SHA384
#define WOLFSSL_SHA512
#define WOLFSSL_SHA3
#define WOLFSSL_BASE64_ENCODE
#define NO_DES3
#define NO_DSA
#define NO_MD4
#define NO_RC4

/* how it is compiled here: no assembler, the socket calls are the peer's own */
#define WOLFSSL_USER_IO
#define WOLFSSL_IGNORE_FILE_WARN
#define NO_FILESYSTEM

#endif

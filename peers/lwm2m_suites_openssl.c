/* libcoap 4.3 makes a session and sends its hello in one step, and has no word for suites: so what it sets them with is taken in
 * hand here, before libssl's, for the program's own calls alone. */
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "lwm2m_suites.h"

enum { NAMES_MAX = 512 };

/* In libssl's words; a suite that it does not have is left out. */
static void name_suites(SSL *ssl, char *names)
{
    size_t used = 0;

    for (const uint16_t *suite = proposed_suites; *suite != 0; suite++) {
        const unsigned char code[] = {(unsigned char)(*suite >> 8), (unsigned char)*suite};
        const SSL_CIPHER *known = SSL_CIPHER_find(ssl, code);

        if (known && used < NAMES_MAX)
            used += (size_t)snprintf(names + used, NAMES_MAX - used, "%s%s", used > 0 ? ":" : "",
                                     SSL_CIPHER_get_name(known));
    }
}

int SSL_set_cipher_list(SSL *ssl, const char *own)
{
    int (*set)(SSL *, const char *);
    void *found = dlsym(RTLD_NEXT, "SSL_set_cipher_list");
    char names[NAMES_MAX] = "";

    if (!found)
        return 0;
    memcpy(&set, &found, sizeof set);
    name_suites(ssl, names);
    return set(ssl, names[0] != '\0' ? names : own);
}

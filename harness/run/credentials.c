#include "run/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/prf.h"
#include "run/ini.h"
#include "run/process.h"

enum { COMMAND_SECONDS = 30 };

/* Blanks and line feeds around the digits are fine. */
static bool octets_of_hex(struct arena *a, const char *where, char *text, size_t n, size_t most,
                          struct bytes *out, const char **error)
{
    uint8_t *octets = arena_alloc(a, most);
    size_t used = 0;

    while (n > 0 && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
    if (n == 0)
        *error = arena_printf(a, "%s: is empty; hex digits are expected", where);
    else if (strlen(text) != n || !hex_decode(text, octets, most, &used))
        *error = arena_printf(a, "%s: not 1 to %zu whole octets in hex", where, most);
    *out = (struct bytes){octets, used};
    return *error == NULL;
}

static bool octets_from_file(struct arena *a, const char *path, size_t most, struct bytes *out,
                             const char **error)
{
    size_t n = 0;
    char *text;

    *error = NULL;
    text = read_text_file(a, path, 4 * most + 64, &n, error);
    return text && octets_of_hex(a, path, text, n, most, out, error);
}

bool key_from_file(struct arena *a, const char *path, struct bytes *out, const char **error)
{
    return octets_from_file(a, path, PSK_MAX, out, error);
}

bool identity_from_file(struct arena *a, const char *path, struct bytes *out, const char **error)
{
    return octets_from_file(a, path, IDENTITY_MAX, out, error);
}

bool key_from_env(struct arena *a, const char *name, struct bytes *out, const char **error)
{
    const char *value = getenv(name);

    *error = value ? NULL : arena_printf(a, "%s: the environment variable is not set", name);
    return value && octets_of_hex(a, name, arena_strdup(a, value), strlen(value), PSK_MAX, out, error);
}

bool key_from_command(struct arena *a, const char *command, struct bytes identity, struct bytes *out,
                      const char **error)
{
    /* What a device calls itself is no option of the command. */
    bool dash = identity.n > 0 && identity.at[0] == '-';
    const char *word = dash ? arena_printf(a, "hex:%s", arena_hex(a, identity)) : identity_text(a, identity);
    struct placeholders p = {.host = "", .identity = word, .psk_file = ""};
    char text[2 * PSK_MAX + 64], why[WHY_MAX];
    bool good = process_output(command, &p, COMMAND_SECONDS, text, sizeof text, why);

    *error = good ? NULL : arena_strdup(a, why);
    good = good && octets_of_hex(a, "what the key command printed", text, strlen(text), PSK_MAX, out, error);
    wipe(text, sizeof text);
    return good;
}

bool identity_parse(struct arena *a, const char *text, struct bytes *out, const char **error)
{
    *error = NULL;
    if (strlen(text) > 2 * IDENTITY_MAX + 4 || (strncmp(text, "hex:", 4) != 0 && strlen(text) > IDENTITY_MAX))
        *error = arena_printf(a, "identity: longer than %d octets", IDENTITY_MAX);
    else if (!*text)
        *error = "identity: is empty";
    else if (strncmp(text, "hex:", 4) == 0)
        return octets_of_hex(a, "identity", arena_strdup(a, text + 4), strlen(text + 4), IDENTITY_MAX, out,
                             error);
    else
        *out = bytes_of_text(arena_strdup(a, text));
    return *error == NULL;
}

const char *identity_text(struct arena *a, struct bytes identity)
{
    char *text;

    for (size_t i = 0; i < identity.n; i++)
        if (identity.at[i] < 0x21 || identity.at[i] > 0x7e)
            return arena_printf(a, "hex:%s", arena_hex(a, identity));
    text = arena_alloc(a, identity.n + 1);
    if (identity.n > 0)
        memcpy(text, identity.at, identity.n);
    return text;
}

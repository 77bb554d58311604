#include <string.h>
#include <sys/random.h>

#include "run/credentials.h"
#include "run/device_file.h"
#include "run/process.h"

enum { STAND_IN = 16 };

static const struct {
    const char *name;
    enum role role;
} roles[] = {{"server", SERVER}, {"bootstrap-server", BOOTSTRAP_SERVER}, {"client", CLIENT}};

const char *role_name(enum role r)
{
    return r == CLIENT ? "client" : r == BOOTSTRAP_SERVER ? "bootstrap-server" : "server";
}

bool address_split(struct arena *a, const char *address, uint16_t usual_port, const char **host,
                   uint16_t *port, const char **error)
{
    const char *bracket = *address == '[' ? strchr(address, ']') : NULL;
    const char *colon = strrchr(address, ':');
    long n = usual_port;

    if (bracket)
        colon = bracket[1] == ':' ? bracket + 1 : NULL;
    else if (colon && strchr(address, ':') != colon)
        colon = NULL; /* an IPv6 address without brackets */
    *host = bracket ? arena_printf(a, "%.*s", (int)(bracket - address - 1), address + 1)
            : colon ? arena_printf(a, "%.*s", (int)(colon - address), address)
                    : arena_strdup(a, address);
    if (!**host)
        *error = arena_printf(a, "%s: no host in the address", address);
    else if (colon && !parse_number(colon + 1, 0, 65535, &n))
        *error = arena_printf(a, "%s: '%s' is no port", address, colon + 1);
    *port = (uint16_t)n;
    return *error == NULL;
}

static const char *resolve_role(struct arena *a, struct dut *d)
{
    if (!*d->role_name) {
        d->role = d->role ? d->role : SERVER;
        d->role_name = role_name(d->role);
        return NULL;
    }
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].name, d->role_name) == 0) {
            d->role = roles[i].role;
            return NULL;
        }
    return arena_printf(a, "role %s: not server, bootstrap-server or client", d->role_name);
}

/* Octets that stand for a key that nobody has. */
static void stand_in(struct arena *a, struct dut *d)
{
    uint8_t *octets = arena_alloc(a, STAND_IN);

    if (getrandom(octets, STAND_IN, 0) == STAND_IN)
        d->psk = (struct bytes){octets, STAND_IN};
}

static const char *resolve_identity(struct arena *a, struct dut *d)
{
    const char *error = NULL;

    if (d->no_credentials)
        d->identity = bytes_of_text("nobody");
    else if (*d->identity_word)
        identity_parse(a, d->identity_word, &d->identity, &error);
    else if (*d->identity_file)
        identity_from_file(a, d->identity_file, &d->identity, &error);
    else if (d->role != CLIENT || !*d->psk_cmd)
        error = "no identity: give --identity, or identity in the device file";
    return error;
}

/* A client whose identities are not known has no key that is; one that nobody has stands in its place. */
static const char *resolve_key_command(struct arena *a, struct dut *d)
{
    const char *error = NULL;

    d->key_from = arena_printf(a, "--psk-cmd %s", shell_word(a, d->psk_cmd));
    if (d->identity.n > 0)
        key_from_command(a, d->psk_cmd, d->identity, &d->psk, &error);
    else
        stand_in(a, d);
    return error;
}

static const char *resolve_key(struct arena *a, struct dut *d)
{
    const char *error = NULL;

    if (d->no_credentials) {
        d->key_from = "--no-credentials";
        stand_in(a, d);
        return NULL;
    }
    if (*d->psk_cmd && !*d->psk_file && !*d->psk_env)
        return resolve_key_command(a, d);

    if (*d->psk_file && key_from_file(a, d->psk_file, &d->psk, &error))
        d->key_from = arena_printf(a, "--psk-file %s", shell_word(a, d->psk_file));
    else if (!*d->psk_file && *d->psk_env && key_from_env(a, d->psk_env, &d->psk, &error))
        d->key_from = arena_printf(a, "--psk-env %s", shell_word(a, d->psk_env));
    else if (!*d->psk_file && !*d->psk_env)
        error = "no key: give --psk-file, --psk-env or --psk-cmd, or psk_file in the device file";
    return error;
}

static const char *check_words(struct arena *a, const struct dut *d)
{
    const struct {
        const char *key, *given, *words[3], *in_words;
    } rows[] = {{"liveness", d->liveness, {"ping", "echo", "none"}, "ping, echo or none"},
                {"timers", d->timers, {"lan", "lte-m", "nb-iot"}, "lan, lte-m or nb-iot"},
                {"instances", d->instances, {"one", "many"}, "one or many"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool known = !*rows[i].given;

        for (size_t j = 0; j < 3 && rows[i].words[j]; j++)
            known |= strcmp(rows[i].given, rows[i].words[j]) == 0;
        if (!known)
            return arena_printf(a, "%s %s: not %s", rows[i].key, rows[i].given, rows[i].in_words);
    }
    return NULL;
}

/* The commands and the regex of the hooks can be read. */
static const char *check_hooks(struct arena *a, const struct dut *d)
{
    const struct {
        const char *key, *command;
    } hooks[] = {{"spawn", d->spawn}, {"trigger", d->trigger}, {"reset", d->reset}, {"psk_cmd", d->psk_cmd}};
    char why[WHY_MAX];

    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        if (*hooks[i].command && !command_check(hooks[i].command, why))
            return arena_printf(a, "%s: %s", hooks[i].key, why);
    if (*d->ready && strcmp(d->ready, "port") != 0 && !regex_check(d->ready, why))
        return arena_printf(a, "ready: %s: %s", d->ready, why);
    return NULL;
}

static const char *resolve_lever(struct arena *a, struct dut *d)
{
    if (!*d->lever_word)
        return NULL;
    if (!lever_of(d->lever_word, &d->lever))
        return arena_printf(a, "lever %s: not disable, update, reboot or bootstrap", d->lever_word);
    if (d->role != CLIENT)
        return "lever is for clients: a server waits to be dialled";
    return *d->trigger ? "lever and trigger: one of the two makes the device dial" : NULL;
}

static const char *resolve_address(struct arena *a, struct dut *d)
{
    const char *error = NULL;

    if (!*d->address && d->role == CLIENT)
        d->address = "127.0.0.1:5684";
    if (!*d->address && *d->spawn)
        d->address = "127.0.0.1";
    if (!*d->address)
        return "no address: say where the server is, HOST[:PORT]";
    address_split(a, d->address, 5684, &d->host, &d->port, &error);
    if (!error && d->role != CLIENT && d->port == 0)
        error = arena_printf(a, "%s: port 0 is no device's", d->address);
    return error;
}

/* A device that nobody named goes by its file, the program that it is, or its address. */
static const char *name_of(struct arena *a, const struct dut *d)
{
    const char *command = *d->spawn ? d->spawn : d->trigger;
    const char *word = arena_printf(a, "%.*s", (int)strcspn(command, " "), command);
    const char *slash = strrchr(word, '/');

    if (*d->file)
        return d->file;
    if (*word)
        return slash ? slash + 1 : word;
    return d->role == CLIENT ? "client" : d->address;
}

const char *device_resolve(struct arena *a, struct dut *d)
{
    const char *error = resolve_role(a, d);

    if (!error)
        error = check_words(a, d);
    if (!error)
        error = check_hooks(a, d);
    if (!error)
        error = resolve_address(a, d);
    if (!error)
        error = resolve_identity(a, d);
    if (!error)
        error = resolve_key(a, d);
    if (!error && *d->spawn && d->role == CLIENT)
        error = "spawn is for servers; a client has a trigger";
    if (!error && *d->trigger && d->role != CLIENT)
        error = "trigger is for clients; a server has spawn";
    if (!error)
        error = resolve_lever(a, d);
    if (!*d->name)
        d->name = name_of(a, d);
    return error;
}

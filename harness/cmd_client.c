#include "cmd.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *client_of_options(struct arena *a, const struct options *o, struct dut *d)
{
    const char *error = NULL;

    *d = device_unknown();
    d->role = CLIENT;
    if (option_given(o, OPT_DEVICE))
        error = device_read(a, o->value[OPT_DEVICE], d);
    if (!error)
        error = device_options(a, o, d);
    if (!error && o->rest.n > 0)
        error = arena_printf(a, "%s: a client device dials us; say where with --listen", o->rest.at[0]);
    if (!error)
        error = device_resolve(a, d);
    if (!error && d->role != CLIENT)
        error = "the device file names another role: use `pskgate server`";
    if (!error && !*d->trigger && !d->lever && !option_given(o, OPT_WAIT))
        error =
            "nothing makes the device dial: give --trigger CMD, --lever NAME, or --wait and do it by hand";
    return error;
}

/* What is wrong with the address that we are to listen on; NULL: nothing. */
static const char *try_to_listen(struct arena *a, const struct dut *d)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    const char *error = NULL;
    int fd, code = getaddrinfo(d->host, arena_printf(a, "%u", (unsigned)d->port), &hints, &found);

    if (code != 0)
        return arena_printf(a, "--listen %s: %s", d->address, gai_strerror(code));
    fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0)
        error = arena_printf(a, "--listen %s: %s", d->address, strerror(errno));
    if (fd >= 0)
        close(fd);
    freeaddrinfo(found);
    return error;
}

int cmd_client(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct options o;
    struct dut d;
    struct model *m = NULL;
    int code;

    if (read_options(a, VERB_CLIENT, argc, argv, "[OPTION...]", &o, &code)) {
        const char *error = client_of_options(a, &o, &d);

        if (!error && !option_given(&o, OPT_DRY_RUN))
            error = try_to_listen(a, &d);
        code =
            error ? complain("client: %s", error) : judge_device(a, &o, &d, output_directory(&o), NULL, &m);
    }
    if (m)
        github_tell((const struct model *const[]){m}, 1, format_of_stdout(&o) ? stderr : stdout);
    if (!run_abandoned())
        arena_free(a);
    return code;
}

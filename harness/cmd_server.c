#include "cmd.h"

#include <string.h>

const char *server_of_options(struct arena *a, const struct options *o, struct dut *d)
{
    const char *error = NULL;

    *d = device_unknown();
    if (option_given(o, OPT_DEVICE))
        error = device_read(a, o->value[OPT_DEVICE], d);
    if (!error)
        error = device_options(a, o, d);
    if (o->rest.n > 0)
        d->address = o->rest.at[0];
    if (!error && o->rest.n > 1)
        error = arena_printf(a, "%s: one address is enough", o->rest.at[1]);
    if (!error)
        error = device_resolve(a, d);
    if (!error && d->role == CLIENT)
        error = "the device file says role = client: use `pskgate client`";
    if (!error && !option_given(o, OPT_AUTHORISED) && !option_given(o, OPT_DRY_RUN) &&
        host_is_public(d->host))
        error = arena_printf(
            a, "%s is a public address: give --i-am-authorised if you may test what is there", d->host);
    return error;
}

int cmd_server(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct options o;
    struct dut d;
    struct model *m = NULL;
    int code;

    if (read_options(a, VERB_SERVER, argc, argv, "HOST[:PORT] [OPTION...]", &o, &code)) {
        const char *error = server_of_options(a, &o, &d);

        code =
            error ? complain("server: %s", error) : judge_device(a, &o, &d, output_directory(&o), NULL, &m);
    }
    if (m)
        github_tell((const struct model *const[]){m}, 1, format_of_stdout(&o) ? stderr : stdout);
    if (!run_abandoned())
        arena_free(a);
    return code;
}

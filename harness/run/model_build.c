#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto/prf.h"
#include "run/credentials.h"
#include "run/internal.h"

/* SOURCE_DATE_EPOCH makes reports that can be compared octet by octet. */
static const char *now_text(struct arena *a)
{
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    time_t now = fixed ? (time_t)strtoll(fixed, NULL, 10) : time(NULL);
    struct tm tm;
    char text[32] = "1970-01-01T00:00:00Z";

    if (gmtime_r(&now, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return arena_strdup(a, text);
}

static struct strings masked(struct arena *a, struct strings given, struct bytes psk)
{
    struct string_list out = {0};

    for (size_t i = 0; i < given.n; i++)
        string_list_add(a, &out, arena_escape(a, bytes_of_text(mask_secret(a, given.at[i], psk))));
    return out.list;
}

static const char *or_empty(struct run *r, const char *s)
{
    return arena_escape(r->arena, bytes_of_text(s));
}

static struct strings ids_of(struct arena *a, const struct catalogue *c)
{
    struct string_list ids = {0};

    for (size_t i = 0; i < c->n; i++)
        string_list_add(a, &ids, c->at[i].id);
    return ids.list;
}

static void begin_device(struct run *r)
{
    const struct dut *d = r->config->device;
    struct model *m = r->model;

    m->device.name = or_empty(r, d->name);
    m->device.make = or_empty(r, d->make);
    m->device.model = or_empty(r, d->model);
    m->device.firmware = or_empty(r, d->firmware);
    m->device.file_sha256 = d->sha256;
    m->device.role = role_name(d->role);
    m->device.address = or_empty(r, d->address);
    m->device.implements = masked(r->arena, d->implements.list, d->psk);
    m->device.liveness = "none";
    m->device.slots = d->slots;
    m->run.device_file = mask_secret(r->arena, d->text, d->psk);
}

static void begin_run(struct run *r)
{
    const struct run_config *c = r->config;
    struct model *m = r->model;
    char host[256] = "";

    gethostname(host, sizeof host - 1);
    m->run.started = now_text(r->arena);
    m->run.jobs = r->threads;
    m->run.seed = arena_printf(r->arena, "%016llx", (unsigned long long)c->seed);
    m->run.argv = masked(r->arena, c->options->argv, c->device->psk);
    m->run.host = or_empty(r, host);
    m->run.only = masked(r->arena, c->options->only, c->device->psk);
    m->run.skip = masked(r->arena, c->options->skip, c->device->psk);
    m->run.strict = option_given(c->options, OPT_STRICT);
    m->run.device_path = or_empty(r, c->device->file);
    m->run.baseline = c->baseline ? or_empty(r, c->baseline->path) : "";
    m->run.fail_on = option_given(c->options, OPT_FAIL_ON) ? c->options->value[OPT_FAIL_ON] : "any";
    m->run.stopped = "";
    m->run.shard = c->whole ? c->options->value[OPT_SHARD] : "";
    m->run.plan = c->whole ? ids_of(r->arena, c->whole) : (struct strings){0};
}

void model_case_begin(struct run *r, const struct planned *p, struct model_case *out)
{
    *out = (struct model_case){.id = p->id,
                               .title = p->title,
                               .requirement = requirements[p->requirement].id,
                               .level = level_name(requirements[p->requirement].levels[r->config->profile]),
                               .negative = p->negative,
                               .verdict = VERDICT_NOT_JUDGED,
                               .expected = "",
                               .got = "",
                               .reason = "",
                               .note = "",
                               .guidance = "",
                               .capture = "",
                               .key_log = "",
                               .reproduce = reproduce_command(r, p->id)};
}

void model_begin(struct run *r)
{
    const struct run_config *c = r->config;
    struct model *m = arena_new_of(r->arena, struct model);

    r->model = m;
    m->arena = r->arena;
    m->tool.name = "pskgate";
    m->tool.version = PSKGATE_VERSION;
    m->tool.catalogue = catalogue_sum(r->arena, c->all);
    m->tool.libcrypto = crypto_version();
    m->profile = profiles[c->profile].name;
    m->profile_title = profiles[c->profile].title;
    begin_device(r);
    begin_run(r);
    model_leave_out(r);
    m->cases = arena_array(r->arena, struct model_case, c->all->n);
    m->case_count = r->job_n = c->selected->n;
    r->jobs = arena_array(r->arena, struct job, r->job_n);
    r->standing = arena_array(r->arena, struct standing_found, c->all->n);
    r->ciphers = arena_array(r->arena, struct cipher_seen, cipher_count);
    for (size_t i = 0; i < r->job_n; i++) {
        r->jobs[i] = (struct job){.planned = &c->selected->at[i], .out = &m->cases[i]};
        model_case_begin(r, &c->selected->at[i], &m->cases[i]);
    }
}

static const char *with_option(struct run *r, const char *before, const char *name, const char *value)
{
    return *value ? arena_printf(r->arena, "%s --%s %s", before, name, shell_word(r->arena, value)) : before;
}

static const char *how_to_reach(struct run *r, const char *command)
{
    const struct dut *d = r->config->device;

    if (*d->trigger)
        command = with_option(r, command, "trigger", mask_secret(r->arena, d->trigger, d->psk));
    else if (d->lever)
        command = with_option(r, command, "lever", d->lever_word);
    else if (d->role == CLIENT)
        command = arena_printf(r->arena, "%s --wait", command);
    return with_option(r, command, "spawn", mask_secret(r->arena, d->spawn, d->psk));
}

const char *reproduce_command(struct run *r, const char *id)
{
    const struct dut *d = r->config->device;
    const char *address = shell_word(r->arena, d->address);
    const char *command = d->role == CLIENT ? arena_printf(r->arena, "pskgate client --listen %s", address)
                                            : arena_printf(r->arena, "pskgate server %s", address);

    /* A section of a matrix file has no file of its own. */
    if (*d->file)
        command = with_option(r, command, "device", d->file);
    command = with_option(r, command, "identity", identity_text(r->arena, d->identity));
    command = arena_printf(r->arena, "%s %s", command, d->key_from);
    command = how_to_reach(r, command);
    command = with_option(r, command, "profile",
                          r->config->profile == PROFILE_LWM2M_1_0 ? "" : profiles[r->config->profile].name);
    return arena_printf(r->arena, "%s --only %s --seed %016llx", command, shell_word(r->arena, id),
                        (unsigned long long)r->config->seed);
}

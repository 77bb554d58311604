/* What a run is compared with: waivers, and the baseline (a verdicts.txt, a report.json, or the output directory of an earlier run). */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_record(const char *path)
{
    FILE *file = fopen(path, "re");
    int first = file ? getc(file) : EOF;

    if (file)
        fclose(file);
    return first == '{';
}

/* The record that stands beside a verdicts.txt, as a run leaves them; "" when there is none. */
static const char *record_beside(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) + 1 : 0;
    const char *record = arena_printf(a, "%.*sreport.json", n, path);

    return strcmp(path + n, "verdicts.txt") == 0 && access(record, R_OK) == 0 ? record : "";
}

/* What the record of a baseline says against comparing; NULL: nothing. */
static const char *check_record(struct arena *a, const char *path, const struct model *then,
                                const struct run_config *config, const char *catalogue, const char **note)
{
    const char *profile = profiles[config->profile].name, *role = role_name(config->device->role);

    if (strcmp(then->profile, profile) != 0)
        return arena_printf(a, "%s: the baseline is of profile %s, and this run of %s", path, then->profile,
                            profile);
    if (strcmp(then->device.role, role) != 0)
        return arena_printf(a, "%s: the baseline is of a %s, and this run of a %s", path, then->device.role,
                            role);
    if (strcmp(then->tool.catalogue, catalogue) != 0)
        *note =
            arena_printf(a, "%s: the baseline is of another catalogue (%.19s, now %.19s): cases may be new",
                         path, then->tool.catalogue, catalogue);
    return NULL;
}

static const char *read_baseline(struct arena *a, const char *path, struct run_config *config,
                                 struct baseline *out)
{
    const char *record = is_record(path) ? path : record_beside(a, path);
    const char *error = NULL, *notes[2] = {0};
    struct model *then = NULL;

    if (*record && !json_load(a, record, &then, &error))
        return error;
    if (then)
        error = check_record(a, record, then, config, catalogue_sum(a, config->all), &notes[0]);
    if (!error && record == path)
        baseline_of(a, path, then, out);
    else if (!error)
        error = baseline_read(a, path, out);
    if (!error)
        error = baseline_check(a, out, config->all, config->device->role, config->profile, &notes[1]);
    for (size_t i = 0; i < 2 && !error; i++)
        if (notes[i])
            complain("%s", notes[i]);
    return error;
}

/* Of an output directory: the verdicts of this device. NULL: it is not in there. */
static const char *in_directory(struct arena *a, const char *directory, const struct dut *d)
{
    const char *path = *d->directory ? arena_printf(a, "%s/%s/verdicts.txt", directory, d->directory)
                                     : arena_printf(a, "%s/verdicts.txt", directory);

    return access(path, R_OK) == 0 ? path : NULL;
}

static const char *find_baseline(struct arena *a, const char *given, struct run_config *config)
{
    const char *path = is_directory(given) ? in_directory(a, given, config->device) : given;
    struct baseline *baseline = arena_new_of(a, struct baseline);
    const char *error;

    if (!path && *config->device->directory) {
        complain("%s: holds no baseline of %s: everything about it is new", given, config->device->directory);
        *baseline = (struct baseline){.path = given};
        config->baseline = baseline;
        return NULL;
    }
    if (!path)
        return arena_printf(a, "%s: holds no verdicts.txt", given);
    error = read_baseline(a, path, config, baseline);
    config->baseline = baseline;
    return error;
}

bool past_read(struct arena *a, struct run_config *config)
{
    const struct options *o = config->options;
    const char *on = o->value[OPT_FAIL_ON], *error = NULL;

    if (option_given(o, OPT_WAIVERS)) {
        config->waivers = arena_new_of(a, struct waivers);
        error = waivers_read(a, o->value[OPT_WAIVERS], config->all, config->waivers);
    }
    if (!error && option_given(o, OPT_BASELINE))
        error = find_baseline(a, o->value[OPT_BASELINE], config);
    if (!error && on && strcmp(on, "regression") == 0 && !config->baseline)
        error = "--fail-on regression: needs --baseline FILE";
    if (error)
        complain("%s", error);
    return error == NULL;
}

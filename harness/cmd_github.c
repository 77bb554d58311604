/* What a run says to GitHub Actions, when it runs there: annotations on the log, and the step summary. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static bool runs_there(void)
{
    const char *says = getenv("GITHUB_ACTIONS");

    return says && strcmp(says, "true") == 0;
}

void github_tell(const struct model *const *models, size_t n, FILE *log)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    FILE *summary;
    bool good = true;

    if (!runs_there() || n == 0)
        return;
    render_annotations(models, n, log);
    fflush(log);
    if (!path || !*path)
        return;
    summary = fopen(path, "ae");
    for (size_t i = 0; summary && i < n; i++)
        good = render_markdown(models[i], summary) && good;
    if (!summary || fclose(summary) != 0 || !good)
        complain("%s: the step summary could not be written: %s", path, strerror(errno));
}

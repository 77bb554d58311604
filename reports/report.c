#include "report.h"

#include <string.h>

const struct renderer renderers[] = {
    {"html", "report.html", true, render_html},        {"json", "report.json", true, render_json},
    {"junit", "junit.xml", true, render_junit},        {"verdicts", "verdicts.txt", true, render_verdicts},
    {"sarif", "report.sarif", false, render_sarif},    {"tap", "report.tap", false, render_tap},
    {"markdown", "report.md", false, render_markdown},
};
const size_t renderer_count = sizeof renderers / sizeof *renderers;

const struct renderer *renderer_find(const char *name)
{
    for (size_t i = 0; i < renderer_count; i++) {
        if (strcmp(renderers[i].name, name) == 0) {
            return &renderers[i];
        }
    }
    return NULL;
}

/*
 * Reports: a finished model in, one file out. The model is run/model.h; nothing here finds anything out.
 *
 * Invariant: the same model gives the same bytes, whatever the locale, the time or the machine. Text is escaped for the
 * format it stands in, even though the model promises that it is safe. Every renderer returns false when the stream took
 * an error (full disk, closed pipe); what was written then is worth nothing.
 */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "run/model.h"

/* A format that renders a whole model into one file. */
struct renderer {
    const char *name; /* as --format knows it */
    const char *file; /* its name in the output directory */
    bool by_default;  /* written when --format is not given */
    bool (*render)(const struct model *m, FILE *out);
};

extern const struct renderer renderers[];
extern const size_t renderer_count;

/* The renderer of that name, or NULL. */
const struct renderer *renderer_find(const char *name);

/* The record: everything but the key log. */
bool render_json(const struct model *m, FILE *out);

/* One line a case, in the order of `LC_ALL=C sort`: the baseline format. */
bool render_verdicts(const struct model *m, FILE *out);

bool render_junit(const struct model *m, FILE *out);

/* SARIF 2.1.0: every requirement is a rule, and every finding a result; what passed is none. */
bool render_sarif(const struct model *m, FILE *out);

/* TAP 14, a test point a case. */
bool render_tap(const struct model *m, FILE *out);

/* The run on a page of Markdown: the step summary of GitHub Actions. */
bool render_markdown(const struct model *m, FILE *out);

/* Workflow commands of GitHub Actions, worst first. It shows ten of a kind in a step: the tenth says how many more there are. */
bool render_annotations(const struct model *const *models, size_t n, FILE *out);
bool render_html(const struct model *m, FILE *out);

/* The trace of one case, its key log (when the model carries one) before the packets. */
bool render_pcapng(const struct model *m, const struct model_case *c, FILE *out);

/* A device of the matrix page: its model and the directory, relative to the page, that holds its report.html. */
struct matrix_device {
    const struct model *model;
    const char *directory;
};

/* index.html: devices by requirements and by cipher suites. */
bool render_matrix(const struct matrix_device *devices, size_t n, FILE *out);

/* Reads a report.json into a model that belongs to `a`. On false *error is one line that says where and what, in `a`;
 * a file that is not a report of schema_version 1 is never half-loaded. */
bool json_load(struct arena *a, const char *path, struct model **out, const char **error);

/* How a console looks: found once, from the option, the environment and the terminal. */
struct console_style {
    bool colour;
    bool utf8; /* signs beyond ASCII may be printed */
};

/* `option` is "auto", "always" or "never". In "auto" NO_COLOR (non-empty) is off, then CLICOLOR_FORCE or FORCE_COLOR is
 * on, then a terminal whose TERM is not "dumb". */
struct console_style console_style_of(const char *option, FILE *out);

/* A case as one line: sign, verdict, id, and for what did not pass what was got. */
void console_case(const struct console_style *s, const struct model_case *c, FILE *out);

/* One message of a case as it comes. */
void console_message(const struct console_style *s, const char *case_id, const struct model_message *msg,
                     FILE *out);

/* The end of a run: findings (expected, got, clause, how to run it again), numbers, and the verdict as a sentence. */
bool console_summary(const struct console_style *s, const struct model *m, FILE *out);

/* One device's line in a matrix run: sign, name, verdict sentence. */
void console_verdict(const struct console_style *s, const struct model *m, FILE *out);

#endif

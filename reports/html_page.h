/*
 * The parts of the HTML page. Each writes one section from the model; text reaches the page through put_markup and
 * put_markup_text alone, which escape it.
 *
 * Invariant: without script the page is complete and readable; the script only hides, opens and counts. A case's evidence
 * has its id ("etm/echoed-for-cbc") as fragment, also from other pages.
 */
#ifndef REPORTS_HTML_PAGE_H
#define REPORTS_HTML_PAGE_H

#include <stdio.h>

#include "report.h"

/* What CSS and script ship with: see reports/assets/. Written between their tags. */
void html_style(FILE *out);
void html_script(FILE *out);
void html_matrix_script(FILE *out);

/* Document up to and with <body>; ends with the skip link to `skip`. */
void html_begin(FILE *out, const char *title, const char *skip);
void html_end(FILE *out);

/* Sign and word of a verdict. */
void html_verdict(FILE *out, enum verdict v);

/* "RFC 7366 3, LwM2M 1.0 7.1.7" */
void html_clauses(FILE *out, const struct model_requirement *r);

/* A link to the evidence of a case, in the same page. */
void html_case_link(FILE *out, const char *id);

/* What the device did with a suite, in words: "accepted", "not offered". */
void html_did(FILE *out, const struct model_cipher *c);

/* Microseconds as milliseconds with two decimals. */
void html_ms(FILE *out, int64_t us);

/* The gate's answer, with the exit code. */
void html_gate(FILE *out, const struct model *m);

/* True when there is a baseline to tell changes from. */
bool html_has_changes(const struct model *m);

/* "server", "bootstrap server", "client" */
const char *html_role(const struct model *m);

/* Headline of the page: the verdict as a sentence, the identity, seven numbers; then navigation and filter. */
void html_header(FILE *out, const struct model *m);
void html_bar(FILE *out, const struct model *m);

/* The verdict sentence as the page's h1, its first sentence set large. */
void html_sentence(FILE *out, enum verdict v, const char *sentence);

/* The filter's boxes and search field. */
void html_filter(FILE *out, const unsigned counts[VERDICT_COUNT]);

void html_findings(FILE *out, const struct model *m);
void html_ciphers(FILE *out, const struct model *m);
void html_requirements(FILE *out, const struct model *m);
void html_evidence(FILE *out, const struct model *m);

/* The messages of a case: the ladder, and a dump of each deciding one. */
void html_ladder(FILE *out, const struct model *m, const struct model_case *c);
/* The same as lines of text, without the fields: for a case that passed. */
void html_ladder_in_short(FILE *out, const struct model_case *c);
void html_dumps(FILE *out, const struct model_case *c);

/* The case that decided a requirement's verdict: where a click leads. */
const char *html_deciding_case(const struct model *m, const struct model_requirement *r);

/* Of a matrix: which findings the devices share. */
void html_shared(FILE *out, const struct matrix_device *devices, size_t n);

void html_changes(FILE *out, const struct model *m);
void html_waivers(FILE *out, const struct model *m);
void html_run(FILE *out, const struct model *m);
void html_method(FILE *out);

#endif

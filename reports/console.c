#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "look.h"
#include "report.h"
#include "text.h"

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value != '\0';
}

/* CLICOLOR_FORCE=0 and FORCE_COLOR=0 ask for nothing. */
static bool is_forced(const char *name)
{
    return is_set(name) && strcmp(getenv(name), "0") != 0;
}

static bool wants_colour(const char *option, FILE *out)
{
    const char *term = getenv("TERM");

    if (strcmp(option, "always") == 0 || strcmp(option, "never") == 0) {
        return option[0] == 'a';
    }
    if (is_set("NO_COLOR")) {
        return false;
    }
    if (is_forced("CLICOLOR_FORCE") || is_forced("FORCE_COLOR")) {
        return true;
    }
    return isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
}

/* POSIX XBD 8.2: the first of the three that is set and not empty decides. */
static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (is_set(names[i])) {
            const char *dot = strchr(getenv(names[i]), '.');
            return dot && (strncasecmp(dot, ".UTF-8", 6) == 0 || strncasecmp(dot, ".utf8", 5) == 0);
        }
    }
    return false;
}

struct console_style console_style_of(const char *option, FILE *out)
{
    return (struct console_style){.colour = wants_colour(option, out), .utf8 = locale_is_utf8()};
}

static void put_text(const struct console_style *s, FILE *out, const char *text)
{
    put_terminal_text(out, text, s->utf8);
}

static void put_look(const struct console_style *s, enum verdict v, FILE *out)
{
    if (s->colour) {
        fputs(look_of(v)->ansi, out);
    }
    if (s->utf8) {
        fprintf(out, "%s %-14s", look_of(v)->sign, look_of(v)->word);
    } else {
        fprintf(out, "%-6s", look_of(v)->ascii);
    }
    if (s->colour) {
        fputs("\033[0m", out);
    }
}

void console_case(const struct console_style *s, const struct model_case *c, FILE *out)
{
    bool compared =
        c->verdict == VERDICT_FAIL || c->verdict == VERDICT_WARNING || c->verdict == VERDICT_WAIVED;
    const char *why = compared ? c->got : c->reason;

    put_look(s, c->verdict, out);
    fputs("  ", out);
    put_text(s, out, c->id);
    if (*why != '\0') {
        fputs(": ", out);
        put_text(s, out, why);
    }
    fputc('\n', out);
}

void console_message(const struct console_style *s, const char *case_id, const struct model_message *msg,
                     FILE *out)
{
    flockfile(out);
    fprintf(out, "%10.3f ms  ", (double)msg->t_us / 1000);
    put_text(s, out, case_id);
    fprintf(out, "  %s", strcmp(msg->from, "device") == 0 ? "<- " : *msg->hex ? "-> " : "");
    if (!*msg->hex || strcmp(msg->kind, "datagram") != 0) {
        put_text(s, out, msg->kind);
        fputs(": ", out);
    }
    put_text(s, out, msg->summary);
    fputc('\n', out);
    funlockfile(out);
}

static void put_part(const struct console_style *s, FILE *out, const char *label, const char *text)
{
    if (*text != '\0') {
        fprintf(out, "    %-9s ", label);
        put_text(s, out, text);
        fputc('\n', out);
    }
}

static void put_clauses(const struct console_style *s, const struct model *m, const struct model_case *c,
                        FILE *out)
{
    const struct model_requirement *r = model_requirement_find(m, c->requirement);

    fputs("    clause    ", out);
    for (size_t i = 0; r && i < r->clause_count; i++) {
        put_text(s, out, r->clauses[i].clause);
        fputs(", ", out);
    }
    put_text(s, out, c->level);
    fputs(" (", out);
    put_text(s, out, c->requirement);
    fputs(")\n", out);
}

/* Expected, got, clause, how to run it again: in this order. */
static void put_finding(const struct console_style *s, const struct model *m, const struct model_case *c,
                        FILE *out)
{
    put_look(s, c->verdict, out);
    fputs("  ", out);
    put_text(s, out, c->id);
    fputs("  ", out);
    put_text(s, out, c->title);
    fputc('\n', out);
    put_part(s, out, "expected", c->expected);
    put_part(s, out, "got", c->got);
    put_clauses(s, m, c, out);
    put_part(s, out, "again", c->reproduce);
    fputc('\n', out);
}

static void put_findings(const struct console_style *s, const struct model *m, enum verdict v, FILE *out)
{
    for (size_t i = 0; i < m->case_count; i++) {
        if (m->cases[i].verdict == v) {
            put_finding(s, m, &m->cases[i], out);
        }
    }
}

/* Cases that could not be judged, one line a reason: an unreachable device has one reason and hundreds of cases. */
static void put_not_judged(const struct console_style *s, const struct model *m, FILE *out)
{
    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_case *c = &m->cases[i];
        size_t same = 0;
        bool told = false;
        for (size_t j = 0; j < m->case_count && c->verdict == VERDICT_NOT_JUDGED; j++) {
            if (m->cases[j].verdict == VERDICT_NOT_JUDGED && strcmp(m->cases[j].reason, c->reason) == 0) {
                same++;
                told = told || j < i;
            }
        }
        if (same == 0 || told) {
            continue;
        }
        put_look(s, VERDICT_NOT_JUDGED, out);
        fputs("  ", out);
        put_text(s, out, c->id);
        if (same > 1) {
            fprintf(out, " and %zu more", same - 1);
        }
        fputs(": ", out);
        put_text(s, out, c->reason);
        fputc('\n', out);
    }
}

static void put_numbers(const struct model *m, FILE *out)
{
    const unsigned *of = m->summary.requirements.of;

    fprintf(out,
            "requirements: %u passed, %u failed, %u missed (recommended), %u waived, %u not applicable, "
            "%u not judged\n",
            of[VERDICT_PASS], of[VERDICT_FAIL], of[VERDICT_WARNING], of[VERDICT_WAIVED],
            of[VERDICT_NOT_APPLICABLE], of[VERDICT_NOT_JUDGED]);
    of = m->summary.cases.of;
    fprintf(out, "cases: %zu, of which %u passed and %u failed; %u per cent of the catalogue tested\n",
            m->case_count, of[VERDICT_PASS], of[VERDICT_FAIL], m->summary.tested_per_cent);
}

/* Waivers that fail the gate stand first; one whose case was not judged is only worth a note. */
static void put_waiver(const struct console_style *s, const struct model *m, const struct model_waiver *w,
                       FILE *out)
{
    const struct model_case *c = model_case_find(m, w->id);
    bool unused = strcmp(w->state, "unused") == 0;

    if (strcmp(w->state, "applied") == 0) {
        return;
    }
    if (unused) {
        fputs("note: ", out);
    } else {
        put_look(s, VERDICT_FAIL, out);
        fputs("  ", out);
    }
    put_text(s, out, w->source);
    fputs(": the waiver of ", out);
    put_text(s, out, w->id);
    if (unused) {
        fputs(" was not looked at: its case was not judged in this run\n", out);
    } else if (strcmp(w->state, "expired") == 0) {
        fputs(" expired on ", out);
        put_text(s, out, w->expires);
        fputc('\n', out);
    } else if (c && (c->verdict == VERDICT_FAIL || c->verdict == VERDICT_WARNING)) {
        fputs(" is stale: the case fails otherwise: ", out);
        put_text(s, out, c->got);
        fputc('\n', out);
    } else {
        fprintf(out, " is stale: the case is %s now\n", c ? verdict_name(c->verdict) : "gone");
    }
}

void console_verdict(const struct console_style *s, const struct model *m, FILE *out)
{
    enum verdict v = run_verdict(m);

    if (s->colour) {
        fputs(look_of(v)->ansi, out);
    }
    fputs(s->utf8 ? look_of(v)->sign : look_of(v)->ascii, out);
    fputc(' ', out);
    put_text(s, out, m->summary.sentence);
    fputs(s->colour ? "\033[0m\n" : "\n", out);
}

bool console_summary(const struct console_style *s, const struct model *m, FILE *out)
{
    for (size_t i = 0; i < m->waiver_count; i++) {
        put_waiver(s, m, &m->waivers[i], out);
    }
    put_findings(s, m, VERDICT_WARNING, out);
    put_findings(s, m, VERDICT_FAIL, out);
    put_not_judged(s, m, out);
    for (size_t i = 0; i < m->run.notes.n; i++) {
        fputs("note: ", out);
        put_text(s, out, m->run.notes.at[i]);
        fputc('\n', out);
    }
    put_numbers(m, out);
    if (!m->run.complete) {
        fputs("incomplete: the run was interrupted\n", out);
    }
    console_verdict(s, m, out);
    return !ferror(out);
}

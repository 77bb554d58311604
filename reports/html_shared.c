/* Which findings the devices of a matrix share: what most of them miss first, for that is seldom the fault of one. */
#include <string.h>

#include "base/arena.h"
#include "html_page.h"
#include "text.h"

/* A requirement that somebody misses. */
struct finding {
    const struct model_requirement *requirement; /* as the first such device has it */
    size_t devices;
};

struct findings {
    struct finding *at;
    size_t n, cap;
};

static const struct model_requirement *missed(const struct model *m, const char *id, enum verdict v)
{
    const struct model_requirement *r = model_requirement_find(m, id);

    return r && r->cases.n > 0 && r->verdict == v ? r : NULL;
}

static void add(struct arena *a, struct findings *all, const struct model_requirement *r)
{
    for (size_t i = 0; i < all->n; i++) {
        if (strcmp(all->at[i].requirement->id, r->id) == 0) {
            all->at[i].devices++;
            return;
        }
    }
    *(struct finding *)arena_grow(a, &all->at, &all->cap, all->n, sizeof *all->at) = (struct finding){r, 1};
    all->n++;
}

static struct findings collect(struct arena *a, const struct matrix_device *devices, size_t n, enum verdict v)
{
    struct findings all = {0};

    for (size_t d = 0; d < n; d++) {
        const struct model *m = devices[d].model;
        for (size_t i = 0; i < m->requirement_count; i++) {
            if (missed(m, m->requirements[i].id, v)) {
                add(a, &all, &m->requirements[i]);
            }
        }
    }
    return all;
}

/* Devices on which the requirement was judged: a server says nothing about what binds clients. */
static size_t count_judged(const struct matrix_device *devices, size_t n, const char *id)
{
    size_t judged = 0;

    for (size_t d = 0; d < n; d++) {
        const struct model_requirement *r = model_requirement_find(devices[d].model, id);
        judged +=
            r && r->cases.n > 0 && r->verdict != VERDICT_NOT_APPLICABLE && r->verdict != VERDICT_NOT_JUDGED;
    }
    return judged;
}

static void put_finding(FILE *out, const struct matrix_device *devices, size_t n, const struct finding *f,
                        enum verdict v)
{
    put_markup(out,
               "<li class=\"%s\"><p class=\"did\">%s</p><p class=\"meta\"><span class=\"level\">%s</span> ",
               verdict_name(v), f->requirement->text, f->requirement->level);
    html_clauses(out, f->requirement);
    put_markup(out, "</p><p><b>%zu of %zu judged:</b>", f->devices,
               count_judged(devices, n, f->requirement->id));
    for (size_t d = 0; d < n; d++) {
        const struct model_requirement *r = missed(devices[d].model, f->requirement->id, v);
        if (r) {
            put_markup(out, " <a class=\"one\" href=\"%s/report.html#%s\">%s</a>", devices[d].directory,
                       html_deciding_case(devices[d].model, r), devices[d].model->device.name);
        }
    }
    fputs("</p></li>\n", out);
}

/* Those of most devices first, down to those of `least`; else in the order of the requirements. */
static void put_findings(FILE *out, const struct matrix_device *devices, size_t n, const struct findings *all,
                         enum verdict v, size_t most, size_t least)
{
    fputs("<ol class=\"fix shared\">\n", out);
    for (size_t share = most; share >= least; share--) {
        for (size_t i = 0; i < all->n; i++) {
            if (all->at[i].devices == share) {
                put_finding(out, devices, n, &all->at[i], v);
            }
        }
    }
    fputs("</ol>\n", out);
}

static size_t count_shared(const struct findings *all)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        n += all->at[i].devices > 1;
    }
    return n;
}

static void put_mandatory(FILE *out, const struct matrix_device *devices, size_t n,
                          const struct findings *all)
{
    size_t shared = count_shared(all), alone = all->n - shared;

    if (all->n == 0) {
        fputs("<p class=\"nothing\">None: every mandatory requirement that was judged is met by every "
              "device.</p>\n",
              out);
    }
    if (shared > 0) {
        put_findings(out, devices, n, all, VERDICT_FAIL, n, 2);
    }
    if (alone > 0) {
        fprintf(out, "<details class=\"quiet\"><summary>%zu mandatory of one device alone</summary>\n",
                alone);
        put_findings(out, devices, n, all, VERDICT_FAIL, 1, 1);
        fputs("</details>\n", out);
    }
}

void html_shared(FILE *out, const struct matrix_device *devices, size_t n)
{
    struct arena *a = arena_new();
    struct findings failed = collect(a, devices, n, VERDICT_FAIL);
    struct findings warned = collect(a, devices, n, VERDICT_WARNING);

    fputs("<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings</h2>\n<p class=\"lead\">What "
          "is mandatory and "
          "not met, by how many devices share it. A name leads to that device's evidence.</p>\n",
          out);
    put_mandatory(out, devices, n, &failed);
    if (warned.n > 0) {
        fprintf(out, "<details class=\"quiet\"><summary>%zu that %s recommended</summary>\n", warned.n,
                warned.n == 1 ? "is" : "are");
        put_findings(out, devices, n, &warned, VERDICT_WARNING, n, 1);
        fputs("</details>\n", out);
    }
    fputs("</section>\n", out);
    arena_free(a);
}

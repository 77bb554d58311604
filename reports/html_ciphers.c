/*
 * Cipher suites: those that matter stand in the open (required, accepted or offered, judged otherwise than pass); the long
 * tail, which every device refuses, is folded into one block, grouped by class.
 */
#include <string.h>

#include "html_page.h"
#include "text.h"
#include "wire/cipher.h"

static const char *const class_names[CLASS_COUNT] = {
    [CLASS_NULL_ENCRYPTION] = "NULL encryption",
    [CLASS_EXPORT] = "EXPORT",
    [CLASS_ANONYMOUS] = "anonymous",
    [CLASS_RC4] = "RC4",
    [CLASS_MD5] = "HMAC-MD5",
    [CLASS_AES_SHA1] = "AES with SHA-1",
    [CLASS_DES] = "DES, RC2",
    [CLASS_3DES] = "3DES, IDEA",
    [CLASS_OTHER_SHA1] = "other ciphers with SHA-1",
    [CLASS_MANDATORY_CCM_8] = "mandatory CCM_8",
    [CLASS_MANDATORY_CBC] = "mandatory CBC",
    [CLASS_TLS13] = "TLS 1.3",
    [CLASS_AES_CBC_SHA384] = "AES-CBC with SHA-384",
    [CLASS_AES_AEAD_SHA384] = "AES AEAD with SHA-384",
    [CLASS_CBC] = "other CBC",
    [CLASS_AEAD] = "other AEAD",
    [CLASS_OTHER] = "others",
};

static enum cipher_class class_of(const struct model_cipher *c)
{
    const struct cipher *known = cipher_find(c->code);

    return known ? known->class : CLASS_OTHER;
}

static bool is_tail(const struct model_cipher *c)
{
    bool taken = strcmp(c->did, "accepted") == 0 || strcmp(c->did, "offered") == 0;
    bool boring = c->verdict == VERDICT_PASS || c->verdict == VERDICT_NOT_APPLICABLE ||
                  c->verdict == VERDICT_NOT_JUDGED;

    return !taken && boring && strcmp(c->rule, "required") != 0;
}

static void put_suite(FILE *out, const struct model_cipher *c)
{
    put_markup(out,
               "<tr data-v=\"%s\"><td class=\"code\">0x%04X</td><th scope=\"row\" class=\"suite\"><a "
               "href=\"#%s\">%s</a></th><td class=\"rule\">%s</td><td>",
               verdict_name(c->verdict), (unsigned)c->code, c->case_id, c->name, c->rule);
    html_did(out, c);
    put_markup(out, "%s%s</td>", *c->alert ? ", " : "", c->alert);
}

static void put_verdict(FILE *out, const struct model_cipher *c)
{
    fputs("<td class=\"judged\">", out);
    html_verdict(out, c->verdict);
    fputs("</td>", out);
}

static void put_row(FILE *out, const struct model_cipher *c)
{
    put_suite(out, c);
    put_markup(out, "<td class=\"etm\">%s</td>", c->encrypt_then_mac);
    put_verdict(out, c);
    put_markup(out, "<td class=\"guide\">%s</td></tr>\n", c->guidance);
}

static void put_head(FILE *out, const char *caption, const char *etm)
{
    put_markup(out,
               "<table class=\"ciphers\"><caption>%s</caption>\n<thead><tr><th scope=\"col\">Code</th><th "
               "scope=\"col\">Suite</th><th scope=\"col\">Profile says</th><th scope=\"col\">Device</th>",
               caption);
    if (*etm != '\0') {
        put_markup(out, "<th scope=\"col\">%s</th>", etm);
    }
    fputs("<th scope=\"col\">Verdict</th><th scope=\"col\">Security guidance</th></tr></thead>\n", out);
}

static size_t count_class(const struct model *m, enum cipher_class class)
{
    size_t n = 0;

    for (size_t i = 0; i < m->cipher_count; i++) {
        n += is_tail(&m->ciphers[i]) && class_of(&m->ciphers[i]) == class;
    }
    return n;
}

/* The guidance of a class of the tail: that of its first member. */
static const char *class_guidance(const struct model *m, enum cipher_class class)
{
    for (size_t i = 0; i < m->cipher_count; i++) {
        if (is_tail(&m->ciphers[i]) && class_of(&m->ciphers[i]) == class) {
            return m->ciphers[i].guidance;
        }
    }
    return "";
}

/* Guidance stands at the head of a class, and once more only where a member's differs. */
static void put_tail_class(FILE *out, const struct model *m, enum cipher_class class)
{
    size_t n = count_class(m, class);
    const char *guidance = class_guidance(m, class);

    if (n == 0) {
        return;
    }
    put_markup(out,
               "<tbody data-group><tr class=\"class\"><th scope=\"rowgroup\" colspan=\"6\">%s "
               "<span>%zu</span>",
               class_names[class], n);
    if (*guidance != '\0') {
        put_markup(out, " <span>%s</span>", guidance);
    }
    fputs("</th></tr>\n", out);
    for (size_t i = 0; i < m->cipher_count; i++) {
        const struct model_cipher *c = &m->ciphers[i];
        if (is_tail(c) && class_of(c) == class) {
            put_suite(out, c);
            put_verdict(out, c);
            put_markup(out, "<td class=\"guide\">%s</td></tr>\n",
                       strcmp(c->guidance, guidance) == 0 ? "" : c->guidance);
        }
    }
    fputs("</tbody>\n", out);
}

static void put_tail(FILE *out, const struct model *m, size_t n)
{
    const char *what = strcmp(m->device.role, "client") == 0 ? "not offered" : "not accepted";

    put_markup(
        out,
        "<details class=\"tail\" data-group><summary><b>%zu more suite%s, %s</b> <span class=\"classes\">", n,
        n == 1 ? "" : "s", what);
    for (enum cipher_class class = 0; class < CLASS_COUNT; class ++) {
        size_t members = count_class(m, class);
        if (members > 0) {
            put_markup(out, "<span>%s %zu</span> ", class_names[class], members);
        }
    }
    fputs("</span></summary>\n", out);
    put_head(out, "By class; none of them is required.", "");
    for (enum cipher_class class = 0; class < CLASS_COUNT; class ++) {
        put_tail_class(out, m, class);
    }
    fputs("</table></details>\n", out);
}

/* What is no tail, in the model's order: required suites, others, or both. */
static void put_rows(FILE *out, const struct model *m, bool required, bool others)
{
    for (size_t i = 0; i < m->cipher_count; i++) {
        const struct model_cipher *c = &m->ciphers[i];
        if (!is_tail(c) && (strcmp(c->rule, "required") == 0 ? required : others)) {
            put_row(out, c);
        }
    }
}

void html_ciphers(FILE *out, const struct model *m)
{
    size_t tail = 0;
    bool client = strcmp(m->device.role, "client") == 0;

    fputs("<section aria-labelledby=\"ciphers\">\n<h2 id=\"ciphers\">Cipher suites</h2>\n", out);
    if (m->cipher_count == 0) {
        fputs("<p class=\"nothing\">None was tried in this run.</p>\n</section>\n", out);
        return;
    }
    put_head(out,
             client ? "In the order of the device's offer; then those that it lacks or should lack."
                    : "Each suite was offered alone. The verdict follows the profile; security guidance "
                      "stands beside it.",
             "encrypt_then_mac");
    fputs("<tbody>\n", out);
    if (client) {
        put_rows(out, m, true, true);
    } else {
        put_rows(out, m, true, false);
        put_rows(out, m, false, true);
    }
    fputs("</tbody></table>\n", out);
    for (size_t i = 0; i < m->cipher_count; i++) {
        tail += is_tail(&m->ciphers[i]);
    }
    if (tail > 0) {
        put_tail(out, m, tail);
    }
    fputs("</section>\n", out);
}

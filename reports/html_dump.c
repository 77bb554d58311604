/* Hex dumps of the messages that decided a case, with the deciding octets marked and named, and what was inside. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "html_page.h"
#include "text.h"

enum {
    LINE = 16,
    HEAD_LINES = 24, /* shown whatever is marked: 384 octets */
    FIELDS_LISTED = 40,
    OCTETS_SHOWN = 8,
    DUMPS_SHOWN = 8,
};

/* Octets and what is marked in them. */
struct dump {
    struct bytes bytes;
    const struct model_mark *marks;
    size_t mark_count;
};

static bool is_marked(const struct dump *d, size_t at)
{
    for (size_t i = 0; i < d->mark_count; i++) {
        if (at >= d->marks[i].at && at - d->marks[i].at < d->marks[i].length) {
            return true;
        }
    }
    return false;
}

static bool line_is_marked(const struct dump *d, size_t line)
{
    for (size_t at = line * LINE; at < (line + 1) * LINE && at < d->bytes.n; at++) {
        if (is_marked(d, at)) {
            return true;
        }
    }
    return false;
}

/* Octets of a line, marks open and closed within it. */
static void put_hex(FILE *out, const struct dump *d, size_t from, size_t to)
{
    bool open = false;

    for (size_t at = from; at < to; at++) {
        bool marked = is_marked(d, at);
        if (open && !marked) {
            fputs("</mark>", out);
        }
        fputs(at > from ? " " : "", out);
        if (marked && !open) {
            fputs("<mark>", out);
        }
        fprintf(out, "%02x", d->bytes.at[at]);
        open = marked;
    }
    fputs(open ? "</mark>" : "", out);
}

static void put_line(FILE *out, const struct dump *d, size_t line)
{
    size_t from = line * LINE;
    size_t to = from + LINE < d->bytes.n ? from + LINE : d->bytes.n;
    size_t width = d->bytes.n < LINE ? d->bytes.n : LINE;

    fprintf(out, "%04zx  ", from);
    put_hex(out, d, from, to);
    fprintf(out, "%*s   ", (int)((width - (to - from)) * 3), "");
    for (size_t at = from; at < to; at++) {
        char c[2] = {d->bytes.at[at] >= 0x20 && d->bytes.at[at] < 0x7F ? (char)d->bytes.at[at] : '.', '\0'};
        put_markup_text(out, c);
    }
    fputc('\n', out);
}

static void put_lines(FILE *out, const struct dump *d)
{
    size_t lines = (d->bytes.n + LINE - 1) / LINE;
    size_t skipped = 0;

    for (size_t line = 0; line < lines; line++) {
        if (line >= HEAD_LINES && !line_is_marked(d, line)) {
            skipped++;
            continue;
        }
        if (skipped > 0) {
            fprintf(out, "      %zu octets left out\n", skipped * LINE);
            skipped = 0;
        }
        put_line(out, d, line);
    }
    if (skipped > 0) {
        fprintf(out, "      the rest, of %zu octets in all, is left out\n", d->bytes.n);
    }
}

static void put_dump(FILE *out, const struct dump *d, const char *caption, const char *label)
{
    put_markup(
        out,
        "<figure><figcaption>%s, %zu octets</figcaption><pre class=\"hex\" tabindex=\"0\" role=\"group\" "
        "aria-label=\"%s\">",
        caption, d->bytes.n, label);
    put_lines(out, d);
    fputs("</pre></figure>\n", out);
}

static struct bytes octets_of(struct arena *arena, const char *hex)
{
    size_t n = 0, cap = strlen(hex) / 2;
    uint8_t *at = arena_alloc(arena, cap);

    return hex_decode(hex, at, cap, &n) ? (struct bytes){at, n} : NO_BYTES;
}

static void put_marks(FILE *out, const struct model_message *msg)
{
    if (msg->mark_count == 0) {
        return;
    }
    fputs("<ul class=\"marks\">", out);
    for (size_t i = 0; i < msg->mark_count; i++) {
        put_markup(out, "<li><mark>0x%02zx</mark> %s</li>", msg->marks[i].at, msg->marks[i].text);
    }
    fputs("</ul>\n", out);
}

/* A field of a protected record: its place is that of the whole fragment, which it shares with others, or is all of. */
static bool is_inside(const struct model_message *msg, const struct model_field *f)
{
    if (*msg->plaintext && strcmp(f->name, "application data") == 0) {
        return true;
    }
    for (size_t i = 0; *msg->plaintext && i < msg->field_count; i++) {
        if (&msg->fields[i] != f && msg->fields[i].at == f->at && msg->fields[i].length == f->length) {
            return true;
        }
    }
    return false;
}

static bool is_field_marked(const struct model_message *msg, const struct model_field *f)
{
    for (size_t i = 0; i < msg->mark_count && !is_inside(msg, f); i++) {
        const struct model_mark *mark = &msg->marks[i];
        if (f->at <= mark->at ? mark->at - f->at < f->length : f->at - mark->at < mark->length) {
            return true;
        }
    }
    return false;
}

static void put_field_octets(FILE *out, const struct bytes *wire, const struct model_field *f)
{
    size_t n = f->length < OCTETS_SHOWN ? f->length : OCTETS_SHOWN;

    for (size_t i = 0; i < n && f->at < wire->n && i < wire->n - f->at; i++) {
        fprintf(out, "%s%02x", i > 0 ? " " : "", wire->at[f->at + i]);
    }
    fputs(f->length > n ? " …" : "", out);
}

/* The message decoded field by field. */
static void put_fields(FILE *out, const struct model_message *msg, const struct bytes *wire)
{
    if (msg->field_count == 0) {
        return;
    }
    fputs("<table class=\"decode\" aria-label=\"Field by field\"><thead><tr><th scope=\"col\">At</th><th "
          "scope=\"col\">Octets</th><th scope=\"col\">Field</th><th "
          "scope=\"col\">Value</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < msg->field_count && i < FIELDS_LISTED; i++) {
        const struct model_field *f = &msg->fields[i];
        bool inside = is_inside(msg, f);
        put_markup(out, "<tr%s><td>0x%02zx<td>", is_field_marked(msg, f) ? " class=marked" : "", f->at);
        if (inside) {
            fputs("decrypted", out);
        } else {
            put_field_octets(out, wire, f);
        }
        put_markup(out, "<td>%s<td>%s\n", f->name, f->value);
    }
    fputs("</tbody></table>\n", out);
    if (msg->field_count > FIELDS_LISTED) {
        fprintf(out, "<p class=\"meta\">%zu more fields stand in <code>report.json</code>.</p>\n",
                msg->field_count - FIELDS_LISTED);
    }
}

static void put_message(FILE *out, struct arena *arena, const struct model_message *msg, const char *label)
{
    struct dump wire = {octets_of(arena, msg->hex), msg->marks, msg->mark_count};
    struct dump inside = {octets_of(arena, msg->plaintext), NULL, 0};

    put_markup(out, "<h4>%s <span>%s</span></h4>\n<div class=\"dumps\">\n",
               strcmp(msg->from, "device") == 0 ? "Received" : "Sent", msg->summary);
    put_dump(out, &wire, "On the wire", label);
    if (inside.bytes.n > 0) {
        put_dump(out, &inside, "Decrypted", "Decrypted payload");
    }
    fputs("</div>\n", out);
    put_marks(out, msg);
    put_fields(out, msg, &wire.bytes);
}

void html_dumps(FILE *out, const struct model_case *c)
{
    struct arena *arena = arena_new();

    for (size_t i = 0, shown = 0; i < c->message_count && shown < DUMPS_SHOWN; i++) {
        const struct model_message *msg = &c->messages[i];
        if (msg->decisive && *msg->hex != '\0') {
            shown++;
            put_message(out, arena, msg, arena_printf(arena, "Hex dump of message %zu of %s", i + 1, c->id));
        }
    }
    arena_free(arena);
}

/*
 * The messages of a case: two lifelines, time at the left, decoded fields at the right. What is no datagram (a wait, a
 * time-out, a note) is a row of its own between the lifelines.
 */
#include <inttypes.h>
#include <string.h>

#include "html_page.h"
#include "text.h"

enum {
    FIELDS_SHOWN = 3,
    HEX_SHOWN = 12,
    TEXT_SHOWN = 60,
    /* Rows of a long exchange: its beginning, its end, and what stands beside a deciding message. */
    HEAD_SHOWN = 40,
    TAIL_SHOWN = 20,
    BESIDE_SHOWN = 3,
    DECISIVE_SHOWN = 8
};

/* Fields of the framing (RFC 6347 4.1, 4.2.2): they say little about a message, and stand in its dump. */
static const char *const framing[] = {
    "content type",   "version",        "epoch",       "sequence number", "length",
    "handshake type", "message length", "message_seq", "fragment_offset", "fragment_length"};

static bool is_datagram(const struct model_message *msg)
{
    return *msg->hex != '\0' && *msg->from != '\0';
}

static void put_class(FILE *out, const struct model_message *msg)
{
    const char *way = strcmp(msg->from, "device") == 0 ? "in" : "out";

    fprintf(out, "<li class=\"%s", is_datagram(msg) ? way : "gap");
    if (strcmp(msg->kind, "deviation") == 0 || strcmp(msg->kind, "retransmission") == 0 ||
        strcmp(msg->kind, "timeout") == 0) {
        put_markup(out, " %s", msg->kind);
    }
    fputs(msg->decisive ? " decisive\">" : "\">", out);
}

static bool is_framing(const struct model_field *f)
{
    for (size_t i = 0; i < sizeof framing / sizeof *framing; i++) {
        if (strcmp(f->name, framing[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A long value is cut, between characters; octets sooner than words. */
static void put_field(FILE *out, const struct model_field *f)
{
    bool octets = f->value[strspn(f->value, "0123456789abcdef")] == '\0';
    size_t most = octets ? HEX_SHOWN : TEXT_SHOWN;
    size_t n = 0, shown = 0;

    while (f->value[n] != '\0' && shown < most) {
        n += text_first(f->value + n).octets;
        shown++;
    }
    put_markup(out, "<span>%s %.*s%s</span> ", f->name, (int)n, f->value, f->value[n] != '\0' ? "…" : "");
}

static void put_fields(FILE *out, const struct model_message *msg)
{
    if (strcmp(msg->kind, "deviation") == 0) {
        fputs("<b>on purpose</b> ", out);
    } else if (strcmp(msg->kind, "retransmission") == 0) {
        fputs("<b>sent again</b> ", out);
    }
    if (msg->decisive) {
        fputs("<b>decides the verdict</b> ", out);
    }
    for (size_t i = 0, shown = 0; i < msg->field_count && shown < FIELDS_SHOWN; i++) {
        if (!is_framing(&msg->fields[i])) {
            put_field(out, &msg->fields[i]);
            shown++;
        }
    }
}

/* Deciding messages up to row i: of very many the first are enough. */
static size_t count_decisive(const struct model_case *c, size_t i)
{
    size_t n = 0;

    for (size_t at = 0; at < i; at++) {
        n += c->messages[at].decisive;
    }
    return n;
}

static bool is_beside_decisive(const struct model_case *c, size_t i)
{
    size_t from = i > BESIDE_SHOWN ? i - BESIDE_SHOWN : 0;

    for (size_t at = from; at <= i + BESIDE_SHOWN && at < c->message_count; at++) {
        if (c->messages[at].decisive && count_decisive(c, at) < DECISIVE_SHOWN) {
            return true;
        }
    }
    return false;
}

static bool is_shown(const struct model_case *c, size_t i)
{
    return i < HEAD_SHOWN || i + TAIL_SHOWN >= c->message_count || is_beside_decisive(c, i);
}

/* How many rows from i on are left out. */
static size_t count_left_out(const struct model_case *c, size_t i)
{
    size_t n = 0;

    while (i + n < c->message_count && !is_shown(c, i + n)) {
        n++;
    }
    return n;
}

static void put_left_out(FILE *out, size_t n)
{
    fprintf(out,
            "<li class=\"gap\"><span class=\"t\"></span><span class=\"a\">%zu messages, all in the capture"
            "</span><span class=\"f\"></span></li>\n",
            n);
}

static void put_message(FILE *out, const struct model_message *msg, bool many)
{
    put_class(out, msg);
    fputs("<span class=\"t\">", out);
    html_ms(out, msg->t_us);
    if (many) {
        put_markup(out, " #%u", msg->association + 1);
    }
    fputs("</span><span class=\"a\">", out);
    if (is_datagram(msg)) {
        put_markup(out, "<span class=\"vh\">%s </span>",
                   strcmp(msg->from, "device") == 0 ? "from the device:" : "to the device:");
    }
    put_markup(out, "%s</span><span class=\"f\">", msg->summary);
    put_fields(out, msg);
    fputs("</span></li>\n", out);
}

static bool has_many(const struct model_case *c)
{
    for (size_t i = 0; i < c->message_count; i++) {
        if (c->messages[i].association > 0) {
            return true;
        }
    }
    return false;
}

void html_ladder(FILE *out, const struct model *m, const struct model_case *c)
{
    bool device_is_client = strcmp(m->device.role, "client") == 0;
    bool many = has_many(c);

    if (c->message_count == 0) {
        return;
    }
    put_markup(
        out,
        "<h4>Messages</h4><ol class=\"ladder%s\">\n<li class=\"ends\"><span class=\"t\">ms</span><span "
        "class=\"a\">"
        "<span>pskgate, %s</span><span>device, %s</span></span></li>\n",
        many ? " many" : "", device_is_client ? "server" : "client", device_is_client ? "client" : "server");
    for (size_t i = 0; i < c->message_count;) {
        size_t left_out = count_left_out(c, i);
        if (left_out > 0) {
            put_left_out(out, left_out);
            i += left_out;
        } else {
            put_message(out, &c->messages[i++], many);
        }
    }
    fputs("</ol>\n", out);
}

static void put_short_message(FILE *out, const struct model_message *msg, bool many)
{
    int64_t us = msg->t_us < 0 ? 0 : msg->t_us;

    fprintf(out, "%6" PRId64 ".%02d", us / 1000, (int)(us % 1000 / 10));
    if (many) {
        fprintf(out, " #%u", msg->association + 1);
    }
    fputs(!is_datagram(msg) ? "   " : strcmp(msg->from, "device") == 0 ? " ← " : " → ", out);
    if (strcmp(msg->kind, "deviation") == 0) {
        fputs("on purpose: ", out);
    } else if (strcmp(msg->kind, "retransmission") == 0) {
        fputs("again: ", out);
    }
    put_markup_line(out, msg->summary);
    fputc('\n', out);
}

void html_ladder_in_short(FILE *out, const struct model_case *c)
{
    bool many = has_many(c);

    if (c->message_count == 0) {
        return;
    }
    fputs("<pre class=\"brief\">", out);
    for (size_t i = 0; i < c->message_count;) {
        size_t left_out = count_left_out(c, i);
        if (left_out > 0) {
            fprintf(out, "%*s%zu messages, all in the capture\n", 12, "", left_out);
            i += left_out;
        } else {
            put_short_message(out, &c->messages[i++], many);
        }
    }
    fputs("</pre>\n", out);
}

#include "text.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

/* Unicode 15 table 3-7 is met by decoding and then asking for the shortest form, the range and no surrogate. */
static struct text_char decode(const unsigned char *at, unsigned octets, uint32_t lead, uint32_t least)
{
    uint32_t code = lead;

    for (unsigned i = 1; i < octets; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return (struct text_char){at[0], 1, false};
        }
        code = code << 6 | (at[i] & 0x3FU);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return (struct text_char){at[0], 1, false};
    }
    return (struct text_char){code, octets, true};
}

struct text_char text_first(const char *s)
{
    const unsigned char *at = (const unsigned char *)s;

    if (at[0] < 0x80) {
        return (struct text_char){at[0], 1, true};
    }
    if ((at[0] & 0xE0) == 0xC0) {
        return decode(at, 2, at[0] & 0x1FU, 0x80);
    }
    if ((at[0] & 0xF0) == 0xE0) {
        return decode(at, 3, at[0] & 0x0FU, 0x800);
    }
    if ((at[0] & 0xF8) == 0xF0) {
        return decode(at, 4, at[0] & 0x07U, 0x10000);
    }
    return (struct text_char){at[0], 1, false};
}

static bool is_bidi_control(uint32_t code)
{
    return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

bool text_is_plain(struct text_char c)
{
    bool control = c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0) || c.code == 0x2028 || c.code == 0x2029;
    bool no_character = (c.code & 0xFFFE) == 0xFFFE || c.code == 0xFEFF;

    return c.utf8 && !control && !no_character && !is_bidi_control(c.code);
}

static void put_shown(FILE *out, struct text_char c)
{
    if (c.code <= 0xFF) {
        fprintf(out, "\\x%02x", (unsigned)c.code);
    } else {
        fprintf(out, "\\u{%04x}", (unsigned)c.code);
    }
}

static void put_json_char(FILE *out, const char *at, struct text_char c)
{
    if (!c.utf8) {
        fprintf(out, "\\\\x%02x", (unsigned)c.code);
    } else if (c.code == '"' || c.code == '\\') {
        fprintf(out, "\\%c", (char)c.code);
    } else if (c.code == '\n' || c.code == '\t') {
        fputs(c.code == '\n' ? "\\n" : "\\t", out);
    } else if (c.code < 0x20 || c.code == 0x7F) {
        fprintf(out, "\\u%04x", (unsigned)c.code);
    } else {
        fwrite(at, 1, c.octets, out);
    }
}

void put_json_text(FILE *out, const char *s)
{
    fputc('"', out);
    while (*s != '\0') {
        struct text_char c = text_first(s);
        put_json_char(out, s, c);
        s += c.octets;
    }
    fputc('"', out);
}

void put_json_plain(FILE *out, const char *s)
{
    fputc('"', out);
    while (*s != '\0') {
        struct text_char c = text_first(s);
        if (text_is_plain(c) || c.code == '\n') {
            put_json_char(out, s, c);
        } else {
            fputc('\\', out);
            put_shown(out, c);
        }
        s += c.octets;
    }
    fputc('"', out);
}

static const char *markup_entity(uint32_t code)
{
    switch (code) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void put_markup_octets(FILE *out, const char *s, size_t n, bool one_line)
{
    const char *end = s + n;

    while (s < end) {
        struct text_char c = text_first(s);
        const char *entity = c.utf8 ? markup_entity(c.code) : NULL;
        if (entity) {
            fputs(entity, out);
        } else if (text_is_plain(c) || (!one_line && (c.code == '\n' || c.code == '\t'))) {
            fwrite(s, 1, c.octets, out);
        } else {
            put_shown(out, c);
        }
        s += c.octets;
    }
}

void put_markup_text(FILE *out, const char *s)
{
    put_markup_octets(out, s, strlen(s), false);
}

void put_markup_line(FILE *out, const char *s)
{
    put_markup_octets(out, s, strlen(s), true);
}

/* One conversion other than %s: flags, width and length are printf's. */
static const char *put_conversion(FILE *out, const char *at, va_list *args)
{
    char spec[16];
    size_t n = 1 + strspn(at + 1, "0123456789lz");

    assert(n + 1 < sizeof spec);
    memcpy(spec, at, n + 1);
    spec[n + 1] = '\0';
    if (memchr(spec, 'z', n)) {
        fprintf(out, spec, va_arg(*args, size_t));
    } else if (memchr(spec, 'l', n)) {
        fprintf(out, spec, va_arg(*args, long));
    } else {
        fprintf(out, spec, va_arg(*args, unsigned));
    }
    return at + n + 1;
}

void put_markup(FILE *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    while (*format != '\0') {
        size_t literal = strcspn(format, "%");
        fwrite(format, 1, literal, out);
        format += literal;
        if (format[0] == '%' && format[1] == 's') {
            put_markup_text(out, va_arg(args, const char *));
            format += 2;
        } else if (strncmp(format, "%.*s", 4) == 0) {
            int n = va_arg(args, int);
            put_markup_octets(out, va_arg(args, const char *), (size_t)n, false);
            format += 4;
        } else if (format[0] == '%' && format[1] == '%') {
            fputc('%', out);
            format += 2;
        } else if (format[0] == '%') {
            format = put_conversion(out, format, &args);
        }
    }
    va_end(args);
}

/* "##[" and "##vso[" are commands to build agents wherever they stand in a line. */
static bool begins_command(const char *s)
{
    return s[0] == '#' && s[1] == '#';
}

void put_terminal_text(FILE *out, const char *s, bool utf8)
{
    while (*s != '\0') {
        struct text_char c = text_first(s);
        if (text_is_plain(c) && (utf8 || c.code < 0x80) && !begins_command(s)) {
            fwrite(s, 1, c.octets, out);
        } else {
            put_shown(out, c);
        }
        s += c.octets;
    }
}

void put_markdown(FILE *out, const char *s)
{
    while (*s != '\0') {
        struct text_char c = text_first(s);
        if (c.utf8 && c.code < 0x80 && ispunct((int)c.code) && !strchr(",;'()", (int)c.code)) {
            fputc('\\', out);
        }
        if (text_is_plain(c)) {
            fwrite(s, 1, c.octets, out);
        } else {
            fputc('\\', out);
            put_shown(out, c);
        }
        s += c.octets;
    }
}

void put_workflow_text(FILE *out, const char *s, bool property)
{
    while (*s != '\0') {
        struct text_char c = text_first(s);
        if (c.utf8 && (c.code == '%' || (property && (c.code == ':' || c.code == ',')))) {
            fprintf(out, "%%%02X", (unsigned)c.code);
        } else if (text_is_plain(c) && !begins_command(s)) {
            fwrite(s, 1, c.octets, out);
        } else {
            put_shown(out, c);
        }
        s += c.octets;
    }
}

void put_uri_path(FILE *out, const char *s)
{
    for (const unsigned char *at = (const unsigned char *)s; *at; at++) {
        if (isalnum(*at) || strchr("/-._~", *at)) {
            fputc(*at, out);
        } else {
            fprintf(out, "%%%02X", *at);
        }
    }
}

bool is_capture_path(const char *path)
{
    return strncmp(path, "captures/", 9) == 0 && !strstr(path, "..");
}

const char *case_slug(const char *id)
{
    const char *slash = strchr(id, '/');

    return slash ? slash + 1 : id;
}

int case_chapter_length(const char *id)
{
    const char *slash = strchr(id, '/');

    return slash ? (int)(slash - id) : 0;
}

/*
 * Text on its way into a format: one walk over UTF-8, and one escape per format.
 *
 * The model's strings should be safe already; a string that came from a damaged record or a bug is made safe here. An
 * octet that is no UTF-8, a control character and a character that reorders its neighbours (bidirectional controls)
 * are shown as \xHH or \u{HHHH}, never passed on.
 */
#ifndef REPORTS_TEXT_H
#define REPORTS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One step over a string. */
struct text_char {
    uint32_t code;   /* the code point, or the octet when it is no UTF-8 */
    unsigned octets; /* how far to go on */
    bool utf8;
};

/* The first character of s, which is not at its end. */
struct text_char text_first(const char *s);

/* True for a character that may stand as it is in anything that a person reads. */
bool text_is_plain(struct text_char c);

/* A quoted JSON string; text that is UTF-8 is kept as it is (controls as \u00XX), other octets read \xHH. */
void put_json_text(FILE *out, const char *s);

/* The same for a text that a person reads: what is not plain is shown, too. */
void put_json_plain(FILE *out, const char *s);

/* Character data or a quoted attribute of XML 1.0 or HTML. Line feed and tab are kept. */
void put_markup_text(FILE *out, const char *s);

/* The same on one line: line feed and tab are shown as \xHH. Where a line has a meaning of its own. */
void put_markup_line(FILE *out, const char *s);

/* Markup from a format in the program: %s and %.*s (whole characters) are escaped as put_markup_text does, numbers (%u %d %x %zu %ld, with a width) are
 * printf's. There is no way to say that a text is safe as it is. */
void put_markup(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For a terminal: one line, no control character. With `utf8` false everything beyond ASCII is escaped too. */
void put_terminal_text(FILE *out, const char *s, bool utf8);

/* A line of a Markdown document: every mark of punctuation that could mean something is escaped. */
void put_markdown(FILE *out, const char *s);

/* For a workflow command of GitHub Actions: what put_terminal_text does, and percent escapes. `property`: between commas. */
void put_workflow_text(FILE *out, const char *s, bool property);

/* A path as a relative reference of RFC 3986. */
void put_uri_path(FILE *out, const char *s);

/* True for a path below captures/: what a report may lead to, whatever the model says. */
bool is_capture_path(const char *path);

/* The last part of a case id "chapter/slug", and the length of its chapter. */
const char *case_slug(const char *id);
int case_chapter_length(const char *id);

#endif

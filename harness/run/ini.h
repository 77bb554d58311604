/*
 * Ini files with the line of every key.
 *
 * inih as packaged splits lines over 200 octets silently and hands no line number to its handler; here lines are counted as they
 * are read, and an over-long one is an error.
 */
#ifndef RUN_INI_H
#define RUN_INI_H

#include "base/arena.h"

/* Called for every key. Returns NULL, or what is wrong with it. */
typedef const char *(*ini_key)(void *context, const char *section, const char *key, const char *value);

/* Reads a file; *line (which may be NULL) is the current one whenever `key` is called. NULL, or one line: "FILE:LINE: what". */
const char *ini_read(struct arena *a, const char *path, ini_key key, void *context, unsigned *line);

/* Reads a whole file into the arena, ended by NUL; NULL with a reason in *error. */
char *read_text_file(struct arena *a, const char *path, size_t limit, size_t *n, const char **error);

#endif

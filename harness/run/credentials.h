/*
 * Identities and keys as people hand them over. A key comes from a file or an environment variable, in hex, never from argv;
 * no message about it shows any of it.
 */
#ifndef RUN_CREDENTIALS_H
#define RUN_CREDENTIALS_H

#include "base/arena.h"

enum { IDENTITY_MAX = 65535 };

/* TEXT, or hex:.. for octets. False with a reason in *error: empty, too long, bad hex. */
bool identity_parse(struct arena *a, const char *text, struct bytes *out, const char **error);

/* The key in a file of hex digits, blanks allowed, 1 to PSK_MAX octets. The file's mode is the user's business. */
bool key_from_file(struct arena *a, const char *path, struct bytes *out, const char **error);

/* The key in an environment variable, the same way. */
bool key_from_env(struct arena *a, const char *name, struct bytes *out, const char **error);

/* The key as a command prints it for an identity (a placeholder of the command), in hex; 30 s at most. */
bool key_from_command(struct arena *a, const char *command, struct bytes identity, struct bytes *out,
                      const char **error);

/* The identity in a file of hex digits. */
bool identity_from_file(struct arena *a, const char *path, struct bytes *out, const char **error);

/* An identity as a word that identity_parse reads back: text when it is printable, else hex:... */
const char *identity_text(struct arena *a, struct bytes identity);

#endif

/*
 * The verbs, and what they share: selection, the output directory, the console.
 *
 * Invariant: a verb returns the program's exit code (design 1.4). What is wrong with its input is one line on stderr.
 */
#ifndef CMD_H
#define CMD_H

#include "reports/report.h"
#include "run/diagnosis.h"
#include "run/runner.h"

int cmd_server(int argc, char **argv);
int cmd_client(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_selftest(int argc, char **argv);
int cmd_diagnose(int argc, char **argv);
int cmd_init(int argc, char **argv);

enum { EXIT_CONFORMANT = 0, EXIT_NOT_CONFORMANT = 1, EXIT_USAGE = 2, EXIT_NOT_JUDGED = 3 };

/* Says what is wrong with the input, in one line that is safe on a terminal; returns EXIT_USAGE. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reads a verb's options. True to go on; false: *code is what to return. */
bool read_options(struct arena *a, enum verb verb, int argc, char **argv, const char *usage,
                  struct options *o, int *code);

/* The device that the options describe: its file first, then the options over it. NULL, or what is wrong. */
const char *server_of_options(struct arena *a, const struct options *o, struct dut *d);
const char *client_of_options(struct arena *a, const struct options *o, struct dut *d);

/* Prints a diagnosis, in lines for a terminal; without what was tried when the options say -q. */
void put_diagnosis(struct arena *a, const struct options *o, const struct diagnosis *d);

/* The profile that the options name. False: complained. */
bool profile_chosen(struct arena *a, const struct options *o, enum profile *out);

/* Runs one resolved device as the options say, writes its reports to `output` (NULL: none), and prints findings (and
 * the summary, unless `brief`). *out is its model, in the arena; NULL when nothing was run. Returns the exit code. */
int judge_device(struct arena *a, const struct options *o, const struct dut *d, const char *output,
                 bool brief, struct model **out);

/* ---- cmd_output.c ------------------------------------------------------------------------------------------------------ */

/* Makes the directory, with those above it, and proves that it can be written. False: complained. */
bool output_make(struct arena *a, const char *directory);

/* The formats that the options name are known. False: complained. */
bool formats_check(struct arena *a, const struct options *o);

/* True when captures are to be written. */
bool captures_wanted(const struct options *o);

/* Writes every report of the model, and the captures. False: complained. */
bool output_write(struct arena *a, const struct options *o, const struct model *m, const char *directory);

#endif

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
int cmd_merge(int argc, char **argv);
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

/* Runs one resolved device as the options say, writes its reports to `output` (NULL: none), and prints findings and the
 * summary. `among` is what it is called among other devices of this run (NULL: it is alone): then its verdict is all that is
 * printed. *out is its model, in the arena; NULL when nothing was run. Returns the exit code. May run in several threads, each
 * with an arena of its own. */
int judge_device(struct arena *a, const struct options *o, const struct dut *d, const char *output,
                 const char *among, struct model **out);

/* ---- cmd_past.c: waivers and baseline ------------------------------------------------------------------------------------- */

/* Reads what the run is compared with. False: complained. */
bool past_read(struct arena *a, struct run_config *config);

/* ---- cmd_progress.c: while it runs ----------------------------------------------------------------------------------------- */

/* How a run is told of: progress on stderr, results on `results`. `device` stands before each line, when several are under way. */
struct telling {
    struct console_style err, out;
    FILE *results;
    const char *device;
    bool redraw;
    unsigned verbosity, failed;
};

struct telling telling_of(const struct options *o, const char *device, FILE *results);

/* What run_config's progress and message are for; `context` is a struct telling. */
void tell_case(void *context, const struct model_case *c, struct run_progress p);
void tell_message(void *context, const char *case_id, const struct model_message *msg);

/* ---- cmd_github.c ---------------------------------------------------------------------------------------------------------- */

/* Annotations on `log`, and the step summary, when this is a job of GitHub Actions. */
void github_tell(const struct model *const *models, size_t n, FILE *log);

/* ---- cmd_output.c: files, or one format on stdout ---------------------------------------------------------------------------- */

/* Where reports go; NULL: nowhere, or to stdout ("-"). */
const char *output_directory(const struct options *o);

/* The format that goes to stdout: the one of --format without an output directory; NULL when there is none. */
const struct renderer *format_of_stdout(const struct options *o);

/* Makes the directory, with those above it, and proves that it can be written. False: complained. */
bool output_make(struct arena *a, const char *directory);

/* The formats that the options name are known, and fit to where they go. False: complained. */
bool formats_check(struct arena *a, const struct options *o);

/* True when captures are to be written. */
bool captures_wanted(const struct options *o);

/* Writes every report of the model, and the captures. False: complained. */
bool output_write(struct arena *a, const struct options *o, const struct model *m, const char *directory);

/* Writes every report of the model, and no capture. False: complained. */
bool output_reports(struct arena *a, const struct options *o, const struct model *m, const char *directory);

/* Copies a file, and makes the directories above it. False: errno says why. */
bool output_copy(struct arena *a, const char *from, const char *to);

/* Renders to stdout what goes there, if anything. False: it could not be written. */
bool output_print(const struct options *o, const struct model *m);

#endif

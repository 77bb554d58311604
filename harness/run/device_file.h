/*
 * What is known of a device: from its file, from a section of a matrix file, or from options.
 *
 * Invariant: every text is non-NULL, "" when not given. The key is nowhere but in `psk`; `text` is the file as it was read, and
 * device files hold no keys.
 */
#ifndef RUN_DEVICE_FILE_H
#define RUN_DEVICE_FILE_H

#include "case/run_case.h"
#include "run/options.h"

struct dut {
    const char *name, *make, *model, *firmware;
    const char *role_name, *address;
    enum role role;
    const char *host; /* of the address */
    uint16_t port;
    const char *identity_word, *identity_file, *psk_file, *psk_env;
    struct bytes identity,
        psk; /* client device with psk_cmd: the identity may be empty, the key is then anything */
    struct string_list implements;
    const char *liveness;
    unsigned slots, settle_ms, patience_ms;
    const char *instances; /* "many": what is started is a device of its own each time; "one"; "" not said */
    const char *timers;
    size_t max_datagram;
    bool no_credentials; /* identity and key are stand-ins */
    const char *spawn, *trigger, *lever_word, *reset, *ready, *psk_cmd;
    enum lever lever;
    const char *file, *text, *sha256; /* "" without a file */
    const char *directory;            /* of a matrix: its section, and where its reports go */
    const char *key_from;             /* the option that gives the key again: "--psk-file FILE" */
};

/* A device that nothing is known of. */
struct dut device_unknown(void);

/* Reads a device file over what is known. NULL, or what is wrong, with file and line. */
const char *device_read(struct arena *a, const char *path, struct dut *d);

/* Takes the options that say what the device is. NULL or what is wrong. */
const char *device_options(struct arena *a, const struct options *o, struct dut *d);

/* Resolves address and credentials, and checks that what a run needs is there. NULL or what is wrong. */
const char *device_resolve(struct arena *a, struct dut *d);

/* The devices of a matrix file, in order. NULL or what is wrong. */
const char *matrix_read(struct arena *a, const char *path, struct dut **out, size_t *n);

/* "HOST:PORT" or "[HOST]:PORT", the port optional. False: *error. */
bool address_split(struct arena *a, const char *address, uint16_t usual_port, const char **host,
                   uint16_t *port, const char **error);

/* True when the host is, or resolves to, an address of the open network: not loopback, private, link-local or for documentation. */
bool host_is_public(const char *host);

/* "server", "bootstrap-server", "client" */
const char *role_name(enum role r);

#endif

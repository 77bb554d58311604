#include "run/device_file.h"

#include <stddef.h>
#include <string.h>

#include "crypto/prf.h"
#include "run/credentials.h"
#include "run/ini.h"

enum kind { TEXT, NUMBER, SIZE, LIST, FILE_NAME };

enum { FILE_LIMIT = 65536 };

static const struct {
    const char *section, *key;
    enum kind kind;
    size_t at;
} keys[] = {
#define KEY(section, key, kind, field)                                                                       \
    {                                                                                                        \
        section, key, kind, offsetof(struct dut, field)                                                      \
    }
    KEY("device", "name", TEXT, name),
    KEY("device", "make", TEXT, make),
    KEY("device", "model", TEXT, model),
    KEY("device", "firmware", TEXT, firmware),
    KEY("device", "role", TEXT, role_name),
    KEY("device", "address", TEXT, address),
    KEY("credentials", "identity", TEXT, identity_word),
    KEY("credentials", "identity_file", FILE_NAME, identity_file),
    KEY("credentials", "psk_file", FILE_NAME, psk_file),
    KEY("credentials", "psk_env", TEXT, psk_env),
    KEY("capabilities", "implements", LIST, implements),
    KEY("capabilities", "liveness", TEXT, liveness),
    KEY("limits", "slots", NUMBER, slots),
    KEY("limits", "instances", TEXT, instances),
    KEY("limits", "settle_ms", NUMBER, settle_ms),
    KEY("limits", "patience_ms", NUMBER, patience_ms),
    KEY("limits", "timers", TEXT, timers),
    KEY("limits", "max_datagram", SIZE, max_datagram),
    KEY("hooks", "spawn", TEXT, spawn),
    KEY("hooks", "trigger", TEXT, trigger),
    KEY("hooks", "lever", TEXT, lever_word),
    KEY("hooks", "reset", TEXT, reset),
    KEY("hooks", "ready", TEXT, ready),
    KEY("hooks", "psk_cmd", TEXT, psk_cmd),
#undef KEY
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

struct reading {
    struct arena *arena;
    const char *path;
    struct dut *device;  /* the one under way */
    struct dut *devices; /* of a matrix file */
    size_t n, cap;
    const char *section;
};

struct dut device_unknown(void)
{
    struct dut d = {0};

    d.name = d.make = d.model = d.firmware = d.role_name = d.address = d.host = "";
    d.identity_word = d.identity_file = d.psk_file = d.psk_env = d.liveness = d.timers = d.instances = "";
    d.spawn = d.trigger = d.lever_word = d.reset = d.ready = d.psk_cmd = d.file = d.text = d.sha256 =
        d.key_from = d.directory = "";
    return d;
}

/* A file named in a file is looked for beside it. */
static const char *beside(struct arena *a, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');

    return *name == '/' || !slash ? arena_strdup(a, name)
                                  : arena_printf(a, "%.*s/%s", (int)(slash - path), path, name);
}

static void add_words(struct arena *a, struct string_list *list, const char *words)
{
    char *text = arena_strdup(a, words), *rest = NULL;

    for (char *word = strtok_r(text, ", \t\r\n", &rest); word; word = strtok_r(NULL, ", \t\r\n", &rest))
        string_list_add(a, list, word);
}

static const char *set_key(struct reading *r, size_t i, const char *value)
{
    void *at = (char *)r->device + keys[i].at;
    long n = 0;

    switch (keys[i].kind) {
    case TEXT: *(const char **)at = arena_strdup(r->arena, value); break;
    case FILE_NAME: *(const char **)at = beside(r->arena, r->path, value); break;
    case LIST: add_words(r->arena, at, value); break;
    case NUMBER:
    case SIZE:
        if (!parse_number(value, 0, 10000000, &n))
            return arena_printf(r->arena, "%s: '%s' is no number", keys[i].key,
                                arena_escape(r->arena, bytes_of_text(value)));
        if (keys[i].kind == NUMBER)
            *(unsigned *)at = (unsigned)n;
        else
            *(size_t *)at = (size_t)n;
    }
    return NULL;
}

static const char *unknown(struct reading *r, const char *what, const char *word, const char *section)
{
    struct string_list names = {0};

    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!section || strcmp(keys[i].section, section) == 0)
            string_list_add(r->arena, &names, strcmp(what, "section") == 0 ? keys[i].section : keys[i].key);
    return arena_printf(r->arena, "unknown %s '%s'%s", what, arena_escape(r->arena, bytes_of_text(word)),
                        nearest_hint(r->arena, word, names.list));
}

static const char *take_key(void *context, const char *section, const char *key, const char *value)
{
    struct reading *r = context;
    bool section_known = false;

    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].section, section) != 0)
            continue;
        section_known = true;
        if (strcmp(keys[i].key, key) == 0)
            return set_key(r, i, value);
    }
    return section_known ? unknown(r, "key", key, section) : unknown(r, "section", section, NULL);
}

/* What the report shows of the file: all of it, for there is no secret in it. */
static const char *keep_text(struct arena *a, const char *path, struct dut *d)
{
    const char *error = NULL;
    uint8_t sum[DIGEST_MAX];
    size_t n;
    char *text = read_text_file(a, path, FILE_LIMIT, &n, &error);

    if (!text)
        return error;
    d->file = arena_strdup(a, path);
    d->text = text;
    d->sha256 =
        arena_hex(a, (struct bytes){sum, digest(HASH_SHA256, (struct bytes){(uint8_t *)text, n}, sum)});
    return NULL;
}

const char *device_read(struct arena *a, const char *path, struct dut *d)
{
    struct reading r = {.arena = a, .path = path, .device = d};
    const char *error = ini_read(a, path, take_key, &r, NULL);

    return error ? error : keep_text(a, path, d);
}

static const char *new_section(struct reading *r, const char *section)
{
    struct dut *d = arena_grow(r->arena, &r->devices, &r->cap, r->n, sizeof *r->devices);

    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->devices[i].directory, section) == 0)
            return arena_printf(r->arena, "section [%s] comes twice", section);
    if (strpbrk(section, "/\\") || section[0] == '.')
        return arena_printf(r->arena, "section [%s]: it is a directory's name, too", section);
    *d = device_unknown();
    d->name = d->directory = r->section = arena_strdup(r->arena, section);
    r->n++;
    return NULL;
}

static const char *take_matrix_key(void *context, const char *section, const char *key, const char *value)
{
    struct reading *r = context;
    const char *error = NULL;

    if (!r->section || strcmp(r->section, section) != 0)
        error = *section ? new_section(r, section) : "a key before the first [device]";
    if (error)
        return error;
    r->device = &r->devices[r->n - 1];
    if (strcmp(key, "device") == 0) {
        error = device_read(r->arena, beside(r->arena, r->path, value), r->device);
        if (!*r->device->name)
            r->device->name = r->section;
        return error;
    }
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(keys[i].key, key) == 0)
            return set_key(r, i, value);
    return unknown(r, "key", key, NULL);
}

const char *matrix_read(struct arena *a, const char *path, struct dut **out, size_t *n)
{
    struct reading r = {.arena = a, .path = path};
    const char *error = ini_read(a, path, take_matrix_key, &r, NULL);

    *out = r.devices;
    *n = r.n;
    return error || r.n > 0 ? error : arena_printf(a, "%s: names no device", path);
}

static const char *split_words(struct arena *a, const char *words, struct dut *d)
{
    d->implements = (struct string_list){0};
    add_words(a, &d->implements, words);
    return NULL;
}

const char *device_options(struct arena *a, const struct options *o, struct dut *d)
{
    static const struct {
        enum option option;
        size_t at;
    } fields[] = {
        {OPT_NAME, offsetof(struct dut, name)},         {OPT_IDENTITY, offsetof(struct dut, identity_word)},
        {OPT_PSK_FILE, offsetof(struct dut, psk_file)}, {OPT_PSK_ENV, offsetof(struct dut, psk_env)},
        {OPT_SPAWN, offsetof(struct dut, spawn)},       {OPT_TRIGGER, offsetof(struct dut, trigger)},
        {OPT_LISTEN, offsetof(struct dut, address)},    {OPT_RESET, offsetof(struct dut, reset)},
        {OPT_LEVER, offsetof(struct dut, lever_word)},  {OPT_READY, offsetof(struct dut, ready)},
        {OPT_PSK_CMD, offsetof(struct dut, psk_cmd)},
    };

    if (option_given(o, OPT_IDENTITY))
        d->identity_file = "";
    d->no_credentials = option_given(o, OPT_NO_CREDENTIALS);
    if (option_given(o, OPT_PSK_FILE) || option_given(o, OPT_PSK_ENV) || option_given(o, OPT_PSK_CMD))
        d->psk_file = d->psk_env = d->psk_cmd = "";
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (option_given(o, fields[i].option))
            *(const char **)((char *)d + fields[i].at) = o->value[fields[i].option];
    if (option_given(o, OPT_PSK_FILE) && option_given(o, OPT_PSK_ENV))
        return "--psk-file and --psk-env: one of the two";
    return option_given(o, OPT_IMPLEMENTS) ? split_words(a, o->value[OPT_IMPLEMENTS], d) : NULL;
}

#include "base/arena.h"
#include "sample.h"
#include "sample_data.h"

#define EVIL                                                                                                 \
    "<script>alert(1)</script>\" onload='x' ]]> &amp; \x1b[31m \xff\xfe \xe2\x80\xae :: %0A ::error::x "     \
    "\x01\r\n"                                                                                               \
    "[[ATTACHMENT|/etc/passwd]]"

static struct model_waiver waiver = {EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL};
static struct model_message messages[] = {
    {.from = EVIL,
     .kind = EVIL,
     .summary = EVIL,
     .hex = "00ff",
     .plaintext = "3c736372697074",
     .decisive = true,
     .fields = (struct model_field[]){{EVIL, EVIL, 1000000, 7}},
     .field_count = 1,
     .marks = (struct model_mark[]){{1, 2147483647, EVIL}, {2147483647, 2, EVIL}},
     .mark_count = 2}};
static struct model_case one = {.id = EVIL,
                                .title = EVIL,
                                .requirement = EVIL,
                                .level = EVIL,
                                .verdict = VERDICT_FAIL,
                                .expected = EVIL,
                                .got = EVIL,
                                .reason = EVIL,
                                .note = EVIL,
                                .guidance = EVIL,
                                .attempts = 1,
                                .capture = "javascript:alert(1)",
                                .waiver = &waiver,
                                MESSAGES(messages)};
static struct model_requirement requirement = {.id = EVIL,
                                               CLAUSE({EVIL, EVIL}),
                                               .level = EVIL,
                                               .binds = STRINGS(EVIL),
                                               .text = EVIL,
                                               .note = EVIL,
                                               .verdict = VERDICT_FAIL,
                                               .cases = STRINGS(EVIL),
                                               .untestable = EVIL};
static struct model_cipher cipher = {0xFFFF, EVIL, EVIL, EVIL, EVIL, EVIL, VERDICT_FAIL, EVIL, EVIL};
static struct model_change change = {EVIL, EVIL, EVIL};

struct model *sample_hostile(struct arena *a)
{
    struct model *m = sample_new(a);
    const char **texts[] = {&m->tool.name,       &m->tool.version,    &m->tool.catalogue,
                            &m->tool.libcrypto,  &m->device.name,     &m->device.make,
                            &m->device.model,    &m->device.firmware, &m->device.file_sha256,
                            &m->device.role,     &m->device.address,  &m->device.liveness,
                            &m->profile,         &m->profile_title,   &m->run.started,
                            &m->run.seed,        &m->run.host,        &m->run.device_file,
                            &m->run.device_path, &m->run.baseline,    &m->run.fail_on,
                            &m->run.stopped,     &m->run.shard,       &m->summary.verdict,
                            &m->summary.sentence};

    for (size_t i = 0; i < COUNT(texts); i++) {
        *texts[i] = EVIL;
    }
    m->device.implements = m->run.argv = m->run.only = m->run.skip = m->run.notes = TEXTS(m->arena, EVIL);
    m->run.left_out = arena_array(m->arena, struct model_left_out, 1);
    m->run.left_out[0] = (struct model_left_out){EVIL, m->run.argv};
    m->run.left_out_count = 1;
    sample_add(m, &one, 1, &requirement, 1);
    m->cases[0].reproduce = EVIL;
    m->ciphers = &cipher;
    m->waivers = &waiver;
    m->changes = &change;
    m->cipher_count = m->waiver_count = m->change_count = 1;
    m->summary.exit_code = 1;
    sample_count(m);
    return m;
}

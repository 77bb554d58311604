#include "sample.h"

#include <string.h>

#include "base/arena.h"
#include "sample_data.h"
#include "wire/cipher.h"

static void *copy_of(struct arena *a, const void *rows, size_t n, size_t size)
{
    void *out = arena_alloc(a, n * size);

    if (n > 0) {
        memcpy(out, rows, n * size);
    }
    return out;
}

struct strings sample_texts(struct arena *a, const char **texts, size_t n)
{
    return (struct strings){copy_of(a, texts, n, sizeof *texts), n};
}

static void fill_text(const char **text)
{
    *text = *text ? *text : "";
}

static void fill_message(struct model_message *msg)
{
    fill_text(&msg->from);
    fill_text(&msg->hex);
    fill_text(&msg->plaintext);
}

/* What the tables leave out is "", never NULL. */
void sample_complete(struct arena *a, struct model_case *c)
{
    const char **texts[] = {&c->title,    &c->expected,  &c->got,     &c->reason, &c->note,
                            &c->guidance, &c->reproduce, &c->capture, &c->key_log};

    for (size_t i = 0; i < COUNT(texts); i++) {
        fill_text(texts[i]);
    }
    c->attempts = c->attempts ? c->attempts : 1;
    c->reproduce = arena_printf(
        a, "pskgate server 192.0.2.17:5684 --device acme-gw.ini --only %s --seed 7f3a91c2", c->id);
    c->messages = copy_of(a, c->messages, c->message_count, sizeof *c->messages);
    for (size_t i = 0; i < c->message_count; i++) {
        fill_message(&c->messages[i]);
    }
}

static void fill_requirement(struct model_requirement *r)
{
    fill_text(&r->note);
    fill_text(&r->untestable);
}

void sample_count(struct model *m)
{
    struct model_counts *of = &m->summary.requirements;

    for (size_t i = 0; i < m->case_count; i++) {
        m->summary.cases.of[m->cases[i].verdict]++;
    }
    for (size_t i = 0; i < m->requirement_count; i++) {
        const struct model_requirement *r = &m->requirements[i];
        bool mandatory = strncmp(r->level, "MUST", 4) == 0;
        of->of[r->verdict]++;
        m->summary.mandatory_failed += mandatory && r->verdict == VERDICT_FAIL;
        m->summary.mandatory_passed += mandatory && r->verdict == VERDICT_PASS;
        m->summary.recommended_missing += r->verdict == VERDICT_WARNING;
    }
    m->summary.mandatory_applicable = m->summary.mandatory_failed + m->summary.mandatory_passed;
    m->summary.tested_per_cent = 93;
    m->summary.catalogue_requirements = 15;
}

struct model *sample_new(struct arena *a)
{
    struct model *m = arena_new_of(a, struct model);

    m->arena = a;
    m->tool.name = "pskgate";
    m->tool.version = "1.0.0";
    m->tool.catalogue = "sha256:5b0c2f7e9d1a44c08be6e2b8d9a7c6f5e4d3c2b1a09f8e7d6c5b4a3928171605";
    m->tool.libcrypto = "OpenSSL 3.0.22";
    m->device.name = "acme-gw 2.4.1";
    m->device.make = "Acme";
    m->device.model = "GW-200";
    m->device.firmware = "2.4.1 (9c1f)";
    m->device.file_sha256 = "sha256:0c7d";
    m->device.role = "server";
    m->device.address = "192.0.2.17:5684";
    m->device.implements = TEXTS(m->arena, "encrypt_then_mac", "extended_master_secret");
    m->device.liveness = "ping";
    m->device.slots = 16;
    m->profile = "lwm2m-1.0";
    m->profile_title = "LwM2M 1.0 with the change request to 7.1.1";
    m->run.started = "2026-11-24T02:10:00Z";
    m->run.duration_ms = 41300;
    m->run.jobs = 16;
    m->run.seed = "7f3a91c2";
    m->run.patience_ms = 500;
    m->run.rtt_us = 1204;
    m->run.argv =
        TEXTS(m->arena, "pskgate", "server", "192.0.2.17:5684", "--device", "acme-gw.ini", "-o", "out");
    m->run.host = "ci-runner-4";
    m->run.device_path = "acme-gw.ini";
    m->run.fail_on = "any";
    m->run.baseline = m->run.stopped = m->run.shard = "";
    m->run.complete = true;
    m->run.device_file =
        "[device]\nname = acme-gw 2.4.1\n\n[credentials]\nidentity = urn:dev:ops:32473-gw-200\n";
    return m;
}

void sample_add(struct model *m, const struct model_case *cases, size_t case_count,
                const struct model_requirement *requirements, size_t requirement_count)
{
    m->cases = copy_of(m->arena, cases, case_count, sizeof *cases);
    m->case_count = case_count;
    m->requirements = copy_of(m->arena, requirements, requirement_count, sizeof *requirements);
    m->requirement_count = requirement_count;
    for (size_t i = 0; i < case_count; i++) {
        sample_complete(m->arena, &m->cases[i]);
    }
    for (size_t i = 0; i < requirement_count; i++) {
        fill_requirement(&m->requirements[i]);
    }
}

static struct model_cipher server_cipher(const struct cipher *c)
{
    struct model_cipher out = {.code = c->code,
                               .name = c->name,
                               .rule = "allowed",
                               .did = "refused",
                               .alert = "handshake_failure (40)",
                               .encrypt_then_mac = "",
                               .verdict = VERDICT_PASS,
                               .guidance = "",
                               .case_id = "negotiation/no-common-suite"};

    if (c->class < CLASS_MANDATORY_CCM_8) {
        out.rule = c->class <= CLASS_AES_SHA1 ? "forbidden" : "discouraged";
    }
    switch (c->code) {
    case TLS_PSK_WITH_AES_128_CCM_8:
        out.rule = "required";
        out.did = "accepted";
        out.alert = "";
        out.encrypt_then_mac = "not echoed";
        out.guidance = "The tag has 64 bits.";
        out.case_id = "negotiation/ccm8-completes";
        break;
    case TLS_PSK_WITH_AES_128_CBC_SHA256:
        out.rule = "required";
        out.did = "accepted";
        out.alert = "";
        out.encrypt_then_mac = "echoed";
        out.guidance = "BCP 195 discourages CBC; with encrypt_then_mac it is sound.";
        out.case_id = "negotiation/cbc-sha256-completes";
        break;
    case TLS_PSK_WITH_AES_128_CCM:
        out.did = "accepted";
        out.alert = "";
        out.encrypt_then_mac = "echoed, must not be";
        out.verdict = VERDICT_FAIL;
        out.case_id = "etm/not-echoed-for-aead";
        break;
    case TLS_PSK_WITH_AES_128_CBC_SHA:
        out.did = "accepted";
        out.alert = "";
        out.encrypt_then_mac = "echoed";
        out.verdict = VERDICT_FAIL;
        out.guidance = "BCP 195: not to be used.";
        out.case_id = "hashes/aes-128-cbc-sha-refused";
        break;
    default: break;
    }
    return out;
}

/* A case of the sweep: a whole handshake's ladder, as the runner leaves it. */
static struct model_case sweep_case(struct arena *a, const struct cipher *c)
{
    struct model_case out = {.id = arena_printf(a, "sweep/0x%04x", c->code),
                             .title = arena_printf(a, "Server treats %s as the profile says", c->name),
                             .requirement = "lwm2m10-7.1.1.no-sha1",
                             .level = "MUST NOT",
                             .verdict = VERDICT_PASS,
                             .expected = "no ServerHello",
                             .got = "alert 40 (handshake_failure), and the device is alive",
                             .duration_ms = 4,
                             .capture = arena_printf(a, "captures/sweep/0x%04x.pcapng", c->code),
                             MESSAGES(sample_handshake)};

    sample_complete(a, &out);
    return out;
}

static void add_ciphers(struct model *m, size_t stride, bool sweep)
{
    struct model_case *cases = arena_array(m->arena, struct model_case, m->case_count + cipher_count);

    memcpy(cases, m->cases, m->case_count * sizeof *cases);
    m->cases = cases;
    m->ciphers = arena_array(m->arena, struct model_cipher, cipher_count);
    for (size_t i = 0; i < cipher_count; i++) {
        struct model_cipher row = server_cipher(&ciphers[i]);
        bool kept = strcmp(row.did, "accepted") == 0 || i % stride == 0;
        if (!kept) {
            continue;
        }
        m->ciphers[m->cipher_count++] = row;
        if (sweep) {
            m->cases[m->case_count++] = sweep_case(m->arena, &ciphers[i]);
        }
    }
}

struct model *sample_server(struct arena *a, size_t stride, bool sweep)
{
    struct model *m = sample_new(a);

    sample_add(m, sample_cases, SERVER_CASES, sample_requirements, SERVER_REQUIREMENTS);
    add_ciphers(m, stride, sweep);
    m->waivers = copy_of(a, sample_waivers, SAMPLE_WAIVERS, sizeof *sample_waivers);
    m->waiver_count = SAMPLE_WAIVERS;
    m->changes = copy_of(a, sample_changes, SAMPLE_CHANGES, sizeof *sample_changes);
    m->change_count = SAMPLE_CHANGES;
    m->run.skip = TEXTS(m->arena, "renegotiation/*");
    m->run.left_out = arena_array(a, struct model_left_out, 2);
    m->run.left_out[0] =
        (struct model_left_out){"not for a server", TEXTS(m->arena, "etm/client-tells", "psk/client-hint")};
    m->run.left_out[1] = (struct model_left_out){"left out by --skip renegotiation/*",
                                                 TEXTS(m->arena, "renegotiation/refused")};
    m->run.left_out_count = 2;
    m->run.baseline = "baseline/verdicts.txt";
    m->summary.verdict = "not-conformant";
    m->summary.exit_code = 1;
    m->summary.sentence =
        "Not conformant. acme-gw 2.4.1 does not meet 2 of the 8 mandatory requirements that apply to it.";
    sample_count(m);
    return m;
}

struct model *sample_client(struct arena *a)
{
    struct model *m = sample_new(a);

    m->device.name = "lwm2m-client 1.2";
    m->device.role = "client";
    m->device.address = "192.0.2.30:41022";
    sample_add(m, sample_cases, 2, sample_requirements, 2);
    m->ciphers = arena_array(a, struct model_cipher, 2);
    m->ciphers[0] = (struct model_cipher){
        TLS_PSK_WITH_AES_128_CCM_8, "TLS_PSK_WITH_AES_128_CCM_8", "required", "offered", "", "", VERDICT_PASS,
        "The tag has 64 bits.",     "negotiation/ccm8-completes"};
    m->ciphers[1] = (struct model_cipher){TLS_PSK_WITH_AES_128_CBC_SHA,
                                          "TLS_PSK_WITH_AES_128_CBC_SHA",
                                          "forbidden",
                                          "not-offered",
                                          "",
                                          "",
                                          VERDICT_PASS,
                                          "",
                                          "negotiation/ccm8-completes"};
    m->cipher_count = 2;
    m->summary.verdict = "conformant";
    m->summary.sentence = "Conformant. lwm2m-client 1.2 meets the 2 mandatory requirements that apply to it.";
    sample_count(m);
    return m;
}

struct model *sample_unreachable(struct arena *a)
{
    struct model *m = sample_new(a);

    m->device.name = "basement-meter";
    m->device.address = "192.0.2.99:5684";
    sample_add(m, sample_cases, SERVER_CASES, sample_requirements, SERVER_REQUIREMENTS);
    for (size_t i = 0; i < m->case_count; i++) {
        struct model_case *c = &m->cases[i];
        c->verdict = VERDICT_NOT_JUDGED;
        c->reason = "unreachable: nothing answered a well-formed ClientHello within 10 s";
        c->expected = c->got = c->note = c->capture = c->key_log = "";
        c->waiver = NULL;
        c->message_count = 0;
    }
    for (size_t i = 0; i < m->requirement_count; i++) {
        struct model_requirement *r = &m->requirements[i];
        r->verdict = *r->untestable ? VERDICT_NOT_APPLICABLE : VERDICT_NOT_JUDGED;
    }
    m->run.notes = TEXTS(
        m->arena, "nothing answered at 192.0.2.99:5684; is the device switched on, and the port right?");
    m->run.stopped = "unreachable: nothing answered a well-formed ClientHello within 10 s";
    m->summary.verdict = "not-judged";
    m->summary.exit_code = 3;
    m->summary.sentence =
        "Not judged. basement-meter did not answer, so nothing is known about its conformance.";
    sample_count(m);
    m->summary.tested_per_cent = 0;
    return m;
}

#include <stdio.h>

#include "case/internal.h"

/* Which hellos are known to be refused in silence: an entry of `refusals` for a suite and the manner it is put in. */

enum { KEY_LENGTH = 32 };

static bool holds_cbc(const struct offer *o)
{
    bool cbc = false;

    for (size_t i = 0; i < OFFER_CIPHERS && o->ciphers[i] != 0; i++)
        cbc |= cipher_is_cbc(cipher_find(o->ciphers[i]));
    return cbc;
}

static bool is_plain(const struct offer *o)
{
    bool known = o->ciphers[0] != 0 && o->list.n == 0;

    for (size_t i = 0; i < OFFER_CIPHERS && o->ciphers[i] != 0; i++)
        known &= cipher_find(o->ciphers[i]) != NULL;
    return known && (o->version == 0 || o->version == DTLS_1_2) && o->renegotiation_scsv != WITHOUT &&
           o->extensions.n == 0 && !o->no_extensions && o->session_id.n == 0 && o->compression.n == 0;
}

/* encrypt_then_mac means nothing to a suite that is not CBC (RFC 7366 3). */
static void name_refusal(char *key, const struct offer *o, uint16_t code)
{
    bool etm = o->encrypt_then_mac == WITH || (o->encrypt_then_mac == AS_USUAL && holds_cbc(o));

    snprintf(key, KEY_LENGTH, "suite %04X record %04X%s%s", (unsigned)code,
             (unsigned)(o->record_version != 0 ? o->record_version : DTLS_1_0),
             etm && cipher_is_cbc(cipher_find(code)) ? " etm" : "",
             o->extended_master_secret != WITHOUT ? " ems" : "");
}

bool is_good_offer(const struct case_env *env, const struct offer *o)
{
    bool offered = false;
    const struct cipher *good = cipher_find(env->good_cipher);

    for (size_t i = 0; i < OFFER_CIPHERS && o->ciphers[i] != 0; i++)
        offered |= o->ciphers[i] == env->good_cipher;
    if (!offered || good == NULL || !is_plain(o) || o->extended_master_secret == WITHOUT)
        return false;
    return !cipher_is_cbc(good) || (o->encrypt_then_mac == WITHOUT) == env->good_without_etm;
}

bool offer_is_refused(const struct case_env *env, const struct offer *o)
{
    char key[KEY_LENGTH];
    bool all = is_plain(o);

    for (size_t i = 0; all && i < OFFER_CIPHERS && o->ciphers[i] != 0; i++) {
        name_refusal(key, o, o->ciphers[i]);
        all = refusals_have(env->refusals, key);
    }
    return all;
}

void remember_refused_offer(const struct case_env *env, const struct offer *o)
{
    char key[KEY_LENGTH];

    for (size_t i = 0; is_plain(o) && i < OFFER_CIPHERS && o->ciphers[i] != 0; i++) {
        name_refusal(key, o, o->ciphers[i]);
        refusals_add(env->refusals, key);
    }
}

void refusal_found(const struct case_env *env, uint16_t cipher, bool without_etm)
{
    remember_refused_offer(
        env, &(struct offer){.ciphers = {cipher}, .encrypt_then_mac = without_etm ? WITHOUT : AS_USUAL});
}

#include "device/device.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void device_init(struct device *d, enum lwm2m_role role, struct bytes identity, struct bytes psk)
{
    uint64_t seed;

    if (getentropy(&seed, sizeof seed) != 0)
        abort(); /* a system without randomness */
    *d = (struct device){
        .behaviour = conforming,
        .role = role,
        .identity = identity,
        .psk = psk,
        .endpoint = "pskgate",
        .lifetime = 300,
        .rng = rng_of(seed, "device"),
        .wake = -1,
        .again_ms = -1,
        .fd = -1,
        .parameter = "",
    };
    rng_fill(&d->rng, d->secret, sizeof d->secret);
}

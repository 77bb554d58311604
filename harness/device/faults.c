#include "device/faults.h"

#include <stdlib.h>
#include <string.h>

#include "device/faulty.h"
#include "device/faulty_bootstrap.h"
#include "device/faulty_cid.h"
#include "device/faulty_handshake.h"
#include "device/faulty_record.h"
#include "device/faulty_registration.h"
#include "device/faulty_sessions.h"
#include "device/faulty_zoo.h"

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define FAULT(id, role, base, decision, parameter, case_id, also)                                            \
    static void JOIN(plant_, __LINE__)(struct behaviour * b)                                                 \
    {                                                                                                        \
        b->decision;                                                                                         \
    }
#include "peers/faults.def"
#undef FAULT

const struct fault faults[] = {
#define FAULT(id, role, base, decision, parameter, case_id, also)                                            \
    {id, FAULT_##role, base, JOIN(plant_, __LINE__), parameter, case_id, also},
#include "peers/faults.def"
#undef FAULT
};
const size_t fault_count = sizeof faults / sizeof *faults;

struct base {
    const char *name, *profile;
    unsigned traits;
    uint16_t ciphers[DEVICE_CIPHERS];
};

#define CIPHERS(...)                                                                                         \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
static const struct base bases[] = {
#define BASE(name, profile, traits, ...) {name, profile, traits, __VA_ARGS__},
#include "peers/bases.def"
#undef BASE
};

bool take_base(struct device *d, const char *name)
{
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (strcmp(bases[i].name, name) == 0) {
            memcpy(d->behaviour.ciphers, bases[i].ciphers, sizeof bases[i].ciphers);
            d->traits = bases[i].traits;
            d->bootstrap = d->role == LWM2M_CLIENT && (d->traits & BOOTSTRAPS) != 0;
            return true;
        }
    }
    return false;
}

/* The row of that parameter, else the family's first. */
static const struct fault *find_fault(enum fault_role role, const char *text, const char *parameter)
{
    size_t n = strcspn(text, ":");
    const struct fault *found = NULL;

    for (size_t i = 0; i < fault_count; i++) {
        const struct fault *f = &faults[i];

        if (f->role != role || strlen(f->id) != n || strncmp(f->id, text, n) != 0)
            continue;
        if (strcmp(f->parameter, parameter) == 0)
            return f;
        if (found == NULL && f->parameter[0] != '\0' && parameter[0] != '\0')
            found = f;
    }
    return found;
}

bool plant_fault(struct device *d, enum fault_role role, const char *text)
{
    const char *colon = strchr(text, ':');
    const char *parameter = colon != NULL ? colon + 1 : "";
    const struct fault *f = find_fault(role, text, parameter);

    if (f == NULL || !take_base(d, f->base))
        return false;
    d->parameter = parameter;
    d->number = (uint32_t)strtoul(parameter, NULL, 0);
    f->plant(&d->behaviour);
    return true;
}

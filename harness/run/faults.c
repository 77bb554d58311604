#include "run/faults.h"

#include <fnmatch.h>

#include "device/faults.h"

const char *fault_of_case(const char *id)
{
    for (size_t i = 0; i < fault_count; i++)
        if (fnmatch(faults[i].case_id, id, 0) == 0)
            return faults[i].id;
    return "";
}

#include "case/ports.h"

bool ports_take(struct ports *p, uint16_t port)
{
    uint8_t bit = (uint8_t)(1u << (port % 8));

    return (atomic_fetch_or(&p->used[port / 8], bit) & bit) == 0;
}

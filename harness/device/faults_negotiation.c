#include "device/faulty.h"

uint16_t refuse_cipher(struct talk *t)
{
    uint16_t code = conforming.choose_cipher(t);

    return code == t->device->number ? 0 : code;
}

/* The chapters, in the order in which a reader meets them. */
#include "case/case.h"

extern const struct chapter lwm2m_chapter, psk_chapter, invariant_chapter;

extern const struct chapter *const chapters[];
const struct chapter *const chapters[] = {
    &lwm2m_chapter,
    &psk_chapter,
    &invariant_chapter,
    NULL,
};

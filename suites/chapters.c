/* The chapters, in the order in which a reader meets them. */
#include "case/case.h"

extern const struct chapter psk_chapter, psk_data_chapter, psk_client_chapter, lwm2m_chapter, invariant_chapter;

extern const struct chapter *const chapters[];
const struct chapter *const chapters[] = {
    &psk_chapter,
    &psk_data_chapter,
    &psk_client_chapter,
    &lwm2m_chapter,
    &invariant_chapter,
    NULL,
};

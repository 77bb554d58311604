/* The chapters, in the order in which a reader meets them. */
#include "case/case.h"

extern const struct chapter negotiation_chapter, negotiation_extensions_chapter, negotiation_client_chapter,
    hash_chapter, hash_client_chapter;
extern const struct chapter etm_chapter, etm_records_chapter, etm_bad_chapter, etm_client_chapter,
    version_chapter, version_client_chapter;
extern const struct chapter psk_chapter, psk_data_chapter, psk_client_chapter, lwm2m_chapter,
    invariant_chapter;

extern const struct chapter fragment_chapter;
extern const struct chapter loss_chapter, loss_client_chapter;

extern const struct chapter *const chapters[];
const struct chapter *const chapters[] = {
    &negotiation_chapter,
    &negotiation_extensions_chapter,
    &negotiation_client_chapter,
    &hash_chapter,
    &hash_client_chapter,
    &etm_chapter,
    &etm_records_chapter,
    &etm_bad_chapter,
    &etm_client_chapter,
    &version_chapter,
    &version_client_chapter,
    &psk_chapter,
    &psk_data_chapter,
    &psk_client_chapter,
    &lwm2m_chapter,
    &fragment_chapter,
    &loss_chapter,
    &loss_client_chapter,
    &invariant_chapter,
    NULL,
};
